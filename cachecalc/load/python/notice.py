"""Take note of values that may be prompts, on their way through a function."""

from __future__ import annotations

from collections.abc import Iterable

from cachecalc.load.python.drafts import Draft, Rank
from cachecalc.load.python.frame import Frame
from cachecalc.load.python.sinks import KNOWN_ROLES
from cachecalc.load.python.values import Either, Instance, Moment, Outside, Place, Rows, Table, Text, Value, as_text

MIN_TEXT = 24
"""Literal characters below which a bare text is no prompt of its own."""


def notice(frame: Frame, value: Value, *names: str, stored: bool = False) -> None:
    """A value bound, returned or passed on under some names. `stored` outlives the call that made it."""
    moment = Moment.CALL if stored or frame.moment < Moment.CALL else frame.moment
    match value:
        case Either(options=options):
            for option in options:
                notice(frame, option, *names, stored=stored)
        case Text() if sum(len(piece.text or "") for piece in value.pieces) >= MIN_TEXT:
            _add(frame, Draft(Rank.TEXT, _place(value), moment, messages=value, names=(*frame.around, *names)))
        case Rows(items=items) if any(map(is_message, items)):
            _add(frame, Draft(Rank.MESSAGES, value.place or _nowhere(frame), moment, messages=value, names=names))
        case Rows(items=items):
            _each(frame, items, names, stored=stored)
        case Table() if is_message(value):
            _add(
                frame,
                Draft(Rank.MESSAGES, value.place or _nowhere(frame), moment, messages=Rows((value,)), names=names),
            )
        case Table(entries=entries) | Instance(attributes=entries):
            for key, entry in entries[:40]:
                if isinstance(entry, Text | Rows | Table):
                    notice(frame, entry, *names, key, stored=stored)
        case _:
            pass


def _each(frame: Frame, items: Iterable[Value], names: tuple[str, ...], *, stored: bool) -> None:
    for item in items:
        if isinstance(item, Text | Table):
            notice(frame, item, *names, stored=stored)


def is_message(value: Value) -> bool:
    """Whether a value has the shape of a message: a known role and a content."""
    if isinstance(value, Rows):
        return _is_pair(value)
    if not isinstance(value, Table):
        return False
    role = value.get("role")
    return (
        role is not None
        and role_of(role) in KNOWN_ROLES
        and any(value.get(key) is not None for key in ("content", "parts"))
    )


def _is_pair(value: Rows) -> bool:
    """`("system", "...")`, as template classes take it."""
    return len(value.items) == 2 and role_of(value.items[0]) in KNOWN_ROLES and isinstance(value.items[1], Text)


def role_of(value: Value) -> str:
    """A role by its text, or by the member of an enumeration."""
    if isinstance(value, Outside):
        return value.name.rsplit(".", 1)[-1].lower()
    return (as_text(value).literal or "").lower() if isinstance(value, Text) else ""


def _place(value: Text) -> Place:
    return (
        next(piece.place for piece in value.pieces if piece.place)
        if any(p.place for p in value.pieces)
        else Place("", 0, 0)
    )


def _nowhere(frame: Frame) -> Place:
    return Place(frame.module.path, 0, 0)


def _add(frame: Frame, draft: Draft) -> None:
    key = (id(draft.messages), draft.names)
    if key not in frame.run.noticed:
        frame.run.noticed.add(key)
        frame.run.drafts.append(draft)
