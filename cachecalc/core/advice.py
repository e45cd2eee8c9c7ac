"""What beside the marks could make a workload cheaper: pings, a longer TTL, a warm-up, memo layers, another order.

Each is worth the difference of two estimates; nothing here has a formula for money of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.projection import project
from cachecalc.core.estimate.rows import Layout
from cachecalc.core.estimate.strategy import NO_CACHING, Strategy
from cachecalc.core.estimate.walk import Boundary
from cachecalc.core.estimate.workload import Memo, Options
from cachecalc.core.flips import with_traffic
from cachecalc.core.plan import cheapest
from cachecalc.core.pricing import Kind, Ttl
from cachecalc.core.prompt import Count, Part, Prompt, Section
from cachecalc.core.units import Range, Rate
from cachecalc.core.volatility import DAY, PER_REQUEST, Clock, Identity, Volatility

_ROUNDS = 100_000
_PROBE = 0.01


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Pinging a prefix whenever its TTL would run out: how many pings a month, what they cost (`pings_usd`, in `usd`),
    and what the month costs with and without them, in USD."""

    ttl: str
    tokens: float
    pings: float
    pings_usd: Decimal
    usd: Decimal
    without_usd: Decimal


@dataclass(frozen=True, slots=True)
class MemoWorth:
    """A response cache in front of the model: the month with and without it, and what one of its hits is worth behind
    prompt caching. `wrong_rate_limit` is the rate of wrong answers at which it stops to pay, where their cost is
    known. A `layer` that the profile does not have is probed at one request in a hundred."""

    layer: str
    is_configured: bool
    usd: Decimal
    without_usd: Decimal
    usd_per_hit: Decimal
    wrong_rate_limit: float | None = None


@dataclass(frozen=True, slots=True)
class Reordering:
    """The same parts, those that change less often first, and the month that makes with the cheapest marks."""

    names: tuple[str, ...]
    moved: tuple[str, ...]
    usd: Decimal


def keep_alive(case: Case, layout: Layout) -> Iterator[KeepAlive]:
    """Pings for the deepest prefix that a mark can store, for each TTL. Nothing for a prefix that its own text or a
    conversation ends: a ping cannot keep what no request will ask for again."""
    model = case.workload.model
    marks = model.caching.of_kind(Kind.MARKS)
    if marks is None or case.workload.conversation is not None:
        return
    stable = [i for i, slot in enumerate(layout.slots) if _can_be_kept(slot.volatility)]
    for ttl in marks.ttls if stable else ():
        mark = Boundary(stable[-1], ttl)
        strategy = Strategy(marks, ttl, (mark,))
        tokens = sum(sum(row.old[: mark.slot + 1]) * row.share for row in layout.rows)
        pings = _pings(case, layout.slots[mark.slot].volatility, ttl)
        kept = project(case, replace(strategy, hit_rate=1.0), layout).total
        pinging = _ping_month(case, strategy, tokens, pings)
        yield KeepAlive(ttl.label, tokens, pings, pinging, kept + pinging, project(case, strategy, layout).total)


def _can_be_kept(volatility: Volatility) -> bool:
    return not volatility.fresh and volatility.clock is Clock.NONE and not {Identity.SESSION} & volatility.identities


def _pings(case: Case, volatility: Volatility, ttl: Ttl) -> float:
    """A month's pings: one whenever the TTL has run out since the last touch. A gap g needs floor(g / TTL) of them, so
    a request is followed by the sum over k of P(gap > k * TTL), and no stream needs more than the month has TTLs."""
    traffic, each = case.traffic(), 0.0
    for number in range(1, _ROUNDS):
        left = 1 - traffic.hit(volatility, number * ttl.typical)
        each += left
        if left < 1e-6:  # what is behind adds less than a ping in a million requests
            break
    most = case.calendar.days * DAY / ttl.typical * _streams(case, volatility)
    return min(case.requests * case.workload.memo.kept * each, most)


def _streams(case: Case, volatility: Volatility) -> int:
    known = [
        case.workload.populations[scope].count for scope in volatility.identities if scope in case.workload.populations
    ]
    return math.prod(known[:1]) * case.workload.options.separate_caches


def _ping_month(case: Case, strategy: Strategy, tokens: float, pings: float) -> Decimal:
    """Requests that hold the prefix and one token more, and ask for no answer."""
    prompt = Prompt((Part("prefix", Section.SYSTEM, count=Count(round(tokens))), _one_token()))
    workload = replace(
        case.workload,
        prompt=prompt,
        output=Range.exactly(0),
        requests=Rate(Range.exactly(pings), "month"),
        memo=replace(case.workload.memo, exact=0.0, semantic=0.0, store=Decimal(0), embedding=Decimal(0)),
        options=replace(Options(), geo=case.workload.options.geo),
    )
    pinging = replace(case, workload=workload)
    marks = tuple(replace(mark, slot=0) for mark in strategy.boundaries)
    return project(pinging, replace(strategy, boundaries=marks, hit_rate=1.0), pinging.layout()).total


def _one_token() -> Part:
    return Part("ping", Section.MESSAGES, PER_REQUEST, Count(1))


def warm_up(case: Case, layout: Layout, strategy: Strategy) -> Decimal | None:
    """What it saves a month to await the first of requests that start together; None where none do."""
    options = case.workload.options
    if options.concurrent <= 1 or not options.ready_after:
        return None
    patient = replace(case, workload=replace(case.workload, options=replace(options, ready_after=0.0, concurrent=1)))
    return project(case, strategy, layout).total - project(patient, strategy, layout).total


def memo_worth(case: Case, layout: Layout, strategy: Strategy) -> Iterator[MemoWorth]:
    """The exact and the semantic layer, each against the same workload without it."""
    memo = case.workload.memo
    bare = {"exact": replace(memo, exact=0.0), "semantic": replace(memo, semantic=0.0, embedding=Decimal(0))}
    shares = {"exact": memo.exact, "semantic": memo.semantic}
    probes = {"exact": replace(memo, exact=_PROBE), "semantic": replace(memo, semantic=_PROBE)}
    for layer, share in shares.items():
        probed = memo if share else probes[layer]
        if probed.kept <= 0:
            continue
        with_it, without = (project(_with_memo(case, each), strategy, layout).total for each in (probed, bare[layer]))
        hits = Decimal(case.requests * (share or _PROBE))
        worth = (without - with_it) / hits if hits else Decimal(0)
        yield MemoWorth(layer, bool(share), with_it, without, worth, _wrong_limit(memo, layer, worth))


def _wrong_limit(memo: Memo, layer: str, worth: Decimal) -> float | None:
    if layer != "semantic" or not memo.wrong_usd:
        return None
    right = float(worth / memo.wrong_usd) + memo.wrong_rate
    return min(max(right, 0.0), 1.0)


def _with_memo(case: Case, memo: Memo) -> Case:
    return replace(case, workload=replace(case.workload, memo=memo))


def reordering(case: Case) -> Reordering | None:
    """The prompt with its parts in the order of how often they change; None where they stand like that already."""
    prompt = case.workload.prompt
    ordered = tuple(sorted(prompt.parts, key=lambda part: _restlessness(part.volatility)))
    if ordered == prompt.parts:
        return None
    moved = replace(case, workload=replace(case.workload, prompt=replace(prompt, parts=ordered)))
    best = cheapest(moved, moved.layout())
    names = tuple(part.name for part in ordered)
    return Reordering(names, tuple(_behind(prompt, ordered)), best.total)


def _restlessness(volatility: Volatility) -> tuple[int, bool, float, int]:
    """From what never changes to what changes with each request."""
    finest = max((_FINENESS[scope] for scope in volatility.identities), default=0)
    return int(volatility.fresh), volatility.unknown, -min(volatility.clock.period, 1e12), finest


_FINENESS = {Identity.BUILD: 1, Identity.TENANT: 2, Identity.USER: 3, Identity.SESSION: 4}


def _behind(prompt: Prompt, ordered: tuple[Part, ...]) -> Iterator[str]:
    """The parts that something which changes less often has been put in front of."""
    for part in prompt.parts:
        here = {each.name for each in prompt.parts[: prompt.parts.index(part)]}
        there = {each.name for each in ordered[: ordered.index(part)]}
        if there - here:
            yield part.name


def curve(case: Case, strategy: Strategy, points: int = 9) -> Iterator[tuple[float, float]]:
    """Requests a day, and what the strategy then costs as a share of no caching, over four powers of ten around the
    workload's own traffic."""
    layout = case.layout()
    daily = case.requests / case.calendar.days
    for step in range(points):
        times = 10 ** (4 * step / (points - 1) - 2)
        at = with_traffic(case, times)
        plain = project(at, NO_CACHING, layout).total
        yield daily * times, float(project(at, strategy, layout).total / plain) if plain else 1.0
