"""Cases worked out by hand, and recorded traffic with known answers, on both engines."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cachecalc.core.replay.outcome import Outcome, Replay
from cachecalc.core.replay.scheme import Policy, schemes
from cachecalc.load import pricing
from cachecalc.logs.replay import spark_engine
from cachecalc.logs.replay.run import Settings, replay
from tests.replay.build import counts, play_file, rule, write_lines

DAY = dt.date(2026, 11, 21)

Case = tuple[str, list[object], tuple[int, int], tuple[int, int]]

CASES: list[Case] = [
    ("cold", [0, 2000, 1, [[1, 31]]], (0, 1984), (0, 2000)),
    ("as old as the TTL", [300, 2000, 1, [[1, 31]]], (1984, 0), (1984, 16)),
    ("a second older", [601, 2000, 1, [[1, 31]]], (0, 1984), (0, 2000)),
    ("goes on", [610, 3000, 1, [[1, 31], [40, 54]]], (1984, 960), (1984, 1016)),
    ("shares with two", [620, 3000, 1, [[1, 31], [60, 74]]], (1984, 960), (1984, 1016)),
    ("shares less than the minimum", [630, 1500, 1, [[1, 10], [80, 92]]], (0, 1472), (0, 1500)),
    ("shorter than the minimum", [640, 900, 1, [[1, 14]]], (0, 0), (0, 0)),
    ("back to a branch", [650, 3000, 1, [[1, 31], [40, 54]]], (2944, 0), (2944, 56)),
]
"""A request of a session (seconds, tokens in and out, ranges of block ids) after all those above it, and the tokens it
reads and writes where every block is stored, and where the end of each prompt is."""


def test_a_request_reads_what_is_alive_of_its_prefix(tmp_path: Path) -> None:
    """By hand: blocks of 64 tokens, at least 1,024, five minutes."""
    rules = (rule(Policy.PREFIX), rule(Policy.ROLLING))
    sums = [[(0, 0), (0, 0)]]
    for number in range(len(CASES)):
        line = {"id": "s", "block": 64, "req": [request for _, request, *_ in CASES[: number + 1]]}
        folder = tmp_path / str(number)
        folder.mkdir()
        played = play_file(write_lines(folder / "trace.jsonl", [line]), rules, folder)
        sums.append([counts(played, key) for key in rules])
    steps = itertools.pairwise(sums)
    found = [
        [(after[0] - before[0], after[1] - before[1]) for before, after in zip(*step, strict=True)] for step in steps
    ]
    assert [(case[0], *row) for case, row in zip(CASES, found, strict=True)] == [
        (name, *expected) for name, _, *expected in CASES
    ]


KEYS = {"lpm": "prefix", "end": "rolling", "bp": "marks", "opt": "best", "oai": "automatic"}
TRACES = ["chat_trace_dev", "docqa_trace_dev", "agent_sessions_dev"]


def replayed(data: Path, trace: str, engine: str) -> Replay:
    prices = pricing.bundled()
    claude, _ = schemes([prices.find("claude-sonnet-4-6")], (), ("5m", "1h"), DAY)
    openai, _ = schemes([prices.find("gpt-5")], [Policy.AUTOMATIC], ("5m", "1h"), DAY)
    path = data / f"traces/{trace}.jsonl"
    return replay([str(path)], (*claude, *openai), Settings(engine, markless=True, measure="agent" in trace))


def figures(outcome: Outcome) -> dict[str, float]:
    return {
        "read": outcome.cache_read,
        "write": sum(outcome.cache_write.values()),
        "uncached": outcome.input,
        "output": outcome.output,
        "input_usd": round(float(outcome.input_cost), 6),
        "total_usd": round(float(outcome.total_cost), 6),
    }


@pytest.fixture(scope="module")
def spark_session() -> Iterator[None]:
    """One session for all tests, as in a notebook."""
    with spark_engine.session(Path(tempfile.gettempdir()), "1g"):
        yield


@pytest.mark.parametrize("trace", TRACES)
def test_recorded_traffic_is_replayed_to_the_token(data: Path, trace: str) -> None:
    """Tokens and money of every policy at two TTLs, against a brute-force replay done elsewhere."""
    check_against_reference(data, trace, replayed(data, trace, "duckdb"))


@pytest.mark.slow
@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.usefixtures("spark_session")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_replays_recorded_traffic_to_the_token(data: Path, trace: str) -> None:
    """The same queries give the same figures there, those of pings and of a profile among them."""
    result = replayed(data, trace, "spark")
    check_against_reference(data, trace, result)
    assert result == replayed(data, trace, "duckdb")


def check_against_reference(data: Path, trace: str, result: Replay) -> None:
    reference = json.loads((data / "traces/reference_dev.json").read_text())[trace]
    expected = {}
    for key, row in reference.items():
        policy, seconds = key.split("_ttl")
        expected[KEYS[policy], "5m" if seconds == "300" else "1h"] = row
    found = {(str(outcome.policy), outcome.ttl): figures(outcome) for outcome in result.outcomes}
    names = figures(result.outcomes[0])
    assert {key: found[key] for key in expected} == {
        key: {name: row[name] for name in names} for key, row in expected.items()
    }
    assert result.skipped == ()
