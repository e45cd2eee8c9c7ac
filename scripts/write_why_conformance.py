"""Write docs/conformance-why.md from the table of cases that the tests run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from cachecalc.core.prompt import Evidence  # noqa: E402  # the table lies beside the tests, not in the package
from cachecalc.core.rules.incidents import INCIDENTS  # noqa: E402
from tests.why import cases  # noqa: E402

TARGET = ROOT / "docs" / "conformance-why.md"
INTRODUCTION = """\
# What `cachecalc why` finds of what went wrong in public

Public reports of broken prompt caching come in twenty classes. Two consecutive requests show seventeen of them; for each
of these the tests hold at least one pair shaped like a report, in which `why` must find exactly one divergence, of the
kind named here, and at least one pair that looks like it and is healthy, in which it must find none. What only a log
shows (C13 expiry, C19 provider-side misses, C20 parallel cold starts) is explained by [`why` over a log](why.md).

This page is written by `scripts/write_why_conformance.py` from `tests/why/cases.py`, and a test compares the two.

| class | a pair like a report | found as | like | a healthy pair that looks like it |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    return INTRODUCTION + "".join(f"{row}\n" for row in rows())


def rows() -> Iterator[str]:
    for incident in INCIDENTS:
        if Evidence.PAIR not in incident.shown_by:
            continue
        healthy = "; ".join(case.title for case in cases.HEALTHY if case.code == incident.code)
        for number, case in enumerate(case for case in cases.BROKEN if case.code == incident.code):
            name = f"{incident.code} {incident.title}" if number == 0 else ""
            yield f"| {name} | {case.title} | `{case.kind}` | {case.like} | {healthy if number == 0 else ''} |"


def main() -> None:
    TARGET.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
