"""Where each character of a string literal stands in the source, escapes and doubled braces and all."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from cachecalc.load.python.fstring import Run
from cachecalc.load.python.module import Module
from cachecalc.load.python.values import Piece, Place, Stretch

_ESCAPE = re.compile(
    r"\\(?:\r\n|\n|\r|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)|\r\n", re.DOTALL
)
_BRACES = re.compile(r"\{\{|\}\}")
_CONTINUED = ("\\\n", "\\\r\n", "\\\r")


def cut(piece: Piece, start: int, end: int) -> Piece:
    """Part of a literal piece, at its own place."""
    text, place = piece.text or "", piece.place
    if isinstance(place, Stretch):
        place = within(place, start, end)
    elif isinstance(place, Place) and place.end - place.start == len(text):
        place = Place(place.path, place.start + start, place.start + end)
    return piece._replace(text=text[start:end], place=place)


def within(stretch: Stretch, start: int, end: int) -> Place:
    """The place of a range of the text that a stretch spells."""
    bends = list(_bends(stretch))
    return Place(stretch.module.path, _through(bends, start), _through(bends, end))


def _bends(stretch: Stretch) -> Iterator[tuple[int, int]]:
    """Pairs of an offset in the text and its offset in the source; between them the characters run alike."""
    text = source = 0
    yield 0, stretch.start
    body = stretch.module.text[stretch.start : stretch.end]
    patterns = [pattern for pattern, wanted in ((_ESCAPE, not stretch.raw), (_BRACES, stretch.braces)) if wanted]
    for match in sorted((found for pattern in patterns for found in pattern.finditer(body)), key=re.Match.start):
        if match.start() < source:
            continue
        text += match.start() - source + (match[0] not in _CONTINUED)
        source = match.end()
        yield text, stretch.start + source


def _through(bends: list[tuple[int, int]], offset: int) -> int:
    inner, outer = bends[bisect_right(bends, (offset, 1 << 62)) - 1]
    return outer + offset - inner


def spelt(module: Module, text: str, literals: Sequence[Run], *, braces: bool = False) -> tuple[Piece, ...]:
    """A text as the literals it is written as, one piece for each. Empty where the source is not as expected."""
    found: list[Piece] = []
    position = 0
    for _, start, end, raw in literals:
        body = module.text[start:end]
        plain = _read(body, raw=raw, braces=braces)
        if not text.startswith(plain, position):
            return ()
        position += len(plain)
        place = Place(module.path, start, end) if plain == body else Stretch(module, start, end, raw, braces)
        found += [Piece(plain, place)] if plain else []
    return tuple(found) if position == len(text) else ()


def _read(body: str, *, raw: bool, braces: bool) -> str:
    """What a literal says."""
    plain = body if raw or "\\" not in body else _decoded(body)
    plain = plain.replace("\r\n", "\n")
    return plain.replace("{{", "{").replace("}}", "}") if braces else plain


def _decoded(body: str) -> str:
    quote = '"""' if '"""' not in body and not body.endswith('"') else "'''"
    try:
        return str(ast.literal_eval(f"{quote}{body}{quote}"))
    except (SyntaxError, ValueError):
        return body
