"""What Python's own functions make of a value."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from dataclasses import replace

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import Clock
from cachecalc.load.python import texts
from cachecalc.load.python.frame import Arguments, Frame
from cachecalc.load.python.sources import BUILD, cause_of_call
from cachecalc.load.python.values import (
    Cause,
    Const,
    Either,
    Piece,
    Rows,
    Table,
    Text,
    Value,
    as_text,
    cause_of,
    join,
    join_causes,
)

BUILTINS = frozenset(dir(builtins))


def builtin(frame: Frame, node: ast.Call, name: str, arguments: Arguments) -> Value:
    handler = _HANDLERS.get(name)
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, Either) and handler:
        rest = arguments.positional[1:]
        return join(*(handler(frame, node, Arguments((option, *rest), arguments.keywords)) for option in first.options))
    if handler and first is not None:
        return handler(frame, node, arguments)
    if name == "dict":
        return Table(arguments.keywords, "", frame.place(node))
    if name in ("set", "frozenset"):
        return Rows((), _disorder(frame, node), place=frame.place(node))
    cause = cause_of_call(f"builtins.{name}")
    if cause:
        origin, where = frame.module.source(node), frame.place(node)
        return Text((Piece(None, where, cause._replace(moment=frame.moment, origin=origin, where=where)),))
    return _EMPTY.get(name, Text((Piece(None, frame.place(node)),)))


_EMPTY: dict[str, Value] = {"list": Rows(), "tuple": Rows(), "str": Text()}


def _same(_frame: Frame, _node: ast.Call, arguments: Arguments) -> Value:
    return arguments.positional[0]


def _string(frame: Frame, node: ast.Call, arguments: Arguments) -> Value:
    value = arguments.positional[0]
    return value if isinstance(value, Text) else as_text(value, frame.place(node))


def _format(_frame: Frame, _node: ast.Call, arguments: Arguments) -> Value:
    spec = as_text(arguments.get("format_spec", 1) or Text()).literal
    return texts.formatted(arguments.positional[0], spec or "")


def _whole(_frame: Frame, _node: ast.Call, arguments: Arguments) -> Value:
    value = arguments.positional[0]
    return texts.limited(value, Clock.SECOND) if texts.clock_of(value) else value


def _ordered(_frame: Frame, _node: ast.Call, arguments: Arguments) -> Value:
    value = arguments.positional[0]
    return replace(value, disorder=None) if isinstance(value, Rows) else value


def _row(frame: Frame, node: ast.Call, arguments: Arguments) -> Value:
    value = arguments.positional[0]
    if isinstance(value, Rows):
        return replace(value, place=value.place or frame.place(node))
    if isinstance(value, Table):
        return Rows(tuple(texts.literal(key) for key, _ in value.entries), place=frame.place(node))
    return Rows((Text((Piece(None, frame.place(node), cause_of(value)),)),), open=True, place=frame.place(node))


def _set(frame: Frame, node: ast.Call, arguments: Arguments) -> Value:
    row = _row(frame, node, arguments)
    return replace(row, disorder=_disorder(frame, node)) if isinstance(row, Rows) else row


def _disorder(frame: Frame, node: ast.Call) -> Cause:
    origin = frame.module.source(node)
    return Cause(BUILD, origin, Content.UNORDERED, Confidence.CERTAIN, frame.moment, frame.place(node))


def _dict(_frame: Frame, _node: ast.Call, arguments: Arguments) -> Value:
    value = arguments.positional[0]
    return (
        replace(value, entries=(*value.entries, *arguments.keywords))
        if isinstance(value, Table)
        else Table(arguments.keywords)
    )


def _enumerate(_frame: Frame, _node: ast.Call, arguments: Arguments) -> Value:
    value = arguments.positional[0]
    if not isinstance(value, Rows):
        return value
    return replace(value, items=tuple(Rows((Const(index), item)) for index, item in enumerate(value.items)))


def _zip(_frame: Frame, _node: ast.Call, arguments: Arguments) -> Value:
    rows = [value for value in arguments.positional if isinstance(value, Rows)]
    if len(rows) != len(arguments.positional):
        return Rows((), join_causes(row.disorder for row in rows), open=True)
    pairs = zip(*(row.items for row in rows), strict=False)
    return Rows(
        tuple(Rows(pair) for pair in pairs),
        join_causes(row.disorder for row in rows),
        open=any(row.open for row in rows),
    )


def _map(frame: Frame, node: ast.Call, arguments: Arguments) -> Value:
    value = arguments.get("", 1)
    return (
        value
        if isinstance(value, Rows)
        else Rows((Text((Piece(None, frame.place(node), cause_of(value or Text())),)),), open=True)
    )


def _some(frame: Frame, node: ast.Call, arguments: Arguments) -> Value:
    value = arguments.positional[0]
    return (
        join(*value.items)
        if isinstance(value, Rows) and value.items
        else Text((Piece(None, frame.place(node), cause_of(value)),))
    )


_HANDLERS: dict[str, Callable[[Frame, ast.Call, Arguments], Value]] = {
    "str": _string,
    "repr": _string,
    "ascii": _string,
    "format": _format,
    "int": _whole,
    "round": _whole,
    "float": _same,
    "abs": _same,
    "sorted": _ordered,
    "reversed": _same,
    "list": _row,
    "tuple": _row,
    "iter": _row,
    "set": _set,
    "frozenset": _set,
    "dict": _dict,
    "enumerate": _enumerate,
    "zip": _zip,
    "map": _map,
    "filter": _map,
    "next": _some,
    "max": _some,
    "min": _some,
}
