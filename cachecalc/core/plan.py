"""The cheapest legal way to cache a workload with its model.

Marks are found exactly. What a stretch of prompt costs depends only on the two marks around it, so the cheapest row of
marks is a shortest path over (slot, TTL, marks used); longer TTLs come first, as providers demand and as nested
prefixes want it anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core.estimate.cards import Card, cards
from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.projection import Projection, capped, hits_of, project
from cachecalc.core.estimate.rows import Layout, Row
from cachecalc.core.estimate.strategy import Strategy, choices
from cachecalc.core.estimate.walk import Boundary, Hits, segment, tail
from cachecalc.core.pricing import Kind, Mode, Ttl
from cachecalc.core.traffic.streams import FINEST_FIRST
from cachecalc.core.volatility import Freshness

ALIKE = Decimal("1.0001")
"""Two months that differ by less than this factor cost the same, and the simpler way is the better one."""


def cheapest(case: Case, layout: Layout) -> Projection:
    """The cheapest of everything the model offers; of those that cost the same, the one that asks for least."""
    found = list(options(case, layout))
    least = min(option.total for option in found)
    return min((option for option in found if option.total <= least * ALIKE), key=_simplicity)


def _simplicity(option: Projection) -> tuple[bool, int, int, Decimal]:
    """Nothing before something, few marks before many, the default TTL before another."""
    strategy = option.strategy
    others = sum(strategy.mode is None or mark.ttl != strategy.mode.ttl(None) for mark in strategy.boundaries)
    return strategy.mode is not None, len(strategy.boundaries), others, option.total


def options(case: Case, layout: Layout) -> Iterator[Projection]:
    """Every strategy worth a look: no caching, each mode and TTL as one would try it first, and the best marks."""
    named = case.workload.caching.named
    for strategy in choices(case.workload.model, layout, named):
        if is_priced(case, strategy, layout):
            yield project(case, strategy, layout)
    marks = case.workload.model.caching.of_kind(Kind.MARKS)
    if marks is not None:
        yield project(case, best_marks(case, layout, marks), layout)


def best_marks(case: Case, layout: Layout, mode: Mode) -> Strategy:
    """The cheapest row of at most `mode.max_marks` marks; none at all if none pays."""
    search = _Search(case, layout, mode)
    best = min(search.paths(), key=lambda path: (path.cost, len(path.marks)))
    ttl = best.marks[0].ttl if best.marks else mode.ttl(None)
    return Strategy(mode, ttl, best.marks) if best.marks else Strategy()


@dataclass(frozen=True, slots=True)
class _Path:
    """A row of marks, and its cost up to the last of them in USD per million requests."""

    cost: float
    marks: tuple[Boundary, ...] = ()

    @property
    def last(self) -> int:
        return self.marks[-1].slot if self.marks else -1


class _Search:
    """Shortest paths over the slots that can carry a mark."""

    def __init__(self, case: Case, layout: Layout, mode: Mode) -> None:
        self.mode = mode
        self.hits: Hits = hits_of(case, Strategy(mode), layout)
        self.rows = [(row, tuple(cards(case, int(row.tokens)))) for row in layout.rows]
        self.slots = [i for i, slot in enumerate(layout.slots) if slot.volatility.fresh is Freshness.NONE]
        self.ttls = sorted(self._priced_ttls(), key=lambda ttl: -ttl.typical)

    def paths(self) -> Iterator[_Path]:
        """The cheapest row of marks for each number of them, each last slot and each last TTL, with its whole cost."""
        layer: dict[tuple[int, int], _Path] = {(-1, 0): _Path(0.0)}
        for _ in range(self.mode.max_marks + 1):
            for path in layer.values():
                yield _Path(path.cost + self._tail(path.last), path.marks)
            layer = self._extend(layer)

    def _extend(self, layer: dict[tuple[int, int], _Path]) -> dict[tuple[int, int], _Path]:
        longer: dict[tuple[int, int], _Path] = {}
        for (slot, ttl), path in layer.items():
            for end, later in self._steps(slot, ttl):
                mark = Boundary(end, self.ttls[later])
                candidate = _Path(path.cost + self._segment(slot, mark), (*path.marks, mark))
                if (end, later) not in longer or candidate.cost < longer[end, later].cost:
                    longer[end, later] = candidate
        return longer

    def _steps(self, slot: int, ttl: int) -> Iterator[tuple[int, int]]:
        for end in self.slots:
            for later in range(ttl, len(self.ttls)) if end > slot else ():
                yield end, later

    def _segment(self, start: int, mark: Boundary) -> float:
        return sum(
            row.share * float(card.share) * self._cost(row, start, mark, card)
            for row, row_cards in self.rows
            for card in row_cards
        )

    def _cost(self, row: Row, start: int, mark: Boundary, card: Card) -> float:
        part = segment(row, start, mark, self.mode, capped(self.hits, card.ceiling))
        read, write = card.rates.read(self.mode), card.rates.write(self.mode, mark.ttl.label)
        assert read is not None  # _priced_ttls leaves out what has no price
        assert write is not None
        return part.read * float(read) + part.written * float(write)

    def _tail(self, last: int) -> float:
        return sum(
            row.share * float(card.share * card.rates.input) * tail(row, last, self.mode)
            for row, row_cards in self.rows
            for card in row_cards
        )

    def _priced_ttls(self) -> Iterator[Ttl]:
        for ttl in self.mode.ttls:
            if all(_has_price(card, self.mode, ttl) for _, row_cards in self.rows for card in row_cards):
                yield ttl


def is_priced(case: Case, strategy: Strategy, layout: Layout) -> bool:
    """Whether every price a strategy needs is known; what has no price cannot be the cheapest."""
    mode = strategy.mode
    if mode is None:
        return True
    if strategy.named is not None:
        known = all(period.rates.storage is not None for period, _ in case.calendar.periods(case.workload.model))
        return known and _has_counted_objects(case, strategy, layout)
    ttls: Sequence[Ttl] = tuple({boundary.ttl for boundary in strategy.boundaries})
    lengths = {int(row.tokens) for row in layout.rows}
    return all(_has_price(card, mode, ttl) for length in lengths for card in cards(case, length) for ttl in ttls)


def _has_counted_objects(case: Case, strategy: Strategy, layout: Layout) -> bool:
    """Whether anybody said how many tenants, users or sessions need a named cache of their own."""
    scopes = layout.slots[strategy.boundaries[-1].slot].volatility.identities if strategy.boundaries else frozenset()
    finest = [scope for scope in FINEST_FIRST if scope in scopes][:1]
    return all(scope in case.workload.populations for scope in finest)


def _has_price(card: Card, mode: Mode, ttl: Ttl) -> bool:
    return card.rates.read(mode) is not None and card.rates.write(mode, ttl.label) is not None
