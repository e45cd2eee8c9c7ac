"""The shape of a cost difference's JSON: the contract that other programs rely on.

Money is an exact string. Keys are added freely, never renamed or dropped.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from cachecalc.report.estimate_document import NoticeReport


class CauseReport(TypedDict):
    """One thing that was changed and what it makes a month. `place` is FILE:LINE where it is known."""

    what: str
    usd: str
    message: str
    place: str | None


class DiffWorkload(TypedDict):
    """A workload before and after, at the same prices and traffic. `traffic_usd` and `prices_usd` are what other
    traffic and other prices make, apart from the change. `gates`: it counts for the gates."""

    name: str
    model: str
    status: str
    before_usd: str
    after_usd: str
    change_usd: str
    change_percent: float | None
    causes: list[CauseReport]
    traffic_usd: str
    prices_usd: str
    starred: bool
    gates: bool
    notes: list[NoticeReport]


class DiffFinding(TypedDict):
    """A lint finding that one side has and the other has not."""

    code: str
    rule: str
    path: str
    line: int
    message: str
    usd_per_month: str | None


class Findings(TypedDict):
    """Findings that came and went."""

    new: list[DiffFinding]
    gone: list[DiffFinding]


class Gate(TypedDict):
    """A limit and whether the change is over it."""

    gate: str
    limit: str
    value: str
    failed: bool


class DiffTotals(TypedDict):
    """All workloads together."""

    before_usd: str
    after_usd: str
    change_usd: str
    change_percent: float | None


class DiffReport(TypedDict):
    """What `cachecalc diff --format json` prints."""

    version: int
    base: str
    head: str
    month: str
    totals: DiffTotals
    workloads: list[DiffWorkload]
    findings: Findings
    gates: list[Gate]
    failed: bool
