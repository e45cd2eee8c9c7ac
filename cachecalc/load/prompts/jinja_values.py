"""How often the value of a Jinja expression changes, told from its names, functions and filters. Nothing is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import PER_REQUEST, Clock, Volatility
from cachecalc.load.prompts import clock_formats, variable_names
from cachecalc.load.prompts.pieces import FIXED, Value, joined, named

if TYPE_CHECKING:
    from jinja2 import nodes


Scope = Mapping[str, Value]

_FIELDS = {
    **dict.fromkeys(("year", "month"), Clock.MONTH),
    **dict.fromkeys(("day", "date", "weekday", "isoweekday", "day_name", "toordinal"), Clock.DAY),
    **dict.fromkeys(("hour",), Clock.HOUR),
    **dict.fromkeys(("minute",), Clock.MINUTE),
    **dict.fromkeys(("second",), Clock.SECOND),
    **dict.fromkeys(("microsecond", "isoformat", "timestamp"), Clock.SUBSECOND),
}
_SHUFFLED = {
    "random": Value(PER_REQUEST, Content.NONCE),
    "shuffle": Value(PER_REQUEST, Content.UNORDERED),
    "sample": Value(PER_REQUEST, Content.UNORDERED),
}
_NOW = Value(Volatility(Clock.SECOND))
_PURE = frozenset(
    {"range", "dict", "lipsum", "namespace", "joiner", "cycler", "caller", "super", "raise_exception", "_", "gettext"}
)


def value(node: nodes.Node, scope: Scope) -> Value:
    """What is known of an expression's value, `scope` holding the variables that the template itself sets."""
    from jinja2 import nodes

    match node:
        case nodes.Const() | nodes.TemplateData() | nodes.Test():
            return FIXED
        case nodes.Name(name=name):
            return scope[name] if name in scope else named([name])
        case nodes.Getattr() | nodes.Getitem():
            return _attribute(node, scope)
        case nodes.Call():
            return _call(node, scope)
        case nodes.Filter():
            return _filter(node, scope)
        case _:
            return joined(value(child, scope) for child in node.iter_child_nodes())


def condition(node: nodes.Node, scope: Scope) -> Value:
    """How often the outcome of a test changes. Whether something is there at all, or what nobody knows, is taken to
    stay the same; a comparison with something that changes is not."""
    from jinja2 import nodes

    if isinstance(node, nodes.And | nodes.Or | nodes.Not):
        return joined(condition(child, scope) for child in node.iter_child_nodes())
    if not isinstance(node, nodes.Compare):
        return FIXED
    found = value(node, scope)
    return (
        FIXED
        if found.volatility.unknown or found.content is not Content.TEXT
        else replace(found, confidence=Confidence.POSSIBLE)
    )


def chain(node: nodes.Node) -> list[str] | None:
    """`a.b['c']` as names; None where something else than names is in it."""
    from jinja2 import nodes

    match node:
        case nodes.Name(name=name):
            return [name]
        case nodes.Getattr(node=owner, attr=name):
            before = chain(owner)
            return [*before, name] if before else None
        case nodes.Getitem(node=owner, arg=nodes.Const(value=key)):
            before = chain(owner)
            return before and ([*before, key] if isinstance(key, str) else before)
        case _:
            return None


def _attribute(node: nodes.Getattr | nodes.Getitem, scope: Scope) -> Value:
    names = chain(node)
    if names and names[0] not in scope:
        return named(names)
    owner = value(node.node, scope)
    last = getattr(node, "attr", None) or (names or [""])[-1]
    return _of_clock(owner, _FIELDS[last]) if last in _FIELDS else owner


def _call(node: nodes.Call, scope: Scope) -> Value:
    from jinja2 import nodes

    arguments = joined(value(child, scope) for child in (*node.args, *node.kwargs))
    names = chain(node.node)
    if isinstance(node.node, nodes.Getattr) and (owner := _owner(node.node, scope)) is not None:
        return _method(node.node.attr, owner, node) | arguments
    if not names or names[-1] in _PURE:
        return arguments
    if names[0] in scope:
        return scope[names[0]] | arguments
    return _function(names, node) | arguments


def _owner(node: nodes.Getattr, scope: Scope) -> Value | None:
    """The value a method is called on; None for a function of a module, such as `datetime.now`."""
    owner = value(node.node, scope)
    return None if owner.volatility.unknown or (owner.volatility.is_static and chain(node.node)) else owner


def _method(name: str, owner: Value, call: nodes.Call) -> Value:
    if name in ("strftime", "format", "isoformat"):
        return _formatted(owner, call)
    return _of_clock(owner, _FIELDS[name]) if name in _FIELDS else owner


def _function(names: list[str], call: nodes.Call) -> Value:
    """What a function returns, judged by its name: `now()`, `datetime.utcnow()`, `uuid4()`, `get_history(user)`."""
    found = variable_names.attribute(names)
    if not found.volatility.clock:
        sure = Confidence.POSSIBLE if found is variable_names.NOBODY_KNOWS else Confidence.LIKELY
        certain = found.content is Content.NONCE and "id" not in variable_names.words(names[-1])
        return Value(found.volatility, found.content, Confidence.CERTAIN if certain else sure)
    # Called, `now` gives an object that shows its microseconds.
    clock = Clock.SUBSECOND if found.volatility.unknown else found.volatility.clock
    return _formatted(Value(Volatility(clock)), call)


def _filter(node: nodes.Filter, scope: Scope) -> Value:
    from jinja2 import nodes

    arguments = joined(value(child, scope) for child in (*node.args, *node.kwargs))
    subject = value(node.node, scope) if node.node is not None else FIXED
    if node.name in ("date", "strftime") and isinstance(node.node, nodes.Const) and node.node.value in ("now", "today"):
        return _formatted(_NOW, node)  # as Twig and Liquid write it
    if node.name in _SHUFFLED:
        return _SHUFFLED[node.name] | subject | arguments
    if node.name in ("length", "count", "wordcount"):
        return replace(subject, content=Content.TEXT) | arguments
    return _formatted(subject, node) | arguments


def _formatted(found: Value, call: nodes.Call | nodes.Filter) -> Value:
    """A clock as a format shows it, where one is given."""
    from jinja2 import nodes

    given = [
        argument.value
        for argument in (*call.args, *(kwarg.value for kwarg in call.kwargs))
        if isinstance(argument, nodes.Const)
    ]
    steps = [clock_formats.step(template) for template in given if isinstance(template, str)]
    return _of_clock(found, max(steps)) if any(steps) else found


def _of_clock(found: Value, shown: Clock) -> Value:
    """Part of a moment changes as often as what is shown of it."""
    clock = found.volatility.clock
    if not clock:
        return found
    return replace(found, volatility=replace(found.volatility, clock=min(clock, shown), unknown=False))
