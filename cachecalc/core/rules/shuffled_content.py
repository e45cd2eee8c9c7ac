"""Examples, documents or list items stand in an order that is random, set-like or nobody asked for.

## Why it costs money
The same items in another order are another text. A random sample differs on every request; the order of a set of
strings differs with every start of the program, so each worker process writes the prefix for itself; a directory
listing or a query without an order may differ at any time.

## What to do
Sort the items before they are put into the prompt. If examples must be chosen at random, choose by a seed that stays
the same for a conversation, or put them behind the static text.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Content, Evidence, Part, Prompt, Section
from cachecalc.core.rules import mend, reach
from cachecalc.core.rules.rule import Rule, Target
from cachecalc.core.volatility import Freshness


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    for at, part in reach.changing(prompt):
        if _is_unordered(part) and not reach.is_in_fresh_text(prompt, at):
            yield _hit(prompt, at, target)


def _is_unordered(part: Part) -> bool:
    return part.content is Content.UNORDERED and part.section is not Section.TOOLS


def _hit(prompt: Prompt, at: int, target: Target) -> Hit:
    part = prompt.parts[at]
    is_random = part.volatility.fresh is not Freshness.NONE
    lost = reach.lost(prompt, at, target) + reach.tokens(part)
    tail = reach.behind(prompt, at, target)
    rest = f", in front of {reach.amount(tail)}" if tail >= reach.SLIVER else ""
    order = "is in a new order on every request" if is_random else "has no fixed order"
    return Hit(
        span=part.span,
        message=f"{reach.named(part)} {order}{rest}",
        level=Level.ERROR if is_random and tail >= reach.SLIVER else Level.WARNING,
        confidence=part.confidence,
        lost_tokens=lost,
        mended=mend.made_static(prompt, [at]),
        fix=None if is_random else mend.wrapped(prompt, part, "sort the items", "sorted(", ")"),
        group=reach.group(prompt),
        path=part.file,
    )


RULE = Rule(
    code="CC105",
    name="shuffled-content",
    summary="examples or documents in a random or unspecified order",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    check=check,
)
