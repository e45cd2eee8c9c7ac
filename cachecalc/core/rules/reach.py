"""What of a prompt a provider can use again, and what a part that changes takes from it.

Where marks decide, only text up to the last mark is ever stored, and a change costs everything back to the mark before
it. Everywhere else a change costs what stands behind it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from cachecalc.core.finding import Level
from cachecalc.core.pricing import Kind
from cachecalc.core.prompt import Content, Evidence, Part, Prompt, Section
from cachecalc.core.rules.rule import Target
from cachecalc.core.volatility import UNKNOWN, Clock, Identity, Volatility

SLIVER = 16
"""Tokens. Static text no longer than this is punctuation between two values: nothing worth moving."""

LOWEST_MINIMUM = 512
"""Tokens. No model stores a shorter prefix at a mark, and most that match prefixes want twice as much."""

SMALL = 100
"""Tokens. Losing fewer on a request is a note, where the whole request is known; behind text that is new anyway they are
a reminder at the end, and no loss."""

_WITHIN = {Identity.SESSION: {Identity.USER, Identity.TENANT}, Identity.USER: {Identity.TENANT}}


def tokens(part: Part) -> int:
    """The part's tokens; one that was not counted weighs nothing."""
    return part.count.tokens if part.count else 0


def weight(parts: tuple[Part, ...]) -> int:
    return sum(map(tokens, parts))


def marks(prompt: Prompt) -> list[int]:
    """Where prefixes are asked to be stored: the indices of parts with a mark, an automatic one at the end."""
    found = [index for index, part in enumerate(prompt.parts) if part.mark]
    last = len(prompt.parts) - 1
    return [*found, last] if prompt.automatic and last >= 0 and last not in found else found


def goes_by_marks(prompt: Prompt, target: Target) -> bool:
    """Whether only marks decide what is stored. Of an unknown provider: if the prompt has any."""
    return bool(marks(prompt)) and (target.model is None or target.mode(Kind.MARKS) is not None)


def needs_marks(prompt: Prompt, target: Target) -> bool:
    """Whether nothing at all is stored unless the prompt asks for it."""
    if target.model:
        return target.mode(Kind.MARKS) is not None and target.model.caching.default is None
    return (prompt.provider or "").lower() in {"anthropic", "bedrock"} and not is_openai(prompt)


def is_openai(prompt: Prompt) -> bool:
    return (prompt.provider or "").lower() in {"openai", "azure"} or (prompt.model or "").lower().startswith("gpt-")


def is_lost(part: Part, changed: Volatility) -> bool:
    """Whether text could be sent again if nothing in front of it changed, and a change of that sort prevents it."""
    own = part.volatility
    return not own.fresh and not own.unknown and not _covers(own, changed)


def _covers(own: Volatility, other: Volatility) -> bool:
    """Whether text that changes like `own` would have changed anyway."""
    inner = own.identities.union(*(_WITHIN.get(identity, set()) for identity in own.identities))
    return not other.unknown and other.clock <= own.clock and other.fresh <= own.fresh and other.identities <= inner


class Stakes:
    """What a change of each part would cost a prompt: sums that are worked out once for each sort of change."""

    def __init__(self, prompt: Prompt, target: Target) -> None:
        self._row = prompt.parts
        self._stored = marks(prompt) if goes_by_marks(prompt, target) else None
        self._claimed = _claimed(prompt)
        self._sums: dict[Volatility, list[int]] = {}

    def behind(self, at: int) -> int:
        """Tokens behind a part that a provider could use again but for it: up to the last mark, where marks decide."""
        return self._from(self._row[at].volatility)[at + 1]

    def lost(self, at: int) -> int:
        """Tokens that each change of a part costs: where marks decide, the text since the mark before it as well."""
        if self._stored is None:
            return self.behind(at)
        place = bisect_left(self._stored, at)
        start = self._stored[place - 1] + 1 if place else 0
        return self._from(self._row[at].volatility)[start] if place < len(self._stored) else 0

    def _from(self, changed: Volatility) -> list[int]:
        """From each part on, the tokens that such a change loses."""
        if changed not in self._sums:
            end = self._stored[-1] + 1 if self._stored else len(self._row)
            sizes = [
                tokens(part) if is_lost(part, changed) or (at <= self._claimed and part.volatility == UNKNOWN) else 0
                for at, part in enumerate(self._row[:end])
            ]
            after = [0] * (len(self._row) - end + 1)
            self._sums[changed] = [*list(accumulate(reversed(sizes)))[::-1], *after]
        return self._sums[changed]


def _claimed(prompt: Prompt) -> int:
    """The last part of a recorded request that may or may not be shared, and whose mark claims that it is; or -1."""
    if prompt.evidence is not Evidence.PAYLOAD:
        return -1
    marked = (index for index, part in enumerate(prompt.parts) if part.mark and part.volatility.unknown)
    return max(marked, default=-1)


def behind(prompt: Prompt, at: int, target: Target) -> int:
    return Stakes(prompt, target).behind(at)


def lost(prompt: Prompt, at: int, target: Target) -> int:
    return Stakes(prompt, target).lost(at)


def static_prefix(prompt: Prompt) -> tuple[Part, ...]:
    """The parts in front of the first one that changes or may change."""
    row = prompt.parts
    end = next((index for index, part in enumerate(row) if not part.volatility.is_static), len(row))
    return row[:end]


def is_history(part: Part) -> bool:
    """Whether a part is, or stands among, what a conversation has said so far."""
    is_said = part.content is Content.HISTORY or part.role in {"assistant", "model"}
    return part.section is Section.MESSAGES and is_said


def has_history(prompt: Prompt) -> bool:
    """Whether the prompt is known to continue a conversation."""
    return any(map(is_history, prompt.parts))


def is_last_of_system(prompt: Prompt, at: int) -> bool:
    """Whether only the conversation follows a part of the system prompt, seen or, in a fragment, to be expected."""
    if prompt.parts[at].section is not Section.SYSTEM or prompt.evidence is Evidence.PAYLOAD:
        return False
    return has_history(prompt) or (prompt.fragment and prompt.parts[at].role in {"system", "developer"})


def changing(prompt: Prompt) -> Iterator[tuple[int, Part]]:
    """The parts that are made anew for a request, with their index. What a conversation has said stays as it was."""
    for index, part in enumerate(prompt.parts):
        if not part.volatility.is_static and part.content is not Content.HISTORY:
            yield index, part


def is_in_fresh_text(prompt: Prompt, at: int) -> bool:
    """Whether a part of a message stands behind text that nobody has sent before: until that moves, nothing there can
    be reused. In a prompt that is written down, whatever fills a place in a message is such text."""
    if prompt.parts[at].section is not Section.MESSAGES:
        return False
    is_written = prompt.evidence is not Evidence.PAYLOAD
    return any(
        (part.volatility.fresh and part.content is not Content.HISTORY)
        or (is_written and part.volatility.unknown and part.section is Section.MESSAGES)
        for part in prompt.parts[:at]
    )


def softened(level: Level, prompt: Prompt, lost_tokens: int) -> Level:
    """The level, or a note where the loss is known to be small, or the prompt too small to be cached at all."""
    is_small = prompt.evidence is Evidence.PAYLOAD and lost_tokens < SMALL
    return Level.NOTE if is_small or is_too_small(prompt) else level


def is_too_small(prompt: Prompt, least: int = LOWEST_MINIMUM) -> bool:
    """Whether all that could be shared of a prompt is known, and less than a number of tokens: by default than any model
    would store."""
    static = [part for part in prompt.parts if part.volatility.is_static]
    is_known = all(part.text is not None or part.volatility.fresh or part.volatility.clock for part in prompt.parts)
    return not prompt.fragment and is_known and not has_history(prompt) and weight(tuple(static)) < least


def group(prompt: Prompt) -> str:
    """What findings that break this prompt's prefix have in common."""
    start = next((part.span.start for part in prompt.parts if part.span), 0)
    return f"{prompt.path}:{prompt.name}:{start}"


def quoted(text: str, limit: int = 36) -> str:
    """Source text for a message: one line, shortened, in back-ticks."""
    line = " ".join(text.split()).replace("`", "'")
    return f"`{line if len(line) <= limit else line[: limit - 1] + '…'}`"


def named(part: Part) -> str:
    """How a message calls a part."""
    return quoted(part.origin or part.name or part.text or "text")


def amount(number: int) -> str:
    return f"{number:,} token{'' if number == 1 else 's'}"


EVERY = {
    Clock.SUBSECOND: "on every call",
    Clock.SECOND: "every second",
    Clock.MINUTE: "every minute",
    Clock.HOUR: "every hour",
    Clock.DAY: "every day",
    Clock.MONTH: "every month",
}
