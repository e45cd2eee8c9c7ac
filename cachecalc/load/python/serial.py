"""Values written as JSON: by `json.dumps` in the program, or by a client that sends them."""

from __future__ import annotations

import ast
import json

from cachecalc.core.prompt import Content
from cachecalc.load.python.frame import Arguments, Frame
from cachecalc.load.python.values import Const, Piece, Rows, Table, Text, Value, data_cause, options

DUMPS = frozenset({"json.dumps", "orjson.dumps", "ujson.dumps", "yaml.dump", "yaml.safe_dump"})


def dumped(frame: Frame, node: ast.Call, arguments: Arguments) -> Value:
    """The text that `json.dumps` makes: known if its input is, unstable if the input has no order to keep."""
    value = arguments.get("obj", 0) or Text()
    text = written(value)
    if text is not None:
        return Text((Piece(text, frame.place(node)),))
    cause = data_cause(value)
    if cause and cause.content is Content.UNORDERED:
        is_sorted = isinstance(arguments.get("sort_keys"), Const) and _has_unordered_keys(value)
        origin, where = frame.module.source(node), frame.place(node)
        cause = None if is_sorted else cause._replace(content=Content.UNSTABLE_JSON, origin=origin, where=where)
    return Text((Piece(None, frame.place(node), cause),))


def _has_unordered_keys(value: Value) -> bool:
    """Whether only keys are without order: then sorting them is enough."""
    return any(isinstance(option, Table) and option.disorder for option in options(value))


def written(value: Value) -> str | None:
    """The value as compact JSON, where all of it is known."""
    try:
        return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    except (LookupError, TypeError, ValueError):
        return None


def _plain(value: Value) -> object:
    """The Python value. Raises LookupError where it is not known."""
    match value:
        case Text() if value.literal is not None:
            return value.literal
        case Const(value=known):
            return known
        case Rows(items=items, disorder=None, open=False):
            return [_plain(item) for item in items]
        case Table(entries=entries, name="", disorder=None) if all(key != "**" for key, _ in entries):
            return {key: _plain(entry) for key, entry in entries}
        case _:
            raise LookupError


def plain(value: Value) -> object:
    """The Python value of a setting; `...` where it is not known."""
    try:
        return _plain(value)
    except LookupError:
        return ...
