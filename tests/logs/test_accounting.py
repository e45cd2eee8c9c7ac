"""Real accounting errors, and the right figures for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cachecalc.core import bill
from cachecalc.core.bill import Unpriced
from cachecalc.core.pricing import Rates
from cachecalc.logs.usage.counts import OUTSIDE, SPLIT
from scripts import write_accounting
from tests.logs.accounting import CASES, Case, imported

RATES = Rates(Decimal(3), Decimal(15), Decimal("0.3"), {"5m": Decimal("3.75"), "1h": Decimal(6)})


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_the_right_figure(case: Case) -> None:
    """Each case comes out at its right figure, not at the one that the tool gave."""
    assert case.figure(case.entries) == case.right
    assert case.right != case.wrong


def test_the_page_is_current() -> None:
    """The table in the documentation is the one that the cases give: `python -m scripts.write_accounting`."""
    assert write_accounting.PAGE.read_text(encoding="utf-8") == write_accounting.page()


def test_the_cases_are_those_that_were_collected(data: Path) -> None:
    """Every collected case with a right figure and counts to compute it from is here, with that figure."""
    vectors = [json.loads(line) for line in (data / "accounting_vectors.jsonl").read_text().splitlines()]
    collected = {vector["id"]: vector for vector in vectors if vector["correct"] is not None and vector["usage"]}
    ours = {case.id: case for case in CASES}
    assert len(collected) == 23
    assert collected.keys() <= ours.keys()
    for name, vector in collected.items():
        if name != "A02":  # the collected figure leaves out the price of long prompts
            assert _agrees(ours[name].right, vector["correct"]), name


def _agrees(right: str, collected: Any) -> bool:
    values = collected.values() if isinstance(collected, Mapping) else [collected]
    number = Decimal(re.sub(r"[^\d.-]", "", right.split(" ", maxsplit=1)[0]))
    return any(Decimal(str(value)) == number for value in values)


def test_the_flat_figure_of_the_long_prompt() -> None:
    """At the rates that its report used for all lengths, A02 comes out at the report's own figure."""
    case = next(case for case in CASES if case.id == "A02")
    usage = imported(case.entries)[0][0].usage
    assert usage is not None
    cost = bill.price(usage, Rates(Decimal("1.25"), Decimal(10), Decimal("0.625")))
    assert not isinstance(cost, Unpriced)
    assert cost.expected.quantize(Decimal("0.0001")) == Decimal("0.1849")


def test_a_split_that_does_not_add_up_is_doubted() -> None:
    """A13: lifetimes that exceed the total of the writes are taken, with a doubt; nothing crashes."""
    usage = {
        "input_tokens": 1,
        "output_tokens": 1,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 216447883,
        "cache_creation": {"ephemeral_5m_input_tokens": 47745500, "ephemeral_1h_input_tokens": 168726465},
    }
    records, report = imported(({"model": "claude", "usage": usage},))
    assert records[0].usage is not None
    assert records[0].usage.written == 216471965
    assert set(report.warnings) == {SPLIT}


def test_a_lost_lifetime_is_a_range() -> None:
    """A16: writes whose lifetime was dropped on the way cost between the cheapest and the dearest lifetime."""
    usage = {"inputTokens": 0, "outputTokens": 0, "cacheReadInputTokens": 0, "cacheWriteInputTokens": 1_000_000}
    records, _ = imported(({"model": "claude", "usage": usage},))
    assert records[0].usage is not None
    assert bill.price(records[0].usage, RATES, bill.Terms("5m")) == (Decimal("3.75"), Decimal("3.75"), Decimal(6))


@pytest.mark.parametrize(
    ("entry", "buckets"),
    [
        pytest.param(
            {
                "prompt_tokens": 6200,
                "cache_read_input_tokens": 5000,
                "cache_creation_input_tokens": 1000,
                "completion_tokens": 300,
            },
            (200, 300, 5000, 1000),
            id="A21, A27: reads and writes both leave the total",
        ),
        pytest.param(
            {
                "prompt_tokens": 100,
                "completion_tokens": 1,
                "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 90},
            },
            (10, 1, 0, 90),
            id="A22: writes of OpenAI",
        ),
        pytest.param(
            {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 128955}, "output_tokens": 1},
            (5, 1, 128955, 0),
            id="A23: more cached than input",
        ),
        pytest.param(
            {"input_tokens": 100, "cached_input_tokens": 90, "output_tokens": 1},
            (10, 1, 90, 0),
            id="A26: cached tokens of Codex",
        ),
    ],
)
def test_what_else_the_reports_teach(entry: Mapping[str, Any], buckets: tuple[int, ...]) -> None:
    """Buckets that no report gives a figure for."""
    records, report = imported(({"model": "m", "usage": entry},))
    usage = records[0].usage
    assert usage is not None
    assert (usage.input, usage.output, usage.cache_read, usage.written) == buckets
    assert set(report.warnings) <= {OUTSIDE}


def test_a_cost_below_zero_is_left_out() -> None:
    """A25: an exporter's negative cost is counted as a doubt, and not compared with anything."""
    records, report = imported(({"model": "m", "input_tokens": 5, "output_tokens": 1, "cost": -0.0089},))
    assert records[0].charged is None
    assert set(report.warnings) == {"a cost below zero: left out"}


def test_the_hour_is_dearer_than_five_minutes() -> None:
    """A32, A33: a write costs the rate of its own lifetime."""
    hour = {"input_tokens": 0, "output_tokens": 0, "cache_creation": {"ephemeral_1h_input_tokens": 1_000_000}}
    records, _ = imported(({"model": "claude", "usage": hour},))
    assert records[0].usage is not None
    cost = bill.price(records[0].usage, RATES)
    assert not isinstance(cost, Unpriced)
    assert cost.expected == 6
