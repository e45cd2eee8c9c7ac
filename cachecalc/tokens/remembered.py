"""A counter that counts each text once: the requests of a conversation repeat nearly all of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cachecalc.core.prompt import Count
from cachecalc.tokens.counter import Counter

MOST = 500_000
"""Counts that are kept; about 100 MB. The oldest give way."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """Another counter's counts, by a digest of the text: logs are larger than memory."""

    counter: Counter
    known: dict[bytes, Count] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.counter.name

    def count(self, text: str) -> Count:
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        found = self.known.get(key)
        if found is None:
            if len(self.known) >= MOST:
                del self.known[next(iter(self.known))]
            found = self.known[key] = self.counter.count(text)
        return found
