"""What an attribute of a value is: of a module, a class, an object, a point in time, or something unknown."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from cachecalc.core.prompt import Content
from cachecalc.load.python import files, texts
from cachecalc.load.python.frame import Arguments, Frame
from cachecalc.load.python.imports import global_name
from cachecalc.load.python.module import dotted
from cachecalc.load.python.sources import cause_of_field, cause_of_name
from cachecalc.load.python.values import (
    Const,
    Deferred,
    Either,
    Function,
    Imported,
    Instance,
    Klass,
    Method,
    Outside,
    Piece,
    Rows,
    Table,
    Text,
    Value,
    cause_of,
    join,
)

_TRANSPARENT = frozenset({"value", "text", "content", "template", "prompt", "page_content", "messages", "func"})
"""Attributes that hold what an object was made of, or that enumerations wrap."""

_GENERATORS = {"random.Random": "random", "random.SystemRandom": "random"}
"""Classes whose objects, made without a seed, do what the functions of a module do."""

_PROPERTIES = frozenset({"property", "cached_property", "computed_field"})


def attribute(frame: Frame, value: Value, name: str, node: ast.expr) -> Value:  # noqa: PLR0911  # one for each kind
    match value:
        case Either():
            return join(*(attribute(frame, option, name, node) for option in value.options))
        case Imported():
            return _of_module(frame, value, name, node)
        case Outside():
            return Outside(f"{value.name}.{name}")
        case Klass():
            return _bound(_of_class(frame, value, name), value) or frame.unknown(node, name)
        case Instance():
            found = of_instance(frame, value, name)
            return found if found is not None else frame.unknown(node, name)
        case Table():
            found = value.get(name)
            return found if found is not None else _of_table(frame, value, name, node)
        case Text():
            return _of_text(frame, value, name, node)
        case Rows() | Const() | Function() | Method() | Deferred():
            return frame.unknown(node, name)


def _of_module(frame: Frame, value: Imported, name: str, node: ast.expr) -> Value:
    found = global_name(frame.run, value.module, name)
    if found is not None:
        return found
    project = frame.run.project
    inner = project.submodule(value.module, name) if project else None
    return Imported(inner) if inner else frame.unknown(node, name)


def _of_table(frame: Frame, value: Table, name: str, node: ast.expr) -> Value:
    if value.name:
        return Outside(f"{_GENERATORS.get(value.name, value.name) if not value.entries else value.name}.{name}")
    return frame.unknown(node, name)


def _of_text(frame: Frame, value: Text, name: str, node: ast.expr) -> Value:
    if name == "parent" and (folder := files.parent(frame, node, value)) is not None:
        return folder
    if name in _TRANSPARENT and value.pieces and (value.literal is not None or len(value.pieces) > 1):
        return value
    found = texts.moment_attribute(value, name)
    if found is not None:
        return found
    base = cause_of(value)
    cause = cause_of_field(dotted(node)) or (base if base and not base.is_derived else None)
    cause = cause._replace(origin=frame.module.source(node)) if cause else None
    return Text((Piece(None, frame.place(node), cause),))


def of_instance(frame: Frame, value: Instance, name: str) -> Value | None:
    """An attribute set on the object, made by its constructor, written in its class, or set by another method."""
    found = value.get(name)
    if found is None:
        found = _as_history(constructed(frame, value.klass).get(name), name)
    if found is None:
        found = _bound(_of_class(frame, value.klass, name), value)
        found = _property(frame, found) if found is not None else None
    return found


def _as_history(value: Value | None, name: str) -> Value | None:
    """A list that outlives the call: what earlier calls have put into it comes first."""
    if not isinstance(value, Rows) or value.disorder:
        return value
    cause = cause_of_name(name)
    if cause is None or cause.content is not Content.HISTORY:
        return value
    return replace(value, items=(*value.items, Text((Piece(None, value.place, cause),))), open=True)


def constructed(frame: Frame, klass: Klass) -> Instance:
    """An object of the class, built with arguments nobody knows."""
    run = frame.run
    key = id(klass.node)
    if key not in run.instances:
        run.instances[key] = Instance(klass)
        run.instances[key] = construct(frame, klass, None)
    return run.instances[key]


def construct(frame: Frame, klass: Klass, arguments: Arguments | None) -> Instance:
    """An object after its constructor. Fields of a class without one take their keyword arguments."""
    empty = Instance(klass)
    function = _of_class(frame, klass, "__init__")
    if not isinstance(function, Function):
        return _with_fields(frame, empty, arguments)
    given = arguments or Arguments(rest=True)
    _, receiver = frame.invoke(function, given.behind(empty))
    return receiver if isinstance(receiver, Instance) else empty


def _with_fields(frame: Frame, empty: Instance, arguments: Arguments | None) -> Instance:
    if arguments is None:
        return empty
    names = [name for owner in lineage(frame, empty.klass) for name in _fields(owner)]
    positional = zip(names, arguments.positional, strict=False)
    return Instance(empty.klass, (*positional, *arguments.keywords))


def _fields(klass: Klass) -> list[str]:
    return [
        node.target.id
        for node in klass.node.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]


def lineage(frame: Frame, klass: Klass, depth: int = 6) -> Iterator[Klass]:
    """The class and its bases within the project."""
    yield klass
    inner = Frame(frame.run, klass.module, {}, frame.moment, klass.closure)
    for base in klass.node.bases if depth else ():
        found = inner.evaluate(base)
        if isinstance(found, Klass):
            yield from lineage(frame, found, depth - 1)


def _of_class(frame: Frame, klass: Klass, name: str) -> Value | None:
    for owner in lineage(frame, klass):
        names = frame.run.machine.open_class(frame.run, owner)
        if name in names:
            return names[name]
    return None


def _bound(found: Value | None, receiver: Value) -> Value | None:
    if not isinstance(found, Function) or isinstance(found.node, ast.Lambda):
        return found
    decorators = {decorator_name(decorator) for decorator in found.node.decorator_list}
    if "staticmethod" in decorators:
        return found
    if "classmethod" in decorators:
        return Method(found, receiver.klass if isinstance(receiver, Instance) else receiver)
    return Method(found, receiver) if isinstance(receiver, Instance) else found


def _property(frame: Frame, found: Value) -> Value:
    if isinstance(found, Method) and not isinstance(found.function.node, ast.Lambda):
        names = {decorator_name(decorator) for decorator in found.function.node.decorator_list}
        if names & _PROPERTIES:
            return frame.invoke(found.function, Arguments((found.receiver,)))[0]
    return found


def decorator_name(node: ast.expr) -> str:
    """The last word of a decorator: `agent.system_prompt(dynamic=True)` is `system_prompt`."""
    inner = node.func if isinstance(node, ast.Call) else node
    return inner.attr if isinstance(inner, ast.Attribute) else inner.id if isinstance(inner, ast.Name) else ""
