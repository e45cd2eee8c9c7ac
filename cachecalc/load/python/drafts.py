"""Texts and requests that may be prompts, as they are come upon."""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachecalc.core.prompt import Confidence
from cachecalc.load.python.values import Moment, Value, Where

if TYPE_CHECKING:
    from cachecalc.load.python.remarks import Remark


class Rank(enum.IntEnum):
    """What a draft was seen as; a higher one says more of the same text."""

    TEXT = 0
    MESSAGES = 1
    STORED = 2
    SENT = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """A prompt before its values are turned into parts. `names` are the names around a bare text; `moment` is when it is
    sent, so that a clock read earlier counts as fixed."""

    rank: Rank
    place: Where
    moment: Moment
    system: Value | None = None
    messages: Value | None = None
    tools: Value | None = None
    names: tuple[str, ...] = ()
    provider: str | None = None
    settings: tuple[tuple[str, Value], ...] = ()
    confidence: Confidence = Confidence.CERTAIN
    remarks: tuple[Remark, ...] = ()
    function: ast.FunctionDef | ast.AsyncFunctionDef | None = None
