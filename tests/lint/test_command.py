"""`cachecalc lint` as a user runs it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.lint.project import CLEAN, CLOCK, SOURCE, Capture, findings, put, rules, run


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "flags", "code"),
    [
        pytest.param(CLEAN, [], 0, id="clean"),
        pytest.param(CLOCK, [], 1, id="error"),
        pytest.param(CLOCK, ["--fail-on", "error"], 1, id="error-fails-on-error"),
        pytest.param(CLOCK, ["--fail-on", "never"], 0, id="never"),
        pytest.param(CLOCK, ["--ignore", "clock-in-prefix"], 0, id="ignored"),
    ],
)
def test_exit_code(capsys: Capture, tmp_path: Path, text: str, flags: list[str], code: int) -> None:
    """0 without findings at the level that fails, 1 with them."""
    put(tmp_path, "system.j2", text)
    assert run(capsys, "lint", *flags)[0] == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["nowhere.j2"], "nowhere.j2: no such file or directory", id="missing-path"),
        pytest.param(["--select", "clock-in-prefx"], "did you mean clock-in-prefix", id="unknown-rule"),
        pytest.param(["--config", "none.toml"], "none.toml", id="missing-config"),
        pytest.param(["--min-usd", "5"], "add --traffic PROFILE", id="money-without-traffic"),
        pytest.param(["--traffic", "t.yaml"], "t.yaml", id="missing-profile"),
        pytest.param(["--unsafe-fixes"], "add --fix or --diff", id="unsafe-alone"),
        pytest.param(["--fix", "--diff"], "use one of them", id="fix-and-diff"),
        pytest.param(["-", "--fix"], "use --diff", id="fix-standard-input"),
        pytest.param(["--base", "main"], "not a git repository", id="no-repository"),
    ],
)
def test_bad_use(capsys: Capture, tmp_path: Path, arguments: list[str], message: str) -> None:
    """One clear message on standard error, nothing on standard output, exit 2."""
    put(tmp_path, "system.j2", CLOCK)
    code, out, err = run(capsys, "lint", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_broken_file_among_others_is_a_finding(capsys: Capture, tmp_path: Path) -> None:
    """What cannot be read is reported at its line and survived."""
    put(tmp_path, "bot.py", "prompt = 'You are\n")
    put(tmp_path, "system.j2", CLOCK)
    broken, _ = sorted(findings(capsys), key=lambda finding: str(finding["path"]))
    assert (broken["rule"], broken["path"], broken["line"]) == ("unreadable-file", "bot.py", 1)


def test_nothing_readable_at_all_is_bad_input(capsys: Capture, tmp_path: Path) -> None:
    """If every file is broken, the run fails as a run."""
    put(tmp_path, "bot.py", "prompt = 'You are\n")
    code, out, err = run(capsys, "lint")
    assert (code, out) == (2, "")
    assert "bot.py:1:" in err


def test_no_prompts_is_clean(capsys: Capture, tmp_path: Path) -> None:
    """A tree without prompts is not an error: hooks pass whatever changed."""
    put(tmp_path, "a.py", "x = 1\n")
    assert run(capsys, "lint") == (0, "no prompts found, 0 findings\n", "")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--model", "claude-sonet-4-5"], "did you mean claude-sonnet-4-5"),
        (["--select", "clock-in-prefx"], "did you mean clock-in-prefix"),
        (["--ignore", "nonce"], "did you mean nonce-in-prefix?"),
        (["--select", "CC9"], "`cachecalc rule` lists them all"),
    ],
)
def test_an_unknown_name_is_refused_with_a_hint(
    capsys: Capture, tmp_path: Path, arguments: list[str], hint: str
) -> None:
    """A name that means nothing is never taken for one that finds nothing."""
    put(tmp_path, "system.j2", CLOCK)
    code, out, err = run(capsys, "lint", *arguments)
    assert (code, out) == (2, "")
    assert hint in err


@pytest.mark.parametrize(
    "model", ["Claude-Sonnet-5-5", "us.anthropic.claude-sonnet-4-6", "anthropic/claude-sonnet-4-5"]
)
def test_a_model_may_have_any_of_its_names(capsys: Capture, tmp_path: Path, model: str) -> None:
    """As a gateway or a cloud writes it, too."""
    put(tmp_path, "system.j2", CLOCK)
    (finding,) = findings(capsys, "--model", model)
    assert finding["usd_per_1000_requests"]


def test_selection(capsys: Capture, tmp_path: Path) -> None:
    """Rules by code, name and family; ignoring wins."""
    put(tmp_path, "system.j2", f"{{{{ user_name }}}} {CLOCK}")
    everything = ["clock-in-prefix", "identity-in-prefix"]
    assert rules(capsys) == everything
    assert rules(capsys, "--select", "CC1") == everything
    assert rules(capsys, "--select", "CC2") == []
    assert rules(capsys, "--select", "CC101,identity-in-prefix") == everything
    assert rules(capsys, "--select", "CC1", "--ignore", "CC101") == ["identity-in-prefix"]


def test_configuration(capsys: Capture, tmp_path: Path) -> None:
    """The project's options hold for everyone, and file patterns are relative to them."""
    put(tmp_path, "system.j2", CLOCK)
    put(tmp_path, "tests/system.j2", CLOCK)
    put(tmp_path, "old/system.j2", CLOCK)
    options = '[tool.cachecalc]\nexclude = ["/old/"]\nper-path-ignores = {"tests/**" = ["CC1"]}\nfail-on = "never"\n'
    put(tmp_path, "pyproject.toml", options)
    code, out, _ = run(capsys, "lint", "--format", "json")
    assert [finding["path"] for finding in json.loads(out)["findings"]] == ["system.j2"]
    assert code == 0


def test_output_file(capsys: Capture, tmp_path: Path) -> None:
    """With --output, standard output stays empty."""
    put(tmp_path, "system.j2", CLOCK)
    assert run(capsys, "lint", "--format", "sarif", "--output", "out.sarif")[:2] == (1, "")
    assert json.loads((tmp_path / "out.sarif").read_text("utf-8"))["version"] == "2.1.0"


def test_annotations_on_github(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On GitHub's runners findings become annotations, unless a format is asked for."""
    put(tmp_path, "system.j2", CLOCK)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(capsys, "lint")[1].startswith("::error file=system.j2,line=2,")
    assert run(capsys, "lint", "--format", "text")[1].startswith("system.j2:2:7: error")


def test_paths_in_reports_are_relative_to_the_repository(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run in a subdirectory, annotations still find the file."""
    put(tmp_path, "services/bot/system.j2", CLOCK)
    monkeypatch.chdir(tmp_path / "services")
    assert run(capsys, "lint", "--format", "github")[1].startswith("::error file=services/bot/system.j2,")


def test_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads standard input under the name it is given."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(CLOCK.encode())))
    (finding,) = findings(capsys, "-", "--stdin-filename", "prompts/system.j2")
    assert (finding["path"], finding["line"]) == ("prompts/system.j2", 2)


def test_a_named_file_is_a_prompt_whatever_it_looks_like(capsys: Capture, tmp_path: Path) -> None:
    """Who names a file says that it is a prompt; a hook that names every changed file does not."""
    put(tmp_path, "README.md", "# Templates\n\nWrite {{ now() }} for the time.\n" + "Words of a readme.\n" * 200)
    assert rules(capsys) == []
    assert rules(capsys, "README.md") == ["clock-in-prefix"]
    assert rules(capsys, "README.md", "--as-found") == []


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"You are \xff\xfe", "not a UTF-8 text file", id="not-text"),
        pytest.param(b"You are\0", "not a UTF-8 text file", id="binary"),
        pytest.param(b"{" * 100_000, "prompt.json", id="nested-without-end"),
    ],
)
def test_a_file_that_is_no_text(capsys: Capture, tmp_path: Path, raw: bytes, message: str) -> None:
    """Named alone, it is bad input with a place; never a traceback."""
    (tmp_path / "prompt.json").write_bytes(raw)
    code, out, err = run(capsys, "lint", "prompt.json")
    assert (code, out) == (2, "")
    assert message in err


def test_an_enormous_file_is_refused_unread(capsys: Capture, tmp_path: Path) -> None:
    """64 MiB are the limit; what is larger is reported and costs no memory."""
    put(tmp_path, "system.j2", CLOCK)
    with (tmp_path / "requests.jsonl").open("wb") as file:
        file.write(b'{"messages": []}\n' * 1000)
        file.truncate(65 * 1024 * 1024)
    large, _ = sorted(findings(capsys), key=lambda finding: str(finding["path"]))
    assert (large["rule"], large["message"]) == ("unreadable-file", "larger than 64 MiB")


def test_empty_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in, nothing found."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"")))
    assert findings(capsys, "-") == []


def test_statistics(capsys: Capture, tmp_path: Path) -> None:
    """Findings counted by rule stand in front of the summary."""
    put(tmp_path, "prompts/a.j2", CLOCK)
    put(tmp_path, "prompts/b.j2", CLOCK)
    assert "\n    2  CC101  clock-in-prefix\n" in run(capsys, "lint", "--statistics")[1]


def test_a_place_begins_where_something_is_to_be_seen(capsys: Capture, tmp_path: Path) -> None:
    """Not at the line end in front of the text in question."""
    put(tmp_path, "system.j2", CLOCK)
    (finding,) = findings(capsys)
    (stranded,) = finding["related"]
    assert (finding["line"], finding["column"]) == (2, 7)
    assert (stranded["line"], stranded["column"]) == (2, 18)
    put(tmp_path, "system.j2", CLOCK.replace("now() }}.", "now() }}"))
    (finding,) = findings(capsys)
    (stranded,) = finding["related"]
    assert (stranded["line"], stranded["column"]) == (3, 1)


def test_fingerprints_survive_moved_lines(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding keeps its name when lines are put in above it, and wherever the command is run."""
    put(tmp_path, "a/system.j2", CLOCK)
    (before,) = findings(capsys)
    put(tmp_path, "a/system.j2", "Be kind.\nBe brief.\n" + CLOCK)
    monkeypatch.chdir(tmp_path / "a")
    (after,) = findings(capsys)
    assert before["line"] != after["line"]
    assert before["fingerprint"] == after["fingerprint"]


def test_equal_findings_have_different_fingerprints(capsys: Capture, tmp_path: Path) -> None:
    """The same text in two files is two findings for every report that keys by fingerprint."""
    put(tmp_path, "prompts/a.j2", CLOCK)
    put(tmp_path, "prompts/b.j2", CLOCK)
    one, other = findings(capsys)
    assert one["fingerprint"] != other["fingerprint"]


def test_secrets_and_control_characters_are_not_shown(capsys: Capture, tmp_path: Path) -> None:
    """What a prompt holds beside the finding is blotted out or made visible."""
    put(tmp_path, "system.j2", CLOCK.replace("It is", "key sk-ant-api03-abcdefghijklmnop \x1b[31m It is"))
    _, out, _ = run(capsys, "lint")
    assert "abcdefghijklmnop" not in out
    assert "\x1b" not in out
    assert "*****" in out


def test_dollars_per_thousand_requests_without_traffic(capsys: Capture, tmp_path: Path) -> None:
    """A model is enough to say what a miss costs; nothing is priced per month."""
    put(tmp_path, "bot.py", SOURCE)
    (finding,) = [it for it in findings(capsys) if it["rule"] == "clock-in-prefix"]
    lost = finding["lost_tokens"]
    assert finding["model"] == "claude-sonnet-4-5"
    assert float(finding["usd_per_1000_requests_miss"]) == pytest.approx(lost * 3.75 / 1000)
    assert float(finding["usd_per_1000_requests_hit"]) == pytest.approx(lost * 0.30 / 1000)
    assert finding["usd_per_month"] is None


def test_an_unpriced_model_has_no_dollars(capsys: Capture, tmp_path: Path) -> None:
    """Unknown is null, never 0."""
    put(tmp_path, "system.j2", CLOCK)
    (finding,) = findings(capsys)
    assert finding["usd_per_1000_requests"] is None
    assert finding["lost_tokens"] > 500


def test_explain_names_counter_and_price_source(capsys: Capture, tmp_path: Path) -> None:
    """Every number can be traced: who counted, how well, at which price, from where."""
    put(tmp_path, "bot.py", SOURCE)
    out = run(capsys, "lint", "--explain")[1]
    assert "\ntokens: claude-" in out
    assert "\nprices: claude-sonnet-4-5, since " in out
    assert ", checked 2026-" in out
