"""Where a ranking of models turns over: at a dated price, at another length of output, at more or less traffic."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cachecalc.core.compare import Comparison, Way
from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.projection import OUTPUT
from cachecalc.core.estimate.workload import Calendar
from cachecalc.core.pricing import Model
from cachecalc.core.units import Range, Rate

AHEAD = dt.timedelta(days=60)
TIMES = 10.0
"""Traffic and output are looked at from a tenth to ten times as much."""

_STEPS = 20


@dataclass(frozen=True, slots=True)
class Flip:
    """From here on another way is the cheapest. `day`, `output` (tokens) or `times` (of the traffic) is set;
    `upward`: it holds above that value, else below it."""

    model: Model
    strategy: str
    day: dt.date | None = None
    output: float | None = None
    times: float | None = None
    upward: bool = True


def flips(found: Comparison) -> Iterator[Flip]:
    """Every turn of the ranking's first place among the ways that answer at once."""
    ways = [way for way in found.ways if not way.batch]
    yield from _by_date(found, ways)
    yield from _by_output(found.best, ways)
    yield from _by_traffic(found.best, ways)


def changes_ahead(model: Model, calendar: Calendar) -> Iterator[dt.date]:
    """The days within 60 days behind the projected month on which a model's prices change."""
    for period in model.periods:
        if period.since is not None and calendar.last < period.since <= calendar.last + AHEAD:
            yield period.since


def _by_date(found: Comparison, ways: Sequence[Way]) -> Iterator[Flip]:
    calendar, first = found.now.case.calendar, found.best
    models = {way.model.id: way.case for way in ways}
    for day in sorted({day for case in models.values() for day in changes_ahead(case.workload.model, calendar)}):
        then = [(_cost_on(way, day), way) for way in ways if _is_sold(way.model, day)]
        winner = min(then, key=lambda pair: pair[0])[1]
        if winner.model.id != first.model.id:
            yield Flip(winner.model, winner.name, day=day)
            first = winner


def _is_sold(model: Model, day: dt.date) -> bool:
    return model.retired is None or model.retired > day


def _cost_on(way: Way, day: dt.date) -> Decimal:
    """The same month at the prices of another day."""
    if not any(period.since == day for period in way.model.periods):
        return way.usd.expected
    then = replace(way.case, calendar=Calendar(day, way.case.calendar.days))
    return way.at(then).total


def _by_output(best: Way, ways: Sequence[Way]) -> Iterator[Flip]:
    """A bill is a straight line over the length of the output, so its crossings are exact."""
    now, slope = best.case.output, _usd_per_token(best)
    above, below = (math.inf, best), (0.0, best)
    for way in ways if now else ():
        difference = slope - _usd_per_token(way)
        if not difference or way.model.id == best.model.id:
            continue
        at = now + float((way.usd.expected - best.usd.expected) / difference)
        if difference > 0 and at < above[0]:
            above = at, way
        if difference < 0 and at > below[0]:
            below = at, way
    if above[0] <= now * TIMES:
        yield Flip(above[1].model, above[1].name, output=above[0])
    if below[0] >= now / TIMES:
        yield Flip(below[1].model, below[1].name, output=below[0], upward=False)


def _usd_per_token(way: Way) -> Decimal:
    paid = sum((line.amount for line in way.projection.lines if line.label == OUTPUT), Decimal(0))
    return paid / Decimal(way.case.output or 1)


def _by_traffic(best: Way, ways: Sequence[Way]) -> Iterator[Flip]:
    """The nearest traffic above and below at which another model wins: looked for at ten times and a tenth, and closed
    in on; who leads at the crossing may be a third one, which then crosses earlier."""
    for upward, end in ((True, math.log(TIMES)), (False, -math.log(TIMES))):
        winner, far = _leader(ways, end), end
        while winner.model.id != best.model.id:
            rivals = [way for way in ways if way.model.id in {best.model.id, winner.model.id}]
            far = _crossing(rivals, best, far)
            leader = _leader(ways, far)
            if leader.model.id in {best.model.id, winner.model.id}:
                yield Flip(winner.model, leader.name, times=math.exp(far), upward=upward)
                break
            winner = leader


def _crossing(rivals: Sequence[Way], best: Way, far: float) -> float:
    """Where, as a logarithm of the traffic, `best` stops leading its one rival on the way to `far`."""
    near = 0.0
    for _ in range(_STEPS):
        middle = (near + far) / 2
        leads = _leader(rivals, middle).model.id == best.model.id
        near, far = (middle, far) if leads else (near, middle)
    return far


def _leader(ways: Sequence[Way], log_times: float) -> Way:
    return min(ways, key=lambda way: _cost_at(way, math.exp(log_times)))


def _cost_at(way: Way, times: float) -> Decimal:
    return way.at(with_traffic(way.case, times)).total


def with_traffic(case: Case, times: float) -> Case:
    """The same workload with so many times the requests."""
    rate, count = case.workload.requests, case.workload.requests.count
    more = Rate(Range(count.low * times, count.expected * times, count.high * times), rate.unit, rate.what)
    return replace(case, workload=replace(case.workload, requests=more))
