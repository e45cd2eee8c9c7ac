"""How fast `replay` is, in how much memory, beside a tool that answers a smaller question.

A public trace of 2,000 chat requests is repeated: every copy begins where the one before it ended, and has block ids of
its own, so nothing is shared between copies and every figure grows in proportion. Each run is a process of its own;
its peak memory is what the kernel counted for it.

    CACHECALC_TEST_DATA=... python benchmarks/replay.py [--peer /path/to/llmtrafficlens] [--sizes 0.1,1,10] [--hashed]

`--peer` is the program `llmtrafficlens` in an environment of its own. It finds what an unbounded cache could serve; the
replay also plays eight policies at two lifetimes and prices them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

COPY = 2000
"""Requests of one copy of the trace."""

REPLAY = ("-m", "cachecalc", "replay", "--model", "claude-sonnet-4-6", "--ttl", "5m,1h", "--format", "json")
POLICIES = "prefix,rolling,best"


@dataclass(frozen=True)
class Run:
    """What one process took."""

    name: str
    requests: int
    wall: float
    cpu: float
    peak_mb: float

    @property
    def rate(self) -> float:
        return self.requests / self.wall


def write_copies(source: Path, target: Path, copies: int, hashed: bool) -> None:  # noqa: FBT001  # for `apart`
    rows = [json.loads(line) for line in source.read_text().splitlines()]
    span = rows[-1]["timestamp"] + 3000
    width = max(max(row["hash_ids"]) for row in rows) + 1
    scatter = random.Random(0).randrange(2**61) * 2 + 1
    with target.open("w") as out:
        for copy in range(copies):
            for row in rows:
                ids = [identity + copy * width for identity in row["hash_ids"]]
                ids = [identity * scatter % 2**62 for identity in ids] if hashed else ids
                out.write(json.dumps(row | {"timestamp": row["timestamp"] + copy * span, "hash_ids": ids}) + "\n")


def run(name: str, requests: int, command: Sequence[str]) -> Run:
    """Exits with what the process wrote if it fails."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{name} failed:\n{said.read()}")
    wall = time.perf_counter() - start
    return Run(name, requests, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def to_parquet(source: Path, target: Path) -> None:
    import duckdb

    duckdb.execute(f"COPY (FROM read_json('{source}')) TO '{target}' (FORMAT parquet)")


def apart(work: Callable[..., None], *arguments: object) -> None:
    """In a process of its own: a child begins with the peak memory of its parent, so this one has to stay small."""
    child = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    child.start()
    child.join()
    if child.exitcode:
        sys.exit(child.exitcode)


def replay(name: str, requests: int, log: Path, *arguments: str) -> Run:
    return run(name, requests, [sys.executable, *REPLAY, *arguments, str(log)])


def side_by_side(source: Path, folder: Path, copies: int, peer: str | None) -> None:
    log, columns, requests = folder / "trace.jsonl", folder / "trace.parquet", copies * COPY
    apart(write_copies, source, log, copies, False)  # noqa: FBT003
    apart(to_parquet, log, columns)
    runs = [
        replay("all policies, JSONL", requests, log, "--mark", "1024"),
        replay("three policies, JSONL", requests, log, "--policy", POLICIES),
        replay("one policy, JSONL", requests, log, "--policy", "prefix"),
        replay("all policies, Parquet", requests, columns, "--mark", "1024"),
    ]
    if peer:
        command = [peer, "profile", "--format", "mooncake", "-o", str(folder / "peer"), str(log)]
        runs.append(run("llmtrafficlens", requests, command))
    show(runs, runs[-1] if peer else None)


def show(runs: Sequence[Run], peer: Run | None) -> None:
    """Speed by the clock and by processor time: the peer uses one processor, the replay all there are."""
    heads = f"{'requests':>10} {'wall s':>8} {'CPU s':>8} {'requests/s':>11} {'peak MB':>8}"
    print(f"{'':<28} {heads}{'   speed     CPU  memory' if peer else ''}")
    for each in runs:
        figures = f"{each.wall:8.1f} {each.cpu:8.1f} {each.rate:11,.0f} {each.peak_mb:8,.0f}"
        ratios = (each.rate / peer.rate, peer.cpu / each.cpu, each.peak_mb / peer.peak_mb) if peer else ()
        print(f"{each.name:<28} {each.requests:>10,} {figures}{''.join(f' {ratio:6.2f}x' for ratio in ratios)}")


def growth(source: Path, folder: Path, sizes: Sequence[float], *, hashed: bool) -> None:
    runs = []
    for millions in sizes:
        log = folder / "growth.jsonl"
        copies = round(millions * 1e6 / COPY)
        apart(write_copies, source, log, copies, hashed)
        name = f"{millions:g} M{', scattered ids' if hashed else ''}"
        runs.append(replay(name, copies * COPY, log, "--mark", "1024"))
        log.unlink()
    show(runs, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="the program llmtrafficlens")
    parser.add_argument("--copies", type=int, default=600, help="of the trace, side by side (2,000 requests each)")
    parser.add_argument("--sizes", default="0.1,1,10", help="millions of requests, for the growth")
    parser.add_argument("--hashed", action="store_true", help="also with block ids that are scattered as hashes are")
    options = parser.parse_args()
    data = os.environ.get("CACHECALC_TEST_DATA") or sys.exit("CACHECALC_TEST_DATA is not set")
    source = Path(data) / "traces/chat_trace_dev.jsonl"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        side_by_side(source, folder, options.copies, options.peer)
        growth(source, folder, [float(size) for size in options.sizes.split(",")], hashed=False)
        if options.hashed:
            growth(source, folder, [options.copies * COPY / 1e6], hashed=True)


if __name__ == "__main__":
    main()
