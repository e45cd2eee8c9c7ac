"""Caches of whole answers: what their key leaves out, and whether an answer ever expires."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cachecalc.core.prompt import Confidence, Content, Trait
from cachecalc.load.python.attributes import decorator_name
from cachecalc.load.python.module import Module
from cachecalc.load.python.remarks import Remark
from cachecalc.load.python.values import Outside, Spot, Table

_STORE = re.compile(r"cache(?!_control|_creation|_read|point)|memo(?!r)|redis|seen_answers", re.IGNORECASE)
_OUTSIDE = re.compile(r"redis|memcache|diskcache|shelve|sqlite|dynamo", re.IGNORECASE)
_LIFETIMES = frozenset({"ex", "px", "exat", "ttl", "expire", "timeout", "expiration", "expires", "expire_time"})
_ENDINGS = re.compile(
    r"\.(?:pop|clear|delete|expire|invalidate|evict|popitem)\(|\bdel |TTLCache|maxsize(?!\s*=\s*None)|setex|cache_clear"
)
_REMEMBERED = frozenset({"lru_cache", "cache", "cached", "memoize", "alru_cache", "cache_data", "memoized"})
_DECIDING = ("model", "system", "instructions", "tools", "messages", "input", "contents", "temperature", "config")
_CHANGING = frozenset({Content.RETRIEVED, Content.LIVE, Content.MEMORY, Content.ENVIRONMENT})

Def = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Sender:
    """A function that sends a prompt: the call, and what sort of text it puts in."""

    call: ast.Call
    contents: frozenset[Content]


@dataclass(frozen=True, slots=True)
class _Use:
    """A place where an answer is looked up or kept: the store, its key, and the node that does it."""

    store: str
    key: ast.expr
    node: ast.expr
    keeps: bool = False
    expires: bool = False


def of_function(module: Module, function: Def, sender: Sender) -> Iterator[Remark]:
    if not _STORE.search(module.text):
        return
    uses = list(_uses(module, function))
    kept = [use for use in uses if use.keeps]
    if not kept or len(kept) == len(uses):
        kept = []
    for use in uses[:1]:
        missing = _missing(module, function, use, sender.call)
        if kept and missing:
            key = _definition(function, use.key)
            yield Remark(Trait.MEMO_KEY_INCOMPLETE, Spot(module, key), module.source(key), missing, Confidence.LIKELY)
    if not sender.contents & _CHANGING or _ENDINGS.search(module.text):
        return
    for use in kept[:1]:
        if not use.expires:
            yield Remark(Trait.MEMO_STALE, Spot(module, use.node), module.source(use.node))
    for decorator in function.decorator_list:
        if decorator_name(decorator) in _REMEMBERED and not _lives(decorator):
            yield Remark(Trait.MEMO_STALE, Spot(module, decorator), module.source(decorator))


def _uses(module: Module, function: Def) -> Iterator[_Use]:
    """Look-ups and assignments in something that is named like a cache."""
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            store = module.source(node.comparators[0])
            if _STORE.search(store):
                yield _Use(store, node.left, node)
        elif isinstance(node, ast.Subscript) and _STORE.search(store := module.source(node.value)):
            yield _Use(store, node.slice, node, isinstance(node.ctx, ast.Store))
        elif isinstance(node, ast.Call) and _called(node) in ("get", "set", "setex", "put") and node.args:
            store = _kind(module, node.func)
            if _STORE.search(store):
                yield _Use(store, node.args[0], node, _called(node) != "get", _called(node) == "setex" or _lives(node))


def _kind(module: Module, node: ast.expr) -> str:
    """What a store is called, and what class it was made by where that is known: `r = redis.Redis()`."""
    root = module.source(node).split(".")[0]
    made = (module.names or {}).get(root)
    return f"{module.source(node)} {made.name}" if isinstance(made, Table | Outside) else module.source(node)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _lives(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and any(keyword.arg in _LIFETIMES for keyword in node.keywords)


def _missing(module: Module, function: Def, use: _Use, call: ast.Call) -> tuple[str, ...]:
    """What decides the answer and is not in the key: parameters of the function, and what outlives the process."""
    in_key = _ingredients(function, use.key)
    own = use.store.startswith("self.")
    found: list[str] = []
    for keyword in call.keywords:
        if keyword.arg in _DECIDING:
            names = {name for name in _ingredients(function, keyword.value) if not (own and name.startswith("self."))}
            found += sorted(name for name in names - in_key if _varies(function, name))
            if not names and _OUTSIDE.search(use.store) and not _mentions(module, function, use.key, keyword):
                found.append(keyword.arg)
    return tuple(dict.fromkeys(found))


def _mentions(module: Module, function: Def, key: ast.expr, keyword: ast.keyword) -> bool:
    """Whether the key names a fixed argument, by its name or its value."""
    text = module.source(_definition(function, key))
    value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
    return bool(keyword.arg and keyword.arg in text) or (isinstance(value, str) and value in text)


def _varies(function: Def, name: str) -> bool:
    arguments = function.args
    names = {item.arg for item in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return name.startswith("self.") or (name in names and name not in ("self", "client", "llm"))


def _definition(function: Def, node: ast.expr) -> ast.expr:
    """The expression that a local name was last bound to."""
    if not isinstance(node, ast.Name):
        return node
    found = [
        inner.value
        for inner in ast.walk(function)
        if isinstance(inner, ast.Assign) and any(isinstance(t, ast.Name) and t.id == node.id for t in inner.targets)
    ]
    return found[0] if found else node


def _ingredients(function: Def, node: ast.expr, depth: int = 4) -> set[str]:
    """The names that an expression is made of, through local names: parameters, globals, and attributes of self."""
    found: set[str] = set()
    for inner in ast.walk(_definition(function, node)):
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id == "self":
            found.add(f"self.{inner.attr}")
        elif isinstance(inner, ast.Name) and inner.id != "self":
            defined = _definition(function, inner)
            found |= _ingredients(function, defined, depth - 1) if depth and defined is not inner else {inner.id}
    return found
