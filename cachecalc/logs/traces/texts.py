"""Requests with their texts, as requests with their blocks: so that logs that keep prompts are replayed like traces.

A prompt is taken in the order in which it is hashed, cut where its blocks end and every few hundred characters, and every
piece gets ids that name it and all pieces before it, one id a token. Tokens are those of a counter; the length of a
prompt is the provider's own, where the log has it. Whoever sends the same prefix shares it, across sessions too.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cachecalc.core.divergence.rows import Block, blocks
from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Part, Prompt, Section
from cachecalc.core.why.request import Count, Request
from cachecalc.logs.traces.sessions import MICROSECONDS

PIECE = 512
"""Characters. Within a block prompts are told apart this finely."""

_TOKEN_BITS = 10
_MOST_TOKENS = (1 << _TOKEN_BITS) - 2
_NAME_BITS = 63 - _TOKEN_BITS

NO_TEXT = "no prompt in the log"
NO_TIME = "no time"
NO_TOKENS = "no tokens"


@dataclass(slots=True)
class Texts:
    """Turns requests into records of the form `runs`. `count` counts the parts of a prompt, all of them for `model`: the
    first that is known, if none is given. `marks`, in tokens, stand for requests that have none. `skipped` tells what
    could not be used."""

    count: Count
    model: Model | None = None
    marks: Sequence[int] = ()
    skipped: Counter[str] = field(default_factory=Counter)

    def write(self, requests: Iterable[Request], target: Path) -> None:
        import msgspec

        with target.open("wb") as out:
            for request in requests:
                if record := self._record(request):
                    out.write(msgspec.json.encode(record) + b"\n")

    def _record(self, request: Request) -> dict[str, Any] | None:
        if request.prompt is None or request.at is None:
            self.skipped[NO_TEXT if request.prompt is None else NO_TIME] += 1
            return None
        self.model = self.model or request.model
        row = blocks(self.count(request.prompt, self.model))
        pieces = list(self._pieces(row))
        length = _billed(request) or sum(piece.tokens for piece in pieces)
        if not length:
            self.skipped[NO_TOKENS] += 1
            return None
        runs = _runs(pieces, length)
        depth = runs[-1]["pos"] + runs[-1]["last"] - runs[-1]["lo"] + 1 if runs else 0
        marks = [mark for mark in _marks(row, pieces) or self.marks if 0 < mark <= depth]
        return {
            "scope": 0,
            "t": round(request.at.timestamp() * MICROSECONDS),
            "block": 1,
            "blocks": depth,
            "input": length,
            "output": request.usage.output if request.usage else None,
            "tail": runs[-1]["last"] if runs else None,
            "marks": marks,
            "system": max(marks, default=0),
            "runs": runs,
        }

    def _pieces(self, row: Iterable[Block]) -> Iterator[_Piece]:
        name = b""
        for number, block in enumerate(row):
            section, role, form, text, digest = block.key
            name = _name(name, repr((section, role, form, text is None, digest)))
            for piece, tokens in self._cut(block):
                name = _name(name, f"{tokens} {piece}")
                yield _Piece(name, tokens, number)

    def _cut(self, block: Block) -> Iterator[tuple[str, int]]:
        """The pieces of a block. Those before the last count as they would anywhere, for they may be shared; the last
        has what is left of the block, with what a provider wraps around it."""
        text, left = block.text, block.tokens
        for start in range(0, len(text) - PIECE, PIECE):
            piece = text[start : start + PIECE]
            tokens = self._alone(piece)
            left -= tokens
            yield piece, tokens
        yield text[(max(len(text) - 1, 0) // PIECE) * PIECE :], max(left, 1)

    def _alone(self, text: str) -> int:
        counted = self.count(Prompt((Part("piece", Section.MESSAGES, text=text),)), self.model)
        return max(counted.parts[0].tokens, 1)


class _Piece(NamedTuple):
    """`name` stands for the piece and for all that goes before it; `block` is the number of its block."""

    name: bytes
    tokens: int
    block: int


def _marks(row: Sequence[Block], pieces: Iterable[_Piece]) -> list[int]:
    """The tokens up to the end of every marked block."""
    depths: dict[int, int] = {}
    depth = 0
    for piece in pieces:
        depth += piece.tokens
        depths[piece.block] = depth
    return [depth for block, depth in depths.items() if row[block].is_marked]


def _billed(request: Request) -> int:
    """Input tokens as the provider counted them; 0 where the log does not say."""
    usage = request.usage
    return usage.prompt_tokens if usage and usage.input is not None else 0


def _name(before: bytes, text: str) -> bytes:
    return hashlib.blake2b(before + text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _runs(pieces: Iterable[_Piece], limit: int) -> list[dict[str, Any]]:
    """An id a token, `limit` of them at most."""
    runs: list[dict[str, Any]] = []
    position, before = 0, None
    for name, tokens in itertools.chain.from_iterable(map(_roomy, pieces)):
        length = min(tokens, limit - position)
        if length <= 0:
            break
        low = (int.from_bytes(name, "big") >> (8 * len(name) - _NAME_BITS)) << _TOKEN_BITS
        runs.append({"pos": position, "before": before, "lo": low, "last": low + length - 1})
        position, before = position + length, low + length - 1
    return runs


def _roomy(piece: _Piece) -> Iterator[tuple[bytes, int]]:
    """A piece with more tokens than a name has room for has several names."""
    name, tokens = piece.name, piece.tokens
    while tokens > _MOST_TOKENS:
        yield name, _MOST_TOKENS
        name, tokens = _name(name, ""), tokens - _MOST_TOKENS
    yield name, tokens
