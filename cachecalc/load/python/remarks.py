"""What is true of a call that sends a prompt, beside its text: its key, its model, what it does with the history."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from cachecalc.core.prompt import Confidence, Content, Trait
from cachecalc.core.volatility import Freshness
from cachecalc.load.python.frame import Arguments, Frame
from cachecalc.load.python.serial import plain
from cachecalc.load.python.values import Either, Moment, Rows, Spot, Text, Value, Where, cause_of, options

SWITCHES = {
    "model": Trait.MODEL_SWITCHED,
    "tools": Trait.TOOLS_SWITCHED,
    **dict.fromkeys(
        ("thinking", "tool_choice", "effort", "output_config", "reasoning", "reasoning_effort", "speed", "toolConfig"),
        Trait.PARAMETER_SWITCHED,
    ),
}
"""Arguments that belong to the prefix, and what it is called when they vary within a conversation."""

_CACHES = ("caches.create", "CachedContent.create")
_LEGACY = ("google.generativeai.caching", "prompt_caching.messages", "openai.ChatCompletion", "openai.Completion")
_ENTRIES = frozenset({"main", "run", "demo", "cli", "example", "setup", "startup", "lifespan", "__init__"})
_HANDLERS = frozenset(
    [
        "get",
        "post",
        "put",
        "route",
        "websocket",
        "websocket_route",
        "task",
        "command",
        "on_message",
        "message_handler",
        "endpoint",
        "api_view",
    ]
)


@dataclass(frozen=True, slots=True)
class Remark:
    """A fact before its place is worked out."""

    trait: Trait
    where: Where
    origin: str
    names: tuple[str, ...] = ()
    confidence: Confidence = Confidence.LIKELY


def of_call(
    frame: Frame, node: ast.Call, path: str, arguments: Arguments, messages: Value | None
) -> tuple[Remark, ...]:
    return (
        *_key(frame, node, arguments, messages),
        *_history(messages),
        *_switches(frame, node, arguments, messages),
        *_named_cache(frame, node, path, arguments),
        *_legacy(frame, node, path),
    )


def _keyword(node: ast.Call, name: str) -> ast.expr:
    return next((keyword.value for keyword in node.keywords if keyword.arg == name), node)


def _remark(frame: Frame, trait: Trait, node: ast.expr, confidence: Confidence, *names: str) -> Remark:
    return Remark(trait, Spot(frame.module, node), frame.module.source(node), names, confidence)


def _key(frame: Frame, node: ast.Call, arguments: Arguments, messages: Value | None) -> Iterator[Remark]:
    """A routing key that is new on each call, or one for everybody."""
    key = arguments.get("prompt_cache_key")
    if key is None:
        return
    cause = cause_of(key)
    if (
        cause
        and cause.volatility.fresh is Freshness.REQUEST
        and cause.content is Content.NONCE
        and cause.moment is Moment.CALL
    ):
        yield _remark(frame, Trait.CACHE_KEY_RANDOM, _keyword(node, "prompt_cache_key"), cause.confidence)
    elif isinstance(key, Text) and key.literal:
        sure = Confidence.LIKELY if continues(messages) else Confidence.POSSIBLE
        yield _remark(frame, Trait.CACHE_KEY_CONSTANT, _keyword(node, "prompt_cache_key"), sure)


def continues(messages: Value | None) -> bool:
    """Whether a row of messages holds what a conversation has said so far."""
    for option in options(messages) if messages is not None else ():
        items = option.items if isinstance(option, Rows) else (option,)
        causes = [cause_of(item) for item in items if isinstance(item, Text)]
        if any(cause and cause.content is Content.HISTORY for cause in causes):
            return True
    return False


def _history(messages: Value | None) -> Iterator[Remark]:
    """A window over the history, or messages taken out of it."""
    for option in options(messages) if messages is not None else ():
        if isinstance(option, Rows) and option.cut is not None:
            origin = option.cut.module.source(option.cut.node)
            yield Remark(Trait.HISTORY_REWRITTEN, option.cut, origin, (), Confidence.LIKELY)
            return


def _switches(frame: Frame, node: ast.Call, arguments: Arguments, messages: Value | None) -> Iterator[Remark]:
    """Arguments that depend on the turn, in a call that continues a conversation."""
    if not continues(messages):
        return
    for keyword in node.keywords:
        trait = SWITCHES.get(keyword.arg or "")
        value = arguments.get(keyword.arg or "")
        if trait and value is not None and (_is_choice(keyword.value) or _varies(frame, keyword.value, value)):
            yield _remark(frame, trait, keyword.value, Confidence.LIKELY, keyword.arg or "")


def _is_choice(node: ast.expr) -> bool:
    return isinstance(node, ast.IfExp) and ast.dump(node.body) != ast.dump(node.orelse)


def _varies(frame: Frame, node: ast.expr, value: Value) -> bool:
    """Whether a name was bound to several known values in this very function."""
    if not isinstance(value, Either) or not isinstance(node, ast.Name) or frame.node is None:
        return False
    bound = (inner for inner in ast.walk(frame.node) if isinstance(inner, ast.Assign))
    given = [
        inner.value for inner in bound if any(isinstance(to, ast.Name) and to.id == node.id for to in inner.targets)
    ]
    known = {repr(plain(option)) for option in options(value)} - {repr(...)}
    return (len(given) > 1 or any(map(_is_choice, given))) and len(known) > 1


def _named_cache(frame: Frame, node: ast.Call, path: str, arguments: Arguments) -> Iterator[Remark]:
    """A cache object made for each request; one that nothing ends."""
    if not path.endswith(_CACHES):
        return
    if (sure := _per_call(frame, node)) is not None:
        yield _remark(frame, Trait.NAMED_CACHE_PER_CALL, node.func, sure)
    lives = any(arguments.get(name) is not None for name in ("ttl", "expire_time"))
    if not lives and not arguments.rest and ".delete(" not in frame.module.text:
        yield _remark(frame, Trait.NAMED_CACHE_UNRELEASED, node.func, Confidence.LIKELY)


def _per_call(frame: Frame, node: ast.Call) -> Confidence | None:
    function = frame.node
    if frame.loops:
        return Confidence.CERTAIN
    if frame.moment < Moment.CALL or function is None or function.name in _ENTRIES or _is_guarded(function, node):
        return None
    text = frame.module.lines(function)
    decorators = " ".join(map(frame.module.source, function.decorator_list))
    if any(f".{name}(" in decorators for name in _HANDLERS):
        return Confidence.CERTAIN
    if any(word in text for word in ("generate_content", "from_cached_content", "cached_content=", "send_message")):
        return Confidence.LIKELY
    return None


def _is_guarded(function: ast.AST, node: ast.Call) -> bool:
    """Whether the call stands in a branch, where it may be made only the first time."""
    branches = (inner for inner in ast.walk(function) if isinstance(inner, ast.If))
    return any(node is inner for branch in branches for inner in ast.walk(branch))


def _legacy(frame: Frame, node: ast.Call, path: str) -> Iterator[Remark]:
    if any(name in path for name in _LEGACY):
        yield _remark(frame, Trait.LEGACY_API, node.func, Confidence.CERTAIN)
