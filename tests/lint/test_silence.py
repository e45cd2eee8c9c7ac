"""Ignore comments, from the comment to the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lint.project import CLEAN, CLOCK, RULES, SOURCE, Capture, findings, put, rules, run


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


YAML = "name: support\nsystem: |\n  You are the support agent.\n  It is {{ now() }}.\n" + "".join(
    f"  {line}\n" for line in RULES.splitlines()
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("system.j2", CLOCK.replace("It is", "{# cachecalc: ignore[CC101] x #}It is"), id="jinja"),
        pytest.param("system.j2", "{# cachecalc: ignore-file[clock-in-prefix] x #}\n" + CLOCK, id="whole-file"),
        pytest.param("prompt.md", CLOCK.replace("It is", "<!-- cachecalc: ignore[CC101] -->\nIt is"), id="markdown"),
        pytest.param(
            "bot.py",
            SOURCE.replace("    return f", "    # cachecalc: ignore[CC101] said once\n    return f"),
            id="python",
        ),
        pytest.param(
            "bot.py", SOURCE.replace('. " + POLICY', '. " + POLICY  # cachecalc: ignore[CC101]'), id="python-same-line"
        ),
        pytest.param("prompt.yaml", YAML.replace("system: |", "system: |  # cachecalc: ignore[CC101] x"), id="yaml"),
    ],
)
def test_a_comment_silences_and_is_counted(capsys: Capture, tmp_path: Path, name: str, text: str) -> None:
    """The finding is gone, the summary says so, and the comment is not idle."""
    put(tmp_path, name, text)
    _, out, _ = run(capsys, "lint", "--format", "json")
    content = json.loads(out)
    assert [finding["rule"] for finding in content["findings"]] == []
    assert content["summary"]["suppressed"] == 1
    assert rules(capsys, "--no-ignores") == ["clock-in-prefix"]


def test_an_idle_comment_is_a_finding(capsys: Capture, tmp_path: Path) -> None:
    """A comment that silences nothing would hide the next fault."""
    put(tmp_path, "system.j2", "{# cachecalc: ignore[clock-in-prefix] x #}\n" + CLEAN)
    (finding,) = findings(capsys)
    assert (finding["rule"], finding["line"], finding["fixable"]) == ("unused-ignore", 1, True)
    assert finding["message"] == "nothing to ignore here for `clock-in-prefix`"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        pytest.param(
            "[mark-on-volatle]", "no rule is called `mark-on-volatle`; did you mean mark-on-volatile?", id="typo"
        ),
        pytest.param("", "the comment names no rule, so it silences nothing", id="blanket"),
    ],
)
def test_a_comment_that_names_no_rule_silences_nothing(
    capsys: Capture, tmp_path: Path, rule: str, message: str
) -> None:
    """There is no blanket ignore, and a misspelt one is told."""
    put(tmp_path, "system.j2", CLOCK.replace("It is", f"{{# cachecalc: ignore{rule} #}}It is"))
    found = {finding["rule"]: finding["message"] for finding in findings(capsys)}
    assert found.keys() == {"clock-in-prefix", "unused-ignore"}
    assert found["unused-ignore"] == message


def test_a_comment_for_a_rule_that_does_not_run_is_not_idle(capsys: Capture, tmp_path: Path) -> None:
    """Running a few rules says nothing about the comments for the others."""
    put(tmp_path, "system.j2", "{# cachecalc: ignore[clock-in-prefix] x #}\n" + CLEAN)
    assert rules(capsys, "--ignore", "clock-in-prefix") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("{# cachecalc: ignore[CC101] x #}\n" + CLEAN, CLEAN, id="alone-on-its-line"),
        pytest.param(CLEAN.replace("Corp.", "Corp. {# cachecalc: ignore[CC101] x #}", 1), CLEAN, id="behind-text"),
        pytest.param(
            CLOCK.replace("It is", "{# cachecalc: ignore[CC101, CC102] x #}It is"),
            CLOCK.replace("It is", "{# cachecalc: ignore[CC101] x #}It is"),
            id="one-word-of-two",
        ),
    ],
)
def test_an_idle_comment_is_taken_out_by_the_fix(capsys: Capture, tmp_path: Path, before: str, after: str) -> None:
    """`--fix` removes what silences nothing, and only that."""
    path = put(tmp_path, "system.j2", before)
    run(capsys, "lint", "--fix")
    assert path.read_text("utf-8") == after
