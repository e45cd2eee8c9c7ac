"""How close the traffic model comes to an exact replay of recorded requests.

For each trace the share of repeated input (rho) and the gaps before follow-ups are measured, handed to the estimate as
a profile would, and its input cost is held against the exact replay of the same requests.

    CACHECALC_TEST_DATA=... python benchmarks/traffic.py
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.projection import OUTPUT, project
from cachecalc.core.estimate.strategy import configured
from cachecalc.core.estimate.workload import Caching, Calendar, Conversation, Scenario, Wanted, Workload
from cachecalc.core.prompt import Count, Part, Prompt, Section
from cachecalc.core.traffic.arrivals import Poisson
from cachecalc.core.traffic.gaps import Gaps, MeasuredGaps, QuantileGaps
from cachecalc.core.units import Range, Rate
from cachecalc.load import pricing

MINIMUM = 1024


@dataclass(frozen=True)
class Request:
    """One recorded request: its time, its input tokens, the chained ids of its full blocks, its session."""

    time: float
    tokens: int
    blocks: tuple[int, ...]
    session: int


@dataclass(frozen=True)
class Measured:
    """What a profile would say: the share of tokens that repeat, and the gaps before they do."""

    rho: float
    gaps: tuple[tuple[float, int], ...]

    def quantiles(self) -> Gaps:
        """Gaps through p50, p90 and p99, weighted by the tokens that wait for them."""
        ordered = sorted(self.gaps)
        total = sum(tokens for _, tokens in ordered)
        points: list[tuple[float, float]] = []
        for share in (0.5, 0.9, 0.99):
            seen = 0
            for gap, tokens in ordered:
                seen += tokens
                if seen >= share * total:
                    points.append((share, max(gap, points[-1][1] * 1.0001 if points else 0.001)))
                    break
        return QuantileGaps(tuple(points))

    def empirical(self) -> Gaps:
        """Gaps as they were, without weights."""
        return MeasuredGaps(tuple(sorted(gap for gap, _ in self.gaps)))


def chat(path: Path) -> Iterator[Request]:
    """A serving trace of 512-token blocks whose ids are shared by everyone."""
    for line in path.read_text().splitlines():
        row = json.loads(line)
        full = tuple(row["hash_ids"][: row["input_length"] // 512])
        yield Request(row["timestamp"] / 1000, row["input_length"], full, 0)


def agents(path: Path) -> Iterator[Request]:
    """Coding-agent sessions of 64-token blocks whose ids are their own."""
    for session, line in enumerate(path.read_text().splitlines()):
        for time, tokens, _, ranges, *_ in json.loads(line)["req"]:
            blocks = tuple(block for low, high in ranges for block in range(low, high + 1))
            yield Request(time, tokens, blocks, session)


def measure(requests: list[Request], block: int) -> Measured:
    """Repeated tokens, and how long ago each was last seen."""
    last: dict[int, dict[int, float]] = defaultdict(dict)
    repeated, gaps = 0, []
    for request in (each for each in requests if each.tokens >= MINIMUM):
        seen = last[request.session]
        depth = next((i for i, identity in enumerate(request.blocks) if identity not in seen), len(request.blocks))
        if depth * block >= MINIMUM:
            repeated += depth * block
            # Whoever touches a block touches all in front of it, so the deepest one has waited longest.
            gaps.append((max(request.time - seen[request.blocks[depth - 1]], 0.001), depth * block))
        seen.update(dict.fromkeys(request.blocks, request.time))
    return Measured(repeated / sum(request.tokens for request in requests), tuple(gaps))


def predicted_input_usd(requests: list[Request], measured: Measured, ttl: str) -> Decimal:
    """The estimate's input cost for as many requests of mean length, stored as `prefix` stores them."""
    total = sum(request.tokens for request in requests)
    mean = total / len(requests)
    model = pricing.bundled().find("claude-sonnet-4-6")
    workload = Workload(
        name="trace",
        model=model,
        prompt=Prompt((Part("prompt", Section.MESSAGES, count=Count(round(mean))),)),
        output=Range.exactly(0),
        requests=Rate(Range.exactly(len(requests)), "month"),
        conversation=Conversation(measured.quantiles(), rho=measured.rho),
        caching=Caching(Wanted.MARKS, ttl, ("rolling",)),
    )
    case = Case(workload, Calendar(dt.date(2026, 11, 21)), Scenario(Poisson()))
    layout = case.layout()
    month = project(case, configured(workload.caching, model, layout), layout)
    return (
        sum((line.amount for line in month.lines if line.label != OUTPUT), Decimal(0))
        * Decimal(total)
        / (Decimal(round(mean)) * len(requests))
    )


def main() -> None:
    folder = Path(os.environ.get("CACHECALC_TEST_DATA") or sys.exit("CACHECALC_TEST_DATA is not set")) / "traces"
    reference = json.loads((folder / "reference_dev.json").read_text())
    traces = [
        ("chat", "chat_trace_dev", list(chat(folder / "chat_trace_dev.jsonl")), 512),
        ("document QA", "docqa_trace_dev", list(chat(folder / "docqa_trace_dev.jsonl")), 512),
        ("agents", "agent_sessions_dev", list(agents(folder / "agent_sessions_dev.jsonl")), 64),
    ]
    print(f"{'trace':<12} {'ttl':<4} {'rho':>6} {'replay USD':>12} {'model USD':>12} {'error':>7}")
    for name, key, requests, block in traces:
        measured = measure(sorted(requests, key=lambda request: request.time), block)
        span = max(request.time for request in requests) - min(request.time for request in requests)
        for ttl, seconds in (("5m", 300), ("1h", 3600)):
            exact = Decimal(str(reference[key][f"lpm_ttl{seconds}"]["input_usd"]))
            model = predicted_input_usd(requests, measured, ttl)
            short = "  (the slice is shorter than the TTL)" if span < seconds else ""
            print(
                f"{name:<12} {ttl:<4} {measured.rho:6.3f} {exact:12.2f} {model:12.2f} {model / exact - 1:+7.1%}{short}"
            )


if __name__ == "__main__":
    main()
