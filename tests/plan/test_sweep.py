"""`estimate --sweep` and `--tornado`: the same bills as estimate, crossings where they are by hand, the widest first."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from tests.compare.run import Capture, document, run

FLAGS = ("--model", "claude-sonnet-4-5", "--in", "90000+10000", "--out", "500", "--cache", "5m")
AT_TEN = (*FLAGS, "--requests", "10/hour")


def test_break_evens_are_where_they_are_by_hand(capsys: Capture) -> None:
    """Poisson at one prefix: 1h pays from 17.9 requests a day, 5m from 70.6, and from a hit rate of 0.25 / 1.15."""
    [found] = document(capsys, "estimate", *AT_TEN, "--sweep", "requests=1/day..1000/day")["workloads"]
    turns = {turn["what"]: turn for turn in found["crossings"]}
    assert turns["plan"]["value"] == pytest.approx(17.9, abs=0.1)
    assert (turns["plan"]["before"], turns["plan"]["now"]) == ("no caching", "marks 1h")
    assert turns["configuration"]["value"] == pytest.approx(70.6, abs=0.1)
    [found] = document(capsys, "estimate", *AT_TEN, "--sweep", "hit_rate=0..1")["workloads"]
    assert [turn["value"] for turn in found["crossings"]] == [pytest.approx(0.25 / 1.15, abs=1e-4)]


def test_each_point_is_the_estimate_there(capsys: Capture) -> None:
    """Baseline, configuration and plan at the last point of a sweep."""
    [found] = document(capsys, "estimate", *AT_TEN, "--sweep", "requests=10/hour..1000/hour")["workloads"]
    [known] = document(capsys, "estimate", *FLAGS, "--requests", "1000/hour")["workloads"]
    last = found["points"][-1]
    assert Decimal(last["baseline_usd"]) == Decimal(known["baseline_usd"])
    assert Decimal(last["cached_usd"]) == Decimal(known["cached_usd"]["expected"])
    assert Decimal(last["plan_usd"]) == Decimal(known["plan_usd"])


@pytest.mark.parametrize(
    ("sweep", "first", "last"),
    [
        pytest.param("ttl=5m..1h", "1435.99", "464.57", id="ttl"),
        pytest.param("model=claude-sonnet-5-5,gpt-5", "920.69", "212.04", id="model"),
        pytest.param("output=0..500", "1381.99", "1435.99", id="output"),
        pytest.param("static=0..90000", "270.00", "1435.99", id="static"),
        pytest.param("dynamic=0..10000", "1219.99", "1435.99", id="dynamic"),
    ],
)
def test_every_input_can_be_varied(capsys: Capture, sweep: str, first: str, last: str) -> None:
    """The bills at both ends."""
    [found] = document(capsys, "estimate", *AT_TEN, "--sweep", sweep)["workloads"]
    ends = [f"{Decimal(found['points'][end]['cached_usd']):.2f}" for end in (0, -1)]
    assert ends == [first, last]


def test_a_tornado_has_the_widest_first(capsys: Capture) -> None:
    """Nobody said when requests come, and at 10 an hour nothing matters more for five minutes of life."""
    [found] = document(capsys, "estimate", *AT_TEN, "--tornado")["tornado"]
    widths = [Decimal(swing["high_usd"]) - Decimal(swing["low_usd"]) for swing in found["swings"]]
    assert widths == sorted(widths, reverse=True)
    first = found["swings"][0]
    assert (first["name"], f"{Decimal(first['high_usd']):.2f}") == ("arrivals", "2700.00")
    output = next(swing for swing in found["swings"] if swing["name"] == "output")
    assert Decimal(output["high_usd"]) - Decimal(output["low_usd"]) == Decimal(7200 * 200 * 15) / 1_000_000


def test_text_and_csv(capsys: Capture) -> None:
    """A curve that names its crossings, and a rectangle."""
    flags = ("estimate", *AT_TEN, "--sweep", "requests=1/day..1000/day")
    _, out, _ = run(capsys, *flags)
    assert "from 17.9 requests a day: marks 1h is the best plan, up to there no caching" in out
    assert "from 70.6 requests a day: the configuration begins to pay" in out
    _, out, _ = run(capsys, *flags, "--format", "csv")
    lines = list(csv.reader(io.StringIO(out)))
    assert len(lines) == 14
    assert {len(line) for line in lines} == {7}


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        pytest.param("request=1/day..2/day", "did you mean requests", id="name"),
        pytest.param("requests=10/day", "is not a range", id="range"),
        pytest.param("requests=9/day..2/day", "from less to more", id="order"),
        pytest.param("hit_rate=0..2", "between 0 and 1", id="hit-rate"),
        pytest.param("ttl=5m..2h", "has no cache TTL '2h'", id="ttl"),
        pytest.param("model=gpt-55", "unknown model", id="model"),
    ],
)
def test_bad_sweeps_end_in_one_message(capsys: Capture, sweep: str, message: str) -> None:
    """Exit code 2, and nothing on standard output."""
    code, out, err = run(capsys, "estimate", *AT_TEN, "--sweep", sweep)
    assert (code, out) == (2, "")
    assert message in err
