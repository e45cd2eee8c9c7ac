"""Where in a source the signs stand of what matters: prompts, what changes, text put together. Told without parsing it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from cachecalc.load.python.prefilter import PATTERNS
from cachecalc.load.python.sources import CALLS, CLOCK_METHODS, CLOCKS, RETRIEVING, UNORDERED_METHODS


class _Change(NamedTuple):
    """A call that may read what changes: `now(`. `ends`: also at the end of a longer name. `owners`: what stands before its
    dot, if that is known; `words`: the source has at least one of these."""

    call: str
    ends: bool = False
    owners: frozenset[str] | None = None
    words: tuple[str, ...] = ()


_ENDS = ("now", "today", "time", "date", "datetime", "timestamp", "stamp", "uuid", "uuid4", "nonce")
_ANY_OWNER = frozenset({*CLOCK_METHODS, *UNORDERED_METHODS, *RETRIEVING, "strftime", "shuffle"})
_QUERIES = (
    _Change("all(", words=("query(", ".objects", "select(")),
    _Change("scalars(", words=("select(",)),
    _Change("fetchall(", words=("select", "SELECT")),
    _Change("fetchmany(", words=("select", "SELECT")),
)


def _changes() -> Iterator[_Change]:
    """What the tables of what changes come to."""
    owners: dict[str, set[str]] = {"set": set(), "frozenset": set()}
    for path in (*CLOCKS, *CALLS):
        owner, _, name = path.rpartition(".")
        owners.setdefault(name, set()).update(owner.split("."))
    for name in sorted({*owners, *_ANY_OWNER, *_ENDS}):
        if name in _ANY_OWNER or name in _ENDS:
            yield _Change(f"{name}(", name in _ENDS)
        else:
            known = frozenset(owners[name] - {"builtins"})
            yield _Change(f"{name}(", owners=known, words=tuple(sorted(known)))
    yield from _QUERIES


_CHANGES = tuple(_changes())
_WORDS = frozenset(word for change in _CHANGES for word in change.words)
_PATTERN_NAMES = frozenset({"re", "regex", "pattern"})
_OWNER = re.compile(r"(\w*)\.\Z")
_WRITES = re.compile(
    r"return\b[^\n]*[\"'+]|return\s*\(\s*\n|\"\"\"|'''|\.(?:join|format|render|replace|substitute)\(|\+=?\s*[rf]?[\"']|[\"']\s*[+%]"
    r"|yield\b"
)


MAX_WRITER = 800
"""Characters of a function that does nothing but put text together: a longer one does something else."""


class Outline:
    """Where the signs stand in a source: looked for once, so that a question about a stretch of it costs next to nothing."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def builds(self) -> list[int]:
        lower = self.text.lower()
        return sorted(at for word, pattern in PATTERNS if word in lower for at in _starts(lower, word, pattern))

    @cached_property
    def changes(self) -> list[int]:
        known = {word for word in _WORDS if word in self.text}
        return sorted(at for change in _CHANGES for at in _reads(self.text, change, known))

    @cached_property
    def writes(self) -> list[int]:
        return [found.start() for found in _WRITES.finditer(self.text)]

    @property
    def whole(self) -> bool:
        """Whether any of it builds a prompt or reads what changes."""
        return bool(self.builds or self.changes)

    def lending(self, start: int, end: int) -> Lending:
        """What a function in a stretch of the source may do."""
        return Lending(self, start, end)


class Lending(NamedTuple):
    """What a function may do; each question is answered when it is asked."""

    outline: Outline
    start: int
    end: int

    @property
    def builds(self) -> bool:
        """Build or send a prompt."""
        return _within(self.outline.builds, self.start, self.end)

    @property
    def changes(self) -> bool:
        """Read what changes."""
        return _within(self.outline.changes, self.start, self.end)

    @property
    def matters(self) -> bool:
        """One of these, or at least put text together."""
        writes = self.end - self.start <= MAX_WRITER and _within(self.outline.writes, self.start, self.end)
        return writes or self.builds or self.changes


def _starts(text: str, word: str, pattern: re.Pattern[str] | None) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        if pattern is None or pattern.match(text, at):
            yield at
        at = text.find(word, at + 1)


def _reads(text: str, change: _Change, known: set[str]) -> Iterator[int]:
    """Where a call stands that may read what changes; `known` are the words of such calls that the source has."""
    if (change.words and known.isdisjoint(change.words)) or change.call not in text:
        return
    is_renamed = any(f"{word} as " in text for word in known.intersection(change.words))
    for at in _starts(text, change.call, None):
        before = text[at - 1 : at]
        if before == ".":
            owner = _OWNER.search(text, max(0, at - 40), at)
            named = owner[1] if owner else ""
            if is_renamed or (named not in _PATTERN_NAMES if change.owners is None else named in change.owners):
                yield at
        elif not before.isalnum() and (change.ends or before != "_"):
            yield at


def _within(positions: list[int], start: int, end: int) -> bool:
    index = bisect_left(positions, start)
    return index < len(positions) and positions[index] < end
