"""Reviewdog's diagnostics with suggestions. Columns count UTF-8 bytes and ends are exclusive:
https://github.com/reviewdog/reviewdog/tree/master/proto/rdf."""

from __future__ import annotations

import json
from typing import Any

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import Finding, LintReport, Place, rooted

_SEVERITIES = {Level.NOTE: "INFO", Level.WARNING: "WARNING", Level.ERROR: "ERROR"}


def render(report: LintReport) -> str:
    content = {
        "source": {"name": "cachecalc"},
        "diagnostics": [_diagnostic(finding, report.base) for finding in report.findings],
    }
    return json.dumps(content, indent=2) + "\n"


def _diagnostic(finding: Finding, base: str) -> dict[str, Any]:
    diagnostic: dict[str, Any] = {
        "message": f"{finding.message}. {finding.help}" if finding.help else finding.message,
        "location": _location(finding.place, base),
        "severity": _SEVERITIES[finding.level],
        "code": {"value": f"{finding.code} {finding.rule}"},
    }
    if finding.fix and finding.fix.place.path == finding.place.path:
        diagnostic["suggestions"] = [{"range": _range(finding.fix.place), "text": finding.fix.text}]
    if finding.related:
        diagnostic["related_locations"] = [
            {"message": other.message, "location": _location(other.place, base)} for other in finding.related
        ]
    return diagnostic


def _location(place: Place, base: str) -> dict[str, Any]:
    return {"path": rooted(place.path, base), "range": _range(place)}


def _range(place: Place) -> dict[str, Any]:
    return {
        "start": {"line": place.line, "column": place.byte_column},
        "end": {"line": place.end_line, "column": place.end_byte_column},
    }
