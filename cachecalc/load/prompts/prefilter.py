"""Which files are worth reading, judged by name and bytes alone."""

from __future__ import annotations

import re
from pathlib import PurePath

from cachecalc.load.prompts import likeness, registry

HEAD = 8192
"""Bytes that are enough to judge by; fewer are taken for the whole file."""

# Every document that a reader finds a prompt in has one of these words; an escape could hide one.
_WORDS = re.compile(
    rb"(?i)prompt|messages|contents|input|system|instruction|template|user|human|developer|preamble|persona|prefix"
    rb"|backstory|expected_output|role|assistant|\\u"
)


def is_candidate(path: str, head: bytes) -> bool:
    """Whether a file may hold a prompt. Never False for one that does.

    `head` are its first bytes: the whole of it, or at least `HEAD`.
    """
    reader = registry.by_name(path)
    if b"\0" in head or (reader is None and "." in PurePath(path).name):
        return False
    is_whole = len(head) < HEAD
    is_structured = reader is not None and reader.name in ("JSON", "JSON lines", "YAML")
    return not (is_whole and is_structured) or likeness.is_named(path) or bool(_WORDS.search(head))
