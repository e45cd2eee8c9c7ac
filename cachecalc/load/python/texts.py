"""What the methods of strings and points in time make of a row of pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from string import Formatter

from cachecalc.core.prompt import Confidence
from cachecalc.core.volatility import Clock
from cachecalc.load.prompts import clock_formats
from cachecalc.load.python.frame import Arguments
from cachecalc.load.python.literal import cut
from cachecalc.load.python.sources import STEPS, TIMESPECS, cause_of_placeholder
from cachecalc.load.python.values import (
    Cause,
    Const,
    Piece,
    Rows,
    Table,
    Text,
    Value,
    Where,
    as_text,
    concat,
    join,
    map_causes,
    options,
)

SAME = frozenset(
    [
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "capitalize",
        "expandtabs",
        "encode",
        "decode",
        "removeprefix",
        "removesuffix",
        "center",
        "ljust",
        "rjust",
        "zfill",
        "casefold",
        "swapcase",
        "normalize",
        "translate",
        "astimezone",
        "timestamp",
        "in_timezone",
        "in_tz",
        "to",
        "localize",
        "resolve",
        "as_posix",
        "copy",
        "result",
        "json",
    ]
)
"""Methods whose result says what the receiver says, for our purpose."""

FACTS = frozenset(
    [
        "startswith",
        "endswith",
        "isdigit",
        "isalpha",
        "isspace",
        "isupper",
        "islower",
        "count",
        "find",
        "rfind",
        "index",
        "rindex",
        "exists",
        "is_file",
        "is_dir",
        "isnumeric",
        "total_seconds",
        "bit_length",
        "tzname",
        "utcoffset",
        "dst",
    ]
)
"""Methods whose result tells next to nothing of the receiver."""

MAX_REPEATED = 1_000_000
MIN_PROSE = 16
"""Literal characters from which a text is more than the changing things in it."""

_PERCENT = re.compile(r"%(?:\((?P<key>[^)]*)\))?[-+ #0]*(?:\*|\d+)?(?:\.\d+)?(?P<kind>[diouxXeEfFgGcrsa%])")
_TEMPLATE = re.compile(r"\$(?:(?P<escaped>\$)|(?P<named>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)\})")
_MUSTACHE = re.compile(r"\{\{[-#]?\s*(?P<expression>[^{}]*?)\s*[-]?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_LENGTHS = ((8, Clock.MONTH), (11, Clock.DAY), (14, Clock.HOUR), (17, Clock.MINUTE), (20, Clock.SECOND))


def repeated(value: Text, times: object) -> Text:
    """`text * times`, where both are known and the outcome is not huge."""
    known = value.literal
    if known is None or not isinstance(times, int) or not 0 < times * len(known) <= MAX_REPEATED:
        return value
    return Text((Piece(known * times, value.pieces[0].place if value.pieces else None),))


def literal(text: str, place: Where | None = None) -> Text:
    return Text((Piece(text, place),))


def placed(value: Value, place: Where | None) -> Value:
    """The value as it enters another text at `place`. What was put in a text before keeps its place there, unless there
    is hardly a text to speak of."""
    if isinstance(value, Text) and is_atom(value):
        return Text((atom(value)._replace(place=place or value.pieces[0].place),))
    if isinstance(value, Text | Const):
        return value
    rows = [
        as_text(option, place) if not isinstance(option, Text) else placed(option, place) for option in options(value)
    ]
    return rows[0] if len(rows) == 1 else join(*rows)


def is_atom(value: Text) -> bool:
    """Whether a text is one changing thing with little around it, such as a date put together from its units."""
    unknown = [piece for piece in value.pieces if piece.text is None]
    if not unknown or (len(value.pieces) > 1 and value.cause is None):
        return False
    return len(value.pieces) == 1 or sum(len(piece.text or "") for piece in value.pieces) < MIN_PROSE


def atom(value: Text) -> Piece:
    changing = max(
        (piece for piece in value.pieces if piece.text is None),
        key=lambda piece: piece.cause.rank if piece.cause else (0,),
    )
    return changing._replace(cause=value.cause)


def clock_of(value: Value) -> Cause | None:
    """The cause of a value that is a point in time, and nothing else."""
    if not isinstance(value, Text) or len(value.pieces) != 1:
        return None
    cause = value.pieces[0].cause
    return cause if cause and cause.volatility.clock else None


def limited(value: Value, clock: Clock) -> Value:
    return map_causes(value, lambda cause: cause.at_most(clock))


def formatted(value: Value, spec: str) -> Value:
    """The value behind a format specification."""
    return limited(value, clock_formats.step(spec)) if clock_of(value) and "%" in spec else value


def moment_attribute(value: Value, name: str) -> Value | None:
    """An attribute of a point in time."""
    return limited(value, STEPS[name]) if name in STEPS and clock_of(value) else None


def moment_method(value: Value, name: str, arguments: Arguments) -> Value | None:
    """A method of a point in time, or None where it is not one. What is not known of shows all of it: `time()`."""
    if clock_of(value) is None:
        return None
    if name in ("strftime", "format", "__format__"):
        layout = as_text(arguments.get("format", 0) or Text()).literal
        return limited(value, clock_formats.step(layout)) if layout else value
    if name == "isoformat":
        spec = as_text(arguments.get("timespec", 1) or Text()).literal or "auto"
        return limited(value, TIMESPECS.get(spec, Clock.SUBSECOND))
    if name == "replace":
        return limited(value, _replaced(arguments))
    if name == "floor":
        unit = as_text(arguments.get("unit", 0) or Text()).literal or "second"
        return limited(value, STEPS.get(unit, Clock.SUBSECOND))
    found = moment_attribute(value, name)
    return found if found is not None or name in FACTS or hasattr(str, name) else value


def _replaced(arguments: Arguments) -> Clock:
    """What `replace(minute=0, second=0, microsecond=0)` leaves: the step above the coarsest unit set."""
    above = {
        "microsecond": Clock.SECOND,
        "second": Clock.MINUTE,
        "minute": Clock.HOUR,
        "hour": Clock.DAY,
        "day": Clock.MONTH,
    }
    fixed = [step for unit, step in above.items() if isinstance(arguments.get(unit), Const)]
    return min(fixed, default=Clock.SUBSECOND)


def sliced(value: Value, upper: int | None) -> Value:
    """The first characters of a text: of a clock's, only the coarser units are left."""
    if clock_of(value) and upper is not None:
        return limited(value, next((clock for end, clock in _LENGTHS if upper < end), Clock.SUBSECOND))
    return value


def split_text(value: Value, separator: str | None) -> Rows:
    """The parts of a text. Cut at the blank or T, a clock's first part is a date; at the dot, it has no fraction."""
    if clock_of(value):
        first = limited(
            value, {"T": Clock.DAY, " ": Clock.DAY, None: Clock.DAY, ".": Clock.SECOND}.get(separator, Clock.SUBSECOND)
        )
        return Rows((first, value))
    if isinstance(value, Text) and value.literal is not None:
        return Rows((Text(tuple(value.pieces)),), open=True)
    return Rows((Text((Piece(None, None, as_text(value).cause),)),), open=True)


Find = Callable[[str], Iterator[tuple[int, int, Value]]]
"""Finds placeholders in a literal: their range and what comes in their place."""


def fill(template: Value, find: Find, *, unescape: str = "") -> Value:
    """The template with its placeholders filled, each value standing where its placeholder stood."""
    return join(*(_filled(option, find, unescape) for option in options(template)))


def _filled(template: Value, find: Find, unescape: str) -> Value:
    row: list[Value] = []
    for piece in as_text(template).pieces:
        if piece.text is None:
            row.append(Text((piece,)))
            continue
        position = 0
        for start, end, value in find(piece.text):
            row += [_literal(piece, position, start, unescape), _at_hole(value, piece, start, end)]
            position = end
        row.append(_literal(piece, position, len(piece.text), unescape))
    return concat([value for value in row if value != Text()])


def _at_hole(value: Value, piece: Piece, start: int, end: int) -> Value:
    """The value where its placeholder stands, if that is to be seen; else where it is written."""
    place = cut(piece, start, end).place
    return placed(value, None if place == piece.place and (start, end) != (0, len(piece.text or "")) else place)


def _literal(piece: Piece, start: int, end: int, unescape: str) -> Text:
    if start >= end:
        return Text()
    part = cut(piece, start, end)
    text = part.text or ""
    for char in unescape:
        text = text.replace(char * 2, char)
    return Text((part._replace(text=text),))


def hole(name: str, origin: str) -> Text:
    """A placeholder that nothing here fills. Its name says what it is likely to be."""
    return Text((Piece(None, None, as_placeholder(cause_of_placeholder(name), origin), hole=name),))


def as_placeholder(cause: Cause | None, origin: str) -> Cause | None:
    """A placeholder is filled on each use, so its name is a better sign than a variable's."""
    return cause._replace(confidence=max(cause.confidence, Confidence.LIKELY), origin=origin) if cause else None


def braces(arguments: Arguments | None) -> Find:
    """`{name}`, `{0}`, `{name:%Y}` as `str.format` reads them. Without arguments all are left as holes."""

    def find(text: str) -> Iterator[tuple[int, int, Value]]:
        position = count = 0
        for literal, name, spec, _ in _parsed(text):
            position = _behind(text, position, literal)
            if name is None:
                continue
            end = _closing(text, position)
            value = _argument(arguments, name or str(count), text[position:end])
            count += not name
            yield position, end, formatted(value, spec or "")
            position = end

    return find


def is_template(text: str) -> bool:
    """Whether all braces of a text are those of places that have plain names: JSON has others."""
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        return False
    return all(name.isidentifier() for name in names)


def _parsed(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(text))
    except ValueError:
        return []


def _behind(text: str, position: int, literal: str) -> int:
    """The offset behind a literal stretch, whose doubled braces count once."""
    for char in literal:
        position += 2 if char in "{}" and text.startswith(char * 2, position) else 1
    return position


def _closing(text: str, start: int) -> int:
    depth = 0
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if not depth:
            return position + 1
    return len(text)


def _argument(arguments: Arguments | None, name: str, origin: str) -> Value:
    first = re.split(r"[.\[]", name, maxsplit=1)[0]
    value = arguments.get(first, int(first) if first.isdigit() else None) if arguments else None
    if value is None:
        return hole(name, origin)
    rest = name[len(first) :].lstrip(".")
    return value if not rest else moment_attribute(value, rest) or hole(rest, origin)


def percents(operand: Value) -> Find:
    """`%s` and `%(name)s`, filled from a tuple, a dict, or one value."""
    items = iter(operand.items if isinstance(operand, Rows) else (operand,))

    def find(text: str) -> Iterator[tuple[int, int, Value]]:
        for match in _PERCENT.finditer(text):
            if match["kind"] == "%":
                continue
            if match["key"] is None:
                yield match.start(), match.end(), next(items, hole("", match[0]))
            else:
                found = operand.get(match["key"]) if isinstance(operand, Table) else None
                yield match.start(), match.end(), found or hole(match["key"], match[0])

    return find


def dollars(arguments: Arguments | None) -> Find:
    """`$name` and `${name}` as `string.Template` reads them."""

    def find(text: str) -> Iterator[tuple[int, int, Value]]:
        for match in _TEMPLATE.finditer(text):
            name = match["named"] or match["braced"]
            if name:
                yield match.start(), match.end(), _argument(arguments, name, match[0])

    return find


def mustaches(arguments: Arguments | None) -> Find:
    """`{{ name }}` as Jinja and Mustache read them; tags and comments give no text."""

    def find(text: str) -> Iterator[tuple[int, int, Value]]:
        for match in _MUSTACHE.finditer(text):
            expression = (match["expression"] or "").strip()
            name = re.split(r"[|\s]", expression, maxsplit=1)[0].removesuffix("()")
            if name:
                yield match.start(), match.end(), _argument(arguments, name, match[0])
            else:
                yield match.start(), match.end(), Text()

    return find


def substitution(old: str, new: Value) -> Find:
    """`replace(old, new)` on literal text."""

    def find(text: str) -> Iterator[tuple[int, int, Value]]:
        position = text.find(old) if old else -1
        while position >= 0:
            yield position, position + len(old), new
            position = text.find(old, position + len(old))

    return find


def joined(separator: Value, rows: Value) -> Value:
    """`separator.join(rows)`. Items of no fixed order make every item change."""
    if not isinstance(rows, Rows):
        return Text((Piece(None, None, as_text(rows).cause),))
    items = [disordered(item, rows.disorder) for item in rows.items]
    row = [value for item in items for value in (item, separator)][:-1]
    return concat(row) if row else Text((Piece(None, None, rows.disorder),))


def disordered(item: Value, disorder: Cause | None) -> Value:
    """An item of a row without order: any other might stand in its place."""
    if disorder is None:
        return item
    text = as_text(item)
    place = text.pieces[0].place if text.pieces else None
    return Text((Piece(None, place, disorder | text.cause if text.cause else disorder),))
