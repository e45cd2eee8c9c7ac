"""Run the command line as a user does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cachecalc.cli import app, errors

Capture = pytest.CaptureFixture[str]


def run(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command line."""
    code = 0
    try:
        errors.run(lambda: app.app([*arguments]))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capture.readouterr()
    return code, out, err


def document(capture: Capture, *arguments: str) -> Any:
    """What a command prints as JSON."""
    code, out, err = run(capture, *arguments, "--format", "json")
    assert (code, err) == (0, "")
    return json.loads(out)
