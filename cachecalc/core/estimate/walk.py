"""Walk the boundaries of a request: which of its tokens are read, which are written, which are neither.

Between two stored boundaries a token is read if the later boundary is warm, else it is written there. Behind the last
one it is plain input. Boundaries shorter than the provider's minimum are as if they were not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cachecalc.core.estimate.rows import Row
from cachecalc.core.pricing import Mode, Ttl

Hits = Callable[[int, Ttl, bool], float]
"""The hit probability of (slot, ttl, does the request open a conversation)."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """The end of a slot, stored for a TTL."""

    slot: int
    ttl: Ttl


@dataclass(frozen=True, slots=True)
class Segment:
    """Expected tokens between two stored boundaries."""

    read: float
    written: float


def segment(row: Row, start: int, end: Boundary, mode: Mode, hits: Hits) -> Segment:
    """The tokens from behind slot `start` (-1: from the beginning) to the boundary `end`."""
    if _length(row, end.slot) < (mode.min_tokens or 0):
        return Segment(0.0, 0.0)
    begin = start if start >= 0 and _length(row, start) >= (mode.min_tokens or 0) else -1
    readable = max(_readable(row, end.slot, mode) - _readable(row, begin, mode), 0)
    read = readable * hits(end.slot, end.ttl, row.first)
    return Segment(read, _length(row, end.slot) - _length(row, begin) - read)


def tail(row: Row, last: int, mode: Mode) -> float:
    """The tokens behind the last stored boundary, which no cache touches."""
    effective = last >= 0 and _length(row, last) >= (mode.min_tokens or 0)
    return row.tokens - (_length(row, last) if effective else 0.0)


def is_effective(row: Row, slot: int, mode: Mode) -> bool:
    """Whether the prefix up to a slot is long enough for the provider to store it."""
    return _length(row, slot) >= (mode.min_tokens or 0)


def previous(boundaries: Sequence[Boundary], index: int) -> int:
    """The slot of the boundary before, or -1."""
    return boundaries[index - 1].slot if index else -1


def _length(row: Row, slot: int) -> float:
    return sum(row.old[: slot + 1]) + sum(row.new[: slot + 1])


def _readable(row: Row, slot: int, mode: Mode) -> float:
    """Tokens an earlier request can have left behind, rounded down to the provider's steps."""
    reusable = sum(row.old[: slot + 1])
    if slot < 0 or reusable < (mode.min_tokens or 0):
        return 0.0
    return math.floor(reusable / mode.increment + 1e-9) * mode.increment if mode.increment > 1 else reusable
