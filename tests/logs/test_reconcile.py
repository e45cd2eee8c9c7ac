"""Bills against costs in the log, against providers' exports, and against what was really charged."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest

from cachecalc.core.imported import Imported
from cachecalc.core.ledger import Ledger
from cachecalc.core.record import Record, Usage
from cachecalc.core.statement import Bill
from cachecalc.load import pricing
from cachecalc.logs.read import read_logs

D = Decimal
TODAY = dt.date(2026, 11, 21)
FIRST = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
SECOND = FIRST + dt.timedelta(days=1)
SONNET = "claude-sonnet-4-6"
MILLION = Usage(1_000_000, 0, 0, {}, prompt=10)


def billed(*records: Record) -> Bill:
    ledger = Ledger(pricing.bundled(), TODAY)
    for record in records:
        ledger.add(record)
    return ledger.bill()


def charge(day: dt.datetime, usd: str, model: str | None = SONNET, kind: str = "tokens") -> Record:
    tags = {"cost_type": kind}
    return Record(None, model, day, tags=tags, charged=D(usd), requests=0, until=day + dt.timedelta(days=1))


def test_an_export_of_charges_is_held_against_the_log() -> None:
    """Charges are compared over the days and models they name; other charges and missing days are told."""
    requests = [Record(MILLION, SONNET, FIRST), Record(MILLION, "gpt-5", FIRST)]
    charges = [charge(FIRST, "3.5"), charge(SECOND, "4"), charge(FIRST, "0.2", None, "web_search")]
    found = billed(*requests, *charges).statement
    assert found is not None
    assert (found.charged, found.computed.expected, found.other) == (D("7.5"), D(3), D("0.2"))
    assert (found.days, found.missing) == (2, 1)


def test_an_export_of_tokens_is_held_against_the_log() -> None:
    """Beside requests, a provider's sums are no second bill: they are priced and compared."""
    sums = Record(MILLION, SONNET, FIRST, requests=None, until=SECOND)
    result = billed(Record(MILLION, SONNET, FIRST), sums)
    assert result.total.cost.expected == 3
    assert result.statement is not None
    assert result.statement.charged == 3


def test_sums_alone_are_the_bill() -> None:
    """Without requests, the export's sums are what is billed, at the prices of short prompts."""
    result = billed(Record(MILLION, "gpt-5.5", FIRST, requests=7, until=SECOND))
    assert (result.total.requests, result.total.cost.expected) == (7, D(5))
    assert "sums do not say how long each prompt was: priced as short ones" in result.notes
    assert result.statement is None


def test_a_request_without_a_date_is_dated_by_its_cost() -> None:
    """A logged cost that one period's prices give dates the request; without one, today's prices hold."""
    usage = Usage(8, 5, 0, {"30m": 4012})
    dated = billed(Record(usage, "openai/gpt-5.6-sol", charged=D("0.025265")))
    assert dated.total.cost.expected == D("0.025265")
    assert list(dated.notes) == ["the log gives no date: priced as in the period that gives the cost in the log"]
    assert billed(Record(usage, "openai/gpt-5.6-sol")).total.cost.expected == D("0.020192")


def test_a_cost_without_tokens_is_no_export() -> None:
    """A request whose tokens were not logged is counted as such; its cost is no statement of a provider's."""
    result = billed(Record(None, SONNET, FIRST, charged=D(5)))
    assert result.statement is None
    assert result.notes == {"the log counts no tokens": 1}


def test_calls_of_tools_are_priced_where_they_have_a_price() -> None:
    """Searches cost money by the call, batch or not; a tool that the price table does not know is counted."""
    usage = Usage(0, 0, 0, {}, tools={"web_search": 3, "crystal_ball": 1})
    result = billed(Record(usage, SONNET, FIRST), Record(usage, SONNET, FIRST, service="batch"))
    assert result.total.parts["tool calls"].expected == result.total.cost.expected == D("0.06")
    assert result.tools == {"crystal_ball": 2}


def test_a_search_that_was_charged(tmp_path: Path) -> None:
    """A recorded answer whose provider says what it charged, a web search included, is priced to the digit."""
    answer = {
        "model": "openai/gpt-4.1-mini",
        "usage": {
            "prompt_tokens": 8174,
            "completion_tokens": 30,
            "cost": 0.0133176,
            "server_tool_use_details": {"web_search_requests": 1},
        },
    }
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer))
    reconciled = billed(*read_logs([str(path)], Imported())).reconciliation
    assert reconciled is not None
    assert (reconciled.matched, reconciled.computed) == (1, D("0.0133176"))


def test_an_export_is_compared_without_calls_of_tools() -> None:
    """A provider's export charges searches apart from tokens, so they are no difference between the two."""
    usage = Usage(1_000_000, 0, 0, {}, tools={"web_search": 5})
    export = Record(None, SONNET, FIRST, charged=D(3), requests=0, until=FIRST)
    statement = billed(Record(usage, SONNET, FIRST), export).statement
    assert statement is not None
    assert statement.computed.expected == statement.charged


@pytest.mark.parametrize(
    ("model", "region", "cost", "noted"),
    [
        (SONNET, None, "3", False),
        (SONNET, "us", "3.3", False),
        (SONNET, "mars", "3", True),
        ("gpt-5.5", "eu", "5.5", False),
        ("gpt-5", "eu", "1.25", True),
    ],
)
def test_regions(model: str, region: str | None, cost: str, noted: bool) -> None:
    """A region with a surcharge is priced with it, for OpenAI's newer models as for Claude; one without is named."""
    result = billed(Record(MILLION, model, FIRST, geo=region))
    assert result.total.cost.expected == D(cost)
    assert ("the price table has no surcharge for the region" in result.notes) is noted


def test_what_was_really_charged(data: Path) -> None:
    """Every recorded charge that tokens alone explain is computed to 1e-9 USD; the others are named, not hidden."""
    file = data / "traces" / "real_bills_dev.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    records = list(read_logs([str(file)], Imported()))
    same = [_is_charged(record) for record in records]
    assert all(ours for ours, row in zip(same, rows, strict=True) if row.get("match"))
    assert sum(same) == 20
    result = billed(*records)
    assert result.reconciliation is not None
    assert (result.reconciliation.requests, result.reconciliation.matched) == (23, 20)
    # The three others had web searches or an adviser, of which the rows say nothing.
    assert {row.model for row in result.reconciliation.largest} == {
        "openai/gpt-4o-mini",
        "openai/gpt-4.1-mini",
        "deepseek/deepseek-chat",
    }
    assert len(result.unpriced) == 3


def _is_charged(record: Record) -> bool:
    found = billed(record).reconciliation
    return bool(found and found.matched)
