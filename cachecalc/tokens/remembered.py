"""A counter that counts each text once: the requests of a conversation repeat nearly all of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cachecalc.core.prompt import Count
from cachecalc.tokens.counter import Counter


@dataclass(frozen=True, slots=True)
class Remembered:
    """Another counter's counts, kept for as long as this object is."""

    counter: Counter
    known: dict[str, Count] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.counter.name

    def count(self, text: str) -> Count:
        found = self.known.get(text)
        if found is None:
            found = self.known[text] = self.counter.count(text)
        return found
