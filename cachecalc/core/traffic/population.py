"""How a stream of requests divides among tenants, users or sessions."""

from __future__ import annotations

import functools
from dataclasses import dataclass

_EXACT_RANKS = 64
_GROWTH = 1.25


@dataclass(frozen=True, slots=True)
class Population:
    """So many identities. `zipf` is the exponent of their skew (0: all alike); `counts`, if given, are their shares
    as measured and decide alone."""

    count: int
    zipf: float = 0.0
    counts: tuple[float, ...] = ()

    def groups(self) -> tuple[tuple[float, int], ...]:
        """Identities of about the same size together: the share of the traffic of each one, and how many there are.

        The first 64 ranks stand alone; those behind them are grouped by 25 % of rank, so that a million tenants are
        as quick as a hundred.
        """
        return _measured(self.counts) if self.counts else _zipf(self.count, self.zipf)


def _measured(counts: tuple[float, ...]) -> tuple[tuple[float, int], ...]:
    total = sum(counts)
    return tuple((count / total, 1) for count in counts if count)


@functools.lru_cache(maxsize=64)
def _zipf(count: int, exponent: float) -> tuple[tuple[float, int], ...]:
    if exponent == 0:
        return ((1 / count, count),)
    groups = []
    rank = 1
    while rank <= count:
        last = min(count, rank if rank < _EXACT_RANKS else int(rank * _GROWTH))
        groups.append((_power_sum(rank, last, exponent) / (last - rank + 1), last - rank + 1))
        rank = last + 1
    total = sum(weight * size for weight, size in groups)
    return tuple((weight / total, size) for weight, size in groups)


def _power_sum(first: int, last: int, exponent: float) -> float:
    """The sum of rank ** -exponent; long runs by the integral, whose error there is below 1e-4."""
    if last - first < 1000:
        return float(sum(rank**-exponent for rank in range(first, last + 1)))
    low, high = first - 0.5, last + 0.5
    if exponent == 1:
        import math

        return math.log(high / low)
    return float((high ** (1 - exponent) - low ** (1 - exponent)) / (1 - exponent))
