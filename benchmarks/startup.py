"""How long commands take to start, as a multiple of a bare interpreter in the same run.

python benchmarks/startup.py
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import cachecalc

RUNS = 15
BARE = [sys.executable, "-c", "pass"]
COMMANDS = {
    "--version": ["--version"],
    "--help": ["--help"],
    "estimate, numbers only": ["estimate", "--model", "gpt-5", "--in", "5+5", "--out", "1", "--requests", "1/day"],
    "prices show": ["prices", "show", "gpt-5"],
}


def seconds(command: list[str]) -> float:
    """Wall time of one run, its output thrown away."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(Path(cachecalc.__file__).parent, quiet=2)
    print(f"{'command':<26} {'median ms':>10} {'bare ms':>9} {'ratio':>7}")
    for name, arguments in COMMANDS.items():
        pairs = [(seconds([sys.executable, "-m", "cachecalc", *arguments]), seconds(BARE)) for _ in range(RUNS)]
        ratio = statistics.median(command / bare for command, bare in pairs)
        median, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"{name:<26} {median * 1000:>10.0f} {bare * 1000:>9.0f} {ratio:>7.1f}")


if __name__ == "__main__":
    main()
