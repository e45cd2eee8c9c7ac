"""Take note of calls that send a prompt, or keep one to send it later."""

from __future__ import annotations

import ast
from dataclasses import replace

from cachecalc.core.prompt import Confidence
from cachecalc.load.python.drafts import Draft, Rank
from cachecalc.load.python.frame import Arguments, Frame
from cachecalc.load.python.notice import is_message, notice
from cachecalc.load.python.remarks import of_call
from cachecalc.load.python.sinks import CREW, SYSTEM_KEYS, USER_KEYS, Sink, sender
from cachecalc.load.python.values import Either, Function, Method, Moment, Rows, Table, Text, Value, concat, join


def notice_call(frame: Frame, node: ast.Call, path: str, arguments: Arguments) -> None:
    given = frozenset(key for key, _ in arguments.keywords)
    sink = sender(path, given)
    if sink is not None:
        _add(frame, node, path, sink, _opened(arguments))
        return
    name = path.rsplit(".", 1)[-1]
    if name in CREW and len(given & set(CREW[name])) >= 2:
        texts = [value for key in CREW[name] if (value := arguments.get(key)) is not None]
        _keep(frame, node, (path, "backstory"), concat(texts), None, arguments)
        return
    key, system = next(
        ((key, value) for key, value in arguments.keywords if key in SYSTEM_KEYS and _is_content(value)), ("", None)
    )
    messages = arguments.get("messages")
    if system is not None or (isinstance(messages, Rows) and any(map(is_message, messages.items))):
        _keep(frame, node, (path, key), system, messages, arguments)
    _notice_rest(frame, node, name, arguments)


def _notice_rest(frame: Frame, node: ast.Call, name: str, arguments: Arguments) -> None:
    """Other arguments that read like a prompt. A variable is seen where it was bound."""
    for argument, value in zip(node.args, arguments.positional, strict=False):
        if not isinstance(argument, ast.Name):
            notice(frame, value, name)
    for key, value in arguments.keywords:
        if key not in SYSTEM_KEYS and key != "messages":
            notice(frame, value, key, name if key in USER_KEYS else "")


def _is_content(value: Value) -> bool:
    if isinstance(value, Either):
        return any(map(_is_content, value.options))
    return isinstance(value, Text | Rows | Function | Method)


def _opened(arguments: Arguments) -> Arguments:
    """The arguments with those of a `config=` or `extra_body=` beside them."""
    inner = [
        value
        for key in ("config", "generation_config", "params", "extra_body")
        if (value := arguments.get(key)) is not None
    ]
    more = [entry for value in inner if isinstance(value, Table) for entry in value.entries]
    return Arguments(arguments.positional, (*arguments.keywords, *more), arguments.rest)


def _add(frame: Frame, node: ast.Call, path: str, sink: Sink, arguments: Arguments) -> None:
    system = _first(arguments, sink.system)
    messages = _first(arguments, sink.messages)
    if messages is None and sink.position and arguments.positional:
        messages = arguments.positional[0]
    frame.run.drafts.append(
        Draft(
            Rank.STORED if sink.kept else Rank.SENT,
            frame.place(node),
            Moment.CALL if sink.kept else frame.sending,
            _text_of(frame, system),
            messages,
            _first(arguments, sink.tools),
            (*frame.around, path),
            sink.provider,
            arguments.keywords,
            remarks=of_call(frame, node, path, arguments, messages),
            function=frame.node,
        )
    )


def _keep(
    frame: Frame,
    node: ast.Call,
    names: tuple[str, ...],
    system: Value | None,
    messages: Value | None,
    arguments: Arguments,
) -> None:
    tools = _first(arguments, ("tools", "functions"))
    frame.run.drafts.append(
        Draft(
            Rank.STORED,
            frame.place(node),
            Moment.CALL,
            _text_of(frame, system),
            messages,
            tools,
            (*frame.around, *names),
            None,
            arguments.keywords,
            Confidence.LIKELY,
        )
    )


def _first(arguments: Arguments, keys: tuple[str, ...]) -> Value | None:
    return next((value for key in keys if (value := arguments.get(key)) is not None), None)


def _text_of(frame: Frame, value: Value | None) -> Value | None:
    """System text may be given as the function that writes it, each time anew."""
    later = replace(frame, moment=Moment.CALL)
    match value:
        case Function():
            return later.invoke(value, Arguments(rest=True))[0]
        case Method():
            return later.invoke(value.function, Arguments((value.receiver,), rest=True))[0]
        case Either():
            return join(*(found for option in value.options if (found := _text_of(frame, option)) is not None))
        case _:
            return value
