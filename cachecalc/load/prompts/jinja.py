"""Jinja templates, read by Jinja's own lexer and parser and never rendered.

The parser says what each piece of output depends on; the lexer says where it stands: both give the pieces in the same
order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cachecalc.core.problem import InputError, Problem
from cachecalc.load.prompts import siblings, slots
from cachecalc.load.prompts.jinja_values import chain, condition, value
from cachecalc.load.prompts.pieces import (
    FIXED,
    MAX_INCLUDES,
    NOBODY_KNOWS,
    Piece,
    Value,
    included,
    joined,
    named,
    taken,
)

if TYPE_CHECKING:
    import jinja2
    from jinja2 import nodes


@dataclass
class Reading:
    """One template as it is walked: `outputs` and `includes` are the places not yet met, in order."""

    path: str
    outputs: Iterator[tuple[int, int]]
    includes: Iterator[tuple[int, int]]
    depth: int = 0
    scope: dict[str, Value] = field(default_factory=dict)
    macros: dict[str, list[Piece]] = field(default_factory=dict)


def read(source: str, path: str = "") -> tuple[list[Piece], dict[str, list[Piece]]]:
    """What a template puts out, and what each of its macros would. Raises InputError where it is not valid Jinja."""
    return _read(source, path, 0, {})


def _read(source: str, path: str, depth: int, scope: dict[str, Value]) -> tuple[list[Piece], dict[str, list[Piece]]]:
    from jinja2 import TemplateSyntaxError

    try:
        tree, tokens = _parsed(_of_one_width(source))
        reading = Reading(path, _outputs(tokens), _includes(tokens), depth, dict(scope))
        return list(_walk(tree.body, FIXED, reading)), reading.macros
    except TemplateSyntaxError as error:
        message = f"not valid Jinja: {(error.message or 'syntax error').rstrip('.')}"
        raise InputError([Problem(message, path, error.lineno)]) from None
    except RecursionError:
        raise InputError([Problem("nested too deeply", path)]) from None
    except ValueError:
        raise InputError([Problem("not valid Jinja: a number with thousands of digits", path)]) from None


def _of_one_width(source: str) -> str:
    """Jinja makes every line end one character; these replacements keep all offsets."""
    return source.replace("\r\n", " \n").replace("\r", "\n")


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    from jinja2 import Environment

    return Environment(  # noqa: S701  # nothing is rendered
        keep_trailing_newline=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"]
    )


_UNKNOWN_TAG = re.compile(r"Encountered unknown tag '(?P<tag>\w+)'")


def _parsed(source: str) -> tuple[nodes.Template, list[tuple[int, str, str]]]:
    """The tree and the tokens, each token with its offset. Tags of extensions that we do not have are comments."""
    from jinja2 import TemplateSyntaxError

    for _ in range(20):
        try:
            return _environment().parse(source), list(_tokens(source))
        except TemplateSyntaxError as error:
            unknown = _UNKNOWN_TAG.search(error.message or "")
            if unknown is None:
                raise
            source = _silenced(source, unknown["tag"])
    return _environment().parse(source), list(_tokens(source))


def _silenced(source: str, tag: str) -> str:
    pattern = rf"\{{%(?P<inside>[-+]?\s*(?:end)?{tag}\b.*?)%\}}"
    return re.sub(pattern, r"{#\g<inside>#}", source, flags=re.DOTALL)


def _tokens(source: str) -> Iterator[tuple[int, str, str]]:
    """Offset, kind and text of each token. Only white space that a `-` takes away lies between them."""
    position = 0
    for _, kind, text in _environment().lex(source):
        position = source.index(text, position)
        yield position, kind, text
        position += len(text)


def _outputs(tokens: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, int]]:
    """The ranges of literal text and of `{{ }}`, in order."""
    start = 0
    for position, kind, text in tokens:
        if kind == "data" and text:
            yield position, position + len(text)
        elif kind == "variable_begin":
            start = position
        elif kind == "variable_end":
            yield start, position + len(text.rstrip())


def _includes(tokens: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, int]]:
    """The ranges of the include statements, in order."""
    start, tag = 0, ""
    for position, kind, text in tokens:
        if kind == "block_begin":
            start, tag = position, ""
        elif kind == "name":
            tag = tag or text
        elif kind == "block_end" and tag == "include":
            yield start, position + len(text.rstrip())


def _walk(body: Iterable[nodes.Node], context: Value, reading: Reading) -> Iterator[Piece]:
    """What a row of nodes puts out; `context` is what decides whether and how often."""
    for node in body:
        yield from _step(node, context, reading)


def _step(node: nodes.Node, context: Value, reading: Reading) -> Iterator[Piece]:
    from jinja2 import nodes

    match node:
        case nodes.Output():
            yield from (_output(child, context, reading) for child in node.nodes)
        case nodes.If():
            yield from _if(node, context, reading)
        case nodes.For():
            yield from _for(node, context, reading)
        case nodes.Include():
            yield from _include(node, context, reading)
        case nodes.Assign() | nodes.AssignBlock() | nodes.Macro() | nodes.Import() | nodes.FromImport():
            _define(node, context, reading)
        case nodes.CallBlock():
            yield from _within(node.body, context | value(node.call, reading.scope), reading, _parameters(node))
        case nodes.With():
            given = zip(node.targets, node.values, strict=True)
            own = {name: value(worth, reading.scope) for target, worth in given for name in _names(target)}
            yield from _within(node.body, context, reading, own)
        case _ if isinstance(inner := getattr(node, "body", None), list):
            yield from _walk(inner, context, reading)
        case _:
            pass


def _output(node: nodes.Node, context: Value, reading: Reading) -> Piece:
    from jinja2 import nodes

    start, end = next(reading.outputs)
    if isinstance(node, nodes.TemplateData):
        return Piece(start, end, context)
    return Piece(start, end, value(node, reading.scope) | context, _called(node))


def _called(node: nodes.Node) -> str:
    """A name for an expression: the variable it begins with, its attributes included."""
    from jinja2 import nodes

    inner = [node, *node.find_all((nodes.Call, nodes.Getattr, nodes.Name))]
    names = next((names for part in inner if (names := chain(part))), ["value"])
    is_method = len(names) > 1 and any(isinstance(part, nodes.Call) and chain(part.node) == names for part in inner)
    return ".".join(names[:-1] if is_method else names)


def _if(node: nodes.If, context: Value, reading: Reading) -> Iterator[Piece]:
    branches = [list(_branch(branch, context, reading)) for branch in (node, *node.elif_)]
    branches += [list(_walk(node.else_, context, reading))]
    yield from taken(branches)


def _branch(node: nodes.If, context: Value, reading: Reading) -> Iterator[Piece]:
    cause = f"{{% if {_called(node.test)} ... %}}"
    yield from _walk(node.body, context | replace(condition(node.test, reading.scope), cause=cause), reading)


def _for(node: nodes.For, context: Value, reading: Reading) -> Iterator[Piece]:
    items = slots.listed(_called(node.iter), value(node.iter, reading.scope))
    own = {"loop": FIXED, **dict.fromkeys(_names(node.target), items)}
    repeated = replace(items, cause=f"{{% for {', '.join(_names(node.target))} in {_called(node.iter)} %}}")
    yield from _within(node.body, context | repeated, reading, own)
    yield from _walk(node.else_, context, reading)


def _within(body: Iterable[nodes.Node], context: Value, reading: Reading, own: dict[str, Value]) -> Iterator[Piece]:
    """A body with variables of its own."""
    yield from _walk(body, context, replace(reading, scope={**reading.scope, **own}))


def _define(node: nodes.Node, context: Value, reading: Reading) -> None:
    """Note what a name stands for from here on."""
    from jinja2 import nodes

    match node:
        case nodes.Assign():
            _bind(node.target, value(node.node, reading.scope) | context, reading)
        case nodes.AssignBlock():
            _bind(node.target, joined(piece.value for piece in [*_walk(node.body, context, reading)]), reading)
        case nodes.Macro():
            pieces = list(_within(node.body, FIXED, reading, _parameters(node)))
            reading.macros[node.name] = pieces
            reading.scope[node.name] = joined(piece.value for piece in pieces)
        case nodes.Import():
            reading.scope[node.target] = NOBODY_KNOWS
        case nodes.FromImport():
            names = (name if isinstance(name, str) else name[1] for name in node.names)
            reading.scope.update(dict.fromkeys(names, NOBODY_KNOWS))
        case _:
            pass


def _parameters(node: Any) -> dict[str, Value]:
    return {argument.name: named([argument.name]) for argument in node.args}


def _bind(target: nodes.Node, worth: Value, reading: Reading) -> None:
    for name in _names(target):
        reading.scope[name] = worth


def _names(target: nodes.Node) -> list[str]:
    """The names that an assignment sets: one, several, or the namespace it changes."""
    from jinja2 import nodes

    if isinstance(target, nodes.Name | nodes.NSRef):
        return [target.name]
    return [name for child in target.iter_child_nodes() for name in _names(child)]


def _include(node: nodes.Include, context: Value, reading: Reading) -> Iterator[Piece]:
    """The pieces of the included file, or one for the statement where there is no such file."""
    from jinja2 import nodes

    start, end = next(reading.includes)
    name = node.template.value if isinstance(node.template, nodes.Const) else None
    found = siblings.read(reading.path, name) if isinstance(name, str) and reading.depth < MAX_INCLUDES else None
    if found is None:
        yield Piece(start, end, context | NOBODY_KNOWS, "include")
        return
    path, source = found
    pieces, macros = _read(source, path, reading.depth + 1, reading.scope)
    reading.macros.update(macros)
    yield from included(pieces, source, path, start, context)
