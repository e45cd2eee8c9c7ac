"""How fast `cachecalc lint` is, against what it cannot avoid: parsing the files, starting the interpreter.

    python benchmarks/lint.py DIRECTORY...

For each directory: files and megabytes of Python, seconds to lint it, megabytes and files a second, and the ratio to
`ast.parse` over every one of its Python files in one process. `--thorough` runs once more without the look at bytes
that skips files, and says whether it found the same. The last table is the start: one small file against an interpreter
that does nothing, the median of alternating runs.
"""

from __future__ import annotations

import argparse
import ast
import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from cachecalc.core import rules
from cachecalc.lint import walk
from cachecalc.lint.check import Settings
from cachecalc.lint.run import Request, Result, run

RUNS = 9

T = TypeVar("T")

SMALL = """from datetime import datetime


def build_prompt(question):
    return f"You are a support agent. It is {datetime.now()}. Answer politely: {question}"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directories", nargs="*", type=Path)
    parser.add_argument("--thorough", action="store_true", help="run without the prefilter, too")
    given = parser.parse_args()
    print(
        f"{'directory':<20} {'files':>6} {'MB':>6} {'lint s':>7} {'MB/s':>6} {'files/s':>8} {'parse s':>8} {'ratio':>6}"
    )
    for directory in given.directories:
        measure(directory, thorough=given.thorough)
    start()


def measure(directory: Path, *, thorough: bool) -> None:
    files = [Path(target.path) for target in walk.files([str(directory)]) if target.path.endswith(".py")]
    size = sum(file.stat().st_size for file in files) / 1e6
    request = requested(directory)
    linting, result = timed(lambda: run(request))
    parsing, _ = timed(lambda: parse_all(files))
    rate = f"{size / linting:>6.1f} {len(files) / linting:>8.0f} {parsing:>8.2f} {linting / parsing:>6.2f}"
    print(f"{directory.name:<20} {len(files):>6} {size:>6.1f} {linting:>7.2f} {rate}", flush=True)
    if thorough:
        compare(request, result, linting)


def requested(directory: Path) -> Request:
    codes = frozenset(rule.code for rule in rules.ALL)
    today = dt.datetime.now(dt.UTC).date()
    return Request((str(directory),), Settings(codes, today, str(directory.resolve()), roots=(str(directory),)))


def compare(request: Request, result: Result, seconds: float) -> None:
    slow, everything = timed(lambda: run(replace(request, settings=replace(request.settings, prefilter=False))))
    same = [each.finding for each in result.found] == [each.finding for each in everything.found]
    print(
        f"  without prefilter {slow:.2f} s, {slow / seconds:.1f} times as long, {'same' if same else 'OTHER'} findings"
    )


def parse_all(files: Sequence[Path]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for file in files:
            try:
                ast.parse(file.read_bytes())
            except (SyntaxError, ValueError):
                continue


def start() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bot.py"
        file.write_text(SMALL, "utf-8")
        commands = {"--help": ["--help"], "lint FILE": ["lint", str(file)]}
        print(f"\n{'start':<20} {'ratio to a bare interpreter':>30}")
        for name, arguments in commands.items():
            print(f"{name:<20} {statistics.median(ratio(arguments) for _ in range(RUNS)):>30.1f}", flush=True)


def ratio(arguments: Sequence[str]) -> float:
    """One run between two bare ones: what else the machine does slows all three."""
    bare = [sys.executable, "-c", "pass"]
    before, _ = timed(lambda: spawn(bare))
    seconds, _ = timed(lambda: spawn([sys.executable, "-m", "cachecalc", *arguments]))
    after, _ = timed(lambda: spawn(bare))
    return seconds / ((before + after) / 2)


def spawn(command: Sequence[str]) -> int:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


if __name__ == "__main__":
    main()
