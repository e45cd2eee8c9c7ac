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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_SAMPLES = 100_000
_PANELS = 200


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
        curve = [(math.log(gap), _logit(share)) for share, gap in self.points]
        return _expit(_interpolate(curve, math.log(seconds)))

    def quantile(self, share: float) -> float:
        curve = [(_logit(known), math.log(gap)) for known, gap in self.points]
        return math.exp(min(_interpolate(curve, _logit(share)), 700.0))


@dataclass(frozen=True, slots=True)
class MeasuredGaps:
    """Gaps as measured, in seconds, in ascending order."""

    seconds: tuple[float, ...]

    def within(self, seconds: float) -> float:
        return bisect.bisect_right(self.seconds, seconds) / len(self.seconds)

    def quantile(self, share: float) -> float:
        return self.seconds[min(int(share * len(self.seconds)), len(self.seconds) - 1)]


@functools.lru_cache(maxsize=512)
def thinned(gaps: Gaps, kept: float) -> Gaps:
    """The gaps between the requests that remain when each is kept with a probability of its own.

    By simulation with a fixed seed, so the same input always gives the same answer. Where fewer than one in 5,000
    remains the sum of so many gaps is as good as exponential.
    """
    if kept >= 1:
        return gaps
    generator = random.Random(20261121)  # noqa: S311  # a simulation, not a secret
    times, now = [], 0.0
    for _ in range(_SAMPLES):
        now += gaps.quantile(generator.uniform(1e-9, 1 - 1e-9))
        if generator.random() < kept:
            times.append(now)
    if len(times) < 20:
        mean = now / _SAMPLES / kept
        return MeasuredGaps(tuple(-mean * math.log1p(-(i + 0.5) / 1000) for i in range(1000)))
    return MeasuredGaps(tuple(sorted(_differences(times))))


@functools.lru_cache(maxsize=4096)
def mean_capped(gaps: Gaps, seconds: float) -> float:
    """The mean of `min(gap, seconds)`: the integral of the share of longer gaps, by Simpson's rule."""
    step = seconds / _PANELS
    weights = [1, *([4, 2] * (_PANELS // 2))[:-1], 1]
    return step / 3 * sum(weight * (1 - gaps.within(i * step)) for i, weight in enumerate(weights))


def _differences(times: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]


def _interpolate(curve: Sequence[tuple[float, float]], x: float) -> float:
    """Linear between the points of `curve`; its first and last slope go on beyond its ends."""
    at = bisect.bisect_left([point[0] for point in curve], x)
    (x0, y0), (x1, y1) = curve[max(at, 1) - 1 : max(at, 1) + 1] if at < len(curve) else curve[-2:]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _expit(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0
