"""GitHub's workflow commands: annotations on the lines of a pull request.

The runner reads commands from standard output line by line, so data may hold no line end of its own:
https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import Finding, LintReport, rooted
from cachecalc.report.money import usd
from cachecalc.report.terminal import visible

_COMMANDS = {Level.NOTE: "notice", Level.WARNING: "warning", Level.ERROR: "error"}


def render(report: LintReport) -> str:
    assumed = report.summary.assumed
    return "".join(_command(finding, report.base, assumed=assumed) for finding in report.findings)


def _command(finding: Finding, base: str, *, assumed: bool) -> str:
    place = finding.place
    one_line = place.line == place.end_line
    properties = {
        "file": rooted(place.path, base),
        "line": place.line,
        "endLine": place.end_line,
        **({"col": place.column, "endColumn": place.end_column} if one_line else {}),
        "title": f"{finding.code} {finding.rule}",
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.level]} {listed}::{_data(_message(finding, assumed=assumed))}\n"


def _message(finding: Finding, *, assumed: bool) -> str:
    cost = "" if finding.usd_per_month is None else f" ({usd(finding.usd_per_month, assumed=assumed)} a month)"
    return f"{finding.message}{cost}{f'. {finding.help}' if finding.help else ''}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
