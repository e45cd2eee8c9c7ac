"""Where the values of a parsed document stand: asked for only when a reader needs a span."""

from __future__ import annotations

from typing import Protocol

from cachecalc.core.prompt import Span
from cachecalc.load.prompts.located import Located

Path = tuple[str | int, ...]


class Places(Protocol):
    """Finds the place of a value by its path from the top of the document."""

    def text(self, at: Path, value: str) -> Located:
        """The string at a path, `value` being what it reads as."""
        ...

    def raw(self, at: Path) -> Located:
        """The whole value at a path as it is written, quotes and brackets included."""
        ...

    def member(self, at: Path) -> Span | None:
        """What to delete to take the value at a path away: with its key, and the comma that joins it to its siblings."""
        ...


class Nowhere:
    """The places of a document that is not in a file."""

    def text(self, _at: Path, value: str) -> Located:
        return Located(value)

    def raw(self, _at: Path) -> Located:
        return Located("")

    def member(self, _at: Path) -> None:
        return None


def shown(at: Path) -> str:
    """A path as people write it: `messages[2].content[1]`."""
    words = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)
    return "".join(words).removeprefix(".")
