"""A clock in the prefix is found in every form of log that keeps texts, and a healthy log is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cachecalc.cli.app import app
from tests.why.containers import CONTAINERS
from tests.why.test_wires import BEGUN, ENDED, RULES, TOOLS
from tests.why.wires import Said, says, user

CASES = [
    pytest.param(name, wire, write, id=f"{name} ({wire})")
    for name, (wires, write) in CONTAINERS.items()
    for wire in wires.split()
]
LATER = (says("The docs are done."), user("and the changelog"))


def log(*clocks: str) -> list[Said]:
    """A conversation of three requests with a clock in front of the rules, or none."""
    grown = (BEGUN, (*BEGUN, *ENDED), (*BEGUN, *ENDED, *LATER))
    fronts = [f"Now: {clock}\n{RULES}" for clock in clocks] or [RULES] * 3
    return [Said(turns, (front,), TOOLS) for turns, front in zip(grown, fronts, strict=True)]


CLOCKED = log("2026-11-21T09:14:07.120Z", "2026-11-21T09:15:01.001Z", "2026-11-21T09:16:33.900Z")


def why(path: str, stdin: bytes | None = None) -> Any:
    result = CliRunner().invoke(app, ["why", path, "--format", "json"], input=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(("name", "wire", "write"), CASES)
def test_a_clock_in_every_log(name: str, wire: str, write: Any, tmp_path: Path) -> None:
    """Both later requests miss for it, and it takes all that was missed."""
    path = tmp_path / name
    path.write_bytes(write(wire, CLOCKED, hits=False))
    found = why(str(path))
    assert [(row["kind"], row["request"]) for row in found["divergences"]] == [
        ("clock-in-prefix", 2),
        ("clock-in-prefix", 3),
    ]
    assert "clock-in-prefix" in found["spend_by_cause"] or not found["causes"]


@pytest.mark.parametrize(("name", "wire", "write"), CASES)
def test_a_healthy_log(name: str, wire: str, write: Any, tmp_path: Path) -> None:
    """A conversation that reads what it stored loses nothing."""
    path = tmp_path / name
    path.write_bytes(write(wire, log(), hits=True))
    found = why(str(path))
    assert (found["requests"], found["divergences"], found["skipped"]) == (3, [], {})


@pytest.mark.parametrize(
    "name", ["payloads.jsonl", "payloads.json", "batch.jsonl", "capture.jsonl", "capture.jsonl.gz"]
)
def test_standard_input(name: str) -> None:
    """What can be read from a file can be piped in, packed or not, with a response or without."""
    wires, write = CONTAINERS[name]
    found = why("-", write(wires.split()[0], CLOCKED, hits=False))
    assert [row["kind"] for row in found["divergences"]] == ["clock-in-prefix"] * 2


def test_spans_that_show_no_marks_suspect_none(tmp_path: Path) -> None:
    """Spans leave marks out, so nobody is told that a mark is missing; a break takes all that was missed."""
    path = tmp_path / "spans.json"
    _, write = CONTAINERS[path.name]
    path.write_bytes(write("anthropic", CLOCKED, hits=False))
    first, _ = why(str(path))["divergences"]
    assert first["lost_tokens"] == 4260


@pytest.mark.parametrize(
    "name",
    [name for name in CONTAINERS if not name.startswith(("spans_of", "spans_rec", "bedrock", "batch", "langfuse"))],
)
def test_tools_in_every_log(name: str, tmp_path: Path) -> None:
    """Tools are compared wherever a log keeps them beside the messages."""
    path = tmp_path / name
    _, write = CONTAINERS[name]
    said = [
        Said(each.turns, each.system, tools) for each, tools in zip(log(), (TOOLS, TOOLS[1:], TOOLS[1:]), strict=True)
    ]
    path.write_bytes(write("chat", said, hits=False))
    assert why(str(path))["divergences"][0]["kind"] == "changing-tools"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("capture.jsonl", "provider-side"),
        ("langfuse.json", "unexplained"),
        ("litellm_messages.jsonl", "unexplained"),
        ("spans.json", "unexplained"),
    ],
)
def test_a_log_that_may_not_keep_all_blames_nobody(name: str, kind: str, tmp_path: Path) -> None:
    """Only a log of requests as they were sent can say that nothing changed."""
    path = tmp_path / name
    _, write = CONTAINERS[name]
    path.write_bytes(write("chat", log(), hits=False))
    assert {row["kind"] for row in why(str(path))["divergences"]} == {kind}
