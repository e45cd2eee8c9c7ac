"""What holds for every workload."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.estimate import estimate
from cachecalc.core.estimate.projection import FRESH, OUTPUT, READ, WRITE, Projection, hits_of, project
from cachecalc.core.estimate.rows import Layout
from cachecalc.core.estimate.strategy import NO_CACHING, Strategy, choices
from cachecalc.core.estimate.walk import Boundary
from cachecalc.core.estimate.workload import (
    Calendar,
    Cohort,
    Conversation,
    Memo,
    Options,
    Scenario,
    Workload,
)
from cachecalc.core.plan import best_marks, cheapest, options
from cachecalc.core.pricing import Kind, Mode, Model
from cachecalc.core.prompt import Count, Part, Prompt, Section
from cachecalc.core.traffic.arrivals import Even, Gapped, Poisson, active_hours
from cachecalc.core.traffic.gaps import QuantileGaps
from cachecalc.core.traffic.population import Population
from cachecalc.core.units import Range, Rate
from cachecalc.core.volatility import PER_REQUEST, STATIC, UNKNOWN, WORDS, Freshness, Identity
from cachecalc.load import pricing

MODELS = [
    pricing.bundled().find(name)
    for name in (
        "claude-sonnet-5-5",
        "claude-haiku-4-5",
        "gpt-5.6-sol",
        "gpt-5",
        "gpt-4o",
        "gemini-2.5-pro",
        "deepseek-v4-pro",
        "kimi-k3",
        "grok-4.7",
        "qwen3.7-max",
    )
]
GAPS = QuantileGaps(((0.5, 8.0), (0.9, 90.0), (0.99, 2400.0)))
CALENDAR = Calendar(dt.date(2026, 11, 21))

volatilities = st.sampled_from([volatility for volatility in WORDS.values() if not volatility.unknown])
counts = st.builds(Count, st.integers(1, 60_000), st.sampled_from([0.0, 0.1]))


@st.composite
def prompts(draw: st.DrawFn, most: int = 9) -> Prompt:
    """A row of parts of any volatility."""
    sizes = draw(st.lists(st.tuples(counts, volatilities), min_size=1, max_size=most))
    return Prompt(tuple(Part(f"p{i}", Section.SYSTEM, change, size) for i, (size, change) in enumerate(sizes)))


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    """Anything a profile can say."""
    talk = draw(
        st.one_of(st.none(), st.builds(_conversation, st.integers(1, 12), st.integers(0, 4000), st.floats(0.5, 1)))
    )
    low, width = draw(st.integers(0, 2000)), draw(st.integers(0, 500))
    return Workload(
        name="any",
        model=draw(st.sampled_from(MODELS)),
        prompt=draw(prompts()),
        output=Range.between(low, low + width),
        requests=Rate(Range.exactly(draw(st.floats(1, 1e6))), "day", "conversations" if talk else "requests"),
        arrivals=draw(st.sampled_from([None, Poisson(), Even(), active_hours(50), Gapped(GAPS)])),
        conversation=talk,
        populations={scope: Population(9, 1.1) for scope in (Identity.TENANT, Identity.USER, Identity.SESSION)},
        builds=Rate(Range.exactly(5), "week"),
        memo=Memo(exact=draw(st.sampled_from([0.0, 0.2])), semantic=draw(st.sampled_from([0.0, 0.15]))),
        options=Options(ready_after=draw(st.sampled_from([0.0, 2.0])), concurrent=draw(st.sampled_from([1, 8]))),
    )


def _conversation(turns: int, growth: int, retention: float) -> Conversation:
    return Conversation(GAPS, (Cohort(1.0, turns, Range.exactly(growth)),), retention)


def _case(workload: Workload) -> Case:
    return Case(workload, CALENDAR, Scenario(workload.arrivals or Poisson()))


@given(workloads())
@settings(max_examples=15)
def test_every_token_is_billed_once(workload: Workload) -> None:
    """Plain, read and written tokens add up to the input of the requests that reach the model."""
    case = _case(workload)
    layout = case.layout()
    for option in options(case, layout):
        inputs = [line.quantity for line in option.lines if line.label in {FRESH, READ} or line.label.startswith(WRITE)]
        assert float(sum(inputs)) == pytest.approx(float(option.input_tokens), rel=1e-6)


@given(workloads())
@settings(max_examples=15)
def test_a_bill_is_the_sum_of_its_lines(workload: Workload) -> None:
    """Exactly, in decimal arithmetic, and every line is quantity times unit price."""
    case = _case(workload)
    option = cheapest(case, case.layout())
    assert option.total == sum((line.quantity * line.usd_per_unit for line in option.lines), Decimal(0))


@given(workloads())
@settings(max_examples=6)
def test_low_is_at_most_expected_is_at_most_high(workload: Workload) -> None:
    """For the configuration and for the plan."""
    found = estimate(workload, CALENDAR)
    for month in (found.configured_usd, found.plan_usd):
        assert month.low <= month.expected <= month.high


@given(workloads())
@settings(max_examples=15)
def test_the_plan_costs_no_more_than_any_other_way(workload: Workload) -> None:
    """Up to the hundredth of a percent below which the simpler way wins."""
    case = _case(workload)
    layout = case.layout()
    plan = cheapest(case, layout).total
    assert all(plan <= option.total * Decimal("1.0001") for option in options(case, layout))


@given(workloads())
@settings(max_examples=15)
def test_caching_pays_when_every_boundary_is_warm_enough(workload: Workload) -> None:
    """If each stored boundary's hit rate reaches (w - 1) / (w - r), and nothing is stored by the hour, caching costs
    no more than none."""
    case = _case(workload)
    layout = case.layout()
    plain = project(case, NO_CACHING, layout)
    for strategy in choices(workload.model, layout):
        if (
            strategy.mode is not None
            and strategy.named is None
            and _is_warm_enough(case, strategy, layout, strategy.mode)
        ):
            assert project(case, strategy, layout).total <= plain.total * Decimal("1.000000001")


def _is_warm_enough(case: Case, strategy: Strategy, layout: Layout, mode: Mode) -> bool:
    rates = case.workload.model.period_on(CALENDAR.first).rates
    hits = hits_of(case, strategy, layout)
    for boundary in strategy.boundaries:
        write, read = rates.write(mode, boundary.ttl.label), rates.read(mode)
        assert write is not None
        assert read is not None
        needed = float((write - rates.input) / (write - read))
        if any(row.new[boundary.slot] for row in layout.rows) and write > rates.input:
            return False
        if min(hits(boundary.slot, boundary.ttl, row.first) for row in layout.rows) < needed:
            return False
    return mode.increment == 1 or not mode.bills_writes


def brute_force(case: Case, layout: Layout, mode: Mode) -> Projection:
    """The cheapest of all legal rows of marks, one by one."""
    slots = [i for i, slot in enumerate(layout.slots) if slot.volatility.fresh is Freshness.NONE]
    ttls = sorted(mode.ttls, key=lambda ttl: -ttl.typical)
    return min(
        (project(case, strategy, layout) for strategy in _rows_of_marks(slots, ttls, mode)), key=lambda p: p.total
    )


def _rows_of_marks(slots: list[int], ttls: list, mode: Mode) -> Iterator[Strategy]:  # type: ignore[type-arg]
    yield NO_CACHING
    for count in range(1, mode.max_marks + 1):
        for chosen in itertools.combinations(slots, count):
            for lives in itertools.combinations_with_replacement(ttls, count):
                marks = tuple(Boundary(slot, ttl) for slot, ttl in zip(chosen, lives, strict=True))
                yield Strategy(mode, lives[0], marks)


@given(workloads())
@settings(max_examples=20)
def test_the_best_marks_are_those_of_brute_force(workload: Workload) -> None:
    """The shortest path finds what trying everything finds."""
    _assert_best(replace(workload, model=MODELS[0]))


@pytest.mark.slow
@given(prompts(most=9), st.floats(1, 1e5))
@settings(max_examples=1000)
def test_the_best_marks_on_many_prompts(prompt: Prompt, daily: float) -> None:
    """The same, on a thousand prompts of up to nine parts."""
    base = Workload("any", MODELS[0], prompt, Range.exactly(100), Rate(Range.exactly(daily), "day"), Poisson())
    populations = {scope: Population(9, 1.1) for scope in (Identity.TENANT, Identity.USER, Identity.SESSION)}
    _assert_best(replace(base, populations=populations, builds=Rate(Range.exactly(5), "week")))


def _assert_best(workload: Workload) -> None:
    case = _case(workload)
    layout = case.layout()
    mode = workload.model.caching.of_kind(Kind.MARKS)
    assert mode is not None
    found = project(case, best_marks(case, layout, mode), layout).total
    assert float(found) == pytest.approx(float(brute_force(case, layout, mode).total), rel=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
@pytest.mark.parametrize("talk", [None, _conversation(4, 500, 1.0)], ids=["single", "conversation"])
def test_text_that_nobody_knows_widens_the_range(model: Model, talk: Conversation | None) -> None:
    """Wherever it stands, the plan can be priced as if it never changed and as if it changed with each request."""
    for place in range(3):
        parts = [Part(f"p{i}", Section.SYSTEM, STATIC, Count(4000)) for i in range(2)]
        parts.insert(place, Part("unknown", Section.SYSTEM, UNKNOWN, Count(100)))
        rate = Rate(Range.exactly(1000), "day", "conversations" if talk else "requests")
        base = Workload("any", model, Prompt(tuple(parts)), Range.exactly(100), rate, Poisson(), talk)
        found = estimate(base, CALENDAR)
        assert found.plan_usd.low <= found.plan_usd.expected <= found.plan_usd.high


def test_output_is_never_cached() -> None:
    """Whatever the strategy, the same output is billed."""
    parts = (Part("a", Section.SYSTEM, STATIC, Count(5000)), Part("b", Section.MESSAGES, PER_REQUEST, Count(10)))
    base = Workload("any", MODELS[0], Prompt(parts), Range.exactly(100), Rate(Range.exactly(100), "day"), Poisson())
    case = _case(base)
    billed = {
        sum(line.quantity for line in option.lines if line.label == OUTPUT) for option in options(case, case.layout())
    }
    assert billed == {Decimal(300_000)}
