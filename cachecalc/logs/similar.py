"""What a semantic cache would have answered: each query against those that had to be answered before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cachecalc.logs.encoders import Encode, Vectors

CHUNK = 512
"""Queries whose likeness to all others is in memory at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that no exact cache answers. `tenant` None: answers are shared by all."""

    text: str
    tenant: str | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A query that would have been given the answer of an earlier one: their indices and their cosine."""

    query: int
    earlier: int
    cosine: float


def hits(
    asked: Sequence[Asked], thresholds: Sequence[float], encode: Encode, ttl: float | None = None
) -> dict[float, list[Match]]:
    """The hits at each threshold, in order. Only a query that was not answered is stored, so each threshold has a cache
    of its own. Takes time with the square of the number of queries, and memory for `CHUNK` rows of it."""
    import numpy as np

    found: dict[float, list[Match]] = {threshold: [] for threshold in thresholds}
    if not asked:
        return found
    vectors = _encoded([query.text for query in asked], encode)
    stored = {threshold: np.zeros(len(asked), dtype=bool) for threshold in thresholds}
    eligible = _Eligible(asked, ttl)
    for index, cosines in _rows(vectors):
        usable = eligible.before(index)
        for threshold in thresholds:
            match = _best(index, cosines, stored[threshold][:index] & usable, threshold)
            if match:
                found[threshold].append(match)
            else:
                stored[threshold][index] = True
    return found


def _encoded(texts: Sequence[str], encode: Encode) -> Vectors:
    import numpy as np

    return np.concatenate([encode(texts[start : start + 4096]) for start in range(0, len(texts), 4096)])


def _rows(vectors: Vectors) -> Iterator[tuple[int, Any]]:
    """Each query's cosines to all before it."""
    for start in range(0, len(vectors), CHUNK):
        end = min(start + CHUNK, len(vectors))
        block = vectors[start:end] @ vectors[:end].T
        for row in range(end - start):
            yield start + row, block[row, : start + row]


def _best(index: int, cosines: Any, usable: Any, threshold: float) -> Match | None:
    import numpy as np

    candidates = np.flatnonzero((cosines >= threshold) & usable)
    if not len(candidates):
        return None
    best = candidates[cosines[candidates].argmax()]
    return Match(index, int(best), min(float(cosines[best]), 1.0))


class _Eligible:
    """Which earlier queries may answer: of the same tenant, and not too old."""

    def __init__(self, asked: Sequence[Asked], ttl: float | None) -> None:
        import numpy as np

        tenants: dict[str | None, int] = {}
        self._tenant = np.array([tenants.setdefault(query.tenant, len(tenants)) for query in asked])
        self._at = np.array([np.nan if query.at is None else query.at for query in asked])
        self._ttl = ttl

    def before(self, index: int) -> Any:
        """One truth value for each query before `index`."""
        usable = self._tenant[:index] == self._tenant[index]
        if self._ttl is not None:
            usable &= abs(self._at[index] - self._at[:index]) <= self._ttl
        return usable
