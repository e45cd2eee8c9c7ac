"""The pieces a template puts out, in whatever language it is written: literal text, and values that change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from cachecalc.core.prompt import Confidence, Content, Part, Section
from cachecalc.core.volatility import STATIC, UNKNOWN, Volatility
from cachecalc.load.prompts import roles, variable_names
from cachecalc.load.prompts.located import Located, copied


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a value: how often it changes, what sort of text it is, and how sure that is. `cause` is the
    statement that makes literal text change with it."""

    volatility: Volatility = STATIC
    content: Content = Content.TEXT
    confidence: Confidence = Confidence.CERTAIN
    cause: str = ""

    def __or__(self, other: Value) -> Value:
        """Both together change as often as either. What is known to change decides over what nobody knows."""
        if other.volatility.is_static or self == other:
            return self
        if self.volatility.is_static:
            return other
        first, second = sorted((self, other), key=lambda value: (value.volatility == UNKNOWN, -value.confidence))
        content = second.content if first.content is Content.TEXT else first.content
        return Value(first.volatility | second.volatility, content, first.confidence, first.cause or second.cause)


FIXED = Value()
NOBODY_KNOWS = Value(UNKNOWN, confidence=Confidence.POSSIBLE)


def joined(values: Iterable[Value]) -> Value:
    return reduce(Value.__or__, values, FIXED)


def named(names: list[str]) -> Value:
    """The value of a variable, or of an attribute of one, judged by its names."""
    found = variable_names.attribute(names)
    sure = Confidence.POSSIBLE if found is variable_names.NOBODY_KNOWS else Confidence.LIKELY
    return Value(found.volatility, found.content, sure)


@dataclass(frozen=True, slots=True)
class Piece:
    """A range of a template that puts out text. A literal one has no `name`.

    `within` is the text of another file that it stands in; then `at` is where in the template that file is included.
    """

    start: int
    end: int
    value: Value = FIXED
    name: str = ""
    at: int = -1
    within: Located | None = None
    file: str = ""


_LONG = 400
"""Characters from which on a branch is the body of the prompt rather than a variant of a sentence."""


def taken(branches: Sequence[list[Piece]]) -> list[Piece]:
    """The one of several alternatives that stands for all: no request sends two of them.

    The longest where they are long; among short ones the one that changes, since it is what a cache suffers from.
    """

    def weight(branch: list[Piece]) -> tuple[int, bool, int]:
        length = sum(piece.end - piece.start for piece in branch if not piece.name)
        return length if length > _LONG else 0, any(not piece.value.volatility.is_static for piece in branch), length

    return max(branches, key=weight, default=[])


MAX_INCLUDES = 5
"""How deep includes may nest."""


def included(pieces: Iterable[Piece], source: str, file: str, at: int, context: Value) -> Iterator[Piece]:
    """The pieces of another file, as they stand in a template that includes it at `at`."""
    for piece in pieces:
        inner = piece if piece.within else replace(piece, within=copied(source), file=file)
        yield replace(inner, value=piece.value | context, at=at)


def between(text: str, holes: Sequence[Piece]) -> Iterator[Piece]:
    """The holes of a text in order, and the literal text between them."""
    position = 0
    for hole in holes:
        if hole.start > position:
            yield Piece(position, hole.start)
        yield hole
        position = hole.end
    if position < len(text):
        yield Piece(position, len(text))


def parts(
    text: Located,
    pieces: Iterable[Piece],
    section: Section,
    *,
    block: int = 0,
    path: str = "",
    role: str = "",
    styles: Sequence[roles.Style] = roles.STYLES,
) -> tuple[Part, ...]:
    """A template's pieces as parts, a block for each turn of the conversation that it marks.

    `section` and `role` are those of a text that does not say who speaks. A date that stands in a template as it is
    will stand there tomorrow: literal text never changes.
    """
    row, found = list(pieces), list[Part]()
    for number, turn in enumerate([roles.Turn(0, len(text.text))] if role else roles.turns(text.text, styles)):
        speaker = turn.role or role or ("user" if section is Section.MESSAGES else "system")
        place = roles.section(turn.role) if turn.role else section
        where = path or (f"messages[{number}]" if turn.role else "")
        like = Part(f"{speaker} text", place, role=speaker, block=block + number, path=where)
        found += [_part(text, piece, like) for piece in _clipped(row, turn.start, turn.end)]
    return tuple(found)


def _clipped(row: Iterable[Piece], start: int, end: int) -> Iterator[Piece]:
    """The pieces of a range; literal text that reaches beyond it is cut."""
    for piece in row:
        if piece.within or piece.name:
            if start <= (piece.at if piece.within else piece.start) < end:
                yield piece
        elif piece.start < end and piece.end > start:
            yield replace(piece, start=max(start, piece.start), end=min(end, piece.end))


def _part(text: Located, piece: Piece, like: Part) -> Part:
    here = (piece.within or text).slice(piece.start, piece.end)
    like = replace(
        like,
        volatility=piece.value.volatility,
        content=piece.value.content,
        confidence=piece.value.confidence,
        file=piece.file,
    )
    if piece.name:
        like = replace(like, name=piece.name, origin=here.text)
    elif not piece.value.volatility.is_static:
        like = replace(like, origin=piece.value.cause)
    return replace(like, text=here.text, span=here.span())
