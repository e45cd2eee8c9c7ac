"""One file to prompts: the reader is chosen by the file's name, and only opened if its bytes could hold a prompt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING

from cachecalc.core.prompt import Prompt
from cachecalc.load.files import decode

if TYPE_CHECKING:
    from cachecalc.load.python import Project

HEAD = 8192
"""Bytes of a file that decide whether it is a prompt at all."""


def text_of(path: str, raw: bytes, *, named: bool, prefilter: bool = True) -> str | None:
    """The file's text, or None where it cannot hold a prompt. Raises InputError where it is not text.

    `named` files are read whatever they look like; without `prefilter` all Python and notebook files are.
    """
    suffix = PurePath(path).suffix.lower()
    if suffix in {".py", ".ipynb"}:
        from cachecalc.load.python import may_hold_prompt

        wanted = not prefilter or may_hold_prompt(raw)
    else:
        from cachecalc.load.prompts import is_candidate

        wanted = named or is_candidate(path, raw[:HEAD])
    return decode(raw, path) if wanted else None


def prompts_of(path: str, text: str, project: Callable[[], Project]) -> list[Prompt]:
    """The prompts in a file. Raises InputError where its format is broken."""
    suffix = PurePath(path).suffix.lower()
    if suffix == ".py":
        from cachecalc.load.python import read_python

        return list(read_python(path, text, project()))
    if suffix == ".ipynb":
        from cachecalc.load.python import read_notebook

        return list(read_notebook(path, text, project()))
    from cachecalc.load.prompts import read_prompts

    return read_prompts(path, text)
