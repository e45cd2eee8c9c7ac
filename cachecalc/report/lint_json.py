"""The lint report as JSON: the keys other programs rely on. Money is a string with full precision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import Finding, LintReport, Place, Proof
from cachecalc.core.prompt import Confidence
from cachecalc.report.lint_document import FindingRow, FixRow, LintDocument, PlaceRow, ProofRow, SinceRow

VERSION = 1

LEVELS: Final[Mapping[Level, Literal["note", "warning", "error"]]] = {
    Level.NOTE: "note",
    Level.WARNING: "warning",
    Level.ERROR: "error",
}
CONFIDENCES: Final[Mapping[Confidence, Literal["possible", "likely", "certain"]]] = {
    Confidence.POSSIBLE: "possible",
    Confidence.LIKELY: "likely",
    Confidence.CERTAIN: "certain",
}


def render(report: LintReport) -> str:
    return json.dumps(content(report), indent=2) + "\n"


def content(report: LintReport) -> LintDocument:
    """The report as plain values."""
    summary = report.summary
    return {
        "version": VERSION,
        "findings": [_finding(finding) for finding in report.findings],
        "summary": {
            "files": summary.files,
            "findings": len(report.findings),
            "suppressed": summary.suppressed,
            "known": summary.known,
            "unpriced": summary.unpriced,
            "fixed": summary.fixed,
            "usd_per_month": _usd(summary.usd_per_month),
            "month": summary.month or None,
            "assumed": summary.assumed,
        },
        "proofs": [_proof(proof) for proof in report.proofs],
        "warnings": list(report.warnings),
        "explanations": list(report.explanations),
    }


def _finding(finding: Finding) -> FindingRow:
    price = finding.per_thousand
    return {
        "code": finding.code,
        "rule": finding.rule,
        "level": LEVELS[finding.level],
        "confidence": CONFIDENCES[finding.confidence],
        "evidence": finding.evidence.value,
        **_place(finding.place),
        "message": finding.message,
        "help": finding.help or None,
        "related": [{"message": other.message, **_place(other.place)} for other in finding.related],
        "lost_tokens": finding.lost_tokens,
        "usd_per_month": _usd(finding.usd_per_month),
        "group": finding.group or None,
        "group_usd_per_month": _usd(finding.group_usd_per_month),
        "workload": finding.workload or None,
        "usd_per_1000_requests": _usd(price.lost if price else None),
        "usd_per_1000_requests_hit": _usd(price.hit if price else None),
        "usd_per_1000_requests_miss": _usd(price.miss if price else None),
        "model": price.model if price else None,
        "fixable": finding.fix is not None,
        "fix": _fix(finding),
        "since": _since(finding),
        "fingerprint": finding.fingerprint,
    }


def _place(place: Place) -> PlaceRow:
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


def _fix(finding: Finding) -> FixRow | None:
    fix = finding.fix
    return {"title": fix.title, "safe": fix.safe} if fix else None


def _since(finding: Finding) -> SinceRow | None:
    since = finding.since
    if since is None:
        return None
    date = since.date.isoformat() if since.date else None
    return {"commit": since.commit or None, "date": date, "usd": _usd(since.usd)}


def _proof(proof: Proof) -> ProofRow:
    return {
        "path": proof.path,
        "prompt": proof.prompt,
        "prefix_tokens": {"before": proof.prefix_before, "after": proof.prefix_after},
        "usd_per_month": {"before": _usd(proof.usd_before), "after": _usd(proof.usd_after)},
    }


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
