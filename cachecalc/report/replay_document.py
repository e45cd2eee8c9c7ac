"""The shape of a replay's JSON: the contract that other programs rely on.

Money is an exact string. Keys are added freely, never renamed or dropped.
"""

from __future__ import annotations

from typing_extensions import TypedDict


class PolicyRow(TypedDict):
    """A policy on a model. `tokens` are `input` (neither read nor stored), `cache_read`, `cache_write_TTL` and `output`;
    and `ping_read`, what the `pings` that keep entries alive read besides: part of the costs, of no request.

    `read_share` and `input_usd_per_mtok` come with their standard errors; null where the log is too short to tell.
    `is_bound`: no caller can do this; it is what caching can reach at most. `guaranteed` false: the provider promises
    no hit, so the row is the best it can come to.
    """

    model: str
    policy: str
    ttl: str
    tokens: dict[str, int]
    input_cost_usd: str
    total_cost_usd: str
    read_share: float
    read_share_error: float | None
    input_usd_per_mtok: str
    input_usd_per_mtok_error: float | None
    savings_percent: float
    usd_per_mtok: dict[str, str]
    pings: int
    is_bound: bool
    guaranteed: bool


class BaselineRow(TypedDict):
    """The same requests without caching."""

    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    input_cost_usd: str
    total_cost_usd: str


class SkippedRow(TypedDict):
    """Records set aside, or kept with a reserve; `line` is the first of them, 0 where lines are not what counts."""

    path: str
    reason: str
    count: int
    line: int


class ReplayReport(TypedDict):
    """`seconds` is the time from the first request to the last; null where sessions have clocks of their own.
    `split_by_model`: each model was played on requests of its own; otherwise all were on the same requests."""

    version: int
    requests: int
    input_tokens: int
    output_tokens: int
    seconds: float | None
    split_by_model: bool
    baselines: list[BaselineRow]
    policies: list[PolicyRow]
    skipped: list[SkippedRow]
    notes: list[str]
