"""What a file does around its calls: starting them together, counting their tokens, remembering their answers.

These are told from the shape of the code alone, in files that send prompts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cachecalc.core.prompt import Confidence, Trait
from cachecalc.load.python.module import Module
from cachecalc.load.python.remarks import Remark
from cachecalc.load.python.values import Spot

COUNTERS = re.compile(
    r"cache_read_input_tokens|cache_creation_input_tokens|cached_tokens|cache_write_tokens|cached_content_token_count"
    r"|cacheReadInputTokens|cacheWriteInputTokens|cachedContentTokenCount|cache_miss_reason|cache_read|cache_hit"
)
_TOGETHER = frozenset({"gather", "map", "imap", "imap_unordered", "starmap", "submit", "create_task", "apply_async"})
_EACH = (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.For, ast.AsyncFor)
_STORES = re.compile(r"cache|memo|redis|responses?_by|seen", re.IGNORECASE)
_TTL = frozenset({"ex", "px", "ttl", "expire", "timeout", "expiration", "expires"})

Def = ast.FunctionDef | ast.AsyncFunctionDef


def of_module(module: Module, senders: frozenset[str], *, marked: bool) -> Iterator[Remark]:
    """Remarks on a file whose functions `senders` send prompts; `marked` says that some of these carry cache marks."""
    starts = any(f"{name}(" in module.text for name in _TOGETHER)
    for function in (node for node in ast.walk(module.tree) if isinstance(node, Def)) if starts or marked else ():
        if starts:
            yield from _fan_out(module, function, senders, marked=marked)
        if marked:
            yield from _misread(module, function)
            yield from _unbounded(module, function)


def _remark(module: Module, trait: Trait, node: ast.expr, confidence: Confidence = Confidence.LIKELY) -> Remark:
    return Remark(trait, Spot(module, node), module.source(node), (), confidence)


def _called(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _fan_out(module: Module, function: Def, senders: frozenset[str], *, marked: bool) -> Iterator[Remark]:
    """Calls started for each item at once, none of them made and awaited before."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or _called(node.func) not in _TOGETHER:
            continue
        if _sends_each(node, function, senders) and not _is_warm(function, node, senders):
            yield _remark(module, Trait.FAN_OUT, node, Confidence.LIKELY if marked else Confidence.POSSIBLE)
            return


def _sends_each(node: ast.Call, function: Def, senders: frozenset[str]) -> bool:
    """Whether the call starts one request for each item of a row: mapped, or gathered from a comprehension or loop."""
    names = {_called(inner) for argument in node.args for inner in ast.walk(argument) if isinstance(inner, ast.expr)}
    if _called(node.func) in ("map", "imap", "imap_unordered", "starmap"):
        return bool(node.args) and _called(node.args[0]) in senders
    if any(isinstance(inner, _EACH) for argument in node.args for inner in ast.walk(argument)):
        return bool(names & senders)
    loops = (inner for inner in ast.walk(function) if isinstance(inner, _EACH))
    if _called(node.func) == "gather":
        lists = {inner.id for argument in node.args for inner in ast.walk(argument) if isinstance(inner, ast.Name)}
        return any(_fills(loop, lists, senders) for loop in ast.walk(function))
    return bool(names & senders) and any(node is inner for loop in loops for inner in ast.walk(loop))


def _fills(node: ast.AST, lists: set[str], senders: frozenset[str]) -> bool:
    """Whether a statement fills one of the lists with calls of a sender: `tasks = [ask(x) for x in xs]`."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.ListComp):
        targets = {_called(target) for target in node.targets}
        return bool(targets & lists) and isinstance(node.value.elt, ast.Call) and _sent(node.value.elt, senders)
    if isinstance(node, ast.For | ast.AsyncFor):
        appended = (
            inner for inner in ast.walk(node) if isinstance(inner, ast.Call) and _called(inner.func) == "append"
        )
        return any(
            isinstance(call.func, ast.Attribute)
            and _called(call.func.value) in lists
            and any(_sent(arg, senders) for arg in call.args)
            for call in appended
        )
    return False


def _sent(node: ast.AST, senders: frozenset[str]) -> bool:
    return any(isinstance(inner, ast.Call) and _called(inner.func) in senders for inner in ast.walk(node))


def _is_warm(function: Def, node: ast.Call, senders: frozenset[str]) -> bool:
    """Whether one such call is awaited before the others are started."""
    awaited = (inner for inner in ast.walk(function) if isinstance(inner, ast.Await) and inner.lineno < node.lineno)
    return any(
        _sent(inner, senders) and not any(isinstance(part, _EACH) for part in ast.walk(inner)) for inner in awaited
    )


def _misread(module: Module, function: Def) -> Iterator[Remark]:
    """Input and output tokens added up, cached ones left out."""
    if COUNTERS.search(module.lines(function)):
        return
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            names = {_counter(node.left), _counter(node.right)}
            if names == {"input_tokens", "output_tokens"}:
                yield _remark(module, Trait.USAGE_MISREAD, node)


def _counter(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


def _unbounded(module: Module, function: Def) -> Iterator[Remark]:
    """A mark put on every item of a loop, with nothing that takes one away or counts them."""
    text = module.lines(function)
    if re.search(
        r"pop\([\"']cache_control|del .*cache_control|\[-\d+:|break|enumerate|count|len\(|max_(?!\w*tokens)", text
    ):
        return
    for loop in (node for node in ast.walk(function) if isinstance(node, ast.For | ast.AsyncFor)):
        for node in loop.body:
            if isinstance(node, ast.Assign) and any(_is_mark(target) for target in node.targets):
                yield _remark(module, Trait.MARKS_UNBOUNDED, node.targets[0])
                return


def _is_mark(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "cache_control"
    )
