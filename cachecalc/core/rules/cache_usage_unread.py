"""Code pays for marks and never looks whether they work.

## Why it costs money
Caching fails in silence: a prefix below the minimum, a clock, a dropped mark, and every request costs the premium of a
write. The usage counters tell, and nobody reads them. In a stream they are read at the wrong event as easily: Claude
sends them with `message_start`, and adding `input_tokens` to `output_tokens` leaves cached tokens out.

## What to do
Log `cache_read_input_tokens` and `cache_creation_input_tokens` (OpenAI: `cached_tokens`, `cache_write_tokens`) with each
response, and alert when the share of reads falls.
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
        Trait.USAGE_UNREAD,
        Level.NOTE,
        lambda fact: f"{reach.quoted(fact.origin)} sets a mark, and no code reads the cache counters",
    )
    yield from facts.hits(
        prompt,
        Trait.USAGE_MISREAD,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} misses tokens that were read from or written to the cache",
    )


RULE = Rule(
    code="CC605",
    name="cache-usage-unread",
    summary="marks are paid for and the cache counters never read",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE}),
    since="0.1.0",
    doc=__doc__,
    check=check,
)
