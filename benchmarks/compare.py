"""How long a comparison over the whole price table takes, for a workload whose prompt is a text.

python benchmarks/compare.py
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from unittest import mock

from cachecalc.cli import calendar, prompt_files, recount
from cachecalc.cli.compare import document_of
from cachecalc.load import pricing, profile
from cachecalc.tokens import Counter as TokenCounter
from cachecalc.tokens import counter_for

PROFILE = """
version: 1
workloads:
  bot:
    model: claude-sonnet-5-5
    prompt: {file: system.txt, dynamic: 300}
    output: 200
    requests: 5000/day
  talk:
    model: claude-sonnet-5-5
    prompt: {file: system.txt, dynamic: 300}
    conversation: {turns: 20, grows_by: 1500, retention: 0.98, gaps: {p50: 8s, p90: 90s, p99: 40m}}
    output: 300
    requests: 300 conversations/day
"""
TEXT = "You answer questions about the handbook. Be brief, and quote the section you rely on.\n" * 400


def main() -> None:
    table = pricing.bundled()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "system.txt").write_text(TEXT)
        file = Path(folder) / "profile.yaml"
        file.write_text(PROFILE)
        workloads = profile.read(str(file), table, prompt_files.read).workloads
    print(
        f"{'workload':<10} {'models':>6} {'rows':>5} {'tokenisers':>10} {'tokenisations':>13} {'seconds':>8} {'CPU':>6}"
    )
    for workload in workloads:
        for again in (False, True):
            counted: Counter[str] = Counter()
            with mock.patch.object(recount, "counter_for", lambda name, seen=counted: _counting(name, seen)):
                start, cpu = time.perf_counter(), time.process_time()
                document = document_of([workload], table.models, calendar.of_month(None, None))
                seconds, used = time.perf_counter() - start, time.process_time() - cpu
            models = len({row["model"] for row in document["rows"]})
            name = f"{workload.name}{', again' if again else ''}"
            print(
                f"{name:<10} {models:>6} {len(document['rows']):>5} {len(counted):>10} {counted.total():>13} {seconds:>8.2f} {used:>6.2f}"
            )


def _counting(name: str, seen: Counter[str]) -> TokenCounter:
    counter = counter_for(name)

    class Counting:
        name = counter.name

        def count(self, text: str) -> object:
            seen[name] += 1
            return counter.count(text)

    return Counting()  # type: ignore[return-value]


if __name__ == "__main__":
    main()
