"""Context that passes for stable changes sooner than its cache entry expires.

## Why it costs money
Prices, stock levels or a live status are put into the cached part because they are the same for everybody. If they
change every minute, each change writes the prefix again, and the write is hardly ever read: caching then costs more
than it saves.

## What to do
Put such data behind the last mark, or let the model ask for it with a tool. If everybody needs it in front, refresh it
no more often than the entry lives.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.pricing import Kind
from cachecalc.core.prompt import Content, Evidence, Part, Prompt, Section
from cachecalc.core.rules import mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target

_SHORTEST = 300.0
"""Seconds an entry lives where nothing is known: no provider promises less than five minutes."""


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    for at, part in reach.changing(prompt):
        if (
            part.content is Content.LIVE
            and _is_cached(prompt, at, target)
            and _period(part) < _lifetime(prompt, at, target)
        ):
            lost = reach.lost(prompt, at, target)
            yield Hit(
                span=part.span,
                message=f"{reach.named(part)} changes sooner than its cache entry expires",
                level=Level.WARNING,
                confidence=part.confidence,
                lost_tokens=lost,
                mended=mend.moved_to_the_end(prompt, [at]),
                group=reach.group(prompt),
                path=part.file,
            )


def _is_cached(prompt: Prompt, at: int, target: Target) -> bool:
    """Whether the part is stored, and not as the last thing said: that is where live data belongs."""
    if reach.goes_by_marks(prompt, target) and prompt.parts[at].section is not Section.MESSAGES:
        return reach.marks(prompt)[-1] >= at
    return reach.behind(prompt, at, target) >= reach.SLIVER


def _period(part: Part) -> float:
    """Seconds between two changes; data that is live at an unknown pace is taken to change with each request."""
    return part.volatility.clock.period if part.volatility.clock else 0.0


def _lifetime(prompt: Prompt, at: int, target: Target) -> float:
    """Seconds that the entry holding the part lives."""
    mode = target.mode(Kind.MARKS) or (
        target.model.caching.modes[0] if target.model and target.model.caching.modes else None
    )
    mark = next((prompt.parts[index].mark or prompt.automatic for index in reach.marks(prompt) if index >= at), None)
    ttl = mode.ttl(mark.ttl if mark else None) if mode else None
    return ttl.typical if ttl else _SHORTEST


RULE = Rule(
    code="CC304",
    name="stale-volatile-context",
    summary="live data in the cached part that changes sooner than its entry expires",
    level=Level.WARNING,
    sees=frozenset({Evidence.TEMPLATE, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            You sell tickets. Offer the cheapest seat first, and never promise a seat that is not in the list.
            Prices right now:
            {{ market_data }}

            Ask for the number of people before you offer anything. Give prices with taxes. Refuse to hold seats without a name, and
            never give a discount that is not in the list. If the show is sold out, offer the next one, and say on which day it is.
            """,
            filename="tickets_prompt.j2",
            message="`{{ market_data }}` changes sooner than its cache entry expires",
            mended="""\
            You sell tickets. Offer the cheapest seat first, and never promise a seat that is not in the list.
            Ask for the number of people before you offer anything. Give prices with taxes. Refuse to hold seats without a name, and
            never give a discount that is not in the list. If the show is sold out, offer the next one, and say on which day it is.

            Prices right now:
            {{ market_data }}
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            You sell tickets. Offer the cheapest seat first, and never promise a seat that is not in the list.
            Ask for the number of people before you offer anything. Give prices with taxes. Refuse to hold seats without a name.

            Prices right now:
            {{ market_data }}
            """,
            filename="tickets_last_prompt.j2",
            because="the prices come last",
        ),
    ),
    incidents=("C06",),
)
