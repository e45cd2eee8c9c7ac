"""Where results go: standard output, or a file that is whole or not there."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from cachecalc.core.problem import InputError, Problem

OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write the result to this file.")]


def terminal(output: Path | None) -> tuple[int, bool]:
    """The columns to write for, and whether in colour: not into a file or a pipe, nor where NO_COLOR forbids it."""
    is_terminal = output is None and sys.stdout.isatty()
    forced = bool(os.environ.get("FORCE_COLOR")) and output is None
    color = (is_terminal or forced) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return shutil.get_terminal_size((100, 40)).columns, color


def write(text: str, output: Path | None) -> None:
    """Print `text`, or put it into a file atomically. A missing final line feed is added."""
    text = text if text.endswith("\n") or not text else f"{text}\n"
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        write_atomically(output, text)
    except OSError as error:
        raise InputError([Problem(f"cannot write: {error.strerror}", str(output))]) from None


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's content in one step; the old content survives any failure before that."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if path.exists():
            Path(temporary).chmod(path.stat().st_mode)
        else:
            Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
