"""Findings that were there before: a baseline file, a git revision, and since when."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.lint.project import CLEAN, CLOCK, SOURCE, TRAFFIC, Capture, findings, put, run

AUTHOR = ["-c", "user.name=Somebody Secret", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false"]
FIRST_DAY = "2026-10-22T12:00:00+0000"


def git(root: Path, *arguments: str) -> str:
    environment = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_COMMITTER_DATE": FIRST_DAY,
        "PATH": "/usr/bin:/bin:/usr/local/bin",
    }
    done = subprocess.run(
        ["git", "-C", str(root), *AUTHOR, *arguments], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commit(root: Path, message: str = "change") -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


def test_a_baseline_hides_what_it_holds(capsys: Capture, project: Path) -> None:
    """Known findings are counted and not shown; new ones are."""
    put(project, "system.j2", CLOCK)
    code, _, err = run(capsys, "lint", "--write-baseline", "--baseline", "known.json")
    assert (code, err) == (0, "cachecalc: 1 finding written to known.json\n")
    assert run(capsys, "lint", "--baseline", "known.json") == (0, "1 file, 0 findings, 1 known before\n", "")
    put(project, "other_prompt.j2", CLOCK)
    assert [it["path"] for it in findings(capsys, "--baseline", "known.json")] == ["other_prompt.j2"]


def test_a_baseline_can_be_written_again(capsys: Capture, project: Path) -> None:
    """Writing does not leave out what the old file holds."""
    put(project, "system.j2", CLOCK)
    run(capsys, "lint", "--write-baseline", "--baseline", "known.json")
    first = (project / "known.json").read_text("utf-8")
    run(capsys, "lint", "--write-baseline", "--baseline", "known.json")
    assert (project / "known.json").read_text("utf-8") == first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a cachecalc baseline"),
        ("[]", "not a cachecalc baseline"),
        ('{"version": 2, "findings": []}', "baseline version 2 is not known"),
        ('{"version": 1}', "not a cachecalc baseline"),
        ("{", "not a cachecalc baseline"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_baseline(capsys: Capture, project: Path, text: str | None, message: str) -> None:
    """Anything else is bad input, not an empty baseline, and the message says what is wrong with it."""
    put(project, "system.j2", CLOCK)
    if text is not None:
        put(project, "known.json", text)
    code, _, err = run(capsys, "lint", "--baseline", "known.json")
    assert code == 2
    assert f"known.json: {message}" in err


def test_only_what_is_new_since_a_revision(capsys: Capture, project: Path) -> None:
    """A changed file shows the findings it did not have; moved lines are not new."""
    put(project, "system.j2", CLOCK)
    first = commit(project)
    put(project, "system.j2", "Be kind.\n" + CLOCK.replace("Example", "{{ user_name }}"))
    put(project, "new_prompt.j2", CLOCK)
    new = sorted((it["path"], it["rule"]) for it in findings(capsys, "--base", first))
    assert new == [("new_prompt.j2", "clock-in-prefix"), ("system.j2", "identity-in-prefix")]


def test_a_renamed_file_keeps_its_findings(capsys: Capture, project: Path) -> None:
    """Moving a prompt is not a new fault."""
    put(project, "system.j2", CLOCK)
    commit(project)
    git(project, "mv", "system.j2", "moved_prompt.j2")
    assert findings(capsys, "--base", "HEAD") == []


def test_only_the_branch_is_blamed(capsys: Capture, project: Path) -> None:
    """What the base branch mended after the branch left it is not new on the branch."""
    put(project, "system.j2", CLOCK)
    commit(project)
    git(project, "checkout", "-q", "-b", "feature")
    put(project, "readme.md", "x\n")
    commit(project)
    git(project, "checkout", "-q", "main")
    put(project, "system.j2", CLEAN)
    commit(project)
    git(project, "checkout", "-q", "feature")
    assert findings(capsys, "--base", "main") == []


def test_a_change_in_an_imported_module_shows_where_it_breaks(capsys: Capture, project: Path) -> None:
    """An unchanged file can have a new finding: the text it imports has changed."""
    put(project, "texts.py", 'def token():\n    return "fixed"\n')
    put(project, "bot.py", "from texts import token\n" + SOURCE.replace("datetime.now()", "token()"))
    first = commit(project)
    assert findings(capsys, "--base", first) == []
    put(project, "texts.py", "import uuid\n\n\ndef token():\n    return uuid.uuid4()\n")
    assert [(it["path"], it["rule"]) for it in findings(capsys, "--base", first)] == [("bot.py", "nonce-in-prefix")]


def test_a_file_that_a_prompt_names_is_the_revisions(capsys: Capture, project: Path) -> None:
    """An old prompt is read with the file that it includes as that was then, not as it lies in the work tree."""
    put(project, "prompts/system.j2", '{% include "clock.j2" %}\n' + CLEAN)
    put(project, "prompts/clock.j2", "It is {{ now() }}.\n")
    first = commit(project)
    put(project, "prompts/clock.j2", "It is a fine day.\n")
    second = commit(project)
    put(project, "prompts/clock.j2", "It is {{ now() }}.\n")
    assert findings(capsys, "--base", first) == []
    (new,) = findings(capsys, "--base", second)
    assert (new["path"], new["rule"]) == ("prompts/clock.j2", "clock-in-prefix")
    assert [place["path"] for place in new["related"]] == ["prompts/system.j2"]  # the text that could be cached


@pytest.mark.parametrize("now", ["rules are gone.", '{% include "renamed.j2" %}'], ids=["deleted", "renamed"])
def test_a_file_that_is_no_longer_there_is_read_as_it_was(capsys: Capture, project: Path, now: str) -> None:
    """A prompt that lost the file which it included had its findings all the same."""
    clock = "{{ user_name }}: it is {{ now() }}.\n"
    put(project, "prompts/system.j2", clock + '{% include "rules.j2" %}\n')
    put(project, "prompts/rules.j2", CLEAN)
    first = commit(project)
    (project / "prompts/rules.j2").rename(project / "prompts/renamed.j2")
    put(project, "prompts/system.j2", f"{clock}{CLEAN if 'gone' in now else now}\n")
    if "gone" in now:
        (project / "prompts/renamed.j2").unlink()
    assert "clock-in-prefix" in {it["rule"] for it in findings(capsys)}
    assert findings(capsys, "--base", first) == []


def test_an_unknown_revision(capsys: Capture, project: Path) -> None:
    """The message says what to do in CI; nothing that looks like an option reaches git as one."""
    put(project, "system.j2", CLOCK)
    commit(project)
    for revision in ("no-such-branch", "--output=stolen"):
        code, _, err = run(capsys, "lint", f"--base={revision}")
        assert code == 2
        assert "git knows no revision" in err
    assert not (project / "stolen").exists()


def test_blame_dates_a_finding_and_adds_up_what_it_cost(capsys: Capture, project: Path) -> None:
    """Thirty days at the monthly price; the commit, never the author."""
    put(project, "system.j2", CLOCK)
    first = commit(project)
    put(project, "traffic.yaml", TRAFFIC.format(source="system.j2"))
    _, out, _ = run(capsys, "lint", "--blame", "--traffic", "traffic.yaml", "--format", "json")
    (finding,) = [it for it in json.loads(out)["findings"] if it["rule"] == "clock-in-prefix"]
    assert finding["since"] == {"commit": first, "date": "2026-10-22", "usd": finding["usd_per_month"]}
    assert "Somebody" not in out


def test_blame_of_a_line_that_is_not_committed(capsys: Capture, project: Path) -> None:
    """A new line has no date."""
    put(project, "readme.md", "x\n")
    commit(project)
    put(project, "system.j2", CLOCK)
    assert "= since: not committed yet" in run(capsys, "lint", "--blame")[1]
