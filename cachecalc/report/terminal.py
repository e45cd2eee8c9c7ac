"""What hostile text may do to a terminal: nothing."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


def visible(text: str) -> str:
    """`text` on one line, character for character: tabs and line feeds become spaces, whatever could steer a terminal
    or turn the reading direction becomes U+FFFD."""
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    return " " if char in "\t\r\n" else "\N{REPLACEMENT CHARACTER}"


def width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


@dataclass(frozen=True, slots=True)
class Style:
    """Colours, or none of them."""

    is_on: bool = False

    def __call__(self, text: str, *codes: int) -> str:
        """`text` with SGR codes: 1 bold, 2 dim, 31 red, 33 yellow, 34 blue, 36 cyan."""
        if not self.is_on or not text:
            return text
        return f"\x1b[{';'.join(map(str, codes))}m{text}\x1b[0m"


PLAIN = Style()
"""No colours."""
