"""Which price is in force: by day, by the length of the prompt, by the hour, by the service."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.pricing import CacheRules, Kind, Mode, Model, Period, Rates, Tier, Ttl, Window

CHECKED = dt.date(2026, 11, 21)
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31))


def period(since: dt.date | None, price: int = 1) -> Period:
    return Period(since, Rates(Decimal(price), Decimal(price)), ("here",), CHECKED)


def model(*since: dt.date | None) -> Model:
    periods = tuple(period(day, price) for price, day in enumerate(since, 1))
    return Model("m", "p", periods, CacheRules(), "o200k")


@given(st.lists(DAYS, unique=True, max_size=5).map(sorted), DAYS)
def test_the_latest_period_that_has_begun_is_in_force(changes: list[dt.date], day: dt.date) -> None:
    """A price holds from the morning of its day until the morning of the next change."""
    begun = [change for change in changes if change <= day]
    assert model(None, *changes).period_on(day).since == (begun[-1] if begun else None)


def test_before_the_first_known_day_the_first_price_stands() -> None:
    """A table that starts late still prices earlier days, at the oldest price it knows."""
    assert model(dt.date(2026, 1, 1)).period_on(dt.date(2025, 1, 1)).since == dt.date(2026, 1, 1)


@given(st.lists(DAYS, unique=True, max_size=5).map(sorted), DAYS, st.integers(0, 90))
def test_the_periods_of_a_span_cover_each_of_its_days_once(changes: list[dt.date], first: dt.date, length: int) -> None:
    """A month that crosses a price change is split at the change, with no day lost or counted twice."""
    priced = model(None, *changes)
    last = first + dt.timedelta(length)
    spans = list(priced.periods_within(first, last))
    assert sum(days for _, days in spans) == length + 1
    assert [span.since for span, _ in spans] == sorted(
        {span.since for span, _ in spans}, key=lambda day: day or dt.date.min
    )
    assert all(days > 0 for _, days in spans)


CHEAP, DEAR, BATCH, DEAR_BATCH = (Rates(Decimal(price), Decimal(price)) for price in (4, 8, 2, 6))
TIERED = Period(
    None, CHEAP, ("a", "b"), CHECKED, (Tier(272_000, DEAR, {"batch": DEAR_BATCH}),), (), {"batch": BATCH, "flex": BATCH}
)


@pytest.mark.parametrize(
    ("tokens", "service", "expected"),
    [
        pytest.param(272_000, None, CHEAP, id="at the threshold the lower price holds"),
        pytest.param(272_001, None, DEAR, id="one token above, the whole request is dearer"),
        pytest.param(10, "batch", BATCH, id="a service has its own price"),
        pytest.param(300_000, "batch", DEAR_BATCH, id="and its own price for long prompts"),
        pytest.param(300_000, "flex", None, id="which is not known where it is not given"),
        pytest.param(10, "priority", None, id="nor is a service that is not sold"),
    ],
)
def test_the_prompt_and_the_service_choose_the_rates(tokens: int, service: str | None, expected: Rates | None) -> None:
    """Long prompts and other ways to buy have prices of their own; an unknown one is None, never the standard price."""
    assert (TIERED.for_service(service, tokens) if service else TIERED.for_prompt(tokens)) is expected


@pytest.mark.parametrize(
    ("moment", "is_peak"),
    [
        pytest.param("2026-11-20T06:00:00+00:00", True, id="friday, first minute"),
        pytest.param("2026-11-20T10:00:00+00:00", False, id="friday, the end is outside"),
        pytest.param("2026-11-21T07:00:00+00:00", False, id="saturday"),
        pytest.param("2026-11-20T14:30:00+08:00", True, id="the clock is UTC, whatever zone the moment is in"),
        pytest.param("2026-11-20T16:29:00+00:00", False, id="before the half hour"),
        pytest.param("2026-11-20T16:30:00+00:00", True, id="from the half hour"),
    ],
)
def test_a_window_covers_its_hours_on_its_days(moment: str, is_peak: bool) -> None:
    """Prices by the hour hold in UTC, on weekdays that are named, with the end outside."""
    window = Window("peak", frozenset(range(5)), ((6, 10), (16.5, 17)), CHEAP)
    assert window.covers(dt.datetime.fromisoformat(moment)) is is_peak
    assert window.share_of_week == pytest.approx(5 * 4.5 / 168)


TTL = Ttl("5m", 300, 300, 300)
RATES = Rates(Decimal(2), Decimal(10), Decimal("0.4"), {"5m": Decimal("2.5")}, cache_read_marked=Decimal("0.2"))


@pytest.mark.parametrize(
    ("mode", "read", "write"),
    [
        pytest.param(Mode("marks", Kind.MARKS, (TTL,), "5m", bills_writes=True), "0.2", "2.5", id="marks"),
        pytest.param(Mode("implicit", Kind.PREFIX, (TTL,), "5m"), "0.4", "2", id="storing costs the input price"),
        pytest.param(
            Mode("marks", Kind.MARKS, (TTL,), "1h", bills_writes=True), "0.2", None, id="an unknown write price"
        ),
    ],
)
def test_a_mode_says_what_it_pays(mode: Mode, read: str, write: str | None) -> None:
    """A read of one's own marks may be cheaper; a write costs its TTL's price, the input price, or is not known."""
    assert RATES.read(mode) == Decimal(read)
    assert RATES.write(mode) == (Decimal(write) if write else None)
