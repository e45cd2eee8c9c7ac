"""The shape of a plan's JSON: the contract that other programs rely on.

Money is an exact string. Keys are added freely, never renamed or dropped.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from cachecalc.report.estimate_document import Totals, WorkloadReport


class KeepAliveReport(TypedDict):
    """Pings that keep a prefix warm, against letting it expire under the same TTL."""

    ttl: str
    prefix_tokens: float
    pings_per_month: float
    pings_usd: str
    usd: str
    without_usd: str
    pays: bool


class MemoReport(TypedDict):
    """A response cache: what it saves, and what one hit is worth behind prompt caching."""

    layer: str
    configured: bool
    saves_usd: str
    usd_per_hit: str
    wrong_rate_limit: float | None
    pays: bool


class ReorderReport(TypedDict):
    """Another order of the parts and what it saves, with the cheapest marks on both."""

    order: list[str]
    moved: list[str]
    usd: str
    saves_usd: str


class CurvePoint(TypedDict):
    """The plan as a share of no caching, at so many requests a day."""

    requests_per_day: float
    share: float


class PlanWorkload(TypedDict):
    """One workload: its estimate, and what else could make it cheaper."""

    name: str
    estimate: WorkloadReport
    paste: list[str]
    keep_alive: list[KeepAliveReport]
    warm_up_saves_usd: str | None
    memo: list[MemoReport]
    reorder: ReorderReport | None
    curve: list[CurvePoint]


class PlansReport(TypedDict):
    """What `cachecalc plan --format json` prints."""

    version: int
    month: str
    days: float
    workloads: list[PlanWorkload]
    totals: Totals
