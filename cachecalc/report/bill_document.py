"""The shape of a bill's JSON: the contract that other programs rely on.

Money is an exact string. Keys are added freely, never renamed or dropped.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from cachecalc.report.replay_document import PolicyRow


class CostRange(TypedDict):
    """USD. `low` and `high` differ from `expected` where the log leaves open what was bought."""

    low: str
    expected: str
    high: str


class BillLine(TypedDict):
    """A group of requests. `tokens` are `input` (neither read nor written), `cache_read`, `cache_write_TTL`, `output`;
    `storage_token_seconds` is what named caches held. The cost leaves out the `unpriced` requests."""

    name: str
    requests: int
    unpriced: int
    tokens: dict[str, int]
    cost_usd: CostRange
    uncached_usd: str
    parts_usd: dict[str, str]
    read_share: float | None
    prefix_hit_rate: float | None


class Reason(TypedDict):
    reason: str
    requests: int


class DifferenceRow(TypedDict):
    place: str
    model: str
    computed_usd: str
    logged_usd: str


class ReconciliationRow(TypedDict):
    """Against the costs in the log itself: of `requests` that have one, `matched` come out the same to 1e-9 USD."""

    requests: int
    matched: int
    unpriced: int
    computed_usd: str
    logged_usd: str
    largest: list[DifferenceRow]


class StatementRow(TypedDict):
    """Against a provider's own export, over the `days` it covers; `missing_days` have no request in the log."""

    exported_usd: str
    computed_usd: CostRange
    other_usd: str
    days: int
    missing_days: int


class SetAside(TypedDict):
    """Entries that could not be used, or were used with a doubt; `place` is the first of them."""

    reason: str
    count: int
    place: str


class ImportReport(TypedDict):
    """What became of everything in the log. `merged` are copies of a request that was there already; `others` entries
    that tell of no request."""

    files: int
    entries: int
    records: int
    merged: int
    formats: dict[str, int]
    others: dict[str, int]
    skipped: list[SetAside]
    warnings: list[SetAside]


class BillReport(TypedDict):
    """`policies` holds one row, the bill as it was, so that later bills can be compared with it. `prices` are the rates
    of each model's last requests, in USD per million tokens. `first` and `last` bound the log, in UTC."""

    version: int
    kind: str
    requests: int
    input_tokens: int
    output_tokens: int
    first: str | None
    last: str | None
    total: BillLine
    by: dict[str, list[BillLine]]
    policies: list[PolicyRow]
    unpriced: list[Reason]
    notes: list[Reason]
    tool_calls: dict[str, int]
    reconciliation: ReconciliationRow | None
    statement: StatementRow | None
    imported: ImportReport
