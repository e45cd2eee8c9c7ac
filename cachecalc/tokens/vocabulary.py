"""A byte-pair vocabulary that is searched where it lies, so that looking up a few tokens loads no table of 200,000.

The file holds how many tokens have each length from 1 to 255 bytes, then every token's rank, then every token, both
sorted by length and bytes; numbers have 4 bytes, the least significant first. `scripts/pack_vocabulary.py` makes it.
"""

from __future__ import annotations

import functools
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

DATA = Path(__file__).with_name("data")
MAX_LENGTH = 255
_WORD = 4
_HEAD = _WORD * MAX_LENGTH


@dataclass(frozen=True, slots=True)
class Shelf:
    """The tokens of one length: how many, how many are shorter, and where the first one starts."""

    count: int
    before: int
    start: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens with their ranks; `shelves` by length."""

    raw: bytes
    shelves: Mapping[int, Shelf]

    def rank(self, token: bytes) -> int | None:
        """The rank of a token; None where there is no such token."""
        size = len(token)
        shelf = self.shelves.get(size)
        if shelf is None:
            return None
        index = bisect_left(range(shelf.count), token, key=lambda index: self._token(shelf, size, index))
        found = index < shelf.count and self._token(shelf, size, index) == token
        return self._rank(shelf.before + index) if found else None

    def ranks(self) -> dict[bytes, int]:
        """The rank of every token: what an encoder of long texts wants at hand."""
        ranks = struct.unpack_from(f"<{sum(shelf.count for shelf in self.shelves.values())}I", self.raw, _HEAD)
        return dict(zip(self._tokens(), ranks, strict=True))

    def _tokens(self) -> Iterator[bytes]:
        for size, shelf in self.shelves.items():
            end = shelf.start + shelf.count * size
            yield from [self.raw[start : start + size] for start in range(shelf.start, end, size)]

    def _token(self, shelf: Shelf, size: int, index: int) -> bytes:
        start = shelf.start + index * size
        return self.raw[start : start + size]

    def _rank(self, index: int) -> int:
        start = _HEAD + _WORD * index
        return int.from_bytes(self.raw[start : start + _WORD], "little")


@functools.cache
def vocabulary(name: str) -> Vocabulary:
    """A vocabulary that travels in the package: `o200k`, `cl100k`."""
    return unpack((DATA / f"{name}.vocabulary").read_bytes())


def unpack(raw: bytes) -> Vocabulary:
    counts = struct.unpack_from(f"<{MAX_LENGTH}I", raw)
    shelves, before, start = {}, 0, _HEAD + _WORD * sum(counts)
    for size, count in enumerate(counts, 1):
        if count:
            shelves[size] = Shelf(count, before, start)
        before, start = before + count, start + count * size
    return Vocabulary(raw, shelves)


def pack(tokens: Iterable[bytes]) -> bytes:
    """The file of tokens that are given in the order of their ranks."""
    ordered = sorted((len(token), token, rank) for rank, token in enumerate(tokens))
    counts = {size: len(list(shelf)) for size, shelf in groupby(ordered, key=lambda entry: entry[0])}
    numbers = [*(counts.get(size, 0) for size in range(1, MAX_LENGTH + 1)), *(rank for _, _, rank in ordered)]
    return struct.pack(f"<{len(numbers)}I", *numbers) + b"".join(token for _, token, _ in ordered)
