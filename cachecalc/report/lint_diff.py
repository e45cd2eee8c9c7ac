"""Fixes as a unified diff that `git apply` and `patch` take."""

from __future__ import annotations

import difflib
import re


def render(path: str, before: str, after: str) -> str:
    """The diff of one file, byte for byte: line ends stay as they are, a missing last one is said."""
    hunks = difflib.unified_diff(_lines(before), _lines(after), f"a/{path}", f"b/{path}")
    return "".join(_closed(line) for line in hunks)


def _lines(text: str) -> list[str]:
    """Lines as the tools count them: only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _closed(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
