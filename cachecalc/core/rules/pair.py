"""What two requests of one conversation show: one comparison for all rules that see pairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from cachecalc.core.divergence import Divergence, divergences
from cachecalc.core.finding import Edit, Fix, Hit, Level, Related
from cachecalc.core.prompt import Confidence, Part, Prompt, Section, Span
from cachecalc.core.rules import reach
from cachecalc.core.rules.rule import Target
from cachecalc.core.volatility import Clock

_LEVELS = {
    "nonce-in-prefix": Level.ERROR,
    "shuffled-content": Level.ERROR,
    "unordered-tools": Level.ERROR,
    "unstable-json": Level.ERROR,
    "changing-tools": Level.ERROR,
    "mark-gap": Level.ERROR,
}
_CLOCKS = {Clock.MONTH: Level.NOTE, Clock.DAY: Level.NOTE, Clock.HOUR: Level.WARNING}
_RULES = {"marks-moved": "mark-gap"}
"""Causes that are no rule of their own, and the rule that speaks of them."""

_SMALL, _LARGE = 100, 1024


def check_pair(previous: Prompt, current: Prompt, target: Target) -> Iterator[tuple[str, Hit]]:
    """A hit, with the name of its rule, for each way in which `current` cannot read what `previous` stored.

    The places are in `current`; what stood in `previous` is a related place. A pair is seen, not suspected: a finding of
    the same rule in one of the two requests is confirmed by it.
    """
    for found in divergences(previous, current, target.model):
        yield _RULES.get(found.kind, found.kind), _hit(found, previous, current)


def _hit(found: Divergence, previous: Prompt, current: Prompt) -> Hit:
    block = found.current
    hole = found.hole
    span = (
        block.span(hole.new_start, hole.new_end)
        if block and hole
        else block.span(0, len(block.text))
        if block
        else None
    )
    was = found.previous.span(0, len(found.previous.text)) if found.previous else None
    return Hit(
        span=span or next((part.span for part in current.parts if part.span), None),
        message=found.message,
        level=_level(found),
        confidence=Confidence.CERTAIN,
        lost_tokens=found.lost_tokens,
        related=(Related("the request before has it so", was, previous.path),) if was else (),
        fix=_sorted_tools(previous, current) if found.kind == "unordered-tools" else None,
        group=f"{reach.group(current)}:pair",
        path=block.parts[0].file if block else "",
    )


def _level(found: Divergence) -> Level:
    if found.kind == "clock-in-prefix":
        return _CLOCKS.get(found.clock, Level.ERROR)
    if found.kind == "rewritten-history":
        return (
            Level.ERROR if found.lost_tokens >= _LARGE else Level.WARNING if found.lost_tokens >= _SMALL else Level.NOTE
        )
    return _LEVELS.get(found.kind, Level.WARNING)


def _sorted_tools(previous: Prompt, current: Prompt) -> Fix | None:
    """Put the tools into the order of the request before."""
    rank = {_identity(part): number for number, part in enumerate(previous.parts) if part.section is Section.TOOLS}
    now = [part for part in current.parts if part.section is Section.TOOLS]
    wanted = sorted(now, key=lambda part: rank.get(_identity(part), len(rank)))
    places = [(part.span, other.span) for part, other in zip(now, wanted, strict=True) if part is not other]
    edits = tuple(Edit(place, other) for place, other in places if place and other)
    return Fix("give the tools a fixed order", edits, safe=True) if edits and _are_apart(edits, len(places)) else None


def _identity(part: Part) -> tuple[str | None, str]:
    return part.text, part.digest


def _are_apart(edits: tuple[Edit, ...], wanted: int) -> bool:
    """Whether each tool has a place of its own in the file."""
    spans: list[Span] = sorted((edit.span for edit in edits), key=lambda span: span.start)
    return len(edits) == wanted and all(a.end <= b.start for a, b in pairwise(spans))
