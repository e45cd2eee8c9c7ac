"""Take note of values that may be prompts, on their way through a function."""

from __future__ import annotations

from cachecalc.load.python.drafts import Draft, Rank
from cachecalc.load.python.frame import Frame
from cachecalc.load.python.sinks import ANSWERS, KNOWN_ROLES
from cachecalc.load.python.values import Either, Instance, Moment, Outside, Place, Rows, Table, Text, Value, Where

MIN_TEXT = 24
"""Literal characters below which a bare text is no prompt of its own."""
MAX_ENTRIES = 40
_CONTENTS = ("content", "parts", "contents")


def notice(frame: Frame, value: Value, *names: str, stored: bool = False) -> None:
    """A value bound, returned or passed on under some names. `stored` outlives the call that made it."""
    match value:
        case Either(options=options):
            for option in options:
                notice(frame, option, *names, stored=stored)
        case Text() if sum(len(piece.text or "") for piece in value.pieces) >= MIN_TEXT:
            _add(frame, Rank.TEXT, value, value, names, stored=stored)
        case Table() | Instance() if is_message(value):
            if role_of(value.get("role")) not in ANSWERS:
                _add(frame, Rank.MESSAGES, value, Rows((value,)), names, stored=stored)
        case Rows(items=items) if any(map(is_message, items)):
            _add(frame, Rank.MESSAGES, value, value, names, stored=stored)
        case _:
            for key, inner in _members(value):
                if isinstance(inner, Text | Rows | Table):
                    notice(frame, inner, *names, key, stored=stored)


def _members(value: Value) -> list[tuple[str, Value]]:
    """What a container holds, a good deal of it, with the keys."""
    match value:
        case Rows(items=items):
            return [("", item) for item in items[:MAX_ENTRIES]]
        case Table(entries=entries) | Instance(attributes=entries):
            return list(entries[:MAX_ENTRIES])
        case _:
            return []


def is_message(value: Value) -> bool:
    """Whether a value has the shape of a message: a known role and a content."""
    if isinstance(value, Rows):
        return _is_pair(value)
    if not isinstance(value, Table | Instance) or role_of(value.get("role")) not in KNOWN_ROLES:
        return False
    return any(value.get(key) is not None for key in _CONTENTS)


def _is_pair(value: Rows) -> bool:
    """`("system", "...")`, as template classes take it."""
    return len(value.items) == 2 and role_of(value.items[0]) in KNOWN_ROLES and isinstance(value.items[1], Text)


def role_of(value: Value | None) -> str:
    """A role by its text, or by the member of an enumeration."""
    if isinstance(value, Outside):
        return value.name.rsplit(".", 1)[-1].lower()
    return (value.literal or "").lower() if isinstance(value, Text) else ""


def _add(frame: Frame, rank: Rank, value: Value, messages: Value, names: tuple[str, ...], *, stored: bool) -> None:
    """A value stands for one draft under the same names, however often it is passed on."""
    moment = Moment.CALL if stored or frame.is_kept else frame.sending
    names = (*frame.around, *names)
    key = (id(value), names)
    if key not in frame.run.noticed:
        frame.run.noticed[key] = value
        frame.run.drafts.append(Draft(rank, _place(frame, value), moment, messages=messages, names=names))


def _place(frame: Frame, value: Value) -> Where:
    whole = value.place if isinstance(value, Rows | Table) else None
    pieces = value.pieces if isinstance(value, Text) else ()
    return whole or next((piece.place for piece in pieces if piece.place), Place(frame.module.path, 0, 0))
