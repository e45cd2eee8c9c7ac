"""Requests with their texts, as requests with their blocks: so that logs that keep prompts are replayed like traces.

A prompt is taken in the order in which it is hashed, cut where its blocks end and every few hundred characters, and every
piece gets ids that name it and all pieces before it, one id a token. Tokens are those of a counter; the length of a
prompt is the provider's own, where the log has it. Whoever sends the same prefix shares it, across sessions too.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, NamedTuple

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

NO_TEXT = "no prompt in the log: left out"
NO_TIME = "no time: left out"
NO_TOKENS = "no tokens: left out"
NO_MODEL = "no model that is known: left out"


@dataclass(frozen=True, slots=True)
class Counting:
    """How to count for a model: a prompt part by part, and a text alone. `marks`, in tokens, stand for requests that
    have none."""

    model: Model
    count: Count
    tokens: Callable[[str], int]
    marks: Sequence[int] = ()


@dataclass(slots=True)
class Written:
    """The requests to be played on one model, at `path`. `billed` and `counted` are the tokens of those prompts whose
    length the provider told: by its count, and by ours."""

    counting: Counting
    path: Path
    requests: int = 0
    billed: int = 0
    counted: int = 0
    has_marks: bool = False

    @property
    def model(self) -> Model:
        return self.counting.model

    def add(self, request: Request, prompt: Prompt, at: dt.datetime, out: IO[bytes]) -> bool:
        """Whether the request has any tokens, and was written."""
        import msgspec

        row = _counted(prompt, self.counting)
        pieces = list(_pieces(row, self.counting.tokens))
        counted, billed = sum(piece.tokens for piece in pieces), _billed(request)
        runs = _runs(pieces, billed or counted)
        if not runs:
            return False
        depth = runs[-1]["pos"] + runs[-1]["last"] - runs[-1]["lo"] + 1
        marks = [mark for mark in _marks(row, pieces) or self.counting.marks if 0 < mark <= depth]
        record = {
            "scope": 0,
            "session": _number(_name(b"", request.session), 63) if request.session else None,
            "t": round(at.timestamp() * MICROSECONDS),
            "block": 1,
            "blocks": depth,
            "input": billed or counted,
            "output": request.usage.output if request.usage else None,
            "tail": runs[-1]["last"],
            "marks": marks,
            "system": max(marks, default=0),
            "runs": runs,
        }
        out.write(msgspec.json.encode(record) + b"\n")
        self.requests += 1
        self.has_marks |= bool(marks)
        if billed:
            self.billed, self.counted = self.billed + billed, self.counted + counted
        return True


@dataclass(slots=True)
class Writer:
    """Writes requests as records of the form `runs` into `folder`: all of them for `model`, or each for its own.
    `skipped` tells what could not be used."""

    folder: Path
    counting: Callable[[Model], Counting]
    model: Model | None = None
    written: dict[str, Written] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)

    def write(self, requests: Iterable[Request]) -> None:
        with contextlib.ExitStack() as files:
            opened: dict[str, IO[bytes]] = {}
            for request in requests:
                prompt, at, model = request.prompt, request.at, self.model or request.model
                if prompt is None or at is None or model is None:
                    self.skipped[_lack(request)] += 1
                    continue
                if model.id not in self.written:
                    path = self.folder / f"requests-{len(self.written)}.jsonl"
                    self.written[model.id] = Written(self.counting(model), path)
                    opened[model.id] = files.enter_context(path.open("wb"))
                if not self.written[model.id].add(request, prompt, at, opened[model.id]):
                    self.skipped[NO_TOKENS] += 1


_NEXT = Part("next", Section.MESSAGES, text="", role="user", path="next", block=1 << 30)


def _counted(prompt: Prompt, counting: Counting) -> list[Block]:
    """The blocks of a prompt, counted as they will stand in longer ones: some providers' last message has tokens that
    open the answer, and loses them to the next one."""
    longer = replace(prompt, parts=(*prompt.parts, _NEXT))
    return blocks(counting.count(longer, counting.model))[:-1]


def _lack(request: Request) -> str:
    if request.prompt is None:
        return NO_TEXT
    return NO_TIME if request.at is None else NO_MODEL


class _Piece(NamedTuple):
    """`name` stands for the piece and for all that goes before it; `block` is the number of its block."""

    name: bytes
    tokens: int
    block: int


def _pieces(row: Iterable[Block], tokens: Callable[[str], int]) -> Iterator[_Piece]:
    name = b""
    for number, block in enumerate(row):
        section, role, form, text, digest = block.key
        name = _name(name, repr((section, role, form, text is None, digest)))
        for piece, count in _cut(block, tokens):
            name = _name(name, f"{count} {piece}")
            yield _Piece(name, count, number)


def _cut(block: Block, tokens: Callable[[str], int]) -> Iterator[tuple[str, int]]:
    """The pieces of a block. Those before the last count as they would anywhere, for they may be shared; the last has
    what is left of the block, with what a provider wraps around it."""
    text, left = block.text, block.tokens
    last = max(len(text) - 1, 0) // PIECE * PIECE
    for start in range(0, last, PIECE):
        piece = text[start : start + PIECE]
        count = max(tokens(piece), 1)
        left -= count
        yield piece, count
    yield text[last:], max(left, 1)


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


def _number(name: bytes, bits: int) -> int:
    return int.from_bytes(name, "big") >> (8 * len(name) - bits)


def _runs(pieces: Iterable[_Piece], limit: int) -> list[dict[str, Any]]:
    """An id a token, `limit` of them at most."""
    runs: list[dict[str, Any]] = []
    position, before = 0, None
    for name, tokens in itertools.chain.from_iterable(map(_roomy, pieces)):
        length = min(tokens, limit - position)
        if length <= 0:
            break
        low = _number(name, _NAME_BITS) << _TOKEN_BITS
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
