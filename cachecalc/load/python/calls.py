"""What a call returns, and whether it takes a prompt."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import PER_REQUEST, Clock, Volatility
from cachecalc.load.prompts import clock_formats
from cachecalc.load.python import containers, files, serial, templates, texts
from cachecalc.load.python.attributes import attribute, construct
from cachecalc.load.python.builtin import builtin
from cachecalc.load.python.frame import Arguments, Frame
from cachecalc.load.python.history import is_history, taken_out
from cachecalc.load.python.module import dotted
from cachecalc.load.python.queries import is_unordered_query
from cachecalc.load.python.requests import notice_call
from cachecalc.load.python.serial import DUMPS, dumped
from cachecalc.load.python.sinks import ROLES, SILENT
from cachecalc.load.python.sources import (
    BUILD,
    CLOCK_METHODS,
    RETRIEVING,
    STRUCTURAL,
    UNORDERED_METHODS,
    cause_of_call,
    cause_of_helper,
    cause_of_name,
    is_static,
)
from cachecalc.load.python.targets import assign
from cachecalc.load.python.values import (
    Cause,
    Const,
    Either,
    Function,
    Klass,
    Method,
    Moment,
    Outside,
    Piece,
    Rows,
    Table,
    Text,
    Value,
    as_text,
    cause_of,
    data_cause,
    join,
    join_causes,
    options,
)

_VERBS = (
    "get_",
    "fetch_",
    "load_",
    "read_",
    "build_",
    "format_",
    "make_",
    "render_",
    "create_",
    "retrieve_",
    "search_",
)
_CONVERTERS = {"time.strftime": 1, "time.localtime": 0, "time.gmtime": 0, "time.ctime": 0, "time.asctime": 0}
"""Callables that read the clock only if no time is given, and at which position it would be."""
_ASKING = frozenset({"query", "question", "k", "top_k", "n_results", "limit"})
_SEEDED = re.compile(r"random\.seed\(\s*\w")
MIN_DATA = 60
"""Characters of known arguments from which a call is taken to write them down in another form."""
_MEASURES = frozenset({"len", "isinstance", "hasattr", "bool", "any", "all", "range", "callable", "issubclass", "hash"})


def call(frame: Frame, node: ast.Call) -> Value:
    arguments = _arguments(frame, node)
    function = node.func
    if not isinstance(function, ast.Attribute):
        return _result(frame, node, frame.evaluate(function), arguments)
    receiver = frame.evaluate(function.value)
    found = [_method(frame, node, function, option, arguments) for option in options(receiver)]
    known = [value for value in found if value is not None]
    if known:
        return join(*known)
    return _result(frame, node, attribute(frame, receiver, function.attr, function), arguments)


def _arguments(frame: Frame, node: ast.Call) -> Arguments:
    positional: list[Value] = []
    keywords: list[tuple[str, Value]] = []
    rest = False
    for argument in node.args:
        value = frame.evaluate(argument)
        starred = isinstance(argument, ast.Starred)
        rest = rest or (starred and not isinstance(value, Rows))
        positional += value.items if starred and isinstance(value, Rows) else [value]
    for keyword in node.keywords:
        value = frame.evaluate(keyword.value)
        if keyword.arg is not None:
            keywords.append((keyword.arg, value))
        elif isinstance(value, Table):
            keywords += value.entries
        else:
            rest = True
    return Arguments(tuple(positional), tuple(keywords), rest)


def _method(
    frame: Frame, node: ast.Call, function: ast.Attribute, receiver: Value, arguments: Arguments
) -> Value | None:
    """The result of a method that every string, list, dict or point in time has."""
    name = function.attr
    if name in containers.CHANGES and _can_change(receiver, name, arguments):
        assign(frame, function.value, containers.CHANGES[name](receiver, arguments))
    if name in ("pop", "popleft") and _takes_first(name, arguments) and is_history(receiver):
        assign(frame, function.value, taken_out(receiver, frame.place(node)))
    if (found := files.method(frame, node, receiver, name, arguments)) is not None:
        return found
    match receiver:
        case Text():
            return _text_method(frame, node, name, receiver, arguments)
        case Rows():
            return containers.method(receiver, name, arguments)
        case Table():
            found = containers.method(receiver, name, arguments)
            return found if found is not None else templates.method(frame, receiver, name, arguments)
        case _:
            return None


def _takes_first(name: str, arguments: Arguments) -> bool:
    """`pop(0)`, `pop(1)` behind a system message, `popleft()`."""
    index = arguments.get("index", 0)
    return name == "popleft" or (isinstance(index, Const) and index.value in (0, 1))


def _can_change(receiver: Value, name: str, arguments: Arguments) -> bool:
    """A list or dict; or a parameter that must be one, since it takes a message or is named like its methods."""
    if isinstance(receiver, Rows) or (isinstance(receiver, Table) and not receiver.name):
        return True
    unknown = isinstance(receiver, Text) and len(receiver.pieces) == 1 and receiver.pieces[0].text is None
    return unknown and name in ("append", "insert", "extend") and bool(arguments.positional)


def _text_method(frame: Frame, node: ast.Call, name: str, receiver: Text, arguments: Arguments) -> Value | None:  # noqa: PLR0911  # one for each method
    found = texts.moment_method(receiver, name, arguments)
    if found is not None:
        return found
    place = frame.place(node)
    match name:
        case "format" | "format_map" if receiver.pieces and (found := templates.around(receiver, arguments)):
            return found
        case "format" | "format_map" if receiver.pieces:
            return texts.fill(receiver, texts.braces(_format_arguments(name, arguments)), unescape="{}")
        case "join" if arguments.positional:
            return join(*(texts.joined(receiver, option) for option in options(arguments.positional[0])))
        case "replace" if len(arguments.positional) >= 2:
            old = as_text(arguments.positional[0]).literal
            return (
                texts.fill(receiver, texts.substitution(old, texts.placed(arguments.positional[1], place)))
                if old
                else receiver
            )
        case "split" | "rsplit" | "splitlines" | "partition":
            separator = arguments.get("sep", 0)
            return texts.split_text(receiver, as_text(separator).literal if separator else None)
        case _ if name in texts.SAME:
            return receiver
        case _ if name in texts.FACTS:
            return Text((Piece(None, place),))
        case _:
            return None


def _format_arguments(name: str, arguments: Arguments) -> Arguments:
    if name == "format_map" and arguments.positional and isinstance(arguments.positional[0], Table):
        return Arguments((), arguments.positional[0].entries)
    return arguments


def _result(frame: Frame, node: ast.Call, callee: Value, arguments: Arguments) -> Value:
    path = callee.name if isinstance(callee, Outside) else dotted(node.func)
    if path.rsplit(".", 1)[-1] not in SILENT:
        notice_call(frame, node, path, arguments)
    match callee:
        case Function():
            return _or_named(frame, node, path, arguments, frame.invoke(callee, arguments)[0])
        case Method():
            return _or_named(frame, node, path, arguments, _invoke_method(frame, node, callee, arguments))
        case Klass():
            message = _message(frame, node, callee.node.name, arguments)
            return message if message is not None else construct(frame, callee, arguments)
        case Either(options=several):
            return join(*(_result(frame, node, option, arguments) for option in several[:2]))
        case Outside() if path.startswith("builtins.") and path != "builtins.open":
            return builtin(frame, node, path.removeprefix("builtins."), arguments)
        case _:
            return _outside(frame, node, path, arguments)


def _or_named(frame: Frame, node: ast.Call, path: str, arguments: Arguments, result: Value) -> Value:
    """What a function of the project returns; if that says nothing, what one of its name from elsewhere would. What it
    retrieves is new only if it is asked a question."""
    says_nothing = isinstance(result, Text) and all(piece.text is None for piece in result.pieces)
    if not (says_nothing or isinstance(result, Rows)) or cause_of(result) is not None:
        return result
    if says_nothing and (text := _written_down(frame, node, arguments)) is not None:
        return text
    cause = _cause_by_name(path, Arguments(), is_method=isinstance(node.func, ast.Attribute))
    if cause and cause.content is Content.RETRIEVED:
        is_told = _is_question(arguments)
    else:
        is_told = says_nothing and cause is not None and cause.content is not Content.UNORDERED
    return _changing(frame, node, path, cause) if cause and is_told else result


def _is_question(arguments: Arguments) -> bool:
    """Whether a call is given a question, or told how many answers to give."""
    values = (*arguments.positional, *(value for _, value in arguments.keywords))
    asked = any(cause and cause.content is Content.QUESTION for cause in map(cause_of, values))
    return asked or any(name in _ASKING for name, _ in arguments.keywords)


def _invoke_method(frame: Frame, node: ast.Call, method: Method, arguments: Arguments) -> Value:
    result, receiver = frame.invoke(method.function, arguments.behind(method.receiver))
    if receiver is not None and receiver != method.receiver and isinstance(node.func, ast.Attribute):
        assign(frame, node.func.value, receiver)
    return result


def _outside(frame: Frame, node: ast.Call, path: str, arguments: Arguments) -> Value:  # noqa: PLR0911  # one for each kind
    """The result of a call that leaves the project."""
    name = path.rsplit(".", 1)[-1]
    if (found := templates.constructed(frame, node, path, arguments)) is not None:
        return found
    if (found := files.called(frame, node, path, arguments)) is not None:
        return found
    if path in DUMPS:
        return dumped(frame, node, arguments)
    if path == "functools.partial" and (bound := _bound(arguments)) is not None:
        return bound
    if cause := _cause(frame, node, path, arguments):
        return _changing(frame, node, path, cause)
    if (message := _message(frame, node, name, arguments)) is not None:
        return message
    if name[:1].isupper():
        given = tuple((str(index), value) for index, value in enumerate(arguments.positional))
        return Table((*given, *arguments.keywords), path, frame.place(node))
    filled = templates.unseen(frame, node, path, arguments)
    return filled if filled is not None else _unfollowed(frame, node, name, arguments)


def _message(frame: Frame, node: ast.Call, name: str, arguments: Arguments) -> Table | None:
    """A message, if the class is one that stands for a role."""
    content = arguments.get("content", 0) or arguments.get("text") or arguments.get("prompt")
    if name not in ROLES or content is None:
        return None
    role = texts.literal(ROLES[name])
    return Table((("role", role), ("content", content), *arguments.keywords), name, frame.place(node))


def _bound(arguments: Arguments) -> Method | None:
    """A function of the project with its first argument given."""
    match arguments:
        case Arguments(positional=(Function() as function, first), keywords=()):
            return Method(function, first)
        case _:
            return None


def _cause(frame: Frame, node: ast.Call, path: str, arguments: Arguments) -> Cause | None:
    """Why the result of an outside call changes, if the call itself is the reason."""
    cause = cause_of_call(path)
    if cause and frame.moment is Moment.IMPORT and _SEEDED.search(frame.module.text) and "random." in path:
        return None
    if cause and path == "time.strftime":
        layout = as_text(arguments.get("format", 0) or Text()).literal
        cause = cause.at_most(clock_formats.step(layout)) if layout else cause
    if cause and path in _CONVERTERS and (given := arguments.get("", _CONVERTERS[path])) is not None:
        return _narrowed(data_cause(given), cause.volatility.clock)
    if cause is None and is_unordered_query(frame, node):
        return Cause(BUILD, path, Content.UNORDERED, Confidence.LIKELY)
    return cause or _cause_by_name(path, arguments, is_method=isinstance(node.func, ast.Attribute))


def _narrowed(cause: Cause | None, clock: Clock) -> Cause | None:
    """What a conversion shows of the time it was given: nothing new where that was fixed."""
    return cause.at_most(clock) if cause else None


def _cause_by_name(path: str, arguments: Arguments, *, is_method: bool) -> Cause | None:
    owner, _, name = path.rpartition(".")
    if name in CLOCK_METHODS and is_method and len(arguments.positional) <= 1:
        is_date = owner.rsplit(".", 1)[-1].lower() in ("date", "localdate") or name == "today"
        clock = Clock.DAY if is_date else CLOCK_METHODS[name]
        return Cause(Volatility(clock=clock), path, Content.TEXT, Confidence.LIKELY)
    if name in UNORDERED_METHODS and is_method:
        return Cause(BUILD, path, Content.UNORDERED)
    if name in RETRIEVING and is_method and owner.rsplit(".", 1)[-1] not in ("re", "regex", "pattern"):
        return Cause(PER_REQUEST, path, Content.RETRIEVED, Confidence.LIKELY)
    return cause_of_helper(name)


def _changing(frame: Frame, node: ast.Call, path: str, cause: Cause) -> Value:
    if cause.where is None:
        cause = cause._replace(moment=frame.moment, origin=frame.module.source(node), where=frame.place(node))
    place = frame.place(node)
    item = Text((Piece(None, place, cause),))
    name = path.rsplit(".", 1)[-1]
    if cause.content is not Content.UNORDERED or name == "choice":
        return item
    return Rows((Text((Piece(None, place),)),), cause, open=True, place=place)


def _written_down(frame: Frame, node: ast.Call, arguments: Arguments) -> Text | None:
    """Data that is known, as a call that is given nothing else is taken to write it down."""
    values = [*arguments.positional, *(value for _, value in arguments.keywords)]
    text = [serial.written(value) for value in values]
    if not values or None in text or sum(len(part or "") for part in text) <= MIN_DATA:
        return None
    return Text((Piece("\n".join(part or "" for part in text), frame.place(node)),))


def _unfollowed(frame: Frame, node: ast.Call, name: str, arguments: Arguments) -> Value:
    """The result of a function nobody can read: it may show what it was given."""
    if name == "shuffle" and arguments.positional and node.args:
        origin = frame.module.source(node)
        disorder = Cause(PER_REQUEST, origin, Content.UNORDERED, moment=frame.moment, where=frame.place(node))
        rows = arguments.positional[0]
        assign(
            frame,
            node.args[0],
            replace(rows, disorder=disorder) if isinstance(rows, Rows) else Rows((rows,), disorder, open=True),
        )
    if name in _MEASURES:
        return Text((Piece(None, frame.place(node)),))
    plain = next((name.removeprefix(verb) for verb in _VERBS if name.startswith(verb)), name)
    named = cause_of_name(plain) if plain not in STRUCTURAL else None
    if (text := _written_down(frame, node, arguments)) is not None:
        return text
    values = [*arguments.positional, *(value for _, value in arguments.keywords)]
    given = join_causes(map(data_cause, values))
    given = given.spread() if given and not is_static(given) else None
    named = named._replace(origin=frame.module.source(node)) if named else None
    cause = given if given and given.volatility.clock else named or given
    return Text((Piece(None, frame.place(node), cause),))
