"""Runs of `cachecalc why` as users do them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.estimate.test_command import run


def files(folder: Path, requests: Iterable[object]) -> list[str]:
    """One file for each request."""
    names = []
    for number, request in enumerate(requests):
        path = folder / f"{'abcdefgh'[number]}.json"
        path.write_text(json.dumps(request))
        names.append(str(path))
    return names


def log(folder: Path, entries: Iterable[object]) -> str:
    path = folder / "log.jsonl"
    path.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    return str(path)


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    code, out, err = run(capsys, "why", *arguments, "--format", "json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found
