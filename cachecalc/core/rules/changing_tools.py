"""Tools are added, removed or described anew within a conversation.

## Why it costs money
Tools are the first thing in the prefix. One tool more, or a warning added to a description, and tools, system prompt and
history are all billed in full. Tools that appear as servers connect, modes that switch tools off, and notes written
into descriptions are the usual causes.

## What to do
Fix the list when the conversation begins. To keep the model from using a tool, say so with `tool_choice` or
`allowed_tools`, or refuse the call; put notes about tools into the last message. Claude's tool search
(`defer_loading`) and its mid-conversation tool changes add tools without touching the prefix.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Content, Evidence, Part, Prompt, Section, Trait
from cachecalc.core.rules import facts, mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt,
        Trait.TOOLS_SWITCHED,
        Level.ERROR,
        lambda fact: f"{reach.quoted(fact.origin)} {_what(prompt)}",
    )
    for at, part in reach.changing(prompt):
        if _changes(part):
            yield Hit(
                span=part.span,
                message=f"{reach.named(part)} among the tools is new on every {part.volatility.fresh.name.lower()}",
                level=Level.ERROR,
                confidence=part.confidence,
                lost_tokens=reach.lost(prompt, at, target),
                mended=mend.moved_to_the_end(prompt, [at]),
                group=reach.group(prompt),
                path=part.file,
            )


def _what(prompt: Prompt) -> str:
    return (
        "was called before, and is no longer among the tools"
        if prompt.evidence is Evidence.PAYLOAD
        else "changes the tools within a conversation"
    )


def _changes(part: Part) -> bool:
    is_its_own_rule = part.content in (Content.UNORDERED, Content.UNSTABLE_JSON, Content.NONCE)
    return part.section is Section.TOOLS and bool(part.volatility.fresh) and not is_its_own_rule


RULE = Rule(
    code="CC403",
    name="changing-tools",
    summary="tools that change within a conversation",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "[[read: 900 words]]", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "[[read: 900 words]]", "input_schema": {}}, {"name": "search", "description": "Search.", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "test it"}]}
            """,
            filename="late_server.jsonl",
            message="tools added `search`",
            mended="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "[[read: 900 words]]", "input_schema": {}}, {"name": "search", "description": "Search.", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "[[read: 900 words]]", "input_schema": {}}, {"name": "search", "description": "Search.", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "test it"}]}
            """,
        ),
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "Read a file. [[read: 900 words]]", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "Read a file. [WARNING: failed just now] [[read: 900 words]]", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "test it"}]}
            """,
            filename="note_in_description.jsonl",
            message="tool `read` is described anew",
            mended=(
                ("WARNING: failed just now] [", ""),
                ('test it"}]', 'test it (reading failed just now)"}]'),
            ),
        ),
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9,
             "tools": [{"name": "read", "description": "Read a file. [[read: 900 words]]", "input_schema": {}},
                       {"name": "search", "description": "Search. Credits remaining: 4,211", "input_schema": {}}],
             "system": [{"type": "text", "text": "You find things. [[rules: 900 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "find it"}]}
            """,
            filename="credits.json",
            message="`4,211` among the tools is new on every turn",
            mended=(
                (" Credits remaining: 4,211", ""),
                ('find it"}]', 'find it (4,211 credits are left)"}]'),
            ),
        ),
        Bad(
            source="""\
            import anthropic

            client = anthropic.Anthropic()
            READ = {"name": "read", "description": "Read a file.", "input_schema": {"type": "object"}}
            WRITE = {"name": "write", "description": "Write a file.", "input_schema": {"type": "object"}}


            def step(messages: list[dict], mode: str) -> object:
                return client.messages.create(
                    model="claude-opus-5-5",
                    max_tokens=900,
                    tools=[READ, WRITE] if mode == "act" else [READ],
                    messages=messages,
                )
            """,
            filename="modes.py",
            message='`[READ, WRITE] if mode == "act" else…` changes the tools within a conversation',
            mended="""\
            import anthropic

            client = anthropic.Anthropic()
            READ = {"name": "read", "description": "Read a file.", "input_schema": {"type": "object"}}
            WRITE = {"name": "write", "description": "Write a file. Only in the mode `act`.", "input_schema": {"type": "object"}}


            def step(messages: list[dict], mode: str) -> object:
                said = [*messages, {"role": "user", "content": f"The mode is `{mode}`."}]
                return client.messages.create(model="claude-opus-5-5", max_tokens=900, tools=[READ, WRITE], messages=said)
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9,
             "tools": [{"name": "read", "description": "Read a file.", "input_schema": {}},
                       {"name": "search", "defer_loading": true, "description": "Search.", "input_schema": {}}],
             "messages": [{"role": "user", "content": "find it"},
                          {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "search", "input": {}},
                                                            {"type": "server_tool_use", "id": "t2", "name": "web_search", "input": {}}]},
                          {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "nothing"}]}]}
            """,
            filename="called.json",
            because="the tool that was called is still there, if deferred, and the provider runs the other",
        ),
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "[[read: 900 words]]", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "[[read: 900 words]]", "input_schema": {}}, {"name": "search", "defer_loading": true, "description": "Search.", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "test it"}]}
            """,
            filename="deferred.jsonl",
            because="a deferred tool is no part of the prefix",
        ),
    ),
    incidents=("C05",),
)
