"""A divergence: where two requests part, why, and what it costs."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from cachecalc.core.divergence.holes import Hole, holes, sort_of
from cachecalc.core.divergence.rows import Block
from cachecalc.core.volatility import Clock


class Verdict(enum.StrEnum):
    """Whether the sender can do something about it."""

    ACTIONABLE = "actionable"
    NEEDS_DATA = "needs-data"
    PROVIDER_SIDE = "provider-side"


@dataclass(frozen=True, slots=True)
class Divergence:
    """One thing in which a request differs from the one before it, so that its prefix is not found again.

    `kind` is a rule's name, or `marks-moved`, `expired`, `provider-side`. `previous` and `current` are the blocks that
    differ, None where there is no such block (a setting, a tool that was removed); `hole` is the stretch within their
    texts. `lost_tokens` are those of the previous request that stand in the current one as well and can no longer be
    read. `clock` is how often a time in the text ticks.
    """

    kind: str
    message: str
    previous: Block | None = None
    current: Block | None = None
    hole: Hole | None = None
    clock: Clock = Clock.NONE
    verdict: Verdict = Verdict.ACTIONABLE
    lost_tokens: int = 0

    @property
    def path(self) -> str:
        """Where in the current request, or where it was in the previous one; "" for a setting."""
        block = self.current or self.previous
        return block.path if block else ""


def of_text(previous: Block, current: Block, otherwise: str, message: str) -> Iterator[Divergence]:
    """The differences between two versions of one block, each with its own cause; `otherwise` is the kind of those
    that the text does not explain, and `message` what is said of them."""
    if previous.text == current.text:
        yield Divergence(otherwise, f"{message}: its form or its other fields differ", previous, current)
        return
    ends: dict[str, int] = {}
    for hole in holes(previous.text, current.text):
        sort = sort_of(previous.text, current.text, hole)
        kind = sort.kind if sort else otherwise
        is_new = kind not in ends or (sort is not None and sort.clock and hole.start - ends[kind] > _APART)
        ends[kind] = hole.end
        if is_new:
            text = _said(kind, current) if sort else message
            yield Divergence(kind, text, previous, current, hole, sort.clock if sort else Clock.NONE)


_APART = 40
"""Characters. Two differences in time that stand closer are one time that ticked: a weekday and a date."""

_WORDS = {
    "clock-in-prefix": "a time differs in {}",
    "nonce-in-prefix": "an id differs in {}",
    "identity-in-prefix": "the user differs in {}",
    "unstable-json": "the same JSON is spelt differently in {}",
    "whitespace-drift": "only white space, quotes or Unicode form differ in {}",
    "shuffled-content": "the same items stand in another order in {}",
}


def _said(kind: str, block: Block) -> str:
    return _WORDS[kind].format(block.path or block.name)
