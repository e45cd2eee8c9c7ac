"""The answer of `estimate` for one workload: without caching, as configured, with the cheapest plan, and how sure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.projection import Projection, project
from cachecalc.core.estimate.rows import Layout
from cachecalc.core.estimate.strategy import NO_CACHING, Strategy, configured
from cachecalc.core.estimate.workload import Calendar, Memo, Scenario, Workload
from cachecalc.core.plan import cheapest, options
from cachecalc.core.problem import InputError
from cachecalc.core.traffic.arrivals import Arrivals, Even, Poisson, active_hours
from cachecalc.core.traffic.streams import break_even_hit_rate, break_even_reads_per_write
from cachecalc.core.units import Range, Rate
from cachecalc.core.volatility import PER_REQUEST, STATIC

ASSUMED_ARRIVALS: tuple[Arrivals, ...] = (Poisson(), Even(), active_hours(50))
"""What stands in where nobody said when requests come: the first is expected, the others widen the range."""


@dataclass(frozen=True, slots=True)
class Money:
    """USD a month: the least, the expected and the most over everything that is not known for certain."""

    low: Decimal
    expected: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where a strategy begins to pay. `requests_per_day` None: at any number of them, or at none (`pays`)."""

    hit_rate: float | None
    reads_per_write: float | None
    requests_per_day: float | None
    pays: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """One workload's month. `holds` counts the scenarios in which the plan beats the configuration, of `scenarios`."""

    case: Case
    layout: Layout
    baseline: Projection
    configured: Projection
    plan: Projection
    options: tuple[Projection, ...]
    configured_usd: Money
    plan_usd: Money
    holds: int
    scenarios: int
    break_even: BreakEven

    @property
    def savings(self) -> Decimal:
        """What the configuration saves against no caching at all, memoisation included."""
        return self.baseline.total - self.configured.total


def estimate(workload: Workload, calendar: Calendar) -> Estimate:
    """Project a workload's month. Raises InputError, naming the workload, where its settings do not fit its model or a
    price they need is not known."""
    try:
        return _estimate(workload, calendar)
    except InputError as error:
        named = (replace(problem, message=f"{workload.name}: {problem.message}") for problem in error.problems)
        raise InputError(named) from None


def _estimate(workload: Workload, calendar: Calendar) -> Estimate:
    case = Case(workload, calendar, Scenario(workload.arrivals or ASSUMED_ARRIVALS[0]))
    layout = case.layout()
    chosen = configured(workload.caching, workload.model, layout)
    plan = cheapest(case, layout)
    readings = [_read(other, plan.strategy) for other in cases(case)]
    return Estimate(
        case=case,
        layout=layout,
        baseline=baseline(case, layout),
        configured=project(case, chosen, layout),
        plan=plan,
        options=tuple(options(case, layout)),
        configured_usd=_money(project(case, chosen, layout).total, [before for before, _ in readings]),
        plan_usd=_money(plan.total, [after for _, after in readings]),
        holds=sum(after <= before for before, after in readings),
        scenarios=len(readings),
        break_even=break_even(case, layout, plan.strategy),
    )


def baseline(case: Case, layout: Layout) -> Projection:
    """The same requests without any cache: no memo, no reads, no writes, no storage."""
    return project(replace(case, workload=replace(case.workload, memo=Memo())), NO_CACHING, layout)


def cases(case: Case) -> Iterator[Case]:
    """Every reading of what is not known for certain: both ends of each range, all arrivals that are possible."""
    workload, model = case.workload, case.workload.model
    ranges = [workload.output, workload.requests.count]
    ranges += [cohort.grows_by for cohort in workload.conversation.cohorts] if workload.conversation else []
    uncertain = {
        "tokens": any(part.count and part.count.error for part in workload.prompt.parts),
        "amounts": not all(amount.is_exact for amount in ranges),
        "retention": any(ttl.low != ttl.high for mode in model.caching.modes for ttl in mode.ttls),
        "batch": bool(workload.options.batch and model.caching.batch_hits),
    }
    ends = [(-1, 1) if known else (0,) for known in uncertain.values()]
    unknown = any(part.volatility.unknown for part in workload.prompt.parts)
    arrivals = (workload.arrivals,) if workload.arrivals else ASSUMED_ARRIVALS
    changes = (PER_REQUEST, STATIC) if unknown else (PER_REQUEST,)
    for tokens, amounts, retention, batch in itertools.product(*ends):
        for pattern, change in itertools.product(arrivals, changes):
            yield replace(case, scenario=Scenario(pattern, tokens, amounts, retention, batch, change))


def break_even(case: Case, layout: Layout, strategy: Strategy) -> BreakEven:
    """Where a strategy begins to pay against no caching, as hit rate, reads per write and requests a day."""
    hit_rate = reads = None
    period, _ = next(case.calendar.periods(case.workload.model))
    rates = period.for_prompt(int(layout.mean_tokens))
    if strategy.mode is not None and strategy.mode.bills_writes and strategy.boundaries:
        read, write = rates.read(strategy.mode), rates.write(strategy.mode, strategy.boundaries[0].ttl.label)
        if read is not None and write is not None and read < rates.input and read < write:
            relative = float(write / rates.input), float(read / rates.input)
            hit_rate, reads = break_even_hit_rate(*relative), break_even_reads_per_write(*relative)
    daily, pays = _crossing(case, layout, strategy)
    return BreakEven(hit_rate, reads, daily, pays)


def _crossing(case: Case, layout: Layout, strategy: Strategy) -> tuple[float | None, bool]:
    """Requests a day from which on the strategy costs less than no caching; whether it does at some rate at all."""
    if strategy.mode is None:
        return None, False
    low, high = math.log(1e-3), math.log(1e9)
    if not _pays(case, layout, strategy, high):
        return None, False
    if _pays(case, layout, strategy, low):
        return None, True
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (low, middle) if _pays(case, layout, strategy, middle) else (middle, high)
    return math.exp(high), True


def _pays(case: Case, layout: Layout, strategy: Strategy, log_requests_a_day: float) -> bool:
    turns = case.workload.conversation.mean_turns if case.workload.conversation else 1.0
    daily = Range.exactly(math.exp(log_requests_a_day) / turns)
    what = "conversations" if case.workload.conversation else "requests"
    at_rate = replace(case, workload=replace(case.workload, requests=Rate(daily, "day", what)))
    return project(at_rate, strategy, layout).total < project(at_rate, NO_CACHING, layout).total


def _read(case: Case, plan: Strategy) -> tuple[Decimal, Decimal]:
    """The month as configured and as planned, in one reading."""
    layout = case.layout()
    chosen = configured(case.workload.caching, case.workload.model, layout)
    return project(case, chosen, layout).total, project(case, plan, layout).total


def _money(expected: Decimal, readings: list[Decimal]) -> Money:
    return Money(min(expected, *readings), expected, max(expected, *readings))
