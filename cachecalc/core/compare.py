"""One workload on every model and every way of caching it, at the price of the one estimate there is."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from cachecalc.core import model_names
from cachecalc.core.estimate.cards import BATCH
from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.estimate import ASSUMED_ARRIVALS, Money, baseline, cases
from cachecalc.core.estimate.projection import Projection, project
from cachecalc.core.estimate.rows import Layout
from cachecalc.core.estimate.strategy import Strategy, choices, configured
from cachecalc.core.estimate.workload import Caching, Calendar, Scenario, Workload
from cachecalc.core.plan import best_marks, cheapest, is_priced
from cachecalc.core.pricing import Kind, Model, PriceTable
from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Prompt

Recount = Callable[[Prompt, Model], Prompt]
"""The same prompt, its tokens as another model counts them."""

PRICES, CACHING = "prices", "caching"


@dataclass(frozen=True, slots=True)
class Way:
    """One row: a model, a strategy, and the month they make. `is_now`: what the workload is configured with;
    `is_best`: the cheapest of its model that answers at once; `batch`: all of it through the batch interface."""

    case: Case
    projection: Projection
    usd: Money
    baseline: Decimal
    is_now: bool = False
    is_best: bool = False
    batch: bool = False

    @property
    def model(self) -> Model:
        return self.case.workload.model

    @property
    def name(self) -> str:
        strategy = self.projection.strategy.name
        return f"batch, {strategy}" if self.batch else strategy

    def at(self, case: Case) -> Projection:
        """The same strategy in another month or at other traffic."""
        return project(case, self.projection.strategy, case.layout())


@dataclass(frozen=True, slots=True)
class Skipped:
    """A model, or one strategy of it, that cannot carry the workload or cannot be priced."""

    model: Model
    reason: str
    strategy: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A workload's ways, what it has now first, the rest by expected cost."""

    workload: Workload
    ways: tuple[Way, ...]
    skipped: tuple[Skipped, ...]

    @property
    def now(self) -> Way:
        return self.ways[0]

    @property
    def best(self) -> Way:
        """The cheapest that answers at once, or as the workload does now."""
        return _cheapest(self.ways)

    @property
    def best_of_tier(self) -> Way:
        """The same among the models of the tier that the workload's own model is in."""
        return _cheapest(way for way in self.ways if way.model.tier == self.workload.model.tier)


def _cheapest(ways: Iterable[Way]) -> Way:
    """The first of the cheapest that answer at once."""
    return min((way for way in ways if not way.batch), key=lambda way: way.usd.expected)


def line_up(table: PriceTable) -> tuple[Model, ...]:
    """The models one would choose from today: active, each from its maker where several platforms sell it."""
    own = {model.id.lower() for model in table.models}
    return tuple(
        model
        for model in table.models
        if model.status == "active" and own.isdisjoint([*model_names.spellings(model.id)][1:])
    )


def compare(workload: Workload, models: Iterable[Model], calendar: Calendar, recount: Recount) -> Comparison:
    """Every way to run a workload on its own model and on `models`. Raises InputError where it cannot run as it is
    configured."""
    own = workload.model
    ways, skipped = _ways(workload, calendar, is_own=True)
    for model in {model.id: model for model in models if model.id != own.id}.values():
        try:
            more, without = _ways(_on(workload, model, recount), calendar)
        except InputError as error:
            skipped.append(Skipped(model, error.problems[0].message))
        else:
            ways += more
            skipped += without
    now = next(way for way in ways if way.is_now)
    others = sorted((way for way in ways if way is not now), key=lambda way: (way.usd.expected, way.model.id, way.name))
    return Comparison(workload, (now, *others), tuple(skipped))


def _on(workload: Workload, model: Model, recount: Recount) -> Workload:
    """The workload moved to another model: the same text, output, traffic and options; its caching is still to choose."""
    caching = Caching(named=workload.caching.named)
    return replace(workload, model=model, prompt=recount(workload.prompt, model), caching=caching, observed=None)


def _ways(workload: Workload, calendar: Calendar, *, is_own: bool = False) -> tuple[list[Way], list[Skipped]]:
    case = Case(workload, calendar, Scenario(workload.arrivals or ASSUMED_ARRIVALS[0]))
    layout = case.layout()
    if not is_own:
        _check_window(case, layout)
    best = _best(case, layout)
    offered = [*choices(workload.model, layout, workload.caching.named)]
    priced = [is_priced(case, strategy, layout) for strategy in offered]

    def strategies(slots: Layout) -> Iterator[Strategy]:
        """As it is configured, where it is the workload's own model; each mode and TTL with a price; the best marks."""
        if is_own:
            yield configured(workload.caching, workload.model, slots)
        yield from itertools.compress(choices(workload.model, slots, workload.caching.named), priced)
        yield best

    money = _months(case, strategies)
    plain = baseline(case, layout).total
    rows = [Way(case, projection, usd, plain) for projection, usd in money]
    now = [replace(rows.pop(0), is_now=True)] if is_own else []
    found = [*now, *(way for way in _distinct(rows) if not any(_is_same(way, each) for each in now))]
    cheap = min(found, key=lambda way: way.usd.expected)
    ways = [replace(way, is_best=way is cheap) for way in found]
    skipped = [
        Skipped(workload.model, _missing_price(strategy), strategy.name)
        for strategy, known in zip(offered, priced, strict=True)
        if not known
    ]
    return [*ways, *_in_batch(case, layout, plain)], skipped


def _best(case: Case, layout: Layout) -> Strategy:
    marks = case.workload.model.caching.of_kind(Kind.MARKS)
    return best_marks(case, layout, marks) if marks else Strategy()


def _months(case: Case, strategies: Callable[[Layout], Iterable[Strategy]]) -> Iterator[tuple[Projection, Money]]:
    """Each strategy's expected month, and its range over everything that is not known for certain. A layout says
    nothing of arrivals and retention, so readings that differ in those alone share one."""
    layout = case.layout()
    expected = [project(case, strategy, layout) for strategy in strategies(layout)]
    totals = [[month.total] for month in expected]
    layouts: dict[tuple[object, ...], Layout] = {}
    seen: set[tuple[object, ...]] = set()
    for reading in cases(case):
        scenario = reading.scenario
        key = scenario.tokens, scenario.amounts, scenario.unknown
        slots = layouts[key] = layouts.get(key) or reading.layout()
        for index, strategy in enumerate(strategies(slots)):
            matters = index, key, _matters(reading, strategy)
            if matters not in seen:
                seen.add(matters)
                totals[index].append(project(reading, strategy, slots).total)
    for month, known in zip(expected, totals, strict=True):
        yield month, Money(min(known), month.total, max(known))


def _matters(reading: Case, strategy: Strategy) -> tuple[object, ...]:
    """What of a reading can move a strategy's bill beside tokens and amounts: without caching neither arrivals (but for
    prices by the hour) nor retention do, and retention only where it is a range."""
    scenario = reading.scenario
    by_the_hour = any(period.windows for period in reading.workload.model.periods)
    ranged = any(mark.ttl.low != mark.ttl.high for mark in strategy.boundaries)
    return (
        scenario.arrivals if strategy.mode is not None or by_the_hour else None,
        scenario.retention if ranged else 0,
        scenario.batch,
    )


def _in_batch(case: Case, layout: Layout, plain: Decimal) -> Iterator[Way]:
    """All requests through the batch interface, cached in the way that is cheapest there."""
    workload = case.workload
    period, _ = next(case.calendar.periods(workload.model))
    if workload.options.batch == 1 or BATCH not in period.services:
        return
    case = replace(case, workload=replace(workload, options=replace(workload.options, batch=1.0)))
    try:
        strategy = cheapest(case, layout).strategy
        [(projection, usd)] = _months(case, lambda _: [strategy])
    except InputError:
        return  # some of the month, or prompts of this length, have no batch price
    yield Way(case, projection, usd, plain, batch=True)


def _distinct(ways: Iterable[Way]) -> Iterator[Way]:
    """Of ways with one name (marks placed differently), the cheapest."""
    by_name: dict[str, Way] = {}
    for way in ways:
        known = by_name.get(way.name)
        if known is None or way.usd.expected < known.usd.expected:
            by_name[way.name] = way
    yield from by_name.values()


def _is_same(way: Way, other: Way) -> bool:
    return way.name == other.name and way.usd.expected == other.usd.expected


def _check_window(case: Case, layout: Layout) -> None:
    window = case.workload.model.context_window
    longest = max(row.tokens for row in layout.rows) + case.output
    if window is not None and longest > window:
        message = f"its context window of {window:,} tokens is too small: requests take up to {longest:,.0f}"
        raise InputError(message)


def _missing_price(strategy: Strategy) -> str:
    if strategy.named is None:
        return "its cache price is not known"
    return "its storage price, or the number of its caches, is not known"


def drivers(way: Way, now: Way) -> dict[str, Decimal]:
    """What the difference to now is made of, in USD: what the same requests cost uncached (prices, and how many tokens
    the text makes), and what caching, and a batch, take off that."""
    prices = way.baseline - now.baseline
    return {PRICES: prices, BATCH if way.batch else CACHING: way.usd.expected - now.usd.expected - prices}


def driver(way: Way, now: Way) -> str:
    """What most of the difference comes from; nothing where there is none."""
    change, parts = way.usd.expected - now.usd.expected, drivers(way, now)
    return max(parts, key=lambda part: parts[part] * change) if change else ""
