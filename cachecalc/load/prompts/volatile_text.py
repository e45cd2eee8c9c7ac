"""Literal values that were made for one request: the time it was sent, an id, an age.

A recorded prompt shows `2026-11-21T09:14:07Z`, not `datetime.now()`. Only what the words around a value say tells it from
a fact; `confidence` says how sure that makes us.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from cachecalc.load.prompts import identifiers, moments
from cachecalc.load.prompts.split import Stretch

_LINES_WITH_DIGITS = re.compile(r"^(?:.*\d.*(?:\n|\Z))+", re.MULTILINE)
_EXAMPLE = re.compile(r"<(examples?|sample|few_shot\w*)\b[^>]*>.*?</\1>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*```[^\n]*\n.*?(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_QUOTED_KEY = re.compile(r"^\s*\"\w[^\"\n]*\"\s*:", re.MULTILINE)


# Recorded requests repeat their system text and tools from one line to the next.
@lru_cache(maxsize=128)
def find(text: str) -> tuple[Stretch, ...]:
    """The stretches of `text` that are made anew for each request, session, user or tick of a clock, in order."""
    found = sorted(_all(text), key=lambda stretch: (stretch.start, -stretch.end))
    examples = _examples(text) if found else []
    kept = [stretch for stretch in found if not any(start <= stretch.start < end for start, end in examples)]
    return tuple(moments.listed(list(_apart(kept))))


def _all(text: str) -> Iterator[Stretch]:
    yield from moments.weekdays(text)
    yield from identifiers.names(text)
    for lines in _LINES_WITH_DIGITS.finditer(text):
        yield from moments.find(text, *lines.span())
        yield from identifiers.find(text, *lines.span())


def _apart(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    position = 0
    for stretch in stretches:
        if stretch.start >= position:
            yield stretch
            position = stretch.end


def _examples(text: str) -> list[tuple[int, int]]:
    """Ranges that show what things look like: example tags, and fenced JSON."""
    fences = (fence for fence in _FENCE.finditer(text) if _QUOTED_KEY.search(fence[0]))
    return [match.span() for match in (*_EXAMPLE.finditer(text), *fences)]
