"""Parts that break the prefix in front of text that could be cached: what the order rules have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cachecalc.core.finding import Fix, Hit, Level, Related
from cachecalc.core.prompt import Confidence, Evidence, Part, Prompt, Span
from cachecalc.core.rules import edits, mend, reach
from cachecalc.core.rules.rule import Target
from cachecalc.core.volatility import Clock, Identity, Volatility


@dataclass(frozen=True, slots=True)
class Break:
    """The places where one source of change breaks a prompt. `behind` are the reusable tokens behind the first; 0 means
    that only the conversation follows, or text of unknown length: `rest`."""

    prompt: Prompt
    places: tuple[int, ...]
    behind: int
    lost: int
    rest: Part | None = None

    @property
    def at(self) -> int:
        """The place that changes most."""
        return max(self.places, key=lambda at: _pace(self.prompt.parts[at]))

    @property
    def part(self) -> Part:
        return self.prompt.parts[self.at]


def _pace(part: Part) -> tuple[int, int, int]:
    """The more often or the more narrowly a part changes, the higher."""
    volatility = part.volatility
    scopes = [number for number, identity in enumerate(Identity, 1) if identity in volatility.identities]
    return volatility.fresh, volatility.clock, max(scopes, default=0)


def breaks(prompt: Prompt, target: Target, concerns: Callable[[Part], bool]) -> Iterator[Break]:
    """Where parts of one sort break the prompt, the places of one origin or of one line together."""
    stakes = reach.Stakes(prompt, target)
    for places in _clusters(prompt, concerns):
        tail = stakes.behind(places[0]) - _own(prompt, places)
        if tail >= (reach.SMALL if reach.is_in_fresh_text(prompt, places[0]) else reach.SLIVER):
            yield Break(prompt, tuple(places), tail, stakes.lost(places[0]))
        elif _is_before_history(prompt, places[-1], target) or _unseen(prompt, places[-1], target):
            yield Break(prompt, tuple(places), 0, stakes.lost(places[0]), _unseen(prompt, places[-1], target))


def _is_before_history(prompt: Prompt, at: int, target: Target) -> bool:
    """Whether a part at the end of the system prompt changes while a conversation that could be stored goes on."""
    if not reach.is_last_of_system(prompt, at):
        return False
    is_stored = not reach.goes_by_marks(prompt, target) or reach.marks(prompt)[-1] > at
    return is_stored and (_hurts_history(prompt.parts[at]) or _is_dated(prompt, at))


def _unseen(prompt: Prompt, at: int, target: Target) -> Part | None:
    """Fixed text of unknown length behind a part, in its block: a file or a prompt kept elsewhere."""
    end = reach.marks(prompt)[-1] + 1 if reach.goes_by_marks(prompt, target) else len(prompt.parts)
    behind = (part for part in prompt.parts[at + 1 : end] if part.block == prompt.parts[at].block)
    return next((part for part in behind if part.text is None and part.volatility.is_static and part.origin), None)


def _is_dated(prompt: Prompt, at: int) -> bool:
    """Whether source code writes a date into the system prompt of conversations, which lose their history at midnight."""
    return prompt.evidence is Evidence.SOURCE and prompt.parts[at].volatility.clock is Clock.DAY


def _clusters(prompt: Prompt, concerns: Callable[[Part], bool]) -> list[list[int]]:
    found: list[list[int]] = []
    by_origin: dict[str, list[int]] = {}
    for at, part in reach.changing(prompt):
        if not concerns(part):
            continue
        origin = part.origin or part.name
        places = by_origin.get(origin)
        if places is None and found and _is_one_line(prompt.parts[found[-1][-1] : at + 1]):
            places = found[-1]
        if places is None:
            places = []
            found.append(places)
        by_origin[origin] = places
        places.append(at)
    return found


def _is_one_line(row: tuple[Part, ...]) -> bool:
    """Whether only a few static words of their block stand between the first and the last part: `Friday, the 20th`."""
    return row[0].block == row[-1].block and all(
        part.volatility.is_static and "\n" not in (part.text or "") and reach.tokens(part) < reach.SLIVER
        for part in row[1:-1]
    )


def _hurts_history(part: Part) -> bool:
    """Whether a part changes within a conversation, so that its history is lost. A date seldom does: once a day."""
    return bool(part.volatility.fresh) or part.volatility.clock > Clock.DAY


def _own(prompt: Prompt, places: list[int]) -> int:
    """Tokens of the later places, which change as well and are no loss."""
    changed = prompt.parts[places[0]].volatility
    later = (prompt.parts[at] for at in places[1:])
    return sum(reach.tokens(part) for part in later if reach.is_lost(part, changed))


def where(found: Break) -> str:
    """The end of a message: before what the text stands."""
    if found.behind:
        return f"before {found.behind:,} cacheable tokens"
    if found.rest:
        return f"in front of {reach.named(found.rest)}"
    return "before the conversation's history"


def hit(found: Break, message: str, level: Level, title: str) -> Hit:
    """A hit for a break: moving all its places to the end mends it."""
    prompt, part = found.prompt, found.part
    if reach.is_in_fresh_text(prompt, found.places[0]):
        level = Level.NOTE
    is_filled = _is_filled_here(found)
    return Hit(
        span=part.origin_span if is_filled else part.span,
        message=message,
        level=reach.softened(level, prompt, found.lost) if found.behind else level,
        confidence=part.confidence if found.behind else min(part.confidence, Confidence.LIKELY),
        lost_tokens=found.lost,
        mended=None if found.rest else mend.moved_to_the_end(prompt, found.places),
        related=tuple(_related(found)),
        fix=_fix(found, title),
        group=reach.group(prompt),
        path="" if is_filled else part.file,
    )


def _is_filled_here(found: Break) -> bool:
    """Whether the value is made in the prompt's own file and only put into a text of another one."""
    return bool(found.part.file) and found.part.origin_file == found.prompt.path


def _related(found: Break) -> Iterator[Related]:
    row, part = found.prompt.parts, found.part
    made, span = part.origin_span, part.span
    is_seen = span is not None and made is not None and span.start <= made.start and made.end <= span.end
    if _is_filled_here(found):
        yield Related("it enters the prompt here", span, part.file)
    elif made and (part.origin_file or not is_seen):
        yield Related("it is made here", made, part.origin_file or part.file)
    for at in found.places:
        if at != found.at:
            yield Related("it stands here, too", row[at].span, row[at].file)
    at, changed = found.places[0], found.part.volatility
    stranded = next((part for part in row[at + 1 :] if _is_stranded(part, changed)), None)
    if found.behind and stranded:
        yield Related("this text could be cached", stranded.span, stranded.file)


def _is_stranded(part: Part, changed: Volatility) -> bool:
    return reach.tokens(part) >= reach.SLIVER and reach.is_lost(part, changed)


def _fix(found: Break, title: str) -> Fix | None:
    """None where the end of the prompt is no better: behind the system prompt stands the conversation."""
    stays_in_system = reach.is_last_of_system(found.prompt, found.places[0]) and found.prompt.parts[-1].role != "user"
    still_hurts = _hurts_history(found.part) or _is_dated(found.prompt, found.at)
    if not found.behind or (stays_in_system and still_hurts):
        return None
    fix = edits.sentence_moved(found.prompt, found.places[0], title)
    return fix if fix and all(_is_within(found.prompt.parts[at], fix.edits[0].span) for at in found.places) else None


def _is_within(part: Part, span: Span) -> bool:
    return part.span is not None and span.start <= part.span.start and part.span.end <= span.end
