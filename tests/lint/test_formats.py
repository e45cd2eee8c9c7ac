"""What other programs read."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from inline_snapshot import snapshot

import cachecalc
from cachecalc.core.lint_report import LintReport, Since
from cachecalc.report import github, gitlab, junit, lint_json, rdjson, sarif
from tests.lint import build

_SCHEMA_TEXT = (Path(__file__).parents[1] / "data/sarif-schema-2.1.0.json").read_text("utf-8")
SCHEMA = json.loads(
    _SCHEMA_TEXT.replace("{2}]?$", "{2}$")
)  # one pattern, of a field we do not write, is no valid regex

HOSTILE = (
    "\x1b[31m\u202e::error::x]]></failure>&lt;<script>alert(1)</script>\r\n::set-output %0A\0{0}[a](javascript:b)\ud800"
)


def as_sarif(report: LintReport) -> dict[str, Any]:
    return dict(json.loads(sarif.render(report)))


def hostile() -> LintReport:
    where = build.place(f"a{HOSTILE}.py", excerpt=HOSTILE)
    finding = build.clock(message=HOSTILE, help=HOSTILE, place=where, related=(), fix=None)
    return build.report(finding, build.nonce(message=HOSTILE))


def test_json_keys() -> None:
    """The keys other programs rely on, money as exact strings."""
    finding = build.clock(**build.priced("412.34567", "412.34567"))
    assert lint_json.content(build.report(finding, usd_per_month=Decimal("412.34567"), month="2026-12")) == snapshot(
        {
            "version": 1,
            "findings": [
                {
                    "code": "CC101",
                    "rule": "clock-in-prefix",
                    "level": "error",
                    "confidence": "certain",
                    "evidence": "source",
                    "path": "app/bot.py",
                    "line": 8,
                    "column": 21,
                    "end_line": 8,
                    "end_column": 37,
                    "message": "`datetime.now()` changes on every call in front of 1,480 tokens that could be cached",
                    "help": "Move the clock to the end.",
                    "related": [
                        {
                            "message": "this text could be cached",
                            "path": "app/bot.py",
                            "line": 3,
                            "column": 10,
                            "end_line": 4,
                            "end_column": 2,
                        }
                    ],
                    "lost_tokens": 1480,
                    "usd_per_month": "412.34567",
                    "group": "app/bot.py:build_prompt:120",
                    "group_usd_per_month": "412.34567",
                    "workload": "support-bot",
                    "usd_per_1000_requests": "5.106",
                    "usd_per_1000_requests_hit": "0.444",
                    "usd_per_1000_requests_miss": "5.55",
                    "model": "claude-sonnet-5-5",
                    "fixable": True,
                    "fix": {"title": "move the time to the end", "safe": False},
                    "since": {
                        "commit": "3f2a91c000000000000000000000000000000000",
                        "date": "2026-09-11",
                        "usd": "1280.4",
                    },
                    "fingerprint": "ffffffffffffffffffffffffffffffff",
                }
            ],
            "summary": {
                "files": 3,
                "findings": 1,
                "suppressed": 1,
                "known": 0,
                "unpriced": 1,
                "fixed": 0,
                "usd_per_month": "412.34567",
                "month": "2026-12",
                "assumed": False,
            },
            "proofs": [],
            "warnings": [],
            "explanations": [],
        }
    )


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(build.report(), id="nothing"),
        pytest.param(build.report(build.clock(**build.priced("1", "2")), proofs=(build.proof(),)), id="priced"),
        pytest.param(build.report(build.clock(since=Since("")), build.nonce()), id="uncommitted"),
    ],
)
def test_json_satisfies_the_schema_that_is_shipped(report: LintReport) -> None:
    """Other programs can check what they read."""
    schema = json.loads((Path(cachecalc.__file__).parent / "schema/lint.schema.json").read_text("utf-8"))
    jsonschema_rs.validate(schema, json.loads(lint_json.render(report)))


def test_json_of_nothing() -> None:
    """An unpriced run says null, not 0."""
    assert lint_json.content(build.report())["summary"]["usd_per_month"] is None


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(build.report(), id="nothing"),
        pytest.param(build.report(build.clock(), build.nonce(), base="services/bot/"), id="findings"),
        pytest.param(hostile(), id="hostile"),
    ],
)
def test_sarif_is_valid(report: LintReport) -> None:
    """SARIF 2.1.0, whatever is in it."""
    jsonschema_rs.validate(SCHEMA, as_sarif(report))


def test_sarif_says_what_github_asks_for() -> None:
    """Paths from the root of the repository, rules with help, fingerprints, related places, fixes."""
    (run,) = as_sarif(build.report(build.clock(), base="services/bot/"))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["help"]["text"]
    assert max(len(rule[key]["text"]) for key in ("shortDescription", "fullDescription")) <= 1024
    assert run["results"] == snapshot(
        [
            {
                "ruleId": "CC101",
                "level": "error",
                "message": {
                    "text": "`datetime.now()` changes on every call in front of 1,480 tokens that could be cached. Move the clock to the end."
                },
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": "services/bot/app/bot.py"},
                            "region": {"startLine": 8, "startColumn": 21, "endLine": 8, "endColumn": 37},
                        }
                    }
                ],
                "partialFingerprints": {
                    "primaryLocationLineHash": "ffffffffffffffffffffffffffffffff",
                    "cachecalc/v1": "ffffffffffffffffffffffffffffffff",
                },
                "properties": {"confidence": "certain", "evidence": "source"},
                "ruleIndex": 0,
                "relatedLocations": [
                    {
                        "id": 0,
                        "message": {"text": "this text could be cached"},
                        "physicalLocation": {
                            "artifactLocation": {"uri": "services/bot/app/bot.py"},
                            "region": {"startLine": 3, "startColumn": 10, "endLine": 4, "endColumn": 2},
                        },
                    }
                ],
                "fixes": [
                    {
                        "description": {"text": "move the time to the end"},
                        "artifactChanges": [
                            {
                                "artifactLocation": {"uri": "services/bot/app/bot.py"},
                                "replacements": [
                                    {
                                        "deletedRegion": {
                                            "startLine": 8,
                                            "startColumn": 21,
                                            "endLine": 8,
                                            "endColumn": 37,
                                        },
                                        "insertedContent": {"text": "NOW"},
                                    }
                                ],
                            }
                        ],
                    }
                ],
            }
        ]
    )


def test_sarif_messages_hold_no_links() -> None:
    """A prompt's `[text](target)` stays text."""
    (run,) = as_sarif(hostile())["runs"]
    assert "\\[a](javascript:b)" in run["results"][0]["message"]["text"]


def test_github_annotations() -> None:
    """One command a finding, with the price in the message."""
    found = build.report(build.clock(**build.priced("1", "1")), build.nonce(), base="services/bot/")
    assert github.render(found) == snapshot("""\
::error file=services/bot/app/bot.py,line=8,endLine=8,col=21,endColumn=37,title=CC101 clock-in-prefix::`datetime.now()` changes on every call in front of 1,480 tokens that could be cached ($1.00 a month). Move the clock to the end.
::warning file=services/bot/app/bot.py,line=9,endLine=9,col=21,endColumn=37,title=CC102 nonce-in-prefix::`uuid4()` is new on every call. Move the clock to the end.
""")


def test_github_commands_cannot_be_forged() -> None:
    """Each finding stays on its own line and starts with our own command; nothing steers the log's terminal."""
    lines = github.render(hostile()).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning"]
    assert not any(char in line for line in lines for char in "\x1b\0\r\u202e")
    assert lines[0].count("::") - lines[0].partition("::")[2].partition("::")[2].count("::") == 2


def test_gitlab_code_quality() -> None:
    """The fields GitLab reads."""
    assert json.loads(gitlab.render(build.report(build.clock(), base="services/bot/"))) == snapshot(
        [
            {
                "description": "`datetime.now()` changes on every call in front of 1,480 tokens that could be cached",
                "check_name": "CC101 clock-in-prefix",
                "fingerprint": "ffffffffffffffffffffffffffffffff",
                "severity": "major",
                "location": {"path": "services/bot/app/bot.py", "lines": {"begin": 8, "end": 8}},
            }
        ]
    )


def test_rdjson_counts_bytes_and_carries_suggestions() -> None:
    """Reviewdog's columns are UTF-8 bytes, ends exclusive."""
    where = build.place(byte_column=23, end_byte_column=39)
    found = build.report(build.clock(place=where, related=()))
    assert json.loads(rdjson.render(found)) == snapshot(
        {
            "source": {"name": "cachecalc"},
            "diagnostics": [
                {
                    "message": "`datetime.now()` changes on every call in front of 1,480 tokens that could be cached. Move the clock to the end.",
                    "location": {
                        "path": "app/bot.py",
                        "range": {"start": {"line": 8, "column": 23}, "end": {"line": 8, "column": 39}},
                    },
                    "severity": "ERROR",
                    "code": {"value": "CC101 clock-in-prefix"},
                    "suggestions": [
                        {"range": {"start": {"line": 8, "column": 21}, "end": {"line": 8, "column": 37}}, "text": "NOW"}
                    ],
                }
            ],
        }
    )


def test_junit() -> None:
    """Warnings and errors are failures, notes are not."""
    assert junit.render(build.report(build.clock())) == snapshot("""\
<?xml version="1.0" encoding="utf-8"?>
<testsuites>
  <testsuite name="cachecalc lint" tests="1" failures="1" errors="0">
    <testcase classname="app/bot.py" name="CC101 clock-in-prefix app/bot.py:8:21" file="app/bot.py" line="8">
      <failure message="`datetime.now()` changes on every call in front of 1,480 tokens that could be cached" type="error">`datetime.now()` changes on every call in front of 1,480 tokens that could be cached
Move the clock to the end.</failure>
    </testcase>
  </testsuite>
</testsuites>
""")


def test_a_clean_run_is_a_passing_test_case() -> None:
    """An empty JUnit file would look as if nothing ran."""
    suite = ET.fromstring(junit.render(build.report()))
    assert len(suite.findall(".//testcase")) == 1
    assert not suite.findall(".//failure")


def test_junit_cannot_be_broken() -> None:
    """Whatever is in a prompt, the file is XML with one case for each finding."""
    suite = ET.fromstring(junit.render(hostile()))
    assert len(suite.findall(".//testcase")) == 2
    assert not suite.findall(".//script")


@pytest.mark.parametrize("render", [lint_json.render, gitlab.render, rdjson.render], ids=["json", "gitlab", "rdjson"])
def test_json_formats_are_plain_ascii(render: Any) -> None:
    """Nothing in a prompt reaches a terminal or a reader as anything but escaped text."""
    text = render(hostile())
    json.loads(text)
    assert text.isascii()
    assert "\x1b" not in text
