"""What a conversation has said so far: lists of messages that outlive a call, and what is taken out of them."""

from __future__ import annotations

import ast
from dataclasses import replace

from cachecalc.core.prompt import Content
from cachecalc.load.python.notice import is_message
from cachecalc.load.python.values import Rows, Spot, Text, Value


def is_history(value: Value) -> bool:
    if isinstance(value, Rows):
        return any(is_history(entry) for entry in value.items) or (value.open and any(map(is_message, value.items)))
    cause = value.cause if isinstance(value, Text) else None
    return cause is not None and cause.content is Content.HISTORY


def is_window(part: ast.Slice) -> bool:
    """`[-20:]`, `[-limit:]`, `[start:]`: the newest items; not `[1:]`, which leaves the first out for good."""
    return part.lower is not None and not (isinstance(part.lower, ast.Constant) and part.lower.value in (0, 1))


def taken_out(value: Value, where: Spot) -> Rows:
    """A history that earlier messages were taken out of."""
    return replace(value, cut=where) if isinstance(value, Rows) else Rows((value,), open=True, cut=where)
