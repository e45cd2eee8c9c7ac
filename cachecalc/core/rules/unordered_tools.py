"""Tools are built from a set, a mapping, a listing or a query that has no stable order.

## Why it costs money
Tools are the first thing in the prefix. The same tools in another order are another prefix, so the whole request, system
prompt and history included, is billed in full. Servers that list their tools as they connect, hash maps, and queries
without an order have all caused this.

## What to do
Sort the tools by name before each request: the program's own first, those of servers behind them.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Content, Evidence, Prompt, Section
from cachecalc.core.rules import edits, mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    for at, part in reach.changing(prompt):
        if part.content is Content.UNORDERED and part.section is Section.TOOLS:
            yield Hit(
                span=part.span,
                message=f"{reach.named(part)} gives the tools in no fixed order",
                level=Level.ERROR if part.volatility.fresh else Level.WARNING,
                confidence=part.confidence,
                lost_tokens=reach.lost(prompt, at, target) + reach.tokens(part),
                mended=mend.made_static(prompt, [at]),
                fix=edits.wrapped(prompt, part, "sort the tools", "sorted(", ", key=str)"),
                group=reach.group(prompt),
                path=part.file,
            )


RULE = Rule(
    code="CC401",
    name="unordered-tools",
    summary="tools in no stable order",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            import anthropic

            TOOLS = {
                "read": {"name": "read", "description": "Read a file.", "input_schema": {"type": "object"}},
                "write": {"name": "write", "description": "Write a file.", "input_schema": {"type": "object"}},
            }


            def ask(client: anthropic.Anthropic, enabled: set[str], messages: list[dict]) -> object:
                tools = [TOOLS[name] for name in enabled]
                return client.messages.create(model="claude-opus-5-5", max_tokens=900, tools=tools, messages=messages)
            """,
            filename="agent.py",
            message="`enabled` gives the tools in no fixed order",
            mended=(("in enabled", "in sorted(enabled, key=str)"),),
        ),
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "[[read: 600 words]]", "input_schema": {}}, {"name": "write", "description": "[[write: 600 words]]", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "write", "description": "[[write: 600 words]]", "input_schema": {}}, {"name": "read", "description": "[[read: 600 words]]", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "test it"}]}
            """,
            filename="conversation.jsonl",
            message="the same 2 tools in another order: `write` where `read` was",
            fixed="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "[[read: 600 words]]", "input_schema": {}}, {"name": "write", "description": "[[write: 600 words]]", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "description": "[[read: 600 words]]", "input_schema": {}}, {"name": "write", "description": "[[write: 600 words]]", "input_schema": {}}], "messages": [{"role": "user", "content": "fix it"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "test it"}]}
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            import anthropic

            TOOLS = {
                "read": {"name": "read", "description": "Read a file.", "input_schema": {"type": "object"}},
                "write": {"name": "write", "description": "Write a file.", "input_schema": {"type": "object"}},
            }


            def ask(client: anthropic.Anthropic, enabled: set[str], messages: list[dict]) -> object:
                tools = [TOOLS[name] for name in sorted(enabled)]
                return client.messages.create(model="claude-opus-5-5", max_tokens=900, tools=tools, messages=messages)
            """,
            filename="sorted_agent.py",
            because="the names are sorted",
        ),
    ),
    incidents=("C03",),
)
