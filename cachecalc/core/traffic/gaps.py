"""The time between one request and the next, as a distribution.

Real gaps are bursty. A log-logistic through p50, p90 and p99, piecewise, stays within about half a point of hit rate on
measured tenants where a bare average rate is off by 45 points.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

_SAMPLES = 100_000
_SEED = 20261121
_KEPT_QUANTILES = 2000
_PANELS = 64


class Gaps(Protocol):
    """A distribution of gaps in seconds; a value, so that what is computed from it can be remembered."""

    def __hash__(self) -> int: ...

    def within(self, seconds: float) -> float:
        """The share of gaps of at most so many seconds."""

    def quantile(self, share: float) -> float:
        """The gap that a share (0 < share < 1) of all gaps does not exceed."""


@dataclass(frozen=True, slots=True)
class QuantileGaps:
    """Gaps through known points `(share, seconds)`, log-logistic between and beyond them: the logit of the share is
    linear in the logarithm of the gap."""

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise ValueError("gaps need at least two points, for example p50 and p90")
        for (share, gap), (later_share, later_gap) in itertools.pairwise(self.points):
            if not (0 < share < later_share < 1 and 0 < gap < later_gap):
                raise ValueError("gaps must grow with their percentile, and be longer than 0")

    def within(self, seconds: float) -> float:
        if seconds <= 0:
            return 0.0
        if math.isinf(seconds):
            return 1.0
        gaps, shares = _curve(self.points)
        return _expit(_interpolate(gaps, shares, math.log(seconds)))

    def quantile(self, share: float) -> float:
        gaps, shares = _curve(self.points)
        return math.exp(min(_interpolate(shares, gaps, _logit(share)), 700.0))


@dataclass(frozen=True, slots=True)
class MeasuredGaps:
    """Gaps as measured, in seconds, in ascending order."""

    seconds: tuple[float, ...]

    @classmethod
    def of(cls, gaps: Iterable[float]) -> MeasuredGaps:
        """Gaps in any order. Of very many, evenly spaced quantiles stand for all: half a thousandth of a share is
        finer than any measurement, and a short value is quick to remember."""
        ordered = sorted(gaps)
        if len(ordered) > _KEPT_QUANTILES:
            step = len(ordered) / _KEPT_QUANTILES
            ordered = [ordered[int((i + 0.5) * step)] for i in range(_KEPT_QUANTILES)]
        return cls(tuple(ordered))

    def within(self, seconds: float) -> float:
        return bisect.bisect_right(self.seconds, seconds) / len(self.seconds)

    def quantile(self, share: float) -> float:
        return self.seconds[min(int(share * len(self.seconds)), len(self.seconds) - 1)]


@functools.lru_cache(maxsize=4096)
def thinned(gaps: Gaps, kept: float) -> Gaps:
    """The gaps between the requests that remain when each is kept with a probability of its own.

    By simulation with a fixed seed, so the same input always gives the same answer. Where fewer than one in 5,000
    remains the sum of so many gaps is as good as exponential.
    """
    if kept >= 1:
        return gaps
    times = _times(gaps)
    if kept * len(times) < 20:
        mean = times[-1] / len(times) / max(kept, 1e-300)
        return MeasuredGaps(tuple(-mean * math.log1p(-(i + 0.5) / 1000) for i in range(1000)))
    generator = random.Random(_SEED)  # noqa: S311  # a simulation, not a secret
    left, at = [], -1
    while (at := at + 1 + int(math.log(1 - generator.random()) / math.log1p(-kept))) < len(times):
        left.append(times[at])
    return MeasuredGaps.of(later - earlier for earlier, later in itertools.pairwise(left))


@functools.lru_cache(maxsize=64)
def _times(gaps: Gaps) -> tuple[float, ...]:
    """When the requests of a long simulated stream come, in seconds."""
    generator = random.Random(_SEED)  # noqa: S311  # a simulation, not a secret
    return tuple(itertools.accumulate(gaps.quantile(generator.uniform(1e-9, 1 - 1e-9)) for _ in range(_SAMPLES)))


@functools.lru_cache(maxsize=4096)
def mean_capped(gaps: Gaps, seconds: float) -> float:
    """The mean of `min(gap, seconds)`: the integral of the share of longer gaps, by Simpson's rule."""
    step = seconds / _PANELS
    weights = [1, *([4, 2] * (_PANELS // 2))[:-1], 1]
    return step / 3 * sum(weight * (1 - gaps.within(i * step)) for i, weight in enumerate(weights))


@functools.lru_cache(maxsize=256)
def _curve(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Logarithms of the gaps and logits of their shares."""
    return tuple(math.log(gap) for _, gap in points), tuple(_logit(share) for share, _ in points)


def _interpolate(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """Linear between the points; the first and the last slope go on beyond them."""
    at = min(max(bisect.bisect_left(xs, x), 1), len(xs) - 1)
    return ys[at - 1] + (ys[at] - ys[at - 1]) * (x - xs[at - 1]) / (xs[at] - xs[at - 1])


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _expit(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0
