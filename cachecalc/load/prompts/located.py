"""Text that knows where its characters stand in the file it was read from.

A reader unwraps text from JSON escapes, YAML indentation, or one document within another; spans must still count in the
file. A `Located` text carries the way back, so readers slice text and never do arithmetic on offsets.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cachecalc.core.prompt import Span

Way = Callable[[int, int], Span | None]


def _nowhere(_start: int, _end: int) -> None:
    """The way back of text that stands in no file."""


@dataclass(frozen=True, slots=True)
class Located:
    """A text, and the way from a range of it to a range of the file."""

    text: str
    way: Way = _nowhere

    def span(self, start: int = 0, end: int | None = None) -> Span | None:
        return self.way(start, len(self.text) if end is None else end)

    def slice(self, start: int, end: int | None = None) -> Located:
        return Located(self.text[start:end], lambda first, last: self.way(start + first, start + last))


def copied(text: str, offset: int = 0) -> Located:
    """Text that stands in the file as it is, from `offset` on."""
    return Located(text, lambda start, end: Span(offset + start, offset + end))


def bent(text: str, bends: Callable[[], Sequence[tuple[int, int]]], outer: Located) -> Located:
    """Text unwrapped from `outer`.

    `bends` gives pairs (offset in `text`, offset in `outer`), ascending, the first one for offset 0 and the last one for
    the end; between two pairs the characters run alike. It is asked for once, when a span is wanted.
    """
    known: list[Sequence[tuple[int, int]]] = []

    def way(start: int, end: int) -> Span | None:
        if not known:
            known.append(bends())
        return outer.way(_through(known[0], start), _through(known[0], end))

    return Located(text, way)


def _through(bends: Sequence[tuple[int, int]], offset: int) -> int:
    inner, outer = bends[bisect.bisect_right(bends, offset, key=lambda bend: bend[0]) - 1]
    return outer + offset - inner
