"""A named cache is neither given a lifetime nor deleted.

## Why it costs money
A cache object is rented for every hour it exists, whether it is read or not: $4.50 per million tokens and hour on the
larger Gemini models. One hour is the default lifetime; an object that is extended again and again, or created with a
distant expiry, goes on costing after the program has forgotten it.

## What to do
Give each cache a `ttl` that fits its use, and delete it when the work is done.
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
        Trait.NAMED_CACHE_UNRELEASED,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} sets no lifetime, and nothing deletes the cache",
    )


RULE = Rule(
    code="CC604",
    name="named-cache-unreleased",
    summary="a named cache with no lifetime that nothing deletes",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
)
