"""How often a query log asks the same again: what a response cache in front of a model would have answered.

A hit needs an earlier query with the same key that is not older than the cache's lifetime; a hit does not renew the
entry, as in common stores. Nothing is kept of a query but eight bytes a key and the samples that are shown.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import string
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Query:
    """One query: the last user message (or the field that was named), the whole request in a canonical spelling where
    the log has it, whose it is, and when."""

    text: str
    whole: str | None = None
    tenant: str | None = None
    at: dt.datetime | None = None


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _cased(text: str) -> str:
    return _spaced(unicodedata.normalize("NFKC", text)).casefold()


_PUNCTUATION = str.maketrans(
    dict.fromkeys(string.punctuation + "\u2018\u2019\u201c\u201d\u2026\u2013\u2014\u00bf\u00a1", " ")
)

NORMALISATIONS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "none": str,
        "trim": str.strip,
        "whitespace": _spaced,
        "case": _cased,
        "punctuation": lambda text: _spaced(_cased(text).translate(_PUNCTUATION)),
    }
)
"""What is evened out before two queries are compared; each takes in those before it."""

LAST, WHOLE = "last message", "whole request"
SHARED, PER_TENANT = "shared", "per tenant"

MOST_ENTRIES = 1_000_000
"""Entries that a cache holds; the oldest goes first. What a log of any length is measured with."""

_SAMPLES = 20_000


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to build the key of a response cache."""

    normalisation: str
    scope: str = LAST
    sharing: str = SHARED

    def key(self, query: Query) -> int | None:
        """Eight bytes that stand for the key; None where the log lacks what it is made of."""
        text = query.text if self.scope == LAST else query.whole
        if text is None or (self.sharing == PER_TENANT and query.tenant is None):
            return None
        tenant = f"{query.tenant}\0" if self.sharing == PER_TENANT else ""
        return digest(tenant + NORMALISATIONS[self.normalisation](text))


def digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


VARIANTS = (
    *(Variant(name) for name in NORMALISATIONS),
    *(Variant(name, sharing=PER_TENANT) for name in NORMALISATIONS),
    Variant("none", WHOLE),
    Variant("none", WHOLE, PER_TENANT),
)


@dataclass(slots=True)
class Tally:
    """The hits of one cache: a key's variant and a lifetime in seconds (None: for ever)."""

    variant: Variant
    ttl: float | None
    queries: int = 0
    hits: int = 0
    evicted: int = 0
    stored: dict[int, float] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return self.hits / self.queries if self.queries else 0.0

    def meet(self, key: int, at: float) -> bool:
        """Count a query; whether it was answered."""
        self.queries += 1
        before = self.stored.get(key)
        if before is not None and (self.ttl is None or abs(at - before) <= self.ttl):
            self.hits += 1
            return True
        self.stored.pop(key, None)
        if len(self.stored) >= MOST_ENTRIES:
            del self.stored[next(iter(self.stored))]
            self.evicted += 1
        self.stored[key] = at
        return False


@dataclass(slots=True)
class Repeat:
    """A text that came more than once under the most lenient key, as it was first spelt, with the other spellings."""

    text: str
    count: int = 1
    spellings: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Measurement:
    """A log's queries met one by one. `untimed` have no timestamp and count for no lifetime; `late` came out of order."""

    tallies: list[Tally]
    queries: int = 0
    untimed: int = 0
    late: int = 0
    last: float = float("-inf")
    repeats: dict[int, Repeat] = field(default_factory=dict)

    def meet(self, query: Query) -> dict[tuple[Variant, float | None], bool]:
        """Count a query; which caches, by key and lifetime, answer it."""
        self.queries += 1
        at = query.at.timestamp() if query.at else None
        self._order(at)
        keys = {variant: variant.key(query) for variant in dict.fromkeys(tally.variant for tally in self.tallies)}
        found = {}
        for tally in self.tallies:
            key = keys[tally.variant]
            if key is None or (tally.ttl is not None and at is None):
                continue
            found[tally.variant, tally.ttl] = tally.meet(key, at or 0.0)
        self._remember(query.text, keys[Variant("punctuation")])
        return found

    def _order(self, at: float | None) -> None:
        if at is None:
            self.untimed += 1
        else:
            self.late += at < self.last
            self.last = max(self.last, at)

    def _remember(self, text: str, key: int | None) -> None:
        if key is None or not text.strip():
            return
        repeat = self.repeats.get(key)
        if repeat is None and len(self.repeats) < _SAMPLES:
            self.repeats[key] = Repeat(text[:_LONGEST], spellings={digest(text)})
        elif repeat is not None:
            repeat.count += 1
            repeat.spellings.add(digest(text))

    def duplicates(self, most: int) -> Sequence[Repeat]:
        """The texts that came most often."""
        repeated = (repeat for repeat in self.repeats.values() if repeat.count > 1)
        return sorted(repeated, key=lambda repeat: (-repeat.count, repeat.text))[:most]


_LONGEST = 400
"""Characters of a sample."""


def measurement(ttls: Iterable[float]) -> Measurement:
    """Nothing met yet. Each lifetime is measured for the keys of the last message."""
    timed = [Tally(variant, ttl) for ttl in ttls for variant in VARIANTS if variant.scope == LAST]
    return Measurement([*(Tally(variant, None) for variant in VARIANTS), *timed])
