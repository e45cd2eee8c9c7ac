"""The shape of a comparison's JSON: the contract that other programs rely on.

Money is an exact string. Keys are added freely, never renamed or dropped.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from cachecalc.report.estimate_document import LineItem, MoneyRange, NoticeReport


class PriceChange(TypedDict):
    """A dated change of a model's input price, within the month or the 60 days behind it."""

    since: str
    percent: float


class CompareRow(TypedDict):
    """A model and a strategy. `now`: as the workload is configured; `best`: the cheapest of its model that answers at
    once; `tokens_vs_now`: how much longer the same requests are for this model's tokenizer, 0.3 = 30 %; `driver`: what most of the
    difference to now comes from, of `drivers_usd`: prices (with the length of the text), caching, batch."""

    workload: str
    model: str
    provider: str
    tier: str
    status: str
    strategy: str
    kind: str | None
    batch: bool
    now: bool
    best: bool
    baseline_usd: str
    cached_usd: MoneyRange
    change_percent: float
    prefix_hit_rate: float | None
    read_share: float
    input_tokens: float
    tokens_vs_now: float
    driver: str | None
    drivers_usd: dict[str, str]
    price_changes: list[PriceChange]
    lines: list[LineItem]


class SkippedRow(TypedDict):
    """What was left out, and why; `strategy` is None where the model cannot run the workload at all."""

    workload: str
    model: str
    strategy: str | None
    reason: str


class FlipReport(TypedDict):
    """Where another model becomes the cheapest: on a `date`, `above` or `below` an output length or a traffic."""

    kind: str
    at: str | float
    side: str
    model: str
    strategy: str


class WorkloadSummary(TypedDict):
    """One workload's conclusion."""

    name: str
    model: str
    requests_per_month: float
    output_tokens: float
    conclusion: str
    starred: bool
    flips: list[FlipReport]
    assumptions: list[NoticeReport]
    notes: list[NoticeReport]


class CompareReport(TypedDict):
    """What `cachecalc compare --format json` prints."""

    version: int
    month: str
    days: float
    rows: list[CompareRow]
    skipped: list[SkippedRow]
    workloads: list[WorkloadSummary]
