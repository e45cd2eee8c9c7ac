"""Requests that share a prefix are started together, before the first of them has stored it.

## Why it costs money
An entry can be read only once the first response has begun. Twenty requests started at the same moment all miss and, on
providers that bill writes, all write the same prefix: twenty writes where one write and nineteen reads would do.

## What to do
Send one request, wait for its first event, then start the others. Claude and OpenAI also take a request that only warms
the cache (`max_tokens: 0`, `prompt_cache_options.prewarm`).
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Evidence, Prompt, Trait
from cachecalc.core.rules import facts, reach
from cachecalc.core.rules.rule import Rule, Target


def check(prompt: Prompt, _target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt,
        Trait.FAN_OUT,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} starts all calls before the first has stored their prefix",
    )


RULE = Rule(
    code="CC305",
    name="cold-fan-out",
    summary="parallel requests that each write the same prefix",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    incidents=("C20",),
)
