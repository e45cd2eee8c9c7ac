"""How a month's bill moves with one input: along a range of it, and from each that is not known for certain."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.estimate import ASSUMED_ARRIVALS, baseline
from cachecalc.core.estimate.projection import project
from cachecalc.core.estimate.strategy import configured
from cachecalc.core.estimate.workload import Calendar, Scenario, Workload
from cachecalc.core.plan import cheapest
from cachecalc.core.prompt import Count, Part
from cachecalc.core.units import Range, Rate
from cachecalc.core.volatility import STATIC

Vary = Callable[[float], Workload]
"""A workload at a value of the input that is varied."""

NO_CACHING, CONFIGURED = "no caching", "as configured"
_STEPS = 24
_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Point:
    """The month at one value: without caching, as configured, with the cheapest plan; USD."""

    value: float
    label: str
    baseline: Decimal
    configured: Decimal
    plan: Decimal
    plan_name: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """From `value` on, `now` is cheaper or best where `before` was; `what`: the configuration or the plan."""

    value: float
    what: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Swing:
    """What the configured bill becomes at the low and the high end of one input; `given`: somebody gave it as one
    number, so that its ends are a fifth less and more."""

    name: str
    low: Decimal
    high: Decimal
    given: bool = False

    @property
    def width(self) -> Decimal:
        return abs(self.high - self.low)


def point(workload: Workload, calendar: Calendar, value: float, label: str) -> Point:
    """One value's month. Raises InputError where it cannot be priced."""
    case = Case(workload, calendar, Scenario(workload.arrivals or ASSUMED_ARRIVALS[0]))
    layout = case.layout()
    now = project(case, configured(workload.caching, workload.model, layout), layout)
    plan = cheapest(case, layout)
    return Point(value, label, baseline(case, layout).total, now.total, plan.total, plan.strategy.name)


def crossings(points: Sequence[Point], vary: Vary, calendar: Calendar, *, is_log: bool) -> Iterator[Crossing]:
    """Where the configuration begins or ceases to pay, and where another plan becomes the best: between two points of
    which they differ, closed in on."""
    for low, high in itertools.pairwise(points):
        for what, key in (("configuration", _pays), ("plan", _plan)):
            if key(low) != key(high):
                value = _closed_in(low.value, high.value, vary, calendar, key, is_log=is_log)
                yield Crossing(value, what, key(low), key(high))


def _pays(at: Point) -> str:
    return CONFIGURED if at.configured < at.baseline else NO_CACHING


def _plan(at: Point) -> str:
    return at.plan_name


def _closed_in(
    low: float, high: float, vary: Vary, calendar: Calendar, key: Callable[[Point], str], *, is_log: bool
) -> float:
    before = key(point(vary(low), calendar, low, ""))
    for _ in range(_STEPS):
        middle = math.sqrt(low * high) if is_log else (low + high) / 2
        low, high = (middle, high) if key(point(vary(middle), calendar, middle, "")) == before else (low, middle)
    return high


def tornado(workload: Workload, calendar: Calendar) -> list[Swing]:
    """Every input with the bills at its two ends, the widest first."""
    expected = Case(workload, calendar, Scenario(workload.arrivals or ASSUMED_ARRIVALS[0]))
    swings = [*_unknown(expected), *_numbers(expected)]
    return sorted((swing for swing in swings if swing.width), key=lambda swing: -swing.width)


def _unknown(case: Case) -> Iterator[Swing]:
    """What the profile or the provider leaves open."""
    if case.workload.arrivals is None:
        bills = [_bill(_read(case, arrivals=arrivals)) for arrivals in ASSUMED_ARRIVALS]
        yield Swing("arrivals", min(bills), max(bills))
    yield Swing("token counts", _bill(_read(case, tokens=-1)), _bill(_read(case, tokens=1)))
    yield Swing("retention", _bill(_read(case, retention=-1)), _bill(_read(case, retention=1)))
    yield Swing("hits in a batch", _bill(_read(case, batch=-1)), _bill(_read(case, batch=1)))
    if any(part.volatility.unknown for part in case.workload.prompt.parts):
        yield Swing("how often text changes", _bill(_read(case, unknown=STATIC)), _bill(case))


def _read(case: Case, **changes: object) -> Case:
    return replace(case, scenario=replace(case.scenario, **changes))  # type: ignore[arg-type]  # names of its fields


def _numbers(case: Case) -> Iterator[Swing]:
    workload = case.workload
    yield _swing(case, "requests", workload.requests.count, lambda count: _requests(workload, count))
    yield _swing(case, "output", workload.output, lambda length: replace(workload, output=length))
    whole = Range.exactly(1.0)
    yield _swing(case, "static tokens", whole, lambda times: _resized(workload, times.expected, is_fresh=False))
    yield _swing(case, "changing tokens", whole, lambda times: _resized(workload, times.expected, is_fresh=True))


def _swing(case: Case, name: str, amount: Range, at: Callable[[Range], Workload]) -> Swing:
    """Over the user's own range, or a fifth either way."""
    ends = (1 - _SHARE) * amount.expected, (1 + _SHARE) * amount.expected
    low, high = ends if amount.is_exact else (amount.low, amount.high)
    bills = [_bill(replace(case, workload=at(Range.exactly(end)))) for end in (low, high)]
    return Swing(name, bills[0], bills[1], given=amount.is_exact)


def _requests(workload: Workload, count: Range) -> Workload:
    return replace(workload, requests=Rate(count, workload.requests.unit, workload.requests.what))


def _resized(workload: Workload, times: float, *, is_fresh: bool) -> Workload:
    parts = tuple(
        resized(part, round(part.tokens * times)) if bool(part.volatility.fresh) == is_fresh else part
        for part in workload.prompt.parts
    )
    return replace(workload, prompt=replace(workload.prompt, parts=parts))


def resized(part: Part, tokens: int) -> Part:
    """The part with another number of tokens."""
    return replace(part, count=Count(tokens, part.count.error, part.count.counter) if part.count else Count(tokens))


def _bill(case: Case) -> Decimal:
    layout = case.layout()
    return project(case, configured(case.workload.caching, case.workload.model, layout), layout).total
