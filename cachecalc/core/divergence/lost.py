"""How many tokens a divergence takes: those of the previous request that stand in the current one, too, and can no
longer be read."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate

from cachecalc.core.divergence import marks
from cachecalc.core.divergence.found import Divergence
from cachecalc.core.divergence.rows import Block
from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Ledger:
    """The previous request's blocks with running sums of the tokens that the current one shares, and where entries end
    (None: anywhere, on a provider that matches prefixes)."""

    before: list[Block]
    after: list[Block]
    shared: list[int]
    stored: list[int] | None

    def lost(self, found: Divergence) -> int:
        at = self._position(found)
        start, end = at, len(self.before)
        if self.stored is not None:
            place = bisect_left(self.stored, at)
            if place == len(self.stored):
                return 0
            start, end = (self.stored[place - 1] + 1 if place else 0), self.stored[-1] + 1
        return self.shared[end] - self.shared[start] + self._rest(found)

    def _position(self, found: Divergence) -> int:
        if found.previous is not None:
            return next((index for index, block in enumerate(self.before) if block is found.previous), 0)
        if found.current is not None:
            index = next((index for index, block in enumerate(self.after) if block is found.current), 0)
            return min(index, len(self.before))
        return 0

    def _rest(self, found: Divergence) -> int:
        """The unchanged text of the block that differs: behind the hole, or, where only marks are stored, all of it."""
        block, hole = found.previous, found.hole
        if block is None or hole is None or not block.text:
            return 0
        kept = len(block.text) - (hole.end if self.stored is None else hole.end - hole.start)
        return block.tokens * kept // len(block.text)


def ledger(previous: Prompt, before: list[Block], after: list[Block], model: Model | None) -> Ledger:
    keys = {block.key for block in after}
    shared = list(accumulate((block.tokens if block.key in keys else 0 for block in before), initial=0))
    stored = marks.stored(previous, before) if marks.goes_by_marks(previous, before, model) else None
    return Ledger(before, after, shared, stored)
