"""The rules' pages: generated, current, and safe to print; and what they say of public incidents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cachecalc.cli.app import app
from cachecalc.core import rules
from cachecalc.core.prompt import Evidence
from cachecalc.core.rules.incidents import INCIDENTS, Incident
from cachecalc.core.rules.rule import Rule
from cachecalc.report import rule_page
from scripts import write_rule_pages

KINDS = {".py": Evidence.SOURCE, ".json": Evidence.PAYLOAD, ".jsonl": Evidence.PAIR}


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["rule", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path)) for path in write_rule_pages.pages()])
def test_a_generated_page_is_current(path: Path) -> None:
    """docs/ holds what the rules say now: `python -m scripts.write_rule_pages` writes it."""
    assert (write_rule_pages.DOCS / path).read_text("utf-8") == write_rule_pages.pages()[path]


def test_no_page_is_left_of_a_rule_that_went_away() -> None:
    """Every page in docs/rules/ belongs to a rule."""
    written = {Path("rules") / file.name for file in (write_rule_pages.DOCS / "rules").iterdir()}
    assert written == {path for path in write_rule_pages.pages() if path.parent == Path("rules")}


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in rules.ALL])
def test_a_code_block_ends_where_it_should(rule: Rule) -> None:
    """No example breaks out of its fence: fences come in pairs, opened with a language."""
    fences = [line for line in rule_page.markdown(rule).splitlines() if line.startswith("```")]
    assert len(fences) % 2 == 0
    assert all(
        len(opened) > 3 and set(closed) == {"`"} for opened, closed in zip(fences[::2], fences[1::2], strict=True)
    )


def test_a_rule_is_shown_by_code_or_name() -> None:
    """`cachecalc rule` takes a code or a name, and prints the page as text by default."""
    assert run("CC303") == run("ttl-order") == rule_page.text(rules.find("ttl-order"))
    assert run("ttl-order", "--format", "markdown") == rule_page.markdown(rules.find("ttl-order"))


def test_without_a_rule_all_are_listed() -> None:
    """`cachecalc rule` alone lists every rule with its code, name and summary."""
    listing = run()
    assert all(f"{rule.code}  {rule.name}" in listing and rule.summary in listing for rule in rules.ALL)


def test_the_list_and_a_page_are_also_json() -> None:
    """Programs read the same facts; every version of the document says which it is."""
    listed = json.loads(run("--format", "json"))
    assert listed["version"] == 1
    assert [each["code"] for each in listed["rules"]] == [rule.code for rule in rules.ALL]
    page = json.loads(run("CC303", "--format", "json"))
    assert page["name"] == "ttl-order"
    assert page["fixable"] is True
    assert page["bad"][0]["fixed"].endswith("\n")


def test_an_unknown_rule_is_bad_input() -> None:
    """A misspelt rule is refused, with a suggestion."""
    result = CliRunner().invoke(app, ["rule", "CC999"])
    assert result.exception is not None
    assert "no rule is called 'CC999'" in str(result.exception)


def kind_of(filename: str) -> Evidence:
    return KINDS.get("." + filename.rpartition(".")[2], Evidence.TEMPLATE)


def kinds_to_show(incident: Incident) -> list[Evidence]:
    """What one request shows, a pair shows as well; logs are replay's."""
    readable = incident.shown_by - {Evidence.LOG}
    return sorted(readable - {Evidence.PAIR} if Evidence.PAYLOAD in readable else readable)


SHOWN = [
    pytest.param(incident, kind, id=f"{incident.code}-{kind}")
    for incident in INCIDENTS
    for kind in kinds_to_show(incident)
]


@pytest.mark.parametrize(("incident", "kind"), SHOWN)
def test_an_incident_is_found_where_it_shows(incident: Incident, kind: Evidence) -> None:
    """Each class of public reports that a kind of file shows beyond doubt has an example of that kind, reported as it
    is and clean when put right (the examples' own tests hold both)."""
    shaped = [bad for rule in rules.ALL if incident.code in rule.incidents for bad in rule.bad]
    assert any(kind_of(bad.filename) is kind and (bad.fixed or bad.mended) for bad in shaped)
