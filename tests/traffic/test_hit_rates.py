"""Every closed form against an event simulation that does not know it."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.traffic.arrivals import Even, Gapped, Hours, Poisson, active_hours
from cachecalc.core.traffic.gaps import MeasuredGaps, QuantileGaps, mean_capped, thinned
from cachecalc.core.traffic.population import Population
from cachecalc.core.traffic.streams import (
    Follow,
    Traffic,
    break_even_hit_rate,
    break_even_reads_per_write,
)
from cachecalc.core.volatility import DAY, HOUR, STATIC, WORDS, Identity, parse
from tests.traffic import simulate

COUNT = 40_000
CLOSE = 0.01


@pytest.mark.parametrize("ttl", [60.0, 300.0, 3600.0])
def test_poisson(ttl: float) -> None:
    """One static prefix at ten requests an hour."""
    simulated = simulate.hit_rate(simulate.poisson(10 / HOUR, COUNT, seed=1), ttl)
    assert Traffic(Poisson(), 10 / HOUR).hit(STATIC, ttl) == pytest.approx(simulated, abs=CLOSE)


@pytest.mark.parametrize("changes", ["every day", "every hour", "every minute"])
def test_a_clock_in_the_prefix_empties_it_at_every_tick(changes: str) -> None:
    """The text is another one after each tick, so the first request of each period misses."""
    rate, volatility = 100 / HOUR, parse(changes)
    events = simulate.poisson(rate, COUNT, seed=2)
    simulated = simulate.hit_rate(events, 300, period=volatility.clock.period)
    assert Traffic(Poisson(), rate).hit(volatility, 300) == pytest.approx(simulated, abs=CLOSE)


def test_a_sub_second_clock_never_hits() -> None:
    """No two requests share such a prefix."""
    assert Traffic(Poisson(), 100.0).hit(parse("sub-second"), 3600) == 0


def test_tenants_of_uneven_size() -> None:
    """Each tenant is a stream of its own; the big ones are warm, the small ones are not."""
    population = Population(40, zipf=1.1)
    weights = [rank**-1.1 for rank in range(1, 41)]
    events = simulate.poisson(300 / HOUR, COUNT, seed=3, weights=weights)
    traffic = Traffic(Poisson(), 300 / HOUR, populations={Identity.TENANT: population})
    assert traffic.hit(parse("per tenant"), 300) == pytest.approx(simulate.hit_rate(events, 300), abs=CLOSE)


@pytest.mark.parametrize("first", [True, False])
def test_a_prefix_that_conversations_share(first: bool) -> None:
    """Opening turns live off other conversations; later ones off their own as well."""
    events = simulate.conversations(4 / HOUR, 5, 200.0, 8_000, seed=4)
    gaps = MeasuredGaps(tuple(-200 * math.log1p(-(i + 0.5) / 5000) for i in range(5000)))
    traffic = Traffic(Poisson(), 4 / HOUR, follow=Follow(5, gaps))
    simulated = simulate.hit_rate(events, 300, first=first)
    assert traffic.hit(STATIC, 300, first=first) == pytest.approx(simulated, abs=2 * CLOSE)


def test_history_is_warm_when_the_gap_is_short() -> None:
    """A conversation's own prefix depends on nothing but its gaps."""
    gaps = QuantileGaps(((0.5, 8.0), (0.9, 90.0), (0.99, 2400.0)))
    traffic = Traffic(Poisson(), 1.0, follow=Follow(20, gaps))
    assert traffic.hit(STATIC, 90, first=False, own=True) == pytest.approx(0.9)
    assert traffic.hit(STATIC, 90, first=True, own=True) == 0


def test_requests_before_the_first_response_miss_too() -> None:
    """An entry can be read only once its response has begun."""
    rate = 60 / HOUR
    simulated = simulate.hit_rate(simulate.poisson(rate, COUNT, seed=5), 300, ready_after=60)
    assert Traffic(Poisson(), rate, ready_after=60).hit(STATIC, 300) == pytest.approx(simulated, abs=CLOSE)


def test_requests_sent_at_once_share_their_fate() -> None:
    """Eight at a time is an eighth of the arrivals, and a cold one writes eight times."""
    together = Traffic(Poisson(), 80 / HOUR, concurrent=8).hit(STATIC, 300)
    assert together == pytest.approx(Traffic(Poisson(), 10 / HOUR).hit(STATIC, 300))


def test_caches_that_share_nothing_divide_the_stream() -> None:
    """Two regions are two streams of half the rate."""
    apart = Traffic(Poisson(), 20 / HOUR, separate_caches=2).hit(STATIC, 300)
    assert apart == pytest.approx(Traffic(Poisson(), 10 / HOUR).hit(STATIC, 300))


@pytest.mark.parametrize(
    ("gap", "ttl", "warm"),
    [(360, 300, 0.0), (300, 300, 1.0), (360, 3600, 1.0)],
    ids=["just-too-late", "just-in-time", "long-ttl"],
)
def test_clockwork_arrivals_hit_always_or_never(gap: float, ttl: float, warm: float) -> None:
    """The age test is inclusive."""
    assert Traffic(Even(), 1 / gap).hit(STATIC, ttl) == warm


def test_a_thinned_clockwork() -> None:
    """Each of a thousand ticks is kept with a probability of one in ten."""
    generator = random.Random(6)
    events = [simulate.Event(tick * 10.0) for tick in range(200_000) if generator.random() < 0.1]
    found = Traffic(Even(), 0.1, kept=0.1).hit(STATIC, 120)
    assert found == pytest.approx(simulate.hit_rate(events, 120), abs=CLOSE)


def test_a_day_profile() -> None:
    """Busy hours are warm, the night is not."""
    counts = tuple([0.0] * 8 + [30.0] * 10 + [2.0] * 6)
    generator, now, events = random.Random(7), 0.0, []
    while now < 400 * DAY:
        now += generator.expovariate(30 / HOUR)
        if generator.random() < counts[int(now // HOUR) % 24] / 30:
            events.append(simulate.Event(now))
    found = Traffic(Hours(counts), sum(counts) / DAY).hit(STATIC, 300)
    assert found == pytest.approx(simulate.hit_rate(events, 300), abs=CLOSE)


def test_office_hours_concentrate_the_traffic() -> None:
    """Fifty of 168 hours hold all requests, so a cache alive in them serves everyone."""
    pattern = active_hours(50)
    assert pattern.busiest(50 / 168) == pytest.approx(1)
    assert Traffic(pattern, 10 / HOUR).hit(STATIC, 300) == pytest.approx(1 - math.exp(-10 * 168 / 50 / 12), abs=CLOSE)


def test_quantiles_are_met_exactly() -> None:
    """The piecewise log-logistic goes through the points it is given."""
    gaps = QuantileGaps(((0.5, 20.0), (0.9, 240.0), (0.99, 7200.0)))
    assert [gaps.within(seconds) for seconds in (20, 240, 7200)] == pytest.approx([0.5, 0.9, 0.99])
    assert gaps.quantile(0.9) == pytest.approx(240)


def test_thinning_lengthens_gaps() -> None:
    """Half the requests gone, the share of short gaps falls."""
    gaps = QuantileGaps(((0.5, 20.0), (0.9, 240.0), (0.99, 7200.0)))
    assert thinned(gaps, 0.5).within(240) < gaps.within(240)
    assert thinned(gaps, 0.5) is thinned(gaps, 0.5)


def test_mean_capped_gap() -> None:
    """The mean of min(gap, u) for gaps of 10 and 30 seconds, capped at 20."""
    assert mean_capped(MeasuredGaps((10.0, 30.0)), 20.0) == pytest.approx(15, abs=0.1)


def test_break_even_of_claude() -> None:
    """0.217 of requests, 0.278 reads per write at 5 minutes; 0.526 and 1.11 at one hour."""
    assert break_even_hit_rate(1.25, 0.1) == pytest.approx(0.2174, abs=1e-4)
    assert break_even_reads_per_write(1.25, 0.1) == pytest.approx(0.2778, abs=1e-4)
    assert break_even_hit_rate(2.0, 0.1) == pytest.approx(0.5263, abs=1e-4)
    assert break_even_reads_per_write(2.0, 0.1) == pytest.approx(1.1111, abs=1e-4)


def test_an_unknown_population_is_not_guessed() -> None:
    """How many tenants there are decides everything, so it must be said."""
    with pytest.raises(LookupError, match="how many tenants"):
        Traffic(Poisson(), 1.0).hit(parse("per tenant"), 300)


PATTERNS = st.sampled_from(
    [Poisson(), Even(), active_hours(50), Gapped(QuantileGaps(((0.5, 20.0), (0.9, 240.0)))), Hours(tuple(range(24)))]
)
RATES = st.floats(1e-6, 1e3)
CHANGES = st.sampled_from([volatility for volatility in WORDS.values() if not volatility.unknown])
POPULATIONS = {scope: Population(7, 0.9) for scope in (Identity.TENANT, Identity.USER, Identity.SESSION)}


@given(PATTERNS, RATES, st.floats(0, 1e6), CHANGES, st.floats(0.05, 1))
def test_a_hit_rate_is_a_probability(pattern: object, rate: float, ttl: float, volatility: object, kept: float) -> None:
    """Whatever the traffic, it lies between 0 and 1."""
    traffic = Traffic(pattern, rate, populations=POPULATIONS, builds=1e-5, kept=kept)  # type: ignore[arg-type]
    assert -1e-9 <= traffic.hit(volatility, ttl) <= 1 + 1e-9  # type: ignore[arg-type]


@given(PATTERNS, RATES, st.floats(0, 1e5), st.floats(1, 10), CHANGES)
def test_a_longer_ttl_never_hits_less(
    pattern: object, rate: float, ttl: float, factor: float, volatility: object
) -> None:
    """Hit rates are monotone in the TTL."""
    traffic = Traffic(pattern, rate, populations=POPULATIONS)  # type: ignore[arg-type]
    shorter, longer = (traffic.hit(volatility, seconds) for seconds in (ttl, ttl * factor))  # type: ignore[arg-type]
    assert longer >= shorter - 5e-3


@given(RATES, st.floats(1, 100), st.floats(0, 1e5), CHANGES)
def test_more_traffic_never_hits_less(rate: float, factor: float, ttl: float, volatility: object) -> None:
    """Hit rates are monotone in the rate of independent users."""
    hits = [
        Traffic(Poisson(), each, populations=POPULATIONS, ready_after=2).hit(volatility, ttl)  # type: ignore[arg-type]
        for each in (rate, rate * factor)
    ]
    assert hits[1] >= hits[0] - 5e-3


@given(st.integers(1, 1_000_000), st.floats(0, 2.5))
def test_shares_of_a_population_add_up(count: int, zipf: float) -> None:
    """Grouping ranks loses no traffic and no identity."""
    groups = Population(count, zipf).groups()
    assert sum(share * size for share, size in groups) == pytest.approx(1)
    assert sum(size for _, size in groups) == count
