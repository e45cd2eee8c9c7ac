"""The shape of an estimate's JSON: the contract that other programs rely on, and the schema that is shipped.

Money is an exact string. Keys are added freely, never renamed or dropped.
"""

from __future__ import annotations

from typing_extensions import TypedDict


class MoneyRange(TypedDict):
    """USD a month: the least, the expected and the most."""

    low: str
    expected: str
    high: str


class LineItem(TypedDict):
    """One cost line: `quantity` units at `usd_per_unit` make `amount_usd`, exactly."""

    label: str
    rate: str
    quantity: str
    unit: str
    usd_per_unit: str
    amount_usd: str


class Boundary(TypedDict):
    """A stored prefix: its mean length, its TTL, and the share of requests that find it warm."""

    name: str
    tokens: float
    ttl: str
    hit_rate: float


class PlacedMark(TypedDict):
    """A mark of the plan: behind which part, with which TTL."""

    after: str
    ttl: str


class Holds(TypedDict):
    """In how many readings of what is not known the plan costs no more than the configuration."""

    scenarios: int
    better_or_equal: int


class PlanReport(TypedDict):
    """The cheapest plan."""

    strategy: str
    mode: str | None
    kind: str | None
    marks: list[PlacedMark]
    prefix_hit_rate: float | None
    read_share: float
    lines: list[LineItem]
    boundaries: list[Boundary]
    holds: Holds


class Option(TypedDict):
    """Another strategy and its price."""

    strategy: str
    usd: str
    read_share: float


class BreakEvenReport(TypedDict):
    """Where the plan begins to pay; None where no such figure exists."""

    hit_rate: float | None
    reads_per_write: float | None
    requests_per_day: float | None
    pays: bool


class Starred(TypedDict):
    """Which figures rest on a number nobody gave."""

    baseline: bool
    cached: bool
    plan: bool


class NoticeReport(TypedDict):
    """A sentence for people and a code for programs."""

    code: str
    message: str


class PriceRow(TypedDict):
    """A row of the price table that was used."""

    since: str | None
    share_of_month: float
    sources: list[str]
    checked: str


class Totals(TypedDict):
    """The money of all workloads together."""

    baseline_usd: str
    cached_usd: MoneyRange
    savings_usd: str
    savings_percent: float
    plan_usd: str
    plan_range_usd: MoneyRange


class WorkloadReport(Totals):
    """One workload's month."""

    name: str
    model: str
    provider: str
    requests_per_month: float
    strategy: str
    typed_hit_rate: float | None
    prefix_hit_rate: float | None
    read_share: float
    lines: list[LineItem]
    boundaries: list[Boundary]
    baseline_lines: list[LineItem]
    plan: PlanReport
    options: list[Option]
    break_even: BreakEvenReport
    uncacheable_share: float
    starred: Starred
    uncalibrated: bool
    assumptions: list[NoticeReport]
    warnings: list[NoticeReport]
    notes: list[NoticeReport]
    prices: list[PriceRow]


class EstimateReport(TypedDict):
    """What `cachecalc estimate --format json` prints."""

    version: int
    month: str
    days: float
    workloads: list[WorkloadReport]
    totals: Totals
