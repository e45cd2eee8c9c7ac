"""A named cache is created for each request.

## Why it costs money
A Gemini cache object is written once, at the input price, and then rented by the hour. Created inside a handler or a
loop it is written for every request, read once, and rented until it expires: dearer than no cache at all.

## What to do
Create the cache where the program starts or when its content changes, keep its name, and pass that name to each
request. Extend its life with `caches.update` instead of creating another.
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
        Trait.NAMED_CACHE_PER_CALL,
        Level.ERROR,
        lambda fact: f"{reach.quoted(fact.origin)} creates a cache for every request",
    )


RULE = Rule(
    code="CC603",
    name="named-cache-per-call",
    summary="a named cache created for each request",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
)
