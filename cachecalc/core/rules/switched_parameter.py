"""A setting that the cache depends on changes within a conversation.

## Why it costs money
Some settings are part of what a provider hashes. On Claude, thinking, effort and `tool_choice` invalidate the messages,
web search, citations and speed the system prompt as well; on OpenAI it is reasoning effort, verbosity and the output
schema. Switching thinking off for a tool's answer and on again misses twice.

## What to do
Choose the setting when the conversation begins and keep it. To steer one turn, say it in the last message.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Evidence, Prompt, Trait
from cachecalc.core.rules import facts
from cachecalc.core.rules.rule import Rule, Target


def check(prompt: Prompt, _target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt,
        Trait.PARAMETER_SWITCHED,
        Level.WARNING,
        lambda fact: f"{facts.listed(fact.names)} varies between calls of one conversation",
    )


RULE = Rule(
    code="CC503",
    name="switched-parameter",
    summary="a setting the cache depends on changes within a conversation",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    incidents=("C17",),
)
