"""GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

import json
from typing import Any

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import Finding, LintReport, rooted
from cachecalc.report.money import usd

_SEVERITIES = {Level.NOTE: "info", Level.WARNING: "minor", Level.ERROR: "major"}


def render(report: LintReport) -> str:
    rows = [_row(finding, report.base, assumed=report.summary.assumed) for finding in report.findings]
    return json.dumps(rows, indent=2) + "\n"


def _row(finding: Finding, base: str, *, assumed: bool) -> dict[str, Any]:
    place = finding.place
    cost = "" if finding.usd_per_month is None else f" ({usd(finding.usd_per_month, assumed=assumed)} a month)"
    return {
        "description": f"{finding.message}{cost}",
        "check_name": f"{finding.code} {finding.rule}",
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.level],
        "location": {
            "path": rooted(place.path, base),
            "lines": {"begin": place.line, "end": place.end_line},
        },
    }
