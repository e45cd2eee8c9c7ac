"""Binding a value to a name, an attribute, an item, or several at once."""

from __future__ import annotations

import ast
from dataclasses import replace

from cachecalc.core.prompt import Confidence
from cachecalc.load.python.frame import Frame
from cachecalc.load.python.notice import notice
from cachecalc.load.python.sources import cause_of_name
from cachecalc.load.python.values import (
    Cause,
    Const,
    Either,
    Instance,
    Piece,
    Rows,
    Spot,
    Table,
    Text,
    Value,
    as_text,
    join,
)


def assign(frame: Frame, target: ast.expr, value: Value) -> None:
    match target:
        case ast.Name(id=name):
            _keep_what_is_lost(frame, name, value)
            frame.names[name] = _named(value, name)
        case ast.Attribute(value=owner, attr=name):
            _assign_attribute(frame, owner, name, value)
        case ast.Subscript(value=owner, slice=key):
            _assign_item(frame, owner, key, value)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            _unpack(frame, elements, value)
        case ast.Starred(value=inner):
            assign(frame, inner, value)
        case _:
            pass


def _named(value: Value, name: str) -> Value:
    """What nobody knows where it is from, known by what it is called. Nobody fixed it beforehand if it is made here."""
    if not isinstance(value, Text) or len(value.pieces) != 1:
        return value
    piece = value.pieces[0]
    guess = cause_of_name(name) if piece.text is None and _is_doubtful(piece.cause) else None
    if guess is None or (guess.volatility.clock and not _is_called(piece)):
        return value
    return Text((piece._replace(cause=guess._replace(confidence=Confidence.LIKELY)),))


def _is_called(piece: Piece) -> bool:
    """Whether a value was just made by a call: a stored `timestamp` is no clock."""
    return isinstance(piece.place, Spot) and isinstance(piece.place.node, ast.Call)


def _is_doubtful(cause: Cause | None) -> bool:
    return cause is None or (cause.is_derived and cause.confidence is Confidence.POSSIBLE)


def _keep_what_is_lost(frame: Frame, name: str, value: Value) -> None:
    """A name used for one prompt after another: the earlier one is seen before it goes."""
    old = frame.names.get(name)
    if isinstance(old, Text) and old != value and join(old, value) != value:
        notice(frame, old, name)


def _assign_attribute(frame: Frame, owner: ast.expr, name: str, value: Value) -> None:
    notice(frame, value, name, stored=True)
    receiver = frame.evaluate(owner)
    if isinstance(receiver, Instance | Table):
        assign(frame, owner, receiver.put(name, value))


def _assign_item(frame: Frame, owner: ast.expr, key: ast.expr, value: Value) -> None:
    receiver = frame.evaluate(owner)
    name = as_text(frame.evaluate(key)).literal if not isinstance(key, ast.Slice) else None
    if isinstance(receiver, Table) and name is not None:
        assign(frame, owner, receiver.put(name, value))
    elif isinstance(receiver, Rows) and not isinstance(key, ast.Slice):
        assign(frame, owner, _with_item(receiver, frame.evaluate(key), value))


def _with_item(rows: Rows, key: Value, value: Value) -> Rows:
    index = key.value if isinstance(key, Const) else None
    if isinstance(index, int) and -len(rows.items) <= index < len(rows.items):
        items = list(rows.items)
        items[index] = value
        return replace(rows, items=tuple(items))
    return replace(rows, items=(*rows.items, value), open=True)


def _unpack(frame: Frame, elements: list[ast.expr], value: Value) -> None:
    rows = value if isinstance(value, Rows) else None
    exact = rows is not None and len(rows.items) == len(elements) and not rows.open
    for index, element in enumerate(elements):
        if rows is not None and exact:
            assign(frame, element, rows.items[index])
        elif isinstance(value, Either) and all(
            isinstance(option, Rows) and len(option.items) == len(elements) for option in value.options
        ):
            assign(frame, element, join(*(option.items[index] for option in value.options if isinstance(option, Rows))))
        else:
            assign(frame, element, frame.unknown(element, element.id if isinstance(element, ast.Name) else ""))
