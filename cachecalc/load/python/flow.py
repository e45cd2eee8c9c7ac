"""Follow the statements of a body and see what its names come to hold."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from cachecalc.core.prompt import Confidence, Content
from cachecalc.load.python import imports, texts
from cachecalc.load.python.attributes import decorator_name
from cachecalc.load.python.expressions import add, elements, evaluate
from cachecalc.load.python.frame import Arguments, Frame, Run
from cachecalc.load.python.history import is_history, taken_out
from cachecalc.load.python.module import Module
from cachecalc.load.python.notice import notice
from cachecalc.load.python.sinks import SILENT
from cachecalc.load.python.sources import BUILD
from cachecalc.load.python.targets import assign
from cachecalc.load.python.values import (
    NOTHING,
    Cause,
    Either,
    Function,
    Instance,
    Klass,
    Moment,
    Piece,
    Rows,
    Table,
    Text,
    Value,
    data_cause,
    join,
    join_causes,
)

_SETS = frozenset({"frozenset", "set", "Set", "AbstractSet", "FrozenSet", "MutableSet"})
_ONCE = frozenset({"cache", "lru_cache", "cached", "alru_cache"})
_BUILDERS = frozenset({"__init__", "__post_init__", "model_post_init", "__new__", "__attrs_post_init__", "setUp"})


def execute(frame: Frame, body: Sequence[ast.stmt]) -> bool:
    """Follow the statements; whether control comes out at the end."""
    for statement in body:
        frame.run.steps -= 1
        handler = _HANDLERS.get(type(statement))
        if handler and handler(frame, statement) is False:
            return False
    return True


def _expression(frame: Frame, node: ast.Expr) -> None:
    value = node.value.value if isinstance(node.value, ast.Await) else node.value
    if not isinstance(value, ast.Constant) and not _is_silent(value):
        evaluate(frame, value)


def _is_silent(node: ast.expr) -> bool:
    """A call that logs or prints: nothing in it reaches a prompt."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name) and _last(node.func) in SILENT


def _last(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def _assignment(frame: Frame, node: ast.Assign) -> None:
    value = evaluate(frame, node.value)
    for target in node.targets:
        assign(frame, target, value)


def _annotated(frame: Frame, node: ast.AnnAssign) -> None:
    if node.value is not None:
        value = evaluate(frame, node.value)
    elif isinstance(node.target, ast.Name) and frame.is_kept:
        value = frame.unknown(node.target, node.target.id)
    else:
        return
    assign(frame, node.target, _as_annotated(frame, node.annotation, frame.module.source(node.target), value))


def _augmented(frame: Frame, node: ast.AugAssign) -> None:
    value = evaluate(frame, node.value)
    if isinstance(node.op, ast.Add):
        grown = add(evaluate(frame, node.target), value, frame.place(node.value))
        _grow(frame, node.target, grown)


def _grow(frame: Frame, target: ast.expr, value: Value) -> None:
    """Bind without taking note of what was there: it is part of what is there now."""
    if isinstance(target, ast.Name):
        frame.names[target.id] = value
    else:
        assign(frame, target, value)


def _branch(frame: Frame, body: Sequence[ast.stmt], names: dict[str, Value]) -> dict[str, Value] | None:
    """The names after a branch, or None where it never ends."""
    outer, frame.names = frame.names, dict(names)
    ended = execute(frame, body)
    found, frame.names = frame.names, outer
    if not ended:
        notice_names(frame, {name: value for name, value in found.items() if names.get(name) is not value})
    return found if ended else None


def _merge(frame: Frame, branches: list[dict[str, Value] | None]) -> bool:
    """Join the branches that come out."""
    ending = [branch for branch in branches if branch is not None]
    if not ending:
        return False
    merged = dict(ending[0])
    for branch in ending[1:]:
        for name, value in branch.items():
            old = merged.get(name)
            if old is not value:
                merged[name] = value if old is None else join(old, value)
    frame.names = merged
    return True


def _is_idle(node: ast.expr) -> bool:
    """A test that neither calls nor binds anything."""
    match node:
        case ast.Name() | ast.Constant():
            return True
        case ast.Attribute(value=inner) | ast.UnaryOp(operand=inner):
            return _is_idle(inner)
        case ast.Compare(left=left, comparators=others):
            return all(map(_is_idle, (left, *others)))
        case ast.BoolOp(values=values):
            return all(map(_is_idle, values))
        case _:
            return False


def _if(frame: Frame, node: ast.If) -> bool:
    if not _is_idle(node.test):
        evaluate(frame, node.test)
    before = frame.names
    given = _branch(frame, node.body, before)
    other = _branch(frame, node.orelse, before)
    if given is not None and other is not None and _is_none_test(node.test):
        _default(given, other)
    return _merge(frame, [given, other])


def _is_none_test(test: ast.expr) -> bool:
    """`if now is None:` or `if not now:` before `now = datetime.now()`."""
    match test:
        case ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return True
        case ast.UnaryOp(op=ast.Not()):
            return True
        case _:
            return False


def _default(given: dict[str, Value], other: dict[str, Value]) -> None:
    """A default read from a clock stands for the argument that nobody gave."""
    for name, value in given.items():
        if texts.clock_of(value) and name in other and other[name] is not value:
            other[name] = value


def _for(frame: Frame, node: ast.For | ast.AsyncFor) -> bool:
    before = dict(frame.names)
    rows = elements(frame, evaluate(frame, node.iter), node.target)
    frame.loops += 1
    for value in rows if frame.loops == 1 or len(rows) == 1 else [join(*rows)]:
        assign(frame, node.target, value)
        after = _branch(frame, node.body, frame.names)
        _merge(frame, [frame.names if after is None else after])
    frame.loops -= 1
    _merge(frame, [frame.names, before])
    execute(frame, node.orelse)
    return True


def _while(frame: Frame, node: ast.While) -> bool:
    evaluate(frame, node.test)
    before = frame.names
    frame.loops += 1
    _merge(frame, [_branch(frame, node.body, before), before])
    frame.loops -= 1
    return True


def _try(frame: Frame, node: ast.Try | ast.TryStar) -> bool:
    before = frame.names
    tried = _branch(frame, [*node.body, *node.orelse], before)
    handled = [_branch(frame, handler.body, before) for handler in node.handlers]
    ended = _merge(frame, [tried, *handled])
    return execute(frame, node.finalbody) and ended


def _with(frame: Frame, node: ast.With | ast.AsyncWith) -> bool:
    for item in node.items:
        value = evaluate(frame, item.context_expr)
        if item.optional_vars is not None:
            assign(frame, item.optional_vars, value)
    return execute(frame, node.body)


def _return(frame: Frame, node: ast.Return) -> bool:
    value = evaluate(frame, node.value) if node.value else NOTHING
    if not isinstance(node.value, ast.Name):
        notice(frame, value, "return")
    frame.returned.append(value)
    return False


def _delete(frame: Frame, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Subscript) and is_history(value := evaluate(frame, target.value)):
            assign(frame, target.value, taken_out(value, frame.place(target)))


def _leave(_frame: Frame, node: ast.Raise | ast.Break | ast.Continue) -> bool:
    return isinstance(node, ast.Break | ast.Continue)


def _match(frame: Frame, node: ast.Match) -> bool:
    evaluate(frame, node.subject)
    before = frame.names
    return _merge(frame, [*(_branch(frame, case.body, before) for case in node.cases), before])


def _function(frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    names = {decorator_name(decorator) for decorator in node.decorator_list}
    if names & {"setter", "deleter", "overload"}:
        return
    closure = frame.names if frame.names is not frame.module.names else None
    frame.names[node.name] = Function(frame.module, node, None, closure, node.name)


def _class(frame: Frame, node: ast.ClassDef) -> None:
    frame.names[node.name] = Klass(frame.module, node, frame.names if frame.names is not frame.module.names else None)


def _import(frame: Frame, node: ast.Import | ast.ImportFrom) -> None:
    frame.names.update(imports.bound(frame.run, frame.module, node))


_HANDLERS: dict[type[ast.stmt], Callable[[Frame, Any], bool | None]] = {
    ast.Expr: _expression,
    ast.Assign: _assignment,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Return: _return,
    ast.Delete: _delete,
    ast.Raise: _leave,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.Match: _match,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import,
}


class Interpreter:
    """The machine that frames call back into."""

    def evaluate(self, frame: Frame, node: ast.expr) -> Value:
        return evaluate(frame, node)

    def load(self, run: Run, module: Module) -> dict[str, Value]:
        if module.names is None:
            module.names = {}
            frame = Frame(run, module, module.names, Moment.IMPORT, around=(_stem(module.path),), is_kept=True)
            execute(frame, module.tree.body)
            notice_names(frame, frame.names)
            module.names.update(frame.names)
        return module.names

    def open_class(self, run: Run, klass: Klass) -> dict[str, Value]:
        key = id(klass.node)
        if key not in run.classes:
            run.classes[key] = {}
            around = (_stem(klass.module.path), klass.node.name)
            frame = Frame(run, klass.module, {}, Moment.IMPORT, klass.closure, around, is_kept=True)
            execute(frame, klass.node.body)
            notice_names(frame, frame.names)
            run.classes[key] = {name: _owned(value, klass) for name, value in frame.names.items()}
        return run.classes[key]

    def invoke(self, frame: Frame, function: Function, arguments: Arguments) -> tuple[Value, Value | None]:
        run, moment = frame.run, _moment_of(function, frame.moment)
        if not function.module.lends(function.node).matters:
            return _unread(arguments), None
        key = (id(function.node), id(function.closure), moment, arguments) if _is_small(arguments) else None
        if key in run.memo:
            return run.memo[key]
        with run.entering(function.node) as allowed:
            if not allowed:
                return Text((Piece(None),)), None
            found = _body(frame, function, arguments, moment)
        if key is not None:
            run.memo[key] = found
        return found


def _unread(arguments: Arguments) -> Value:
    """What a function returns that neither writes text nor reads what changes: at most what it was given."""
    values = [*arguments.positional, *(value for _, value in arguments.keywords)]
    cause = join_causes(map(data_cause, values))
    return Text((Piece(None, None, cause.spread() if cause else None),))


def _is_small(arguments: Arguments) -> bool:
    """Whether to remember what a call returned: long arguments cost more to compare than they save."""
    values = (*arguments.positional, *(value for _, value in arguments.keywords))
    return all(_is_plain(value) for value in values)


def _is_plain(value: Value) -> bool:
    match value:
        case Text(pieces=pieces):
            return len(pieces) < 2
        case Instance(attributes=attributes):
            return not attributes
        case _:
            return not isinstance(value, Rows | Table | Either)


def _stem(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".py")


def _owned(value: Value, klass: Klass) -> Value:
    if isinstance(value, Function) and value.owner is None and value.module is klass.module:
        return Function(value.module, value.node, klass, klass.closure, value.name)
    return value


def _moment_of(function: Function, moment: Moment) -> Moment:
    """A cached function reads its clocks once; a constructor's stay for the life of the object."""
    if isinstance(function.node, ast.Lambda):
        return moment
    names = {decorator_name(decorator) for decorator in function.node.decorator_list}
    if names & _ONCE:
        return Moment.IMPORT
    if "cached_property" in names or function.node.name in _BUILDERS:
        return min(moment, Moment.INIT)
    return moment


def _body(frame: Frame, function: Function, arguments: Arguments, moment: Moment) -> tuple[Value, Value | None]:
    node = function.node
    around = (_stem(function.module.path), function.owner.node.name if function.owner else "", function.name)
    frame.run.machine.load(frame.run, function.module)
    inner = Frame(frame.run, function.module, {}, moment, function.closure, around, is_kept=moment < frame.moment)
    inner.node = node if not isinstance(node, ast.Lambda) else None
    bind_parameters(inner, function, arguments)
    if isinstance(node, ast.Lambda):
        return evaluate(inner, node.body), None
    execute(inner, node.body)
    notice_names(inner, inner.names)
    first = node.args.args[0].arg if node.args.args else ""
    receiver = inner.names.get(first) if isinstance(inner.names.get(first), Instance) else None
    return _result(inner), receiver


def _result(frame: Frame) -> Value:
    if not frame.returned:
        return NOTHING
    if frame.is_generator:
        return Rows(tuple(frame.returned), open=True)
    return join(*frame.returned)


def notice_names(frame: Frame, names: dict[str, Value]) -> None:
    """What the names of a scope hold when control leaves it."""
    if frame.node and not frame.module.lends(frame.node).builds:
        return
    for name, value in list(names.items()):
        if isinstance(value, Text | Rows | Table | Instance | Either):
            notice(frame, value, name)


def bind_parameters(frame: Frame, function: Function, arguments: Arguments) -> None:
    """Parameters take what the call gives, else their default, else stay unknown but for their name."""
    spec = function.node.args
    parameters = [*spec.posonlyargs, *spec.args]
    defaults = dict(zip([item.arg for item in reversed(parameters)], reversed(spec.defaults), strict=False))
    defaults |= {item.arg: value for item, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if value}
    for index, item in enumerate((*parameters, *spec.kwonlyargs)):
        given = arguments.get(item.arg, index if index < len(parameters) else None)
        frame.names[item.arg] = given if given is not None else _absent(frame, item, defaults.get(item.arg), arguments)
    if spec.vararg:
        frame.names[spec.vararg.arg] = Rows(arguments.positional[len(parameters) :], open=arguments.rest)
    if spec.kwarg:
        known = {item.arg for item in (*parameters, *spec.kwonlyargs)}
        more = tuple(entry for entry in arguments.keywords if entry[0] not in known)
        frame.names[spec.kwarg.arg] = Table(more) if more else _unnamed(frame, spec.kwarg)


def _absent(frame: Frame, item: ast.arg, default: ast.expr | None, arguments: Arguments) -> Value:
    unknown = _unnamed(frame, item)
    if default is None:
        return unknown
    outer = Frame(frame.run, frame.module, {}, Moment.IMPORT, frame.outer)
    value = evaluate(outer, default)
    if not arguments.rest:
        return value
    is_text = isinstance(value, Text) and len(value.known) > 40
    return value if is_text or texts.clock_of(value) else unknown


def _unnamed(frame: Frame, item: ast.arg) -> Value:
    """A parameter that nobody gave: known by its name, and without order if it is said to be a set."""
    unknown = frame.unknown(item, item.arg)
    return _as_annotated(frame, item.annotation, item.arg, unknown)


def _as_annotated(frame: Frame, annotation: ast.expr | None, name: str, value: Value) -> Value:
    if annotation is None or not isinstance(value, Text) or not _is_set(annotation):
        return value
    disorder = Cause(BUILD, name, Content.UNORDERED, Confidence.CERTAIN, frame.moment)
    return Rows((value,), disorder, open=True)


def _is_set(annotation: ast.expr) -> bool:
    """`set[str]`, `typing.Set`, the same in quotes."""
    match annotation:
        case ast.Subscript(value=inner):
            return _is_set(inner)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _SETS
        case ast.Constant(value=str(text)):
            return text.partition("[")[0].rpartition(".")[2].strip() in _SETS
        case _:
            return False
