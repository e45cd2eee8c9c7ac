"""A helper call continues a conversation without its tools or its system prompt.

## Why it costs money
A summary, a title or a memory is made from the whole conversation. Sent with the same tools and system prompt it would
read nearly all of its input from the cache; sent without them, or with the messages flattened into one text, it pays for
the full context: one of the dearest requests an agent makes.

## What to do
Send the conversation as it is, tools and system prompt included, and put the instruction into one more user message.
Keep the model from calling tools with `tool_choice` or by saying so.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Evidence, Prompt, Trait
from cachecalc.core.rules import facts, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target


def check(prompt: Prompt, _target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt,
        Trait.SIDE_CALL,
        Level.WARNING,
        lambda fact: (
            f"{reach.quoted(fact.origin)} sends the conversation without its {' and '.join(fact.names) or 'prefix'}"
        ),
    )


RULE = Rule(
    code="CC502",
    name="side-call-prefix",
    summary="a helper call that drops the prefix of its conversation",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are a coding agent. [[rules: 900 words]]", "tools": [{"name": "read", "description": "Read a file.", "input_schema": {}}], "messages": [{"role": "user", "content": "please fix the failing test"}, {"role": "assistant", "content": "the fault is in the parser: [[why: 300 words]]"}, {"role": "user", "content": "then mend the parser, please"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "Summarise conversations.", "messages": [{"role": "user", "content": "please fix the failing test"}, {"role": "assistant", "content": "the fault is in the parser: [[why: 300 words]]"}, {"role": "user", "content": "then mend the parser, please"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "Summarise what was said."}]}
            """,
            filename="compaction.jsonl",
            message="it continues the conversation without its tools and system prompt",
            mended="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are a coding agent. [[rules: 900 words]]", "tools": [{"name": "read", "description": "Read a file.", "input_schema": {}}], "messages": [{"role": "user", "content": "please fix the failing test"}, {"role": "assistant", "content": "the fault is in the parser: [[why: 300 words]]"}, {"role": "user", "content": "then mend the parser, please"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are a coding agent. [[rules: 900 words]]", "tools": [{"name": "read", "description": "Read a file.", "input_schema": {}}], "messages": [{"role": "user", "content": "please fix the failing test"}, {"role": "assistant", "content": "the fault is in the parser: [[why: 300 words]]"}, {"role": "user", "content": "then mend the parser, please"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "Summarise what was said."}]}
            """,
        ),
        Bad(
            source='''\
            import anthropic

            client = anthropic.Anthropic()
            RULES = """You are a coding agent. [[rules: 900 words]]"""


            class Agent:
                def __init__(self, tools: list[dict]) -> None:
                    self.tools = tools
                    self.messages: list[dict] = []

                def step(self) -> object:
                    return client.messages.create(
                        model="claude-opus-5-5", max_tokens=900, system=RULES, tools=self.tools, messages=self.messages
                    )

                def compact(self) -> object:
                    return client.messages.create(
                        model="claude-opus-5-5",
                        max_tokens=900,
                        system="Summarise the conversation.",
                        messages=[*self.messages, {"role": "user", "content": "Summarise what was said."}],
                    )
            ''',
            filename="agent.py",
            message="`client.messages.create` sends the conversation without its tools and system",
            mended='''\
            import anthropic

            client = anthropic.Anthropic()
            RULES = """You are a coding agent. [[rules: 900 words]]"""


            class Agent:
                def __init__(self, tools: list[dict]) -> None:
                    self.tools = tools
                    self.messages: list[dict] = []

                def step(self) -> object:
                    return client.messages.create(
                        model="claude-opus-5-5", max_tokens=900, system=RULES, tools=self.tools, messages=self.messages
                    )

                def compact(self) -> object:
                    return client.messages.create(
                        model="claude-opus-5-5",
                        max_tokens=900,
                        system=RULES,
                        tools=self.tools,
                        messages=[*self.messages, {"role": "user", "content": "Summarise what was said."}],
                    )
            ''',
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are a coding agent. [[rules: 900 words]]", "tools": [{"name": "read", "description": "Read a file.", "input_schema": {}}], "messages": [{"role": "user", "content": "please fix the failing test"}, {"role": "assistant", "content": "the fault is in the parser: [[why: 300 words]]"}, {"role": "user", "content": "then mend the parser, please"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are a coding agent. [[rules: 900 words]]", "tools": [{"name": "read", "description": "Read a file.", "input_schema": {}}], "messages": [{"role": "user", "content": "please fix the failing test"}, {"role": "assistant", "content": "the fault is in the parser: [[why: 300 words]]"}, {"role": "user", "content": "then mend the parser, please"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "Summarise what was said."}]}
            """,
            filename="same_head.jsonl",
            because="the instruction to summarise is one more message of the conversation",
        ),
    ),
    incidents=("C09",),
)
