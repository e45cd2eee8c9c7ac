"""What the methods of lists, sets and dicts return, and what they leave behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cachecalc.load.python import texts
from cachecalc.load.python.frame import Arguments
from cachecalc.load.python.values import Const, Rows, Table, Text, Value, as_text, join

Change = Callable[[Value, Arguments], Value]


def _append(value: Value, arguments: Arguments) -> Value:
    rows = _rows(value)
    return replace(rows, items=(*rows.items, *arguments.positional[:1]))


def _extend(value: Value, arguments: Arguments) -> Value:
    rows, more = _rows(value), arguments.get("iterable", 0)
    if isinstance(more, Rows):
        return replace(
            rows,
            items=rows.items + more.items,
            open=rows.open or more.open,
            disorder=rows.disorder or more.disorder,
            cut=rows.cut or more.cut,
        )
    return replace(rows, items=(*rows.items, *([more] if more is not None else [])), open=True)


def _insert(value: Value, arguments: Arguments) -> Value:
    rows, index, item = _rows(value), arguments.get("index", 0), arguments.get("object", 1)
    if item is None:
        return rows
    at = index.value if isinstance(index, Const) and isinstance(index.value, int) else len(rows.items)
    return replace(rows, items=(*rows.items[:at], item, *rows.items[at:]))


def _sort(value: Value, _arguments: Arguments) -> Value:
    return replace(_rows(value), disorder=None)


def _clear(_value: Value, _arguments: Arguments) -> Value:
    return Rows()


def _update(value: Value, arguments: Arguments) -> Value:
    if isinstance(value, Rows):
        return _extend(value, arguments)
    table = value if isinstance(value, Table) else Table()
    more = arguments.get("", 0)
    entries = (*(more.entries if isinstance(more, Table) else ()), *arguments.keywords)
    for key, entry in entries:
        table = table.put(key, entry)
    return table


def _setdefault(value: Value, arguments: Arguments) -> Value:
    table = value if isinstance(value, Table) else Table()
    key = as_text(arguments.get("key", 0) or Const(None)).literal
    default = arguments.get("default", 1)
    return table.put(key, default) if key is not None and default is not None and table.get(key) is None else table


def _rows(value: Value) -> Rows:
    """A list; one that nobody has seen before keeps its unknown beginning."""
    return value if isinstance(value, Rows) else Rows((value,) if isinstance(value, Text) else (), open=True)


CHANGES: dict[str, Change] = {
    "append": _append,
    "add": _append,
    "appendleft": lambda value, arguments: _insert(value, Arguments((Const(0), *arguments.positional))),
    "extend": _extend,
    "insert": _insert,
    "sort": _sort,
    "clear": _clear,
    "update": _update,
    "setdefault": _setdefault,
}
"""Methods that leave another value in place of their receiver."""


def method(value: Rows | Table, name: str, arguments: Arguments) -> Value | None:
    """What a method returns; None where it is not one of a list or dict."""
    if isinstance(value, Rows):
        return _of_rows(value, name)
    if value.name:
        return None
    return _of_table(value, name, arguments)


def _of_rows(value: Rows, name: str) -> Value | None:
    if name in ("copy", "union", "intersection", "difference"):
        return value
    if name in ("pop", "popleft"):
        return texts.disordered(join(*value.items), value.disorder) if value.items else None
    return Const(None) if name in CHANGES else None


def _of_table(value: Table, name: str, arguments: Arguments) -> Value | None:
    if name in ("get", "pop", "setdefault"):
        key = as_text(arguments.get("key", 0) or Const(None)).literal
        found = value.get(key) if key is not None else None
        return found if found is not None else arguments.get("default", 1)
    if name == "items":
        return Rows(tuple(Rows((texts.literal(key), entry)) for key, entry in value.entries))
    if name == "keys":
        return Rows(tuple(texts.literal(key) for key, _ in value.entries))
    if name == "values":
        return Rows(tuple(entry for _, entry in value.entries))
    if name in ("copy", "model_dump", "dict"):
        return value
    return Const(None) if name in CHANGES else None
