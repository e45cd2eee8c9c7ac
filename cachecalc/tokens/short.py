"""Byte-pair encoding of short texts without tiktoken, whose tables take longer to build than a prompt takes to encode.

Every character that is not ASCII is first replaced by one that stands for its class, so that the standard library's
`re`, which knows no classes of letters, cuts a text where tiktoken does. The tests hold the two against each other for
every character.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise

from cachecalc.tokens.vocabulary import vocabulary

MAX_PIECE = 200
"""Bytes of a piece that is no token itself: merging takes their square."""

_NEVER = math.inf
_UPPER, _LOWER, _LETTER, _MARK, _DIGIT, _SPACE, _OTHER, _UNKNOWN = "Aa\ue000\ue0010\t!\ue002"
_SHAPES = {"Lu": _UPPER, "Lt": _UPPER, "Ll": _LOWER, "Zs": _SPACE, "Zl": _SPACE, "Zp": _SPACE, "Cn": _UNKNOWN}
_SHAPES_BY_FIRST = {"L": _LETTER, "M": _MARK, "N": _DIGIT}
CLASSES = {
    "letter": rf"A-Za-z{_LETTER}",
    "upper": rf"A-Z{_LETTER}{_MARK}",
    "lower": rf"a-z{_LETTER}{_MARK}",
    "number": "0-9",
}
"""The classes of the patterns, as `re` finds them among shapes."""


def encode(name: str, pattern: re.Pattern[str], text: str) -> list[bytes] | None:
    """The tokens of a text; None where it has what takes tiktoken to encode."""
    shapes = text.translate(_TABLE)
    if _UNKNOWN in shapes:
        return None
    tokens: list[bytes] = []
    for found in pattern.finditer(shapes):
        piece = _tokens(name, text[found.start() : found.end()])
        if not piece:
            return None
        tokens += piece
    return tokens


class _Table(dict[int, str]):
    """The shape of every character, found when it is first seen; what is not here stays."""

    def __missing__(self, code: int) -> str:
        kind = unicodedata.category(chr(code))
        self[code] = _SHAPES.get(kind) or _SHAPES_BY_FIRST.get(kind[0], _OTHER)
        return self[code]


_TABLE = _Table({code: chr(code) for code in range(0x80)})
_TABLE.update(dict.fromkeys(range(0x1C, 0x20), _OTHER))  # spaces to `re`, not to Unicode
_TABLE.update({0x85: _SPACE, 0x17F: "s"})  # a space to Unicode; the long s begins a contraction as an s does


@functools.lru_cache(maxsize=1 << 16)
def _tokens(name: str, piece: str) -> tuple[bytes, ...]:
    """The tokens of a piece that no token crosses: neighbours merged, the lowest rank first, until none is left. None
    of them where that would take too long."""
    rank = vocabulary(name).rank
    raw = piece.encode()
    if rank(raw) is not None:
        return (raw,)
    if len(raw) > MAX_PIECE:
        return ()
    parts = [raw[at : at + 1] for at in range(len(raw))]
    ranks = [_merged(rank, pair) for pair in pairwise(parts)]
    while (best := min(ranks, default=_NEVER)) < _NEVER:
        at = ranks.index(best)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
        ranks[max(0, at - 1) : at + 2] = [_merged(rank, pair) for pair in pairwise(parts[max(0, at - 1) : at + 2])]
    return tuple(parts)


def _merged(rank: Callable[[bytes], int | None], pair: tuple[bytes, bytes]) -> float:
    """The rank of two neighbours as one token."""
    found = rank(b"".join(pair))
    return _NEVER if found is None else found
