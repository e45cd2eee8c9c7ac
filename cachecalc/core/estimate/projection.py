"""A month of one workload under one strategy, as cost lines that add up to its price.

Every dollar this program estimates comes out of `project`.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from cachecalc.core.estimate.cards import Card, cards
from cachecalc.core.estimate.case import Case, exact
from cachecalc.core.estimate.rows import Layout, Row
from cachecalc.core.estimate.strategy import Strategy
from cachecalc.core.estimate.walk import Hits, is_effective, previous, segment, tail
from cachecalc.core.pricing import MTOK, Mode, Ttl
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.traffic.streams import FINEST_FIRST, Traffic
from cachecalc.core.volatility import DAY, HOUR, Clock, Freshness, Identity

FRESH, READ, WRITE, OUTPUT = "input, not cached", "cache reads", "cache writes", "output"


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the bill. `usd_per_unit` is exact: USD a token, a token-hour, an answer or a month. `rate` says
    what sets its price apart from the standard one."""

    label: str
    quantity: Decimal
    unit: str
    usd_per_unit: Decimal
    rate: str = ""

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.usd_per_unit


@dataclass(frozen=True, slots=True)
class Warmth:
    """A stored boundary: the mean length of its prefix in tokens, and the share of requests that find it warm.

    `effective` is the share of requests whose prefix reaches the provider's minimum there.
    """

    name: str
    tokens: float
    ttl: str
    hit_rate: float
    effective: float


@dataclass(frozen=True, slots=True)
class Projection:
    """What a strategy costs a month, and the tokens behind it."""

    strategy: Strategy
    lines: tuple[Line, ...]
    input_tokens: Decimal
    warmth: tuple[Warmth, ...] = ()

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def read_share(self) -> float:
        """The share of input tokens that are read from the cache."""
        read = sum((line.quantity for line in self.lines if line.label == READ), Decimal(0))
        return float(read / self.input_tokens) if self.input_tokens else 0.0

    @property
    def prefix_hit_rate(self) -> float | None:
        """The share of requests that read the first stored boundary; None where nothing is stored."""
        stored = [warmth for warmth in self.warmth if warmth.effective]
        return stored[0].hit_rate if stored else None


def project(case: Case, strategy: Strategy, layout: Layout) -> Projection:
    """The month's cost lines. Raises InputError where a price it needs is not known."""
    hits = hits_of(case, strategy, layout)
    requests, memo = exact(case.requests), case.workload.memo
    ledger = _Ledger(requests * exact(memo.kept))
    for tokens, rows in _priced_alike(case, layout):
        for card in cards(case, tokens):
            _charge_rows(ledger, case, strategy, rows, card, hits)
    _charge_named(ledger, case, strategy, layout)
    _charge_memo(ledger, case, layout)
    input_tokens = ledger.requests * exact(layout.mean_tokens)
    return Projection(strategy, tuple(ledger.lines()), input_tokens, tuple(_warmth(case, strategy, layout, hits)))


def hits_of(case: Case, strategy: Strategy, layout: Layout) -> Hits:
    """The hit probability of every boundary under a strategy, remembered once computed."""
    known: dict[tuple[int, str, bool], float] = {}
    traffic = case.traffic()

    def hit(slot: int, ttl: Ttl, first: bool) -> float:  # noqa: FBT001  # the signature of Hits
        key = slot, ttl.label, first
        if key not in known:
            known[key] = _hit(case, strategy, layout, traffic, key, ttl)
        return known[key]

    return hit


def _hit(
    case: Case, strategy: Strategy, layout: Layout, traffic: Traffic, key: tuple[int, str, bool], ttl: Ttl
) -> float:
    prefix, first = layout.slots[key[0]], key[2]
    if prefix.volatility.fresh is not Freshness.NONE:
        return 0.0
    if strategy.hit_rate is not None:
        return strategy.hit_rate
    if strategy.named is not None:
        return traffic.arrivals.busiest(strategy.named.alive)
    seconds = (ttl.typical, ttl.high, ttl.low)[case.scenario.retention]
    try:
        warm = traffic.hit(prefix.volatility, seconds, first=first, own=prefix.own)
    except LookupError as error:
        raise InputError([Problem(f"{prefix.name}: {error.args[0]}")]) from None
    needed = strategy.mode.requests_to_store if strategy.mode and not prefix.own else 1
    return 1 - min((1 - warm) * needed, 1.0)


class _Ledger:
    """Adds up quantities by label and unit price. `requests` are those that reach the model."""

    def __init__(self, requests: Decimal) -> None:
        self.requests = requests
        self._quantities: dict[tuple[str, str, Decimal, str], Decimal] = defaultdict(Decimal)

    def add(self, label: str, quantity: Decimal, unit: str, usd_per_unit: Decimal, rate: str = "") -> None:
        if quantity:
            self._quantities[label, unit, usd_per_unit, rate] += quantity

    def lines(self) -> Iterator[Line]:
        for (label, unit, usd_per_unit, rate), quantity in self._quantities.items():
            yield Line(label, quantity, unit, usd_per_unit, rate)


def _priced_alike(case: Case, layout: Layout) -> Iterator[tuple[int, list[Row]]]:
    """Rows whose prompts fall into the same price tier, with the length of one of them."""
    periods = [period for period, _ in case.calendar.periods(case.workload.model)]
    ends = sorted({tier.above_tokens for period in periods for tier in period.tiers})
    alike = defaultdict[int, list[Row]](list)
    for row in layout.rows:
        alike[bisect.bisect_left(ends, int(row.tokens))].append(row)
    for rows in alike.values():
        yield int(rows[0].tokens), rows


def _charge_rows(ledger: _Ledger, case: Case, strategy: Strategy, rows: list[Row], card: Card, hits: Hits) -> None:
    """What requests of one price tier cost at one card's rates."""
    requests = ledger.requests * card.share

    def charge(label: str, tokens: float, usd_per_mtok: Decimal | None) -> None:
        if tokens and usd_per_mtok is None:
            _refuse(f"the price of {label} is not known for {case.workload.model.id} ({card.name or 'standard'})")
        ledger.add(label, exact(tokens) * requests, "token", (usd_per_mtok or Decimal(0)) / MTOK, card.name)

    fresh, read, written = _mean_tokens(strategy, rows, hits, card.ceiling)
    charge(FRESH, fresh, card.rates.input)
    if strategy.mode is not None:
        charge(READ, read, card.rates.read(strategy.mode))
    for ttl, tokens in written.items():
        charge(*_write(strategy.mode, card, ttl, tokens))
    charge(OUTPUT, case.output * sum(row.share for row in rows), card.rates.output)


def _mean_tokens(
    strategy: Strategy, rows: list[Row], hits: Hits, ceiling: float
) -> tuple[float, float, dict[str, float]]:
    """What these rows add to the tokens of an average request of the month: plain, read, and written by TTL."""
    fresh, read, written = 0.0, 0.0, defaultdict[str, float](float)
    for row in rows:
        plain, hit, stored = _tokens(strategy, row, hits, ceiling)
        fresh += row.share * plain
        read += row.share * hit
        for ttl, tokens in stored.items():
            written[ttl] += row.share * tokens
    return fresh, read, written


def _write(mode: Mode | None, card: Card, ttl: str, tokens: float) -> tuple[str, float, Decimal | None]:
    """A write, where the provider bills it as one; else it is plain input."""
    if mode is None or not mode.bills_writes:
        return FRESH, tokens, card.rates.input
    return f"{WRITE} {ttl}", tokens, card.rates.write(mode, ttl)


def _tokens(strategy: Strategy, row: Row, hits: Hits, ceiling: float) -> tuple[float, float, dict[str, float]]:
    """Expected tokens of one request: plain, read, and written by TTL."""
    mode, boundaries = strategy.mode, strategy.boundaries
    if mode is None or not boundaries:
        return row.tokens, 0.0, {}
    read, written = 0.0, defaultdict[str, float](float)
    for index, boundary in enumerate(boundaries):
        part = segment(row, previous(boundaries, index), boundary, mode, capped(hits, ceiling))
        read += part.read
        written[boundary.ttl.label] += part.written
    fresh = tail(row, boundaries[-1].slot, mode)
    if strategy.named is not None:
        return fresh + sum(written.values()), read, {}
    return fresh, read, written


def capped(hits: Hits, ceiling: float) -> Hits:
    """Hit rates that never exceed what these requests can reach, as inside a batch."""
    return hits if ceiling >= 1 else lambda slot, ttl, first: min(hits(slot, ttl, first), ceiling)


def _charge_named(ledger: _Ledger, case: Case, strategy: Strategy, layout: Layout) -> None:
    """What a named cache costs beside its reads: its creation at the input price, and storage by the hour."""
    if strategy.named is None or strategy.mode is None or not strategy.boundaries:
        return
    end = strategy.boundaries[-1].slot
    slot, tokens = layout.slots[end], max(sum(row.old[: end + 1]) for row in layout.rows)
    if tokens < (strategy.mode.min_tokens or 0):
        return
    objects = _objects(case, slot.volatility.identities)
    created = exact(_creations(case, strategy, slot.volatility.clock) * tokens * objects)
    stored = exact(tokens * objects * case.calendar.days * DAY / HOUR * strategy.named.alive)
    for period, share in case.calendar.periods(case.workload.model):
        rates = period.for_prompt(int(tokens))
        if rates.storage is None and stored:
            _refuse(f"the storage price of named caches is not known for {case.workload.model.id}")
        ledger.add("cache creation", created * share, "token", rates.input / MTOK)
        ledger.add("cache storage", stored * share, "token-hour", (rates.storage or Decimal(0)) / MTOK)


def _objects(case: Case, identities: frozenset[Identity]) -> int:
    """One cache object for each identity in its text, in each of the caches that share nothing."""
    scopes = [scope for scope in FINEST_FIRST if scope in identities]
    population = case.workload.populations.get(scopes[0]) if scopes else None
    if scopes and population is None:
        _refuse(f"how many {scopes[0]}s are there?", f"give `populations: {{{scopes[0]}: ...}}`")
    return (population.count if population else 1) * case.workload.options.separate_caches


def _creations(case: Case, strategy: Strategy, clock: Clock) -> float:
    """Creations of each object in the month: as given, or one for each tick of a clock in its text, at least one."""
    if strategy.named is not None and strategy.named.creations is not None:
        return strategy.named.creations.in_days(case.calendar.days).expected
    ticks = case.calendar.days * DAY / max(clock.period, 0.001)
    return max(1.0, ticks)


def _charge_memo(ledger: _Ledger, case: Case, layout: Layout) -> None:
    """What the response caches in front of the model cost."""
    memo, requests = case.workload.memo, exact(case.requests)
    if memo.embedding:
        queries = requests * (1 - exact(memo.exact))
        ledger.add("embeddings", exact(_dynamic_tokens(layout)) * queries, "token", memo.embedding / MTOK)
    ledger.add("memo store", exact(case.calendar.days / 30) if memo.store else Decimal(0), "month", memo.store)
    if memo.wrong_usd:
        wrong = requests * exact(memo.semantic) * exact(memo.wrong_rate)
        ledger.add("wrong answers", wrong, "answer", memo.wrong_usd)


def _dynamic_tokens(layout: Layout) -> float:
    """The mean tokens that differ in each request: what a semantic cache embeds."""
    fresh = [index for index, slot in enumerate(layout.slots) if slot.volatility.fresh is not Freshness.NONE]
    return sum(row.share * (row.old[index] + row.new[index]) for row in layout.rows for index in fresh)


def _warmth(case: Case, strategy: Strategy, layout: Layout, hits: Hits) -> Iterator[Warmth]:
    if strategy.mode is None:
        return
    for boundary in strategy.boundaries:
        slot = boundary.slot
        effective = [row for row in layout.rows if is_effective(row, slot, strategy.mode)]
        tokens = sum(row.share * (sum(row.old[: slot + 1]) + sum(row.new[: slot + 1])) for row in layout.rows)
        hit = sum(
            row.share * float(card.share) * capped(hits, card.ceiling)(slot, boundary.ttl, row.first)
            for row in effective
            for card in cards(case, int(row.tokens))
        )
        share = sum(row.share for row in effective)
        yield Warmth(layout.slots[slot].name, tokens, boundary.ttl.label, hit, share)


def _refuse(message: str, help: str = "") -> NoReturn:
    raise InputError([Problem(message, help=help)])
