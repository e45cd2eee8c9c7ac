"""Suspicions, and the recorded requests that confirm them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lint.project import RULES, SOURCE, Capture, findings, put

MESSAGE = {"role": "user", "content": "Where is my parcel?"}
POLICY = f"You are the support agent of Example Corp.\n{RULES}"


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def recorded(*times: str, policy: str = POLICY) -> str:
    """Requests one after the other, each with the time in front of the policy."""
    lines = []
    for time in times:
        text = {"type": "text", "text": f"It is {time}. {policy}", "cache_control": {"type": "ephemeral"}}
        lines.append(
            json.dumps({"model": "claude-sonnet-4-5", "max_tokens": 9, "system": [text], "messages": [MESSAGE]})
        )
    return "\n".join(lines) + "\n"


TIMES = ("2026-11-20 10:00:01.123456", "2026-11-20 10:00:09.654321")


def test_a_source_finding_alone_is_evidence_of_source(capsys: Capture, tmp_path: Path) -> None:
    """What code does is read from the code."""
    put(tmp_path, "bot.py", SOURCE)
    (finding,) = findings(capsys)
    assert finding["evidence"] == "source"


def test_recorded_requests_confirm_what_the_source_shows(capsys: Capture, tmp_path: Path) -> None:
    """The same fault in the same text, seen in requests of the same run: certain, and the request is a related place."""
    put(tmp_path, "bot.py", SOURCE)
    put(tmp_path, "requests.jsonl", recorded(*TIMES))
    (source,) = [it for it in findings(capsys) if it["path"] == "bot.py"]
    assert (source["rule"], source["confidence"]) == ("clock-in-prefix", "certain")
    assert source["evidence"] in {"pair", "payload"}
    assert source["related"][-1]["path"] == "requests.jsonl"


def test_requests_of_another_prompt_confirm_nothing(capsys: Capture, tmp_path: Path) -> None:
    """The fault must be in the same text."""
    put(tmp_path, "bot.py", SOURCE)
    put(tmp_path, "requests.jsonl", recorded(*TIMES, policy="Translate what follows into French, word for word. " * 80))
    (source,) = [it for it in findings(capsys) if it["path"] == "bot.py"]
    assert source["evidence"] == "source"


def test_two_requests_are_compared(capsys: Capture, tmp_path: Path) -> None:
    """Neighbouring requests in one file show what really changed between them."""
    put(tmp_path, "requests.jsonl", recorded(*TIMES))
    assert ("clock-in-prefix", "pair") in {(it["rule"], it["evidence"]) for it in findings(capsys)}


def test_one_fault_in_many_requests_is_one_finding(capsys: Capture, tmp_path: Path) -> None:
    """A recording of a day does not repeat itself for each line; another fault in it is told apart."""
    day = recorded(*(f"2026-11-20 10:00:{second:02}.123456" for second in range(20)))
    put(tmp_path, "requests.jsonl", day)
    (finding,) = findings(capsys)
    assert (finding["rule"], finding["line"], finding["evidence"]) == ("clock-in-prefix", 1, "pair")
    assert finding["message"].endswith("; 20 requests show it")
    put(tmp_path, "requests.jsonl", day + recorded(*TIMES, policy="Translate what follows, word for word. " * 200))
    assert sorted(it["line"] for it in findings(capsys)) == [1, 21]


def test_one_request_is_not_a_pair(capsys: Capture, tmp_path: Path) -> None:
    """A single request has nothing to be compared with."""
    put(tmp_path, "requests.jsonl", recorded(TIMES[0]))
    assert "pair" not in {it["evidence"] for it in findings(capsys)}


def test_every_request_of_a_recording_is_fixed(capsys: Capture, tmp_path: Path) -> None:
    """What is reported once is mended wherever it stands."""
    text = {"type": "text", "text": "Be brief and kind.", "cache_control": {"type": "ephemeral"}}
    body = {"model": "claude-sonnet-4-5", "max_tokens": 9, "system": [text], "messages": [MESSAGE]}
    path = put(tmp_path, "requests.jsonl", f"{json.dumps(body)}\n" * 4)
    assert [it["rule"] for it in findings(capsys)] == ["below-minimum"]
    assert findings(capsys, "--fix") == []
    assert "cache_control" not in path.read_text("utf-8")
    assert [json.loads(line)["messages"] for line in path.read_text("utf-8").splitlines()] == [[MESSAGE]] * 4
