"""`cachecalc init`: a starter profile that the estimate accepts as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.estimate.test_command import run

TEMPLATE = "You answer for {{ company }}. " + "Be exact and brief. " * 60 + "Today is {{ today }}.\n{{ documents }}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a template, a request and a file that is no prompt."""
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/support.j2").write_text(TEMPLATE)
    request = {"model": "gpt-5", "messages": [{"role": "system", "content": "Classify the ticket. " * 80}]}
    (tmp_path / "classify.json").write_text(json.dumps(request))
    (tmp_path / "data.json").write_text('{"rows": [1, 2, 3]}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_profile_from_prompt_files(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    """Each prompt is a workload, its placeholders bound, its guesses marked; the estimate takes it as it is."""
    code, out, _ = run(capsys, "init")
    assert (code, out) == (0, "")
    text = (project / "cachecalc.profile.yaml").read_text()
    assert "today: every day" in text
    assert "documents: {tokens: 300, changes: per turn}" in text
    assert "model: gpt-5\n" in text
    code, out, err = run(capsys, "estimate", "cachecalc.profile.yaml")
    assert (code, err) == (0, "")
    assert "rests on what nobody gave" in out


def test_a_file_that_is_there_is_kept(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    """Nothing is replaced unless asked for."""
    (project / "cachecalc.profile.yaml").write_text("mine")
    code, _, err = run(capsys, "init")
    assert (code, "is there already" in err) == (2, True)
    assert (project / "cachecalc.profile.yaml").read_text() == "mine"
    assert run(capsys, "init", "--force")[0] == 0


def test_a_profile_from_usage(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    """Requests, tokens, output and read share of a log; hours of the day where there are enough requests."""
    lines = [
        {
            "timestamp": f"2026-11-{1 + i // 100:02d}T{i % 24:02d}:00:00Z",
            "session_id": "s",
            "provider": "openai",
            "request": {"model": "gpt-5", "messages": [{"role": "user", "content": f"hello {i}"}]},
            "response": {
                "id": f"r{i}",
                "model": "gpt-5",
                "usage": {
                    "prompt_tokens": 2000,
                    "completion_tokens": 100,
                    "prompt_tokens_details": {"cached_tokens": 1024},
                },
            },
        }
        for i in range(300)
    ]
    (project / "log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    code, out, _ = run(capsys, "init", "--from", "log.jsonl", "--output", "-")
    assert code == 0
    assert "prompt: {static: 1024, dynamic: 976}" in out
    assert "output: 100" in out
    assert "read_share: 0.5120" in out
    assert "hours: [" in out


def test_requests_that_are_derived_from_tokens_say_so(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    """A provider's usage export may count tokens and no requests."""
    result = {
        "uncached_input_tokens": 500_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 100_000, "ephemeral_1h_input_tokens": 0},
        "cache_read_input_tokens": 400_000,
        "output_tokens": 50_000,
        "model": "claude-sonnet-5-5",
    }
    day = {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z", "results": [result]}
    (project / "usage.json").write_text(json.dumps({"data": [day], "has_more": False, "next_page": None}))
    code, out, _ = run(capsys, "init", "--from", "usage.json", "--output", "-")
    assert code == 0
    assert "requests: 500/day" in out
    assert "requests: derived from tokens at 2,000 a request" in out


def test_nothing_to_start_from(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty folder is an error that says what to do."""
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "init")
    assert (code, "nothing to start from" in err) == (2, True)
