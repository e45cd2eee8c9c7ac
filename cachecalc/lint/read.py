"""One file to prompts: the reader is chosen by the file's name, and only opened if its bytes could hold a prompt."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Prompt
from cachecalc.load.files import MAX_BYTES, decode

if TYPE_CHECKING:
    from cachecalc.load.python import Project

PYTHON = frozenset({".py", ".ipynb"})


def is_python(path: str) -> bool:
    return PurePath(path).suffix.lower() in PYTHON


def raw_of(path: str, *, named: bool) -> bytes | None:
    """The file's bytes, or None where its name and its first bytes say that it is no prompt. Raises InputError where it
    cannot be read or is larger than 64 MiB."""
    try:
        with Path(path).open("rb") as file:
            if not named and not is_python(path) and not _is_candidate(path, file):
                return None
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise InputError([Problem("larger than 64 MiB", path, help="exclude it, or split it")])
            return file.read()
    except OSError as error:
        raise InputError([Problem(error.strerror or str(error), path)]) from None


def _is_candidate(path: str, file: BinaryIO) -> bool:
    from cachecalc.load.prompts import prefilter

    head = file.read(prefilter.HEAD)
    file.seek(0)
    return prefilter.is_candidate(path, head)


def text_of(path: str, raw: bytes, *, prefilter: bool = True) -> str | None:
    """The file's text, or None where it is Python that cannot hold a prompt (without `prefilter`, all is read). Raises
    InputError where it is not text."""
    if prefilter and is_python(path):
        from cachecalc.load.python import may_hold_prompt

        if not may_hold_prompt(raw):
            return None
    return decode(raw, path)


def prompts_of(path: str, text: str, project: Callable[[], Project], *, named: bool) -> list[Prompt]:
    """The prompts in a file. Raises InputError where its format is broken."""
    suffix = PurePath(path).suffix.lower()
    if suffix == ".py":
        from cachecalc.load.python import read_python

        return list(read_python(path, text, project()))
    if suffix == ".ipynb":
        from cachecalc.load.python import read_notebook

        return list(read_notebook(path, text, project()))
    from cachecalc.load.prompts import read_prompts

    return read_prompts(path, text, named=named)
