"""Where in a source the signs stand of what matters: prompts, what changes, text put together. Told without parsing it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
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
_PATTERN_NAMES = frozenset({"re", "regex", "pattern"})
_OWNER = re.compile(r"(\w*)\.\Z")
_WRITES = re.compile(
    r"return\b[^\n]*[\"'+]|return\s*\(\s*\n|\"\"\"|'''|\.(?:join|format|render|replace|substitute)\(|\+=?\s*[rf]?[\"']|[\"']\s*[+%]"
    r"|yield\b"
)


class Lending(NamedTuple):
    """What a function may do: build or send a prompt, read what changes, or at least put text together."""

    builds: bool
    changes: bool
    writes: bool

    @property
    def matters(self) -> bool:
        return self.builds or self.changes or self.writes


MAX_WRITER = 800
"""Characters of a function that does nothing but put text together: a longer one does something else."""


class Outline:
    """Where the signs stand in a source: looked for once, so that a question about a stretch of it costs next to nothing."""

    __slots__ = ("_builds", "_changes", "_writes", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        lower = text.lower()
        self._builds = sorted(at for word, pattern in PATTERNS for at in _starts(lower, word, pattern))
        self._changes = sorted(at for change in _CHANGES for at in _reads(text, change))
        self._writes = [found.start() for found in _WRITES.finditer(text)]

    @property
    def whole(self) -> bool:
        """Whether any of it builds a prompt or reads what changes."""
        return bool(self._builds or self._changes)

    def builds(self, start: int, end: int) -> bool:
        """Whether a stretch shows a sign of a prompt."""
        return _within(self._builds, start, end)

    def lending(self, start: int, end: int) -> Lending:
        """What a function in a stretch of the source may do."""
        writes = end - start <= MAX_WRITER and _within(self._writes, start, end)
        return Lending(self.builds(start, end), _within(self._changes, start, end), writes)


def _starts(text: str, word: str, pattern: re.Pattern[str] | None) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        if pattern is None or pattern.match(text, at):
            yield at
        at = text.find(word, at + 1)


def _reads(text: str, change: _Change) -> Iterator[int]:
    if change.call not in text or (change.words and not any(word in text for word in change.words)):
        return
    is_renamed = any(f"{word} as " in text for word in change.words)
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
