"""Runs that are stopped half-way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cachecalc.cli import errors

LINE = {"timestamp": 0, "input_length": 2100, "output_length": 7, "hash_ids": [1, 2, 3, 4]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "interrupted"])
def test_a_run_that_is_stopped_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    """No result, no temporary files, and no word of a bug."""
    scratch, result = tmp_path / "scratch", tmp_path / "result.json"
    scratch.mkdir()
    command = [sys.executable, "-m", "cachecalc", "replay", "-", "--model", "gpt-5", "--output", str(result)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"TMPDIR": str(scratch)}
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(f"{json.dumps(LINE)}\n".encode())
        process.stdin.flush()
        while not any(scratch.glob("*/log-*")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        assert process.wait(timeout=60) == errors.INTERRUPTED
        assert process.stderr.read() == b""
    assert (list(scratch.iterdir()), result.exists()) == ([], False)
