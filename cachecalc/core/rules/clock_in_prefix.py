"""A date, a time or an age stands in front of text that could be cached.

## Why it costs money
A provider reuses a prompt only up to the first character that differs. When the clock in it ticks, everything behind
the clock is billed in full again, and on providers that charge for writing it is written again as well. A time of day to
the second is a miss on every request; a date is one miss a day, which is why it is only a note.

## What to do
Move the clock behind everything that stays the same: into the last user message. If the model must know when the
conversation began, write that time once, when it begins. If neither is possible, show no finer step than is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Content, Evidence, Part, Prompt
from cachecalc.core.rules import reach
from cachecalc.core.rules.breaks import breaks, hit, where
from cachecalc.core.rules.rule import Rule, Target
from cachecalc.core.volatility import Clock, Identity

_LEVELS = {Clock.MONTH: Level.NOTE, Clock.DAY: Level.NOTE, Clock.HOUR: Level.WARNING}


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    for found in breaks(prompt, target, _ticks):
        clock = found.part.volatility.clock
        if found.behind or clock > Clock.DAY:
            message = f"{reach.named(found.part)} changes {reach.EVERY[clock]} {where(found)}"
            yield hit(found, message, _LEVELS.get(clock, Level.ERROR), "move the time to the end of the prompt")


def _ticks(part: Part) -> bool:
    """A clock that was read once, when the program started, is as stable as the program."""
    read_once = Identity.BUILD in part.volatility.identities
    return bool(part.volatility.clock) and not read_once and part.content is not Content.LIVE


RULE = Rule(
    code="CC101",
    name="clock-in-prefix",
    summary="a date or time in front of text that could be cached",
    level=Level.ERROR,
    sees=frozenset({Evidence.TEMPLATE, Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    incidents=("C01",),
)
