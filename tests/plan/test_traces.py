"""The worked examples of the docs, from recorded requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks import traffic

DOCS = Path(__file__).parents[2] / "docs/plan.md"
PLAIN = Decimal(3) / 1_000_000


def _documented(name: str) -> list[list[str]]:
    lines = [line for line in DOCS.read_text().splitlines() if line.startswith(f"| {name} |")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize(
    ("name", "trace", "reader", "block"),
    [
        pytest.param("chat", "chat_trace_dev", traffic.chat, 512, id="chat"),
        pytest.param("agents", "agent_sessions_dev", traffic.agents, 64, id="agents"),
    ],
)
def test_the_worked_examples(
    data: Path, name: str, trace: str, reader: Callable[[Path], Iterator[traffic.Request]], block: int
) -> None:
    """Rho, the gaps, and the input cost by estimate and by exact replay, as the docs print them."""
    reference = json.loads((data / "traces/reference_dev.json").read_text())[trace]
    requests = sorted(reader(data / f"traces/{trace}.jsonl"), key=lambda request: request.time)
    measured = traffic.measure(requests, block)
    plain = sum(request.tokens for request in requests) * PLAIN
    gaps = [f"{measured.quantiles().quantile(share):.0f} s" for share in (0.5, 0.9, 0.99)]
    rows = [
        [
            *(name, f"{measured.rho:.3f}", *gaps, ttl),
            f"{traffic.predicted_input_usd(requests, measured, ttl) / plain:.3f}",
            f"{Decimal(str(reference[f'lpm_ttl{seconds}']['input_usd'])) / plain:.3f}",
        ]
        for ttl, seconds in (("5m", 300), ("1h", 3600))
    ]
    assert rows == _documented(name)


def test_what_the_examples_conclude() -> None:
    """Chat: the hour loses, five minutes barely pay. Agents: the hour saves about a tenth."""
    (*_, chat_5m), (*_, chat_1h) = _documented("chat")
    (*_, agents_5m), (*_, agents_1h) = _documented("agents")
    assert 0.95 < float(chat_5m) < 1 < float(chat_1h)
    assert float(agents_1h) / float(agents_5m) == pytest.approx(0.9, abs=0.01)
