"""The traffic model against recorded requests."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks import traffic


@pytest.mark.parametrize(
    ("trace", "reader", "block", "ttl", "seconds"),
    [
        pytest.param("chat_trace_dev", traffic.chat, 512, "5m", 300, id="chat-5m"),
        pytest.param("docqa_trace_dev", traffic.chat, 512, "5m", 300, id="document-qa-5m"),
        pytest.param("agent_sessions_dev", traffic.agents, 64, "5m", 300, id="agents-5m"),
        pytest.param("agent_sessions_dev", traffic.agents, 64, "1h", 3600, id="agents-1h"),
    ],
)
def test_input_cost_is_within_five_percent_of_an_exact_replay(
    data: Path, trace: str, reader: Callable[[Path], Iterator[traffic.Request]], block: int, ttl: str, seconds: int
) -> None:
    """Given the measured share of repeats and the gaps before them."""
    reference = json.loads((data / "traces/reference_dev.json").read_text())
    exact = Decimal(str(reference[trace][f"lpm_ttl{seconds}"]["input_usd"]))
    requests, measured = _measured(reader, data / f"traces/{trace}.jsonl", block)
    model = traffic.predicted_input_usd(requests, measured, ttl)
    assert abs(model / exact - 1) < Decimal("0.05")


@functools.cache
def _measured(
    reader: Callable[[Path], Iterator[traffic.Request]], path: Path, block: int
) -> tuple[list[traffic.Request], traffic.Measured]:
    requests = sorted(reader(path), key=lambda request: request.time)
    return requests, traffic.measure(requests, block)
