"""Templates: text with placeholders that are filled later, here or by nobody we can see."""

from __future__ import annotations

import ast
from dataclasses import replace

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import STATIC
from cachecalc.load.python import files, shape, texts
from cachecalc.load.python.drafts import Draft, Rank
from cachecalc.load.python.frame import Arguments, Frame
from cachecalc.load.python.notice import notice, role_of
from cachecalc.load.python.sinks import KNOWN_ROLES, ROLES, TEMPLATES
from cachecalc.load.python.sources import cause_of_call
from cachecalc.load.python.values import (
    Cause,
    Either,
    Function,
    Moment,
    Outside,
    Piece,
    Rows,
    Table,
    Text,
    Value,
    as_text,
    concat,
    data_cause,
    join,
)

_MADE = frozenset({"from_template", "from_messages", "from_string", "from_role_strings", "from_strings", "from_file"})
_FILLS = frozenset(
    [
        "format",
        "format_messages",
        "format_prompt",
        "invoke",
        "ainvoke",
        "partial",
        "render",
        "render_async",
        "substitute",
        "safe_substitute",
        "stream",
        "astream",
        "batch",
        "partial_format",
    ]
)
_FORMATS = frozenset({"format", "format_map", "render", "substitute", "safe_substitute", "format_messages", "invoke"})
_TEXTUAL = frozenset(
    {
        "textwrap.dedent",
        "textwrap.fill",
        "textwrap.indent",
        "inspect.cleandoc",
        "dedent",
        "cleandoc",
        "SafeString",
        "html.escape",
    }
)
_FILES = frozenset({"get_template", "select_template"})


def constructed(frame: Frame, node: ast.Call, path: str, arguments: Arguments) -> Value | None:
    """A template made by this call, text only laid out by it, or a file's text; None for any other call."""
    owner, _, name = path.rpartition(".")
    if path in _TEXTUAL and arguments.positional:
        return arguments.positional[0]
    if name in _MADE and (name != "from_file" or owner.rsplit(".", 1)[-1] in TEMPLATES):
        return _made(frame, node, path, owner.rsplit(".", 1)[-1], arguments)
    if name in TEMPLATES:
        return _made(frame, node, path, name, arguments)
    if name == "Template" and (text := arguments.get("template", 0) or arguments.get("source")) is not None:
        return Table(
            (("template", text),),
            "string.Template" if path.startswith("string.") else "jinja2.Template",
            frame.place(node),
        )
    if name in _FILES and arguments.positional:
        text = files.content(frame, node, files.tail(as_text(arguments.positional[0])))
        return Table((("template", text),), "jinja2.Template", frame.place(node))
    return None


def _made(frame: Frame, node: ast.Call, path: str, class_name: str, arguments: Arguments) -> Value | None:
    if path.endswith(".from_string"):
        return Table((("template", arguments.get("source", 0) or Text()),), "jinja2.Template", frame.place(node))
    content = _file_of(frame, node, arguments) if path.endswith(".from_file") else None
    content = content or (
        arguments.get("template", 0)
        or arguments.get("messages")
        or arguments.get("prompt")
        or arguments.get("message_templates")
    )
    if content is None:
        return None
    layout = as_text(arguments.get("template_format") or Text()).literal
    content = opened(content, jinja=layout in ("jinja2", "mustache"))
    if class_name in ROLES:
        content = Table((("role", texts.literal(ROLES[class_name])), ("content", content)), "", frame.place(node))
    value = Table((("messages", content),), f"{class_name}.template", frame.place(node))
    notice(frame, content, class_name, "template_prompt")
    return value


def _file_of(frame: Frame, node: ast.Call, arguments: Arguments) -> Value | None:
    path = arguments.get("template_file", 0) or arguments.get("path")
    return files.content(frame, node, as_text(path).literal) if path is not None else None


def opened(value: Value, *, jinja: bool = False) -> Value:
    """The value with the placeholders of each text in it cut out as holes."""
    find = texts.mustaches(None) if jinja else texts.braces(None)
    match value:
        case Text():
            return texts.fill(value, find, unescape="" if jinja else "{}")
        case Either():
            return join(*(opened(option, jinja=jinja) for option in value.options))
        case Rows(items=items):
            return replace(value, items=tuple(opened(_as_message(item), jinja=jinja) for item in items))
        case Table():
            return replace(
                value,
                entries=tuple(
                    (key, entry if key == "role" else opened(entry, jinja=jinja)) for key, entry in value.entries
                ),
            )
        case _:
            return value


def _as_message(value: Value) -> Value:
    """`("system", "...")` as the dict that it stands for."""
    if isinstance(value, Rows) and len(value.items) == 2 and role_of(value.items[0]) in KNOWN_ROLES:
        return Table((("role", value.items[0]), ("content", value.items[1])), "", value.place)
    return value


def unseen(frame: Frame, node: ast.Call, path: str, arguments: Arguments) -> Value | None:
    """What fills a prompt that is kept out of sight, by its name; None for any other call."""
    owner, _, name = path.rpartition(".")
    kept = owner.rpartition(".")[2]
    if name not in _FORMATS or shape.name_points(tuple(owner.split(".")[-2:])) < 2:
        return None
    text = Text((Piece(None, frame.place(node), Cause(STATIC, kept)),))
    filled = _around(text, _given(arguments))
    if filled is not None:
        names = (*frame.around, kept)
        place, sure = frame.place(node), Confidence.LIKELY
        frame.run.drafts.append(Draft(Rank.STORED, place, Moment.CALL, messages=filled, names=names, confidence=sure))
    return filled


def around(text: Text, arguments: Arguments) -> Value | None:
    """The text of a file that is not to be seen here, filled."""
    return _around(text, _given(arguments)) if _is_file(text) else None


def _around(text: Text, given: Arguments) -> Value | None:
    """A text that nobody can read with the clocks and ids that are put into it, which some of it is likely to follow."""
    values = [*given.positional, *(value for _, value in given.keywords)]
    causes = [cause for cause in map(data_cause, values) if cause and cause.confidence > Confidence.POSSIBLE]
    ticking = [
        cause for cause in causes if not cause.is_derived and (cause.volatility.clock or cause.content is Content.NONCE)
    ]
    if not ticking:
        return None
    place = text.pieces[0].place
    likely = (cause._replace(confidence=Confidence.LIKELY) for cause in ticking)
    return Text((*(Piece(None, place, cause) for cause in likely), *text.pieces))


def method(frame: Frame, receiver: Table, name: str, arguments: Arguments) -> Value | None:
    """Filling a template; None for any other method."""
    if name not in _FILLS:
        return None
    given = _given(arguments)
    text = receiver.get("template")
    if text is not None and receiver.name in ("jinja2.Template", "string.Template"):
        find = texts.mustaches(given) if receiver.name == "jinja2.Template" else texts.dollars(given)
        return (around(text, given) if isinstance(text, Text) else None) or texts.fill(text, find)
    content = receiver.get("messages")
    if content is None or not receiver.name.endswith(".template"):
        return None
    filled = fill_holes(content, _called(frame, given))
    notice(frame, filled, "template_prompt")
    return filled if name not in ("partial", "partial_format") else receiver.put("messages", filled)


def _is_file(text: Text) -> bool:
    """A file that is part of the program and not to be seen here."""
    return len(text.pieces) == 1 and _is_fixed(text.pieces[0])


def _is_fixed(piece: Piece) -> bool:
    return piece.text is None and piece.cause is not None and piece.cause.volatility == STATIC


def _called(frame: Frame, given: Arguments) -> Arguments:
    """The values with functions called: templates take those for what is to be worked out each time."""
    return Arguments((), tuple((name, _worked_out(frame, value)) for name, value in given.keywords), given.rest)


def _worked_out(frame: Frame, value: Value) -> Value:
    match value:
        case Function():
            return frame.invoke(value, Arguments())[0]
        case Outside(name=name) if (cause := cause_of_call(name)) is not None:
            return Text((Piece(None, None, cause),))
        case _:
            return value


def _given(arguments: Arguments) -> Arguments:
    """Values by name, from keywords or from one dict."""
    first = arguments.positional[0] if arguments.positional else None
    entries = first.entries if isinstance(first, Table) else ()
    return Arguments((), (*entries, *arguments.keywords), arguments.rest)


def fill_holes(value: Value, arguments: Arguments) -> Value:
    match value:
        case Text(pieces=pieces):
            return concat([_hole(piece, arguments) for piece in pieces])
        case Either():
            return join(*(fill_holes(option, arguments) for option in value.options))
        case Rows(items=items):
            return replace(value, items=tuple(fill_holes(item, arguments) for item in items))
        case Table(entries=entries):
            return replace(value, entries=tuple((key, fill_holes(entry, arguments)) for key, entry in entries))
        case _:
            return value


def _hole(piece: Piece, arguments: Arguments) -> Value:
    found = arguments.get(piece.hole) if piece.hole else None
    return Text((piece,)) if found is None or isinstance(found, Outside) else texts.placed(found, piece.place)
