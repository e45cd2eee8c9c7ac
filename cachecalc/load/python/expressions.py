"""What an expression is worth, given the names of its frame."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cachecalc.core.prompt import Confidence, Content
from cachecalc.load.python import calls, files, imports, texts
from cachecalc.load.python.attributes import attribute
from cachecalc.load.python.builtin import BUILTINS
from cachecalc.load.python.frame import Frame
from cachecalc.load.python.fstring import Run, groups, runs
from cachecalc.load.python.history import is_history, is_window, taken_out
from cachecalc.load.python.literal import spelt
from cachecalc.load.python.module import dotted
from cachecalc.load.python.sources import BUILD, cause_of_field, step_of_seconds
from cachecalc.load.python.targets import assign
from cachecalc.load.python.values import (
    Cause,
    Const,
    Deferred,
    Either,
    Function,
    Outside,
    Piece,
    Place,
    Rows,
    Table,
    Text,
    Value,
    Where,
    as_text,
    cause_of,
    concat,
    data_cause,
    join,
    map_causes,
    options,
)

MAX_UNROLLED = 12


def evaluate(frame: Frame, node: ast.expr) -> Value:
    """The value of an expression; an unknown text where nothing is known."""
    frame.run.steps -= 1
    handler = _HANDLERS.get(type(node))
    return handler(frame, node) if handler else frame.unknown(node)


def _constant(frame: Frame, node: ast.Constant) -> Value:
    if not isinstance(node.value, str):
        return Const(node.value)
    return _literal(frame, node, node.value)


def _literal(frame: Frame, node: ast.Constant, text: str) -> Text:
    """A string literal. Its place is the text between its quotes where that spells the value exactly."""
    place = frame.module.place(node)
    source = frame.module.text[place.start : place.end]
    size = len(text)
    for width in (1, 2, 3, 4, 5):
        if source[width : width + size] == text and len(source) - width - size <= 3:
            return Text((Piece(text, Place(place.path, place.start + width, place.start + width + size)),))
    literals = [run for run in runs(frame.module.text, place.start, place.end) if not run[0]]
    return Text(spelt(frame.module, text, literals) or (Piece(text, frame.place(node)),))


def _fstring(frame: Frame, node: ast.JoinedStr) -> Value:
    place = frame.module.place(node)
    found = runs(frame.module.text, place.start, place.end)
    fields = [part for part in node.values if isinstance(part, ast.FormattedValue)]
    known = list(groups(found)) if sum(run[0] for run in found) == len(fields) else [([], None)] * (len(fields) + 1)
    row: list[Value] = []
    index = 0
    for part in node.values:
        literals, field = known[index]
        if isinstance(part, ast.FormattedValue):
            row.append(_field(frame, part, Place(place.path, *field[1:3]) if field else place))
            index += 1
        elif isinstance(part, ast.Constant):
            row.append(_runs(frame, str(part.value), literals, place))
    return concat(row, place)


def _runs(frame: Frame, text: str, literals: list[Run], whole: Place) -> Text:
    """The literal text between two fields; one piece for each literal it is written as."""
    found = spelt(frame.module, text, literals, braces=True)
    return Text(found or (Piece(text, Place(whole.path, literals[0][1], literals[-1][2]) if literals else whole),))


def _field(frame: Frame, node: ast.FormattedValue, place: Place) -> Value:
    value = texts.placed(evaluate(frame, node.value), place)
    return texts.formatted(value, _format_of(node.format_spec))


def _format_of(node: ast.expr | None) -> str:
    """A format specification, as far as it is written down."""
    values = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(value.value) for value in values if isinstance(value, ast.Constant))


def _formatted_value(frame: Frame, node: ast.FormattedValue) -> Value:
    return _field(frame, node, frame.module.place(node))


def _name(frame: Frame, node: ast.Name) -> Value:
    found = lookup(frame, node.id)
    return found if found is not None else frame.unknown(node, node.id)


def lookup(frame: Frame, name: str) -> Value | None:
    for names in (frame.names, frame.outer, frame.module.names):
        if names and name in names:
            found = names[name]
            if isinstance(found, Deferred):
                names[name] = found = imports.opened(frame.run, found)
            return found
    if name == "__file__":
        return texts.literal(frame.module.path)
    return Outside(f"builtins.{name}") if name in BUILTINS else None


def _attribute(frame: Frame, node: ast.Attribute) -> Value:
    return attribute(frame, evaluate(frame, node.value), node.attr, node)


def _binary(frame: Frame, node: ast.BinOp) -> Value:  # noqa: PLR0911  # one for each operator
    if isinstance(node.op, ast.Add):
        return _sum(frame, node)
    left, right = evaluate(frame, node.left), evaluate(frame, node.right)
    match node.op:
        case ast.Mod() if not texts.clock_of(left):
            return texts.fill(left, texts.percents(right), unescape="%")
        case ast.Mult() if isinstance(left, Text) and isinstance(right, Const):
            return texts.repeated(left, right.value)
        case ast.FloorDiv() if isinstance(right, Const) and isinstance(right.value, int):
            return texts.limited(left, step_of_seconds(right.value))
        case ast.BitOr() if isinstance(left, Table) and isinstance(right, Table):
            return replace(left, entries=(*left.entries, *right.entries))
        case ast.BitOr() | ast.BitAnd() | ast.Sub() if isinstance(left, Rows):
            items = left.items + (right.items if isinstance(right, Rows) and isinstance(node.op, ast.BitOr) else ())
            return Rows(items, left.disorder or (right.disorder if isinstance(right, Rows) else None), open=True)
    if isinstance(node.op, ast.Div) and isinstance(left, Text) and isinstance(right, Text):
        joined = files.beside(frame, node, left, right)
        if joined is not None:
            return joined
    value = _mixed(frame, node, [left, right])
    return as_path(value) if isinstance(node.op, ast.Div) else value


def as_path(value: Value) -> Value:
    """A path made of what changes: what is shown of it in a prompt is at best likely to."""
    return map_causes(value, lambda cause: cause._replace(confidence=min(cause.confidence, Confidence.LIKELY)))


def _sum(frame: Frame, node: ast.BinOp) -> Value:
    """A chain of `+`, however long, without recursion on its left."""
    operands: list[ast.expr] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        operands.append(left.right)
        left = left.left
    total = evaluate(frame, left)
    if operands and not any(isinstance(option, Rows) for option in options(total)):
        total = texts.placed(total, frame.place(left))
    for operand in reversed(operands):
        total = add(total, evaluate(frame, operand), frame.place(operand))
    return total


def add(left: Value, right: Value, place: Where | None) -> Value:
    """`left + right` for lists and texts; a date and a span of time make a date."""
    if isinstance(left, Either) or isinstance(right, Either):
        return join(*(add(first, second, place) for first in options(left) for second in options(right)))
    if isinstance(left, Rows) or isinstance(right, Rows):
        return _rows_sum(left, right)
    if isinstance(left, Const) and isinstance(right, Const):
        return Text((Piece(None, place),))
    if texts.clock_of(left) and not (isinstance(right, Text) and right.known.strip("{}")):
        return left
    return concat([left, texts.placed(right, place)], place)


def _rows_sum(left: Value, right: Value) -> Value:
    rows = [value if isinstance(value, Rows) else Rows((value,), open=True) for value in (left, right)]
    first, second = rows
    disorder, cut = first.disorder or second.disorder, first.cut or second.cut
    return Rows(first.items + second.items, disorder, open=first.open or second.open, place=first.place, cut=cut)


def _mixed(frame: Frame, node: ast.expr, values: list[Value]) -> Value:
    """A value that depends on others in a way not followed."""
    causes = [cause for cause in map(data_cause, values) if cause]
    if not causes:
        return frame.unknown(node)
    cause = max(causes, key=lambda cause: cause.rank)
    return Text((Piece(None, frame.place(node), cause if cause.volatility.clock else cause.spread()),))


def _bool_op(frame: Frame, node: ast.BoolOp) -> Value:
    values = [evaluate(frame, value) for value in node.values]
    if isinstance(node.op, ast.And):
        return values[-1]
    truthy = [value for value in values if not (isinstance(value, Const) and not value.value)]
    return prefer_cause(truthy) if truthy else values[-1]


def prefer_cause(values: list[Value]) -> Value:
    """`now or datetime.now()`: what the caller did not give is read here."""
    clocks = [value for value in values if texts.clock_of(value)]
    return (
        clocks[-1]
        if clocks and all(isinstance(value, Text) and len(value.pieces) == 1 for value in values)
        else join(*values)
    )


def _if_expression(frame: Frame, node: ast.IfExp) -> Value:
    return prefer_cause([evaluate(frame, node.body), evaluate(frame, node.orelse)])


def _sequence(frame: Frame, node: ast.List | ast.Tuple | ast.Set) -> Value:
    items: list[Value] = []
    is_open, cut = False, None
    for element in node.elts:
        if isinstance(element, ast.Starred):
            inner = evaluate(frame, element.value)
            is_open = is_open or not isinstance(inner, Rows) or inner.open
            cut = inner.cut if isinstance(inner, Rows) else cut
            items += inner.items if isinstance(inner, Rows) else [inner]
        else:
            items.append(evaluate(frame, element))
    disorder = (
        set_disorder(frame, node)
        if isinstance(node, ast.Set) and not all(isinstance(i, Const) for i in items)
        else None
    )
    return Rows(tuple(items), disorder, open=is_open, place=frame.place(node), cut=cut)


def set_disorder(frame: Frame, node: ast.expr) -> Cause:
    """Strings hash differently in each process, so a set's order is the process's own."""
    origin = frame.module.source(node)
    return Cause(BUILD, origin, Content.UNORDERED, Confidence.CERTAIN, frame.moment, frame.place(node))


def _dict(frame: Frame, node: ast.Dict) -> Value:
    entries: list[tuple[str, Value]] = []
    for key, item in zip(node.keys, node.values, strict=True):
        value = evaluate(frame, item)
        if key is None:
            entries += value.entries if isinstance(value, Table) else [("**", value)]
            continue
        name = as_text(evaluate(frame, key)).literal
        entries.append((name if name is not None else frame.module.source(key), value))
    return Table(tuple(entries), "", frame.place(node))


def _subscript(frame: Frame, node: ast.Subscript) -> Value:
    value = evaluate(frame, node.value)
    if isinstance(node.slice, ast.Slice):
        upper = evaluate(frame, node.slice.upper) if node.slice.upper else None
        limit = upper.value if isinstance(upper, Const) and isinstance(upper.value, int) else None
        if is_window(node.slice) and is_history(value):
            return taken_out(value, frame.place(node))
        return texts.sliced(value, limit) if node.slice.lower is None else value
    return item(frame, value, evaluate(frame, node.slice), node)


def item(frame: Frame, value: Value, key: Value, node: ast.Subscript) -> Value:
    """`value[key]`."""
    if isinstance(value, Either):
        return join(*(item(frame, option, key, node) for option in value.options))
    name = key.literal if isinstance(key, Text) else None
    if isinstance(value, Table) and name is not None and (found := value.get(name)) is not None:
        return found
    if isinstance(value, Table) and name is None and value.entries and not value.name:
        return join(*(entry for _, entry in value.entries))
    if isinstance(value, Rows) and value.items:
        return _row_item(value, key)
    if texts.clock_of(value):
        return value
    cause = cause_of(value)
    cause = None if cause and cause.is_derived else cause
    named = cause_of_field(f"{dotted(node.value)}.{name}") if name else None
    if named and (cause is None or named.confidence > Confidence.POSSIBLE):
        cause = named._replace(origin=frame.module.source(node))
    return Text((Piece(None, frame.place(node), cause),))


def _row_item(rows: Rows, key: Value) -> Value:
    index = key.value if isinstance(key, Const) else None
    if isinstance(index, int) and -len(rows.items) <= index < len(rows.items):
        return texts.disordered(rows.items[index], rows.disorder)
    return texts.disordered(join(*rows.items), rows.disorder)


def elements(frame: Frame, value: Value, target: ast.expr) -> list[Value]:  # noqa: PLR0911  # one for each kind
    """What a loop variable takes in turn; one value standing for all where they are many or not known."""
    match value:
        case Rows(items=items) if items and len(items) <= MAX_UNROLLED:
            return [disordered_item(entry, value.disorder) for entry in items]
        case Rows(items=items) if items:
            return [disordered_item(join(*items), value.disorder)]
        case Rows():
            return [_element(frame, value.disorder, target)]
        case Table(entries=entries, name=""):
            keys = [Text((Piece(key, value.place),)) for key, _ in entries]
            return list(keys) if keys and len(keys) <= MAX_UNROLLED else [frame.unknown(target)]
        case Either():
            return [join(*(one for option in value.options for one in elements(frame, option, target)[:1]))]
        case Text():
            cause = value.cause
            return [_element(frame, None if cause and cause.is_derived else cause, target)]
        case _:
            return [frame.unknown(target, _name_of(target))]


def disordered_item(value: Value, disorder: Cause | None) -> Value:
    """An item of an unordered row keeps its shape if it has one: its order is its list's matter."""
    return texts.disordered(value, disorder) if isinstance(value, Text) else value


def _element(frame: Frame, cause: Cause | None, target: ast.expr) -> Value:
    named = frame.unknown(target, _name_of(target))
    return Text((named.pieces[0]._replace(cause=cause or named.pieces[0].cause),))


def _name_of(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else ""


def _comprehension(frame: Frame, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Value:
    inner = replace_names(frame)
    rows: list[Value] = []
    disorder: Cause | None = None
    exact = len(node.generators) == 1 and not node.generators[0].ifs
    source = evaluate(inner, node.generators[0].iter)
    disorder = source.disorder if isinstance(source, Rows) else None
    exact = exact and isinstance(source, Rows) and not source.open and 0 < len(source.items) <= MAX_UNROLLED
    for value in elements(inner, source, node.generators[0].target) if exact else [None]:
        _bind_generators(inner, node.generators, value)
        rows.append(evaluate(inner, node.elt))
    if isinstance(node, ast.SetComp):
        disorder = set_disorder(frame, node)
    return Rows(tuple(rows), disorder, open=not exact, place=frame.place(node))


def _bind_generators(frame: Frame, generators: list[ast.comprehension], first: Value | None) -> None:
    for index, generator in enumerate(generators):
        value = first if index == 0 and first is not None else None
        if value is None:
            found = elements(frame, evaluate(frame, generator.iter), generator.target)
            value = found[0] if len(found) == 1 else join(*found)
        assign(frame, generator.target, value)
        for test in generator.ifs:
            evaluate(frame, test)


def replace_names(frame: Frame) -> Frame:
    """The frame with names of its own, for a scope inside an expression."""
    return replace(frame, names=dict(frame.names))


def _dict_comprehension(frame: Frame, node: ast.DictComp) -> Value:
    inner = replace_names(frame)
    source = evaluate(inner, node.generators[0].iter)
    _bind_generators(inner, node.generators, None)
    key = as_text(evaluate(inner, node.key)).literal
    value = evaluate(inner, node.value)
    disorder = source.disorder if isinstance(source, Rows) else None
    return Table(((key or "**", value),), "", frame.place(node), disorder)


def _call(frame: Frame, node: ast.Call) -> Value:
    return calls.call(frame, node)


def _lambda(frame: Frame, node: ast.Lambda) -> Value:
    return Function(frame.module, node, None, frame.names)


def _compare(frame: Frame, node: ast.Compare) -> Value:
    for value in (node.left, *node.comparators):
        if isinstance(value, ast.Call | ast.NamedExpr | ast.Await):
            evaluate(frame, value)
    return frame.unknown(node)


def _await(frame: Frame, node: ast.Await | ast.Starred) -> Value:
    return evaluate(frame, node.value)


def _yield(frame: Frame, node: ast.Yield | ast.YieldFrom) -> Value:
    frame.is_generator = True
    if node.value is not None:
        frame.returned.append(evaluate(frame, node.value))
    return frame.unknown(node)


def _walrus(frame: Frame, node: ast.NamedExpr) -> Value:
    value = evaluate(frame, node.value)
    assign(frame, node.target, value)
    return value


def _unary(frame: Frame, node: ast.UnaryOp) -> Value:
    value = evaluate(frame, node.operand)
    if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, int | float):
        return Const(-value.value)
    return frame.unknown(node)


_HANDLERS: dict[type[ast.expr], Callable[[Frame, Any], Value]] = {
    ast.Constant: _constant,
    ast.JoinedStr: _fstring,
    ast.FormattedValue: _formatted_value,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.BinOp: _binary,
    ast.BoolOp: _bool_op,
    ast.IfExp: _if_expression,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.Call: _call,
    ast.Lambda: _lambda,
    ast.Compare: _compare,
    ast.Await: _await,
    ast.Starred: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.NamedExpr: _walrus,
    ast.UnaryOp: _unary,
}
