"""The shape of `cachecalc lint --format json`, from which its JSON Schema is made. Money is an exact decimal string; what
is not known is null."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class PlaceRow(TypedDict):
    """A stretch of a file: lines and columns from 1, in characters, the end exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


class RelatedRow(PlaceRow):
    message: str


class FixRow(TypedDict):
    title: str
    safe: bool


class SinceRow(TypedDict):
    """The commit that last changed the line; null where it is not committed. `usd` is what the finding has cost since."""

    commit: str | None
    date: str | None
    usd: str | None


class FindingRow(PlaceRow):
    """One finding. `usd_per_month` is what it costs once the rest of its prompt is mended, `group_usd_per_month` what
    mending all findings of its group saves. `usd_per_1000_requests` is a miss less a hit."""

    code: str
    rule: str
    level: Literal["note", "warning", "error"]
    confidence: Literal["possible", "likely", "certain"]
    evidence: Literal["source", "template", "payload", "pair", "log"]
    message: str
    help: str | None
    related: list[RelatedRow]
    lost_tokens: int
    usd_per_month: str | None
    group: str | None
    group_usd_per_month: str | None
    workload: str | None
    usd_per_1000_requests: str | None
    usd_per_1000_requests_hit: str | None
    usd_per_1000_requests_miss: str | None
    model: str | None
    fixable: bool
    fix: FixRow | None
    since: SinceRow | None
    fingerprint: str


class SummaryRow(TypedDict):
    """`known` were there before (baseline, base revision); `usd_per_month` is what mending everything saves."""

    files: int
    findings: int
    suppressed: int
    known: int
    unpriced: int
    fixed: int
    usd_per_month: str | None
    month: str | None
    assumed: bool


class TokenChange(TypedDict):
    before: int
    after: int


class UsdChange(TypedDict):
    before: str | None
    after: str | None


class ProofRow(TypedDict):
    """A prompt before and after its fixes: the tokens of its stable prefix, dollars where it has a workload."""

    path: str
    prompt: str
    prefix_tokens: TokenChange
    usd_per_month: UsdChange


class LintDocument(TypedDict):
    """What `cachecalc lint --format json` prints."""

    version: int
    findings: list[FindingRow]
    summary: SummaryRow
    proofs: list[ProofRow]
    warnings: list[str]
    explanations: list[str]
