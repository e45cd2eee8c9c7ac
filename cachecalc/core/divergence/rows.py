"""A prompt as the row of blocks that two requests are compared by."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cachecalc.core.prompt import Form, Part, Prompt, Section, Span

Key = tuple[Section, str, Form, str | None, str]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a request that has a path of its own, with the parts it was cut into.

    `key` is all that a provider hashes of it: two blocks with one key are the same. A mark, and whether a text was sent
    as a string or as a list of one, are no part of it.
    """

    key: Key
    path: str
    name: str
    number: int
    tokens: int
    parts: tuple[Part, ...]

    @property
    def section(self) -> Section:
        return self.key[0]

    @property
    def role(self) -> str:
        return self.key[1]

    @property
    def form(self) -> Form:
        return self.key[2]

    @property
    def text(self) -> str:
        return self.key[3] or ""

    @property
    def digest(self) -> str:
        return self.key[4]

    @property
    def is_reply(self) -> bool:
        return self.role in {"assistant", "model"}

    @property
    def is_marked(self) -> bool:
        return self.parts[-1].mark is not None

    def span(self, start: int, end: int) -> Span | None:
        """The place in the file of a stretch of the text: the parts that it touches, and where a part stands in the file
        as it is, no more of it than needed."""
        begin: int | None = None
        stop, position = 0, 0
        for part in self.parts:
            length = len(part.text or "")
            touched = position < end and start < position + length
            if part.span and (touched or not self.text):
                is_verbatim = part.span.end - part.span.start == length
                inner_start = part.span.start + max(start - position, 0) if is_verbatim else part.span.start
                inner_end = part.span.start + min(end - position, length) if is_verbatim else part.span.end
                begin = inner_start if begin is None else begin
                stop = inner_end
            position += length
        own = next((part.span for part in self.parts if part.span), None)
        return own if begin is None else Span(begin, stop)


def blocks(prompt: Prompt) -> list[Block]:
    found = []
    for (section, path, number), group in groupby(prompt.parts, key=_place):
        parts = tuple(group)
        first = parts[0]
        text = None if all(part.text is None for part in parts) else "".join(part.text or "" for part in parts)
        tokens = sum(part.count.tokens for part in parts if part.count)
        key = (section, first.role, first.form, text, first.digest)
        found.append(Block(key, path, first.name, number, tokens, parts))
    return found


def _place(part: Part) -> tuple[Section, str, int]:
    return part.section, part.path, part.block


def of_section(row: list[Block], *sections: Section) -> list[Block]:
    return [block for block in row if block.section in sections]


def tool_name(block: Block) -> str:
    """The name in a tool's definition, whichever provider's form it has; its own text where there is none."""
    value = loaded(block.text)
    for key in ("function", "toolSpec"):
        value = value.get(key, value) if isinstance(value, dict) else value
    name = value.get("name") or value.get("type") if isinstance(value, dict) else None
    return name if isinstance(name, str) else block.text


def loaded(text: str) -> Any:
    """The JSON value that a text is; None where it is none."""
    if text[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def respelt(text: str) -> str:
    """The text with every JSON value in it in one spelling, JSON within their strings included."""
    pieces: list[str] = []
    position = 0
    for _ in range(_MOST_VALUES):
        opening = _OPENING.search(text, position)
        if not opening:
            break
        try:
            value, end = _SCAN(text, opening.start())
            told = json.dumps(_unfolded(value), sort_keys=True)
        except (ValueError, RecursionError):
            end = opening.end()
            told = opening[0]
        pieces += text[position : opening.start()], told
        position = end
    return "".join((*pieces, text[position:]))


_OPENING = re.compile(r"[{\[]")
_SCAN = json.JSONDecoder().raw_decode
_MOST_VALUES = 64
"""Brackets of a text that are tried as the beginning of a JSON value, so that the time stays linear."""


def _unfolded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unfolded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unfolded(item) for item in value]
    if isinstance(value, str) and (inner := loaded(value)) is not None:
        return _unfolded(inner)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def common_prefix(previous: list[Block], current: list[Block]) -> int:
    """How many blocks at the start are the same."""
    pairs = zip(previous, current, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a.key != b.key), min(len(previous), len(current)))
