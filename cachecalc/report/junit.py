"""JUnit XML: a failing test case for each finding of level warning or error, a passing one for each note."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import Finding, LintReport
from cachecalc.report.terminal import visible


def render(report: LintReport) -> str:
    failed = sum(finding.level > Level.NOTE for finding in report.findings)
    suite = ET.Element(
        "testsuite", name="cachecalc lint", tests=str(max(1, len(report.findings))), failures=str(failed), errors="0"
    )
    for finding in report.findings:
        _add(suite, finding)
    if not report.findings:
        ET.SubElement(suite, "testcase", classname="cachecalc", name="lint")
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _add(suite: ET.Element, finding: Finding) -> None:
    """What `visible` leaves is text that XML can hold."""
    place = finding.place
    path, message = visible(place.path), visible(finding.message)
    name = f"{finding.code} {finding.rule} {path}:{place.line}:{place.column}"
    case = ET.SubElement(suite, "testcase", classname=path, name=name, file=path, line=str(place.line))
    text = f"{message}\n{visible(finding.help)}".rstrip()
    if finding.level > Level.NOTE:
        failure = ET.SubElement(case, "failure", message=message, type=finding.level.name.lower())
        failure.text = text
    else:
        ET.SubElement(case, "system-out").text = text
