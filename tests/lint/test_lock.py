"""The committed lock of static prefixes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lint.project import CLEAN, CLOCK, RULES, SOURCE, Capture, put, run


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def entries(root: Path) -> dict[str, dict[str, object]]:
    return dict(json.loads((root / "cachecalc.lock").read_text("utf-8"))["prompts"])


def test_an_unchanged_project_passes(capsys: Capture, tmp_path: Path) -> None:
    """A fresh lock agrees with what it was made from, byte for byte when made again."""
    put(tmp_path, "system.j2", CLEAN)
    assert run(capsys, "lock") == (0, "1 prompts locked in cachecalc.lock\n", "")
    first = (tmp_path / "cachecalc.lock").read_bytes()
    assert run(capsys, "lock", "--check")[0] == 0
    run(capsys, "lock")
    assert (tmp_path / "cachecalc.lock").read_bytes() == first


def test_a_changed_prefix_fails_and_has_a_price(capsys: Capture, tmp_path: Path) -> None:
    """The check names the prompt and what writing its prefix anew costs: tokens times the write price."""
    put(tmp_path, "system.j2", CLEAN)
    put(tmp_path, "other_prompt.j2", CLEAN)
    run(capsys, "lock")
    put(tmp_path, "system.j2", CLEAN.replace("politely", "kindly"))
    code, out, _ = run(capsys, "lock", "--check", "--model", "claude-sonnet-4-5", "--format", "json")
    changed, same = sorted(json.loads(out)["prompts"], key=lambda row: str(row["state"]))
    assert (code, changed["name"], changed["state"], same["state"]) == (1, "system.j2:system", "changed", "same")
    assert float(changed["rewrite_usd"]) == pytest.approx(changed["tokens"]["now"] * 3.75 / 1e6)


def test_the_text_names_what_changed(capsys: Capture, tmp_path: Path) -> None:
    """People see the prompt, the sizes and the cost; without a model there is no cost."""
    put(tmp_path, "system.j2", CLEAN)
    run(capsys, "lock")
    put(tmp_path, "system.j2", "Be kind.\n" + CLEAN)
    _, out, _ = run(capsys, "lock", "--check")
    assert out.startswith("system.j2:system: the static prefix changed, ")
    assert "$" not in out
    assert "$0.00" in run(capsys, "lock", "--check", "--model", "claude-sonnet-4-5")[1]


def test_what_changes_behind_the_prefix_is_no_matter(capsys: Capture, tmp_path: Path) -> None:
    """Text behind the first thing that changes is not locked; how a file is laid out is not, either."""
    put(tmp_path, "system.j2", f"{CLEAN}It is {{{{ now() }}}}.\nBe brief.\n")
    run(capsys, "lock")
    put(tmp_path, "system.j2", f"{CLEAN}It is {{{{ now() }}}}.\nTake your time.\n")
    assert run(capsys, "lock", "--check")[0] == 0


def test_source_and_template_prompts_are_locked_by_name(capsys: Capture, tmp_path: Path) -> None:
    """Moving lines in a file does not rename its prompts."""
    put(tmp_path, "bot.py", SOURCE.replace('f"It is {datetime.now()}. " + POLICY', "POLICY"))
    run(capsys, "lock")
    before = entries(tmp_path)
    put(tmp_path, "bot.py", "# moved\n\n" + (tmp_path / "bot.py").read_text("utf-8"))
    run(capsys, "lock")
    assert entries(tmp_path) == before


def test_a_prompt_that_a_configuration_names_is_locked_once(capsys: Capture, tmp_path: Path) -> None:
    """A promptfoo configuration leads to a prompt file that is linted by itself, too."""
    put(tmp_path, "prompts/bot.txt", f"{RULES}\n{{{{ question }}}}\n")
    put(tmp_path, "promptfooconfig.yaml", "prompts: ['file://prompts/bot.txt']\nproviders: [openai:gpt-5.5]\n")
    run(capsys, "lock")
    assert list(entries(tmp_path)) == ["prompts/bot.txt:bot"]


def test_new_and_gone_prompts_are_told(capsys: Capture, tmp_path: Path) -> None:
    """The lock must be made again when prompts come and go."""
    put(tmp_path, "system.j2", CLEAN)
    run(capsys, "lock")
    (tmp_path / "system.j2").unlink()
    put(tmp_path, "new_prompt.j2", CLEAN)
    code, out, _ = run(capsys, "lock", "--check")
    assert code == 1
    assert "new_prompt.j2:new_prompt: new, " in out
    assert "system.j2:system: gone, " in out


def test_recorded_requests_are_not_locked(capsys: Capture, tmp_path: Path) -> None:
    """A capture is what happened, not what the project writes."""
    body = {"model": "claude-sonnet-4-5", "system": RULES, "messages": [{"role": "user", "content": "hi"}]}
    put(tmp_path, "requests.jsonl", json.dumps(body) + "\n")
    put(tmp_path, "system.j2", CLOCK)
    run(capsys, "lock")
    assert [name.partition(":")[0] for name in entries(tmp_path)] == ["system.j2"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 2, "prompts": {}}', '{"version": 1, "prompts": []}', "<<<<<<<"]
)
def test_a_file_that_is_no_lock(capsys: Capture, tmp_path: Path, text: str) -> None:
    """A merge conflict or a foreign file is bad input, told with what to do."""
    put(tmp_path, "system.j2", CLEAN)
    put(tmp_path, "cachecalc.lock", text)
    code, _, err = run(capsys, "lock", "--check")
    assert code == 2
    assert "cachecalc.lock" in err


def test_a_missing_lock(capsys: Capture, tmp_path: Path) -> None:
    """Without a lock file there is nothing to compare with, and the message says how to make one."""
    put(tmp_path, "system.j2", CLEAN)
    code, _, err = run(capsys, "lock", "--check")
    assert code == 2
    assert "write it with `cachecalc lock`" in err
