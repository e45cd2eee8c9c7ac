"""A project to lint, and the command to lint it with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cachecalc.cli import errors
from cachecalc.cli.app import app

Capture = pytest.CaptureFixture[str]

RULES = "".join(f"Rule {number}: answer politely, in full sentences, and cite the policy.\n" for number in range(60))

CLOCK = f"You are the support agent of Example Corp.\nIt is {{{{ now() }}}}.\n{RULES}"
"""A template with the time in front of static text: one error, one unsafe fix."""

CLEAN = f"You are the support agent of Example Corp.\n{RULES}"

SOURCE = f'''from datetime import datetime

import anthropic

POLICY = """You are the support agent of Example Corp.
{RULES}"""


def build_prompt():
    return f"It is {{datetime.now()}}. " + POLICY


def ask(question):
    client = anthropic.Anthropic()
    system = [{{"type": "text", "text": build_prompt(), "cache_control": {{"type": "ephemeral"}}}}]
    return client.messages.create(
        model="claude-sonnet-4-5",
        max_tokens=100,
        system=system,
        messages=[{{"role": "user", "content": question}}],
    )
'''

TRAFFIC = """
version: 1
workloads:
  support:
    model: claude-sonnet-4-5
    sources: ["{source}"]
    prompt: {{static: 1500, dynamic: 100}}
    output: 200
    requests: 5000/day
    arrivals: poisson
    cache: 5m
"""


def put(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def run(capture: Capture, *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command line."""
    with pytest.raises(SystemExit) as stopped:
        errors.run(lambda: app([str(argument) for argument in arguments], prog_name="cachecalc"))
    out, err = capture.readouterr()
    return int(stopped.value.code or 0), out, err


def findings(capture: Capture, *arguments: str | Path) -> list[dict[str, Any]]:
    _, out, err = run(capture, "lint", *arguments, "--format", "json")
    assert out, err
    return list(json.loads(out)["findings"])


def rules(capture: Capture, *arguments: str | Path) -> list[str]:
    """The rules of the findings, sorted."""
    return sorted(finding["rule"] for finding in findings(capture, *arguments))
