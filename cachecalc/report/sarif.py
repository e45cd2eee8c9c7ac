"""SARIF 2.1.0, with what GitHub's code scanning asks for.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from cachecalc import __version__
from cachecalc.core import rules
from cachecalc.core.finding import Level
from cachecalc.core.lint_report import Finding, LintReport, Place, rooted
from cachecalc.core.prompt import Confidence
from cachecalc.core.rules.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_TEXT = 1024
"""Characters that GitHub takes in a rule's descriptions."""

_LINK = re.compile(r"\[(?=[^\]]*\]\()")
_LEVELS = {Level.NOTE: "note", Level.WARNING: "warning", Level.ERROR: "error"}
_SEVERITIES = {Level.NOTE: "recommendation", Level.WARNING: "warning", Level.ERROR: "error"}
_PRECISION = {Confidence.POSSIBLE: "low", Confidence.LIKELY: "high", Confidence.CERTAIN: "very-high"}


def render(report: LintReport) -> str:
    """The report as one SARIF run. Rules are described where findings name them."""
    found = {finding.code for finding in report.findings}
    named = [rule for rule in rules.ALL if rule.code in found]
    indices = {rule.code: index for index, rule in enumerate(named)}
    driver = {
        "name": "cachecalc",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in named],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, indices, report.base) for finding in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary[:MAX_TEXT]},
        "fullDescription": {"text": rule.doc.partition("\n\n")[0][:MAX_TEXT]},
        "help": {"text": rule.doc, "markdown": rule.doc},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
        "properties": {
            "tags": ["prompt-caching", "cost"],
            "precision": _PRECISION[Confidence.LIKELY],
            "problem.severity": _SEVERITIES[rule.level],
        },
    }


def _result(finding: Finding, indices: dict[str, int], base: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.level],
        "message": {"text": _message(finding)},
        "locations": [_location(finding.place, base)],
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint, "cachecalc/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence.name.lower(), "evidence": str(finding.evidence)},
    }
    if finding.code in indices:
        result["ruleIndex"] = indices[finding.code]
    if finding.related:
        places = enumerate(finding.related)
        result["relatedLocations"] = [
            {"id": number, "message": {"text": _literal(other.message)}, **_location(other.place, base)}
            for number, other in places
        ]
    if finding.fix:
        result["fixes"] = [_fix(finding, base)]
    if finding.usd_per_month is not None:
        result["properties"]["usd_per_month"] = f"{finding.usd_per_month:f}"
    return result


def _message(finding: Finding) -> str:
    return _literal(f"{finding.message}. {finding.help}" if finding.help else finding.message)


def _literal(text: str) -> str:
    """Plain text in a field where `[text](target)` makes a link."""
    return _LINK.sub(r"\\[", text)


def _location(place: Place, base: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(place, base), "region": _region(place)}}


def _artifact(place: Place, base: str) -> dict[str, Any]:
    return {"uri": quote(rooted(place.path, base), errors="replace")}


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fix(finding: Finding, base: str) -> dict[str, Any]:
    fix = finding.fix
    assert fix
    replacement = {"deletedRegion": _region(fix.place), "insertedContent": {"text": fix.text}}
    change = {"artifactLocation": _artifact(fix.place, base), "replacements": [replacement]}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}
