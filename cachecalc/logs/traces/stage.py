"""Plain files for engines that read files: what is compressed or piped is written out first."""

from __future__ import annotations

import codecs
import contextlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cachecalc.core.problem import InputError, Problem
from cachecalc.logs import open as opening

DAMAGED = "compressed data is cut short or damaged: what comes before was read"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Plain:
    """Where the plain bytes of a log lie. `is_damaged`: more of them were there and could not be unpacked."""

    path: Path
    is_damaged: bool = False


def stage(name: str, target: Path) -> Plain:
    """The file `name` itself, or its content at `target` if it is compressed or standard input.

    Raises InputError where it cannot be read.
    """
    try:
        with contextlib.ExitStack() as stack:
            if name == opening.STDIN:
                return _copy(stack.enter_context(opening.stream(name)), target)
            file = stack.enter_context(Path(name).open("rb"))
            plain = opening.unpacked(file)
            is_marked = plain is file and file.peek(3).startswith(codecs.BOM_UTF8)
            return Plain(Path(name)) if plain is file and not is_marked else _copy(plain, target)
    except OSError as error:
        raise InputError([Problem(f"cannot be read: {error.strerror or error}", name)]) from None


def _copy(source: BinaryIO, target: Path) -> Plain:
    """Without the byte-order mark that some programs put before their text."""
    with target.open("wb") as out:
        try:
            out.write(source.read1(3).removeprefix(codecs.BOM_UTF8))  # type: ignore[attr-defined]  # a BufferedReader
            # read1 hands over what there is, so little is lost where the next piece cannot be unpacked.
            for chunk in iter(partial(source.read1, _CHUNK), b""):  # type: ignore[attr-defined]  # a BufferedReader
                out.write(chunk)
        except opening.damage():
            return Plain(target, is_damaged=True)
    return Plain(target)


def is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"
