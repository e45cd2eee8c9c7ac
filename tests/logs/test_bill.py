"""What records cost: the day's prices, long prompts, services, hours, regions, and what has no price."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core import bill, model_names
from cachecalc.core.bill import Conditions, Cost, Unpriced
from cachecalc.core.ledger import Ledger
from cachecalc.core.pricing import CacheRules, Kind, Mode, Model, Period, PriceTable, Rates, Tier, Ttl, Window
from cachecalc.core.record import UNKNOWN_TTL, Record, Usage
from cachecalc.load import pricing

TODAY = dt.date(2026, 11, 21)
D = Decimal


def rates(factor: int = 1) -> Rates:
    return Rates(
        D(3) * factor, D(15) * factor, D("0.3") * factor, {"5m": D("3.75") * factor, "1h": D(6) * factor}, D(1)
    )


MARKS = Mode("marks", Kind.MARKS, (Ttl("5m", 300, 300, 300), Ttl("1h", 3600, 3600, 3600)), "5m", bills_writes=True)
MODEL = Model(
    id="claude-sonnet-4-6",
    provider="anthropic",
    periods=(
        Period(None, rates(2), ("a",), TODAY),
        Period(
            dt.date(2026, 3, 1),
            rates(),
            ("a",),
            TODAY,
            tiers=(Tier(1000, rates(10), {"batch": rates(5)}),),
            windows=(Window("night", frozenset({0}), ((1.0, 2.5),), rates(4)),),
            services={"batch": rates(7)},
            geo={"us": D("1.1")},
        ),
    ),
    caching=CacheRules((MARKS,)),
    tokenizer="x",
    aliases=("anthropic/claude-sonnet-4.6",),
)
PLAIN = Model("gpt-5", "openai", (Period(None, Rates(D("1.25"), D(10), D("0.125")), ("a",), TODAY),), CacheRules(), "x")
BARE = Model("o9", "openai", (Period(None, Rates(D(20), D(80)), ("a",), TODAY),), CacheRules(), "x")
TABLE = PriceTable((MODEL, PLAIN, BARE))
MONDAY = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
MILLION = Usage(1_000_000, 0, 0, {}, prompt=10)


def record(usage: Usage | None = MILLION, model: str | None = "claude-sonnet-4-6", **more: Any) -> Record:
    return Record(usage, model)._replace(**{"at": MONDAY, **more})


def ledger(*records: Record, by: tuple[str, ...] = ()) -> Ledger:
    book = Ledger(TABLE, TODAY, by)
    for one in records:
        book.add(one)
    return book


def cost(*records: Record) -> Cost:
    return ledger(*records).bill().total.cost


@pytest.mark.parametrize(
    ("moment", "conditions", "factor"),
    [
        pytest.param(MONDAY, Conditions(), 1, id="on its day"),
        pytest.param(dt.datetime(2026, 2, 28, 23, 59, tzinfo=dt.UTC), Conditions(), 2, id="the day before a change"),
        pytest.param(
            dt.datetime(2026, 3, 1, 1, 0, tzinfo=dt.timezone(dt.timedelta(hours=2))), Conditions(), 2, id="days are UTC"
        ),
        pytest.param(MONDAY, Conditions(1000), 1, id="as long as the limit"),
        pytest.param(MONDAY, Conditions(1001), 10, id="longer than the limit"),
        pytest.param(MONDAY, Conditions(5, "batch"), 7, id="in a batch"),
        pytest.param(MONDAY, Conditions(1001, "batch"), 5, id="long and in a batch"),
        pytest.param(MONDAY.replace(hour=2, minute=15), Conditions(), 4, id="at dear hours"),
        pytest.param(MONDAY.replace(hour=2, minute=30), Conditions(), 1, id="behind dear hours"),
        pytest.param(MONDAY, Conditions(geo="us"), D("1.1"), id="in a region"),
    ],
)
def test_the_rates_in_force(moment: dt.datetime, conditions: Conditions, factor: Decimal | int) -> None:
    """Rates follow the day in UTC, the length of the prompt, the service, the hour and the region."""
    found = bill.rates_on(MODEL, moment, conditions)
    assert isinstance(found, Rates)
    assert found.input == 3 * factor


def test_every_class_of_tokens_is_priced() -> None:
    """A hand-computed bill of one request with every class of tokens in it."""
    usage = Usage(1000, 100, 2000, {"5m": 400, "1h": 300}, storage=3_600_000)
    total = bill.price(usage, rates())
    assert total == Cost(*[D("0.003") + D("0.0006") + D("0.0015") + D("0.0018") + D("0.0015") + D("0.001")] * 3)


def test_an_unknown_lifetime_is_a_range() -> None:
    """Between the cheapest and the dearest lifetime; as expected, the provider's default."""
    total = cost(record(Usage(0, 0, 0, {UNKNOWN_TTL: 1_000_000}, prompt=0)))
    assert total == (D("3.75"), D("3.75"), D(6))


def test_writing_costs_the_input_price_where_it_has_none_of_its_own() -> None:
    """A provider that bills no writes bills what it stored as input."""
    assert bill.price(Usage(0, 0, 0, {"5m": 1_000_000}), PLAIN.periods[0].rates) == (D("1.25"),) * 3


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        pytest.param(record(model="gpt-7"), "the price table has no model 'gpt-7'", id="unknown model"),
        pytest.param(record(model=None), "the log names no model", id="no model"),
        pytest.param(record(Usage(5, 0, 9, {}), "o9"), "no price for cache read", id="no read price"),
        pytest.param(record(Usage(5, 0, 0, {"12h": 9})), "no price for cache write 12h", id="unknown lifetime"),
        pytest.param(record(service="scale"), "no price for the service 'scale'", id="unknown service"),
        pytest.param(
            record(Usage(5, 0, unknown=("quantum_tokens",))),
            "the log counts quantum_tokens, which has no price here",
            id="unknown count",
        ),
        pytest.param(
            record(until=MONDAY + dt.timedelta(days=1)),
            "prices change by the hour, and the log sums up longer spans",
            id="a day at prices by the hour",
        ),
    ],
)
def test_what_has_no_price_is_unpriced(one: Record, reason: str) -> None:
    """The reason is counted, the request is left out, and its neighbours are priced."""
    result = ledger(one, one).bill()
    assert dict(result.unpriced) == {reason: one.requests and 2 * one.requests}
    assert result.total.unpriced == 2
    assert result.total.cost.expected == 0
    assert ledger(one, record(Usage(200, 0, 0, {}))).bill().total.cost.expected == D("0.0006")


def test_only_what_needs_the_missing_price_is_unpriced() -> None:
    """Requests of a model without a read price are priced if they read nothing."""
    result = ledger(record(Usage(5, 0, 9, {}), "o9"), record(Usage(1_000_000, 0, 0, {}), "o9")).bill()
    assert (result.total.unpriced, result.total.cost.expected) == (1, D(20))


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("claude-sonnet-4-6", "claude-sonnet-4-6"),
        ("Claude-Sonnet-4-6", "claude-sonnet-4-6"),
        ("anthropic/claude-sonnet-4.6", "claude-sonnet-4-6"),
        ("anthropic/claude-4.6-sonnet-20260217", "claude-sonnet-4-6"),
        ("openrouter/anthropic/claude-sonnet-4.6:beta", "claude-sonnet-4-6"),
        ("claude-sonnet-4-6-20260217", "claude-sonnet-4-6"),
        ("claude-sonnet-4-6@20260217", "claude-sonnet-4-6"),
        ("claude-sonnet-4-6[1m]", "claude-sonnet-4-6"),
        ("publishers/anthropic/models/claude-sonnet-4-6", "claude-sonnet-4-6"),
        ("eu.anthropic.claude-sonnet-4-6-v1:0", "claude-sonnet-4-6"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/global.anthropic.claude-sonnet-4-6", "claude-sonnet-4-6"),
        ("gpt-5-2025-08-07", "gpt-5"),
        ("gpt-5.5", None),
        ("gpt-5-5", None),
        ("gpt-5-mini", None),
        ("gpt-50", None),
        ("claude-sonnet-4", None),
        ("claude-sonnet-4-6-mini", None),
        ("google/gemini-2.0-flash-exp:free", None),
        ("gpt-4o-2024-05-13", None),
        ("", None),
    ],
)
def test_names_of_models(name: str, model: str | None) -> None:
    """Decoration comes off a name; digits of a version never do, and what is free somewhere is no known model."""
    found = model_names.find(name, model_names.index(TABLE))
    assert (found.id if found else None) == model


def test_every_name_in_the_table_means_its_own_model() -> None:
    """Taking decoration off never turns one model's name into another's."""
    table = pricing.bundled()
    names = model_names.index(table)
    for model in table.models:
        for name in (model.id, *model.aliases):
            found = model_names.find(name, names)
            assert found is not None
            assert found.id == model.id, name


TOKENS = st.integers(0, 5000)
USAGES = st.builds(
    Usage,
    st.none() | TOKENS,
    st.none() | TOKENS,
    st.none() | TOKENS,
    st.none() | st.dictionaries(st.sampled_from(["5m", "1h", "12h", UNKNOWN_TTL]), TOKENS),
    st.none() | TOKENS,
    unknown=st.sampled_from([(), ("x",)]),
)
RECORDS = st.builds(
    lambda usage, model, minute, service, geo, charged: record(
        usage,
        model,
        at=None if minute is None else MONDAY + dt.timedelta(minutes=minute),
        service=service,
        geo=geo,
        charged=charged,
    ),
    USAGES,
    st.sampled_from(["claude-sonnet-4-6", "gpt-5", "o9", "gpt-7", None]),
    st.none() | st.integers(-200_000, 20_000),
    st.sampled_from([None, "batch"]),
    st.sampled_from([None, "us"]),
    st.none() | st.decimals(0, 1, places=4),
)


@given(USAGES, st.sampled_from([rates(), PLAIN.periods[0].rates, BARE.periods[0].rates]))
def test_the_expected_cost_is_that_of_the_price(usage: Usage, paid: Rates) -> None:
    """The quick way to the expected cost gives what the full one gives."""
    terms = bill.Terms("5m", {"web_search": D("0.01")})
    full, quick = bill.price(usage, paid, terms), bill.expected(usage, paid, terms)
    assert (full if isinstance(full, Unpriced) else full.expected) == quick


@given(st.lists(RECORDS, max_size=20), st.integers(0, 99))
def test_a_bill_is_the_sum_of_its_records(found: list[Record], seed: int) -> None:
    """Pricing sums costs what pricing one by one costs, in any order, and every grouping adds up to the total."""
    shuffled = list(found)
    random.Random(seed).shuffle(shuffled)
    total, again = ledger(*found).bill(), ledger(*shuffled).bill()
    single = [ledger(one).bill() for one in found]
    close = D("1e-20")
    assert total.total.cost == again.total.cost
    assert abs(total.total.cost.expected - sum((one.total.cost.expected for one in single), D(0))) < close
    assert total.total.unpriced == sum(one.total.unpriced for one in single) == sum(total.unpriced.values())
    for lines in total.by.values():
        assert sum(line.requests for line in lines) == len(found)
        assert abs(sum((line.cost.expected for line in lines), D(0)) - total.total.cost.expected) < close


def test_shares_are_weighted_by_tokens() -> None:
    """Read share is over tokens, prefix hit rate over requests; requests that say nothing of reads are in neither."""
    records = [record(Usage(100, 0, 900, {})), record(Usage(9000, 0, 0, {})), record(Usage(50, 0))]
    result = ledger(*records).bill()
    assert result.total.read_share == 900 / 10_000
    assert result.total.prefix_hit_rate == 1 / 2
    assert result.notes == {"the log does not say what was read from the cache: all input is priced as fresh": 1}


def test_what_caching_saved() -> None:
    """Against the same requests with all input fresh, at the same rates."""
    total = ledger(record(Usage(0, 0, 1_000_000, {}, prompt=0))).bill().total
    assert (total.cost.expected, total.uncached.expected) == (D("0.3"), D(3))
    assert {name: part.expected for name, part in total.parts.items()} == {"cache read": D("0.3")}


def test_groups() -> None:
    """By model, day, month, hour of day, and whatever else was asked for."""
    records = [
        record(Usage(1, 0, 0, {}), session="a", tags={"team": "search"}),
        record(Usage(2, 0, 0, {}), session="b", at=MONDAY + dt.timedelta(days=30, hours=3)),
        record(Usage(3, 0, 0, {}), "gpt-5", session="b", tags={"team": "search"}, at=None),
    ]
    result = ledger(*records, by=("session", "team", "day")).bill()
    found = {name: [(line.name, line.usage.input) for line in lines] for name, lines in result.by.items()}
    assert found == {
        "model": [("claude-sonnet-4-6", 3), ("gpt-5", 3)],
        "day": [("(none)", 3), ("2026-05-04", 1), ("2026-06-03", 2)],
        "month": [("(none)", 3), ("2026-05", 1), ("2026-06", 2)],
        "hour": [("(none)", 3), ("12", 1), ("15", 2)],
        "session": [("b", 5), ("a", 1)],
        "team": [("search", 4), ("(none)", 2)],
    }


def test_costs_in_the_log_are_held_against_ours() -> None:
    """Costs to a billionth are the same; the widest apart are named, with their place."""
    records = [
        record(charged=D(3) + D("1e-10"), path="log", line=1),
        record(charged=D(5), path="log", line=2),
        record(model="gpt-7", charged=D(9), path="log", line=3),
        record(),
    ]
    found = ledger(*records).bill().reconciliation
    assert found is not None
    assert (found.requests, found.matched, found.without, found.computed) == (2, 1, 1, D(6))
    assert [(row.place, row.charged) for row in found.largest] == [("log:2", D(5))]
