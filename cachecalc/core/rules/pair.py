"""What two requests of one conversation show: one comparison for all rules that see pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import dropwhile, pairwise, takewhile

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

Identity = tuple[str, str]
"""What makes a tool the same tool in another request."""


def check_pair(
    previous: Prompt, current: Prompt, target: Target, requests: Sequence[Prompt] = ()
) -> Iterator[tuple[str, Hit]]:
    """A hit, with the name of its rule, for each way in which `current` cannot read what `previous` stored. `requests`
    are all of their file: a fix that brings tools into one order has to reach those behind as well.

    The places are in `current`; what stood in `previous` is a related place. A pair is seen, not suspected: a finding of
    the same rule in one of the two requests is confirmed by it.
    """
    for found in divergences(previous, current, target.model):
        hit = _hit(found, previous, current)
        if found.kind == "unordered-tools":
            hit = replace(hit, fix=_in_one_order(current, requests or (previous, current)))
        yield _RULES.get(found.kind, found.kind), hit


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


def _in_one_order(current: Prompt, requests: Sequence[Prompt]) -> Fix | None:
    """Put the tools of this request, and of those behind it that have them in its order, as the first request has them."""
    alike = [request for request in requests if sorted(_order(request)) == sorted(_order(current))]
    behind = dropwhile(lambda request: request is not current, alike)
    wrong = takewhile(lambda request: _order(request) == _order(current), behind)
    rank = {identity: number for number, identity in enumerate(_order(alike[0]))}
    places = [place for request in wrong for place in _moves(request, rank)]
    edits = tuple(Edit(place, other) for place, other in places if place and other)
    return Fix("give the tools a fixed order", edits, safe=True) if edits and _are_apart(edits, len(places)) else None


def _moves(request: Prompt, rank: Mapping[Identity, int]) -> Iterator[tuple[Span | None, Span | None]]:
    """Each place of a tool that another one takes, and where that one stands."""
    now = _tools(request)
    wanted = sorted(now, key=lambda part: rank[_identity(part)])
    yield from ((part.span, other.span) for part, other in zip(now, wanted, strict=True) if part is not other)


def _tools(request: Prompt) -> list[Part]:
    return [part for part in request.parts if part.section is Section.TOOLS]


def _order(request: Prompt) -> list[Identity]:
    return [_identity(part) for part in _tools(request)]


def _identity(part: Part) -> Identity:
    return part.text or "", part.digest


def _are_apart(edits: tuple[Edit, ...], wanted: int) -> bool:
    """Whether each tool has a place of its own in the file."""
    spans: list[Span] = sorted((edit.span for edit in edits), key=lambda span: span.start)
    return len(edits) == wanted and all(a.end <= b.start for a, b in pairwise(spans))
