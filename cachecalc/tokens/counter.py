"""What every counter has in common."""

from __future__ import annotations

from typing import Protocol

from cachecalc.core.prompt import Count


class Counter(Protocol):
    """Counts the tokens of a text. Never raises on any string; an empty text has none."""

    @property
    def name(self) -> str:
        """What made a count, for people: "o200k", "claude-v3 estimate"."""

    def count(self, text: str) -> Count: ...


def well_formed(text: str) -> str:
    """`text` as valid Unicode: surrogate pairs joined, lone surrogates replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
