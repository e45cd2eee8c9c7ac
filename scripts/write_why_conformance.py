"""Write docs/conformance-why.md from the table of cases that the tests run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from cachecalc.core.prompt import Evidence  # noqa: E402  # the table lies beside the tests, not in the package
from cachecalc.core.rules.incidents import INCIDENTS  # noqa: E402
from tests.why import cases, test_wires  # noqa: E402
from tests.why.containers import CONTAINERS  # noqa: E402
from tests.why.wires import WIRES  # noqa: E402

TARGET = ROOT / "docs" / "conformance-why.md"
INTRODUCTION = """\
# What `cachecalc why` finds of what went wrong in public

Public reports of broken prompt caching come in twenty classes. Two consecutive requests show seventeen of them; for each
of these the tests hold at least one pair shaped like a report, in which `why` must find exactly one divergence, of the
kind named here, and at least one pair that looks like it and is healthy, in which it must find none. What only a log
shows (C13 expiry, C19 provider-side misses, C20 parallel cold starts) is explained by [`why` over a log](why.md).

This page is written by `scripts/write_why_conformance.py` from the tables of `tests/why`, and a test compares the two.

| class | a pair like a report | found as | like | a healthy pair that looks like it |
| --- | --- | --- | --- | --- |
"""


FORMS = """
## In every form

Pairs of one conversation, written as each API takes it ({wires}): {broken} pairs with one cause, {healthy} healthy ones
(`tests/why/test_wires.py`).

| cause | found as | in the forms of |
| --- | --- | --- |
{causes}
Healthy: {titles}.

A clock in the prefix is found, and a healthy conversation left alone, in each form of log that keeps texts
(`tests/why/test_containers.py`): {logs}.
"""


def page() -> str:
    return INTRODUCTION + "".join(f"{row}\n" for row in rows()) + forms()


def forms() -> str:
    """What is asked of every form of requests and of logs."""
    causes = (
        f"| {pair.title} | `{pair.kind}` | {'all' if pair.wires == test_wires.EVERY else ', '.join(pair.wires)} |\n"
        for pair in test_wires.BROKEN
    )
    return FORMS.format(
        wires=", ".join(WIRES),
        broken=sum(len(pair.wires) for pair in test_wires.BROKEN),
        healthy=sum(len(pair.wires) for pair in test_wires.HEALTHY),
        causes="".join(causes),
        titles="; ".join(pair.title for pair in test_wires.HEALTHY),
        logs=", ".join(f"`{name}`" for name in CONTAINERS),
    )


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
