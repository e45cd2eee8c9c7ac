"""Which template language a text is written in, where its file does not say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Confidence
from cachecalc.load.prompts import handlebars, jinja, placeholders, slots
from cachecalc.load.prompts.pieces import FIXED, Piece, Value, between
from cachecalc.load.prompts.split import Stretch

_BLOCK = re.compile(r"\{%[-+]?\s*(?:if|for|set|include|block|macro|raw|import|from|extends|call|filter|with)\b")
# Semantic Kernel's `{{$name}}` and `{{plugin.function $name}}` are like helpers and their arguments.
_HANDLEBARS = re.compile(r"\{\{~?\s*[#/>^$]|\{\{[\w.]+ \$\w+\}\}|\{\{\{\s*[\w.]+\s*\}\}\}")


def pieces(text: str, path: str = "", syntax: str | None = None) -> list[Piece]:
    """What a text puts out. `syntax` is "jinja", "handlebars" or "braces"; None tries what its braces look like.

    Raises InputError where the text is not valid in a syntax that was given.
    """
    if syntax is not None:
        return list(slots.informed(text, _READERS[syntax](text, path)))
    return list(slots.informed(text, _guessed(text, path), is_template=False))


def _guessed(text: str, path: str) -> list[Piece]:
    for name in _likely(text):
        try:
            return list(_without_samples(text, _READERS[name](text, path)))
        except InputError:
            continue
    return _braces(text, path)


def _likely(text: str) -> Iterator[str]:
    if _BLOCK.search(text):
        yield "jinja"
    if _HANDLEBARS.search(text):
        yield "handlebars"
    if "{{" in text and not placeholders.is_format_string(text):
        yield "jinja"


def _without_samples(text: str, found: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, with values in sample code as the text they are; what stands in back-ticks may be one."""
    fences = placeholders.fences(text)
    for piece in found:
        before = text[max(0, piece.start - 1) : piece.start]
        if not piece.name or piece.within:
            yield piece
        elif before in ("$", "\\") or placeholders.is_sample(text, piece.start, piece.end, fences):
            yield replace(piece, name="", value=FIXED)
        else:
            quoted = placeholders.is_quoted(text, piece.start, piece.end)
            sure = Confidence.POSSIBLE if quoted else piece.value.confidence
            yield replace(piece, value=replace(piece.value, confidence=sure))


def _jinja(text: str, path: str) -> list[Piece]:
    return jinja.read(text, path)[0]


def _braces(text: str, _path: str) -> list[Piece]:
    return list(between(text, [_as_piece(stretch) for stretch in placeholders.find(text)]))


def _as_piece(stretch: Stretch) -> Piece:
    value = Value(stretch.volatility, stretch.content, stretch.confidence)
    return Piece(stretch.start, stretch.end, value, stretch.name)


_READERS: Mapping[str, Callable[[str, str], list[Piece]]] = {
    "jinja": _jinja,
    "handlebars": handlebars.read,
    "braces": _braces,
}
