"""Abstract values: what is known of a Python object without running anything.

A string is a row of pieces; a piece is literal text, or something whose text nobody can know but whose cause may be
known. Lists and dicts keep their shape, so that a list of messages is still one when it reaches a call.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import Clock, Volatility

if TYPE_CHECKING:
    from cachecalc.load.python.module import Module

MAX_CHOICES = 4
MAX_PIECES = 1_000
MAX_DATA = 160
"""Literal characters up to which a text counts as data, not prose."""


class Moment(enum.IntEnum):
    """When a value is computed: while the module loads, while an object is built, or on each call."""

    IMPORT = 0
    INIT = 1
    CALL = 2


class Place(NamedTuple):
    """Half-open range of character offsets in a file. Tuples here and below: they are made by the million."""

    path: str
    start: int
    end: int


class Spot(NamedTuple):
    """A node, as a place that is worked out only if somebody asks."""

    module: Module
    node: ast.expr | ast.stmt | ast.arg | ast.keyword


class Stretch(NamedTuple):
    """Source between two offsets that spells a text otherwise than it reads: with escapes, with doubled braces."""

    module: Module
    start: int
    end: int
    raw: bool
    braces: bool


Where = Place | Spot | Stretch


def place_of(where: Where) -> Place:
    match where:
        case Place():
            return where
        case Spot():
            return where.module.place(where.node)
        case Stretch():
            return Place(where.module.path, where.start, where.end)


class Cause(NamedTuple):
    """Why a piece changes. `origin` is source text to quote and `where` it stands; `moment` is when it was read.
    `is_derived`: something unknown was made from what changes, so the whole of it may change but not each of its parts."""

    volatility: Volatility
    origin: str
    content: Content = Content.TEXT
    confidence: Confidence = Confidence.CERTAIN
    moment: Moment = Moment.CALL
    where: Spot | None = None
    is_derived: bool = False

    def __or__(self, other: Cause) -> Cause:
        first, second = (self, other) if self.rank >= other.rank else (other, self)
        return first._replace(volatility=first.volatility | second.volatility)

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """The more a cause changes a prompt and the surer it is, the higher."""
        volatility = self.volatility
        return (self.confidence, volatility.fresh, volatility.clock, len(volatility.identities))

    def spread(self) -> Cause | None:
        """The cause of something unknown that was made from what changes: a level less sure, and not for its parts. What
        had no order may have been put in one."""
        if self.content is Content.UNORDERED or self.confidence is Confidence.POSSIBLE:
            return None
        return self._replace(confidence=Confidence(self.confidence - 1), is_derived=True)

    def at_most(self, clock: Clock) -> Cause | None:
        """The same cause seen through a format that shows no finer step than `clock`; None if nothing is left of it."""
        seen = replace(self.volatility, clock=min(self.volatility.clock, clock))
        return None if seen.is_static else self._replace(volatility=seen)


class Piece(NamedTuple):
    """A stretch of a string. `text` is None where it is not literal. `hole` names a placeholder still to be filled."""

    text: str | None
    place: Where | None = None
    cause: Cause | None = None
    hole: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A string, or anything else that may end in one: a row of pieces."""

    pieces: tuple[Piece, ...] = ()

    @property
    def literal(self) -> str | None:
        """The whole text, where all of it is known."""
        texts = [piece.text for piece in self.pieces]
        return "".join(text for text in texts if text is not None) if None not in texts else None

    @property
    def known(self) -> str:
        """The literal text, with a mark for what is not known."""
        return "".join(piece.text if piece.text is not None else "{}" for piece in self.pieces)

    @property
    def cause(self) -> Cause | None:
        """All that makes the text change, as one cause."""
        return join_causes(piece.cause for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Const:
    """A number, a truth value, None."""

    value: object


@dataclass(frozen=True, slots=True)
class Rows:
    """A list, tuple or set. `disorder` says why its order is not fixed; `open` that more items may follow; `cut` where
    earlier items were taken out of it."""

    items: tuple[Value, ...] = ()
    disorder: Cause | None = None
    open: bool = False
    place: Where | None = None
    cut: Spot | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A dict, or an object of a class outside the project, known by its keyword arguments. `disorder` as of a row."""

    entries: tuple[tuple[str, Value], ...] = ()
    name: str = ""
    place: Where | None = None
    disorder: Cause | None = None

    def get(self, key: str) -> Value | None:
        return next((value for name, value in reversed(self.entries) if name == key), None)

    def put(self, key: str, value: Value) -> Table:
        kept = tuple((name, old) for name, old in self.entries if name != key)
        return replace(self, entries=(*kept, (key, value)))


@dataclass(frozen=True, slots=True)
class Outside:
    """A name from outside the project: a module, a class, a function, or what a call of one returned."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the project, with the names of the scope that it was defined in."""

    module: Module
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    owner: Klass | None = None
    closure: dict[str, Value] | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Klass:
    """A class of the project."""

    module: Module
    node: ast.ClassDef
    closure: dict[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the project, with the attributes that are known."""

    klass: Klass
    attributes: tuple[tuple[str, Value], ...] = ()

    def get(self, name: str) -> Value | None:
        return next((value for key, value in self.attributes if key == name), None)

    def put(self, name: str, value: Value) -> Instance:
        kept = tuple((key, old) for key, old in self.attributes if key != name)
        return Instance(self.klass, (*kept, (name, value)))


@dataclass(frozen=True, slots=True)
class Method:
    """A function bound to an object."""

    function: Function
    receiver: Value


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """A module of the project."""

    module: Module


@dataclass(frozen=True, slots=True)
class Deferred:
    """A name that an import binds, not looked up before somebody asks for it. Without `name` it is the module."""

    dotted: str
    name: str
    importer: str


@dataclass(frozen=True, slots=True)
class Either:
    """One of a few values, depending on the branch taken."""

    options: tuple[Value, ...]


Value = Text | Const | Rows | Table | Outside | Function | Klass | Instance | Method | Imported | Deferred | Either

NOTHING = Const(None)


def options(value: Value) -> tuple[Value, ...]:
    return value.options if isinstance(value, Either) else (value,)


def join(*values: Value) -> Value:
    """The value after branches meet. A text that only lost some pieces is the longer one; few options are kept."""
    found: list[Value] = []
    for value in values:
        for option in options(value):
            _add_option(found, option)
    return found[0] if len(found) == 1 else Either(tuple(found[:MAX_CHOICES]))


def _add_option(found: list[Value], value: Value) -> None:
    for index, old in enumerate(found):
        if _covers(old, value):
            return
        if _covers(value, old):
            found[index] = value
            return
    found.append(value)


def _covers(large: Value, small: Value) -> bool:
    """Whether `small` is `large` with something left out, so that the larger stands for both: as what an import brings
    in does for the import that was not opened yet."""
    if large is small or isinstance(small, Deferred) or (isinstance(small, Const) and small.value is None):
        return True
    if isinstance(large, Text) and isinstance(small, Text):
        return _is_idle(small) or _is_subsequence(small.pieces, large.pieces)
    if isinstance(large, Rows) and isinstance(small, Rows):
        return _is_subsequence(small.items, large.items)
    if isinstance(large, Table) and isinstance(small, Table):
        return large.name == small.name and set(small.entries) <= set(large.entries)
    if isinstance(large, Instance) and isinstance(small, Instance):
        return large.klass is small.klass and set(small.attributes) <= set(large.attributes)
    return large == small


def _is_idle(text: Text) -> bool:
    """A value nobody knows anything of adds nothing to one that is known."""
    return all(piece.text is None and piece.cause is None for piece in text.pieces)


def _is_subsequence(small: tuple[object, ...], large: tuple[object, ...]) -> bool:
    if len(small) > len(large):
        return False
    if small == large[: len(small)]:
        return True
    rest = iter(large)
    return all(item in rest for item in small)


def join_causes(causes: Iterator[Cause | None]) -> Cause | None:
    found: Cause | None = None
    for cause in causes:
        if cause is not None:
            found = cause if found is None else found | cause
    return found


def combinations(values: list[Value]) -> Iterator[tuple[Value, ...]]:
    """The values with each choice made, a few of them."""
    return islice(product(*(options(value) for value in values)), MAX_CHOICES)


def concat(values: list[Value], place: Where | None = None) -> Value:
    """The values one behind the other as text."""
    rows = [_joined(chosen, place) for chosen in combinations(values)]
    return rows[0] if len(rows) == 1 else join(*rows)


def _joined(values: tuple[Value, ...], place: Where | None) -> Text:
    pieces = [piece for value in values for piece in as_text(value, place).pieces]
    return Text(tuple(pieces[:MAX_PIECES]))


def as_text(value: Value, place: Where | None = None) -> Text:
    """What `str(value)` would be."""
    match value:
        case Text():
            return value
        case Const(value=None):
            return Text((Piece("None", place),))
        case Const(value=known):
            return Text((Piece(str(known), place),))
        case _:
            return Text((Piece(None, place, data_cause(value)),))


def data_cause(value: Value) -> Cause | None:
    """What makes a value change that is data. A prompt within another value is no reason for that to change with it."""
    return None if _holds_prose(value) else cause_of(value)


def _holds_prose(value: Value) -> bool:
    match value:
        case Text(pieces=pieces):
            return sum(len(piece.text or "") for piece in pieces) > MAX_DATA
        case Rows(items=items) | Either(options=items):
            return any(map(_holds_prose, items))
        case Table(entries=entries) | Instance(attributes=entries):
            return any(_holds_prose(entry) for _, entry in entries)
        case _:
            return False


def cause_of(value: Value) -> Cause | None:
    """All that makes a value change, however deep it stands."""
    match value:
        case Text():
            return value.cause
        case Rows():
            return join_causes(iter([value.disorder, *map(cause_of, value.items)]))
        case Table():
            return join_causes(iter([value.disorder, *(cause_of(entry) for _, entry in value.entries)]))
        case Instance():
            return join_causes(cause_of(entry) for _, entry in value.attributes)
        case Either():
            return join_causes(map(cause_of, value.options))
        case _:
            return None


def map_causes(value: Value, change: object) -> Value:
    """The value with each cause put through `change`, a function of a cause."""
    assert callable(change)
    match value:
        case Text():
            return Text(
                tuple(piece._replace(cause=change(piece.cause)) if piece.cause else piece for piece in value.pieces)
            )
        case Either():
            return join(*(map_causes(option, change) for option in value.options))
        case _:
            return value
