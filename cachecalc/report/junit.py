"""JUnit XML: a failing test case for each finding of level warning or error, a passing one for each note."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import Finding, LintReport

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    place = finding.place
    name = _xml(f"{finding.code} {finding.rule} {place.path}:{place.line}:{place.column}")
    case = ET.SubElement(
        suite, "testcase", classname=_xml(place.path), name=name, file=_xml(place.path), line=str(place.line)
    )
    text = _xml(f"{finding.message}\n{finding.help}".rstrip())
    if finding.level > Level.NOTE:
        failure = ET.SubElement(case, "failure", message=_xml(finding.message), type=finding.level.name.lower())
        failure.text = text
    else:
        ET.SubElement(case, "system-out").text = text


def _xml(text: str) -> str:
    """Text without the characters that XML cannot hold at all, even escaped."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
