"""Read a text file, or say clearly why it cannot be read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from cachecalc.core.problem import InputError, Problem

MAX_BYTES = 64 * 1024 * 1024

_INSTEAD: ContextVar[Mapping[str, bytes] | None] = ContextVar("instead", default=None)


@contextmanager
def instead_of_disk(contents: Mapping[str, bytes]) -> Iterator[None]:
    """Within this, a file that a prompt names has the content given here by its path, as it is shown or absolute: that of
    another revision, or with fixes that are not written yet."""
    before = _INSTEAD.set(contents)
    try:
        yield
    finally:
        _INSTEAD.reset(before)


def instead(*names: str) -> bytes | None:
    """What stands in for a file that goes by any of these names."""
    contents = _INSTEAD.get() or {}
    return next((contents[name] for name in names if name in contents), None)


def read_text(path: str) -> str:
    """The file's text as UTF-8 (a byte-order mark dropped); `-` is standard input.

    Raises InputError where the file is missing, a directory, larger than 64 MiB, or not text.
    """
    try:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1) if path == "-" else _read_bytes(Path(path))
    except OSError as error:
        raise InputError([Problem(error.strerror or str(error), path)]) from None
    if len(raw) > MAX_BYTES:
        raise InputError([Problem("larger than 64 MiB", path, help="is this the file you meant?")])
    return decode(raw, path)


def _read_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def decode(raw: bytes, path: str) -> str:
    """UTF-8 text of `raw`. Raises InputError with the line and column of the first byte that is not text."""
    if b"\0" in raw:
        raise InputError([_binary(raw, raw.index(b"\0"), path)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([_binary(raw, error.start, path)]) from None


def _binary(raw: bytes, at: int, path: str) -> Problem:
    line = raw.count(b"\n", 0, at) + 1
    column = at - raw.rfind(b"\n", 0, at)
    return Problem("not a UTF-8 text file", path, line, column, help="save it as UTF-8")


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """1-based line and column (in characters) of an offset into `text`."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
