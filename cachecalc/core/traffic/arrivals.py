"""When requests come: the pattern over time, whatever its rate.

Each pattern answers one question: how likely is it that, at the moment of a request, another of the same stream came
within the last so many seconds? `rate` is that of the whole pattern in requests a second; a stream keeps a share
`kept` of it, request by request (a tenant's part, what memoisation lets through).
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import Protocol

from cachecalc.core.traffic.gaps import Gaps, thinned
from cachecalc.core.volatility import HOUR

HOURS_A_WEEK = 168


class Arrivals(Protocol):
    """A pattern of arrivals."""

    def touched_within(self, seconds: float, rate: float, kept: float = 1.0) -> float:
        """The probability that the stream was touched within the last `seconds`."""

    def busiest(self, share_of_time: float) -> float:
        """The share of requests that fall into the busiest `share_of_time` of the week."""


@dataclass(frozen=True, slots=True)
class Poisson:
    """Independent users at a constant rate: P = 1 - exp(-rate * seconds)."""

    def touched_within(self, seconds: float, rate: float, kept: float = 1.0) -> float:
        return -math.expm1(-rate * kept * seconds)

    def busiest(self, share_of_time: float) -> float:
        return share_of_time


@dataclass(frozen=True, slots=True)
class Even:
    """A clockwork: one request every 1/rate seconds. What a stream keeps of it has geometric gaps."""

    def touched_within(self, seconds: float, rate: float, kept: float = 1.0) -> float:
        ticks = math.floor(seconds * rate + 1e-9)
        return 1 - (1 - kept) ** ticks

    def busiest(self, share_of_time: float) -> float:
        return share_of_time


@dataclass(frozen=True, slots=True)
class Hours:
    """Poisson at a rate that follows a daily (24) or weekly (168) profile of hourly counts, Monday first, UTC."""

    counts: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.counts) not in {24, HOURS_A_WEEK} or min(self.counts) < 0 or sum(self.counts) <= 0:
            raise ValueError("hours must be 24 or 168 counts, none negative and not all 0")

    @property
    def profile(self) -> tuple[float, ...]:
        """The counts over their mean, so that they average 1."""
        mean = sum(self.counts) / len(self.counts)
        return tuple(count / mean for count in self.counts)

    def touched_within(self, seconds: float, rate: float, kept: float = 1.0) -> float:
        return _profile_touched(self.profile, seconds, rate * kept)

    def busiest(self, share_of_time: float) -> float:
        hours = share_of_time * len(self.counts)
        ranked = sorted(self.profile, reverse=True)
        whole = min(int(hours), len(ranked))
        partial = (hours - whole) * ranked[whole] if whole < len(ranked) else 0.0
        return min((sum(ranked[:whole]) + partial) / len(ranked), 1.0)

    def share_at(self, weekday: int, hour: int) -> float:
        """The share of a week's requests in one hour of it; weekday 0 is Monday."""
        index = hour if len(self.counts) == 24 else weekday * 24 + hour
        return self.profile[index] / HOURS_A_WEEK


@dataclass(frozen=True, slots=True)
class Gapped:
    """Requests whose gaps follow a measured distribution; it fixes the pattern, so the rate plays no part."""

    gaps: Gaps

    def touched_within(self, seconds: float, rate: float, kept: float = 1.0) -> float:  # noqa: ARG002
        return thinned(self.gaps, kept).within(seconds)

    def busiest(self, share_of_time: float) -> float:
        return share_of_time


def active_hours(hours_a_week: float) -> Hours:
    """All requests within so many hours of the week: working days from 09:00 UTC, weekends only if they must."""
    if not 0 < hours_a_week <= HOURS_A_WEEK:
        raise ValueError("active_hours must be more than 0 and at most 168 a week")
    days = 5 if hours_a_week <= 120 else 7
    first = min(9, int(24 - hours_a_week / days))
    day = [max(0.0, min(1.0, hours_a_week / days - (hour - first))) if hour >= first else 0.0 for hour in range(24)]
    return Hours(tuple(day * days + [0.0] * (24 * (7 - days))))


@functools.lru_cache(maxsize=65536)
def _profile_touched(profile: tuple[float, ...], seconds: float, rate: float) -> float:
    """The average over requests, which come in proportion to the profile, of 1 - exp(-expected in the window).

    Within an hour the expectation is linear in time but for one kink, where the window's far end crosses an hour, so
    each hour is two integrals of exp(-linear), which are exact.
    """
    window, per_mass = seconds / HOUR, rate * HOUR
    kink = window % 1
    untouched = 0.0
    for hour, weight in enumerate(profile):
        if weight:
            times = (hour, hour + kink, hour + 1)
            start, middle, end = (per_mass * (_mass(profile, t) - _mass(profile, t - window)) for t in times)
            untouched += weight * (kink * _mean_exp(start, middle) + (1 - kink) * _mean_exp(middle, end))
    return 1 - untouched / len(profile)


def _mean_exp(start: float, end: float) -> float:
    """The mean of exp(-x) for x from `start` to `end`."""
    if abs(end - start) < 1e-6:
        return math.exp(-(start + end) / 2)
    return (math.exp(-start) - math.exp(-end)) / (end - start)


def _mass(profile: tuple[float, ...], hours: float) -> float:
    """The integral of the periodic profile from 0 to `hours`."""
    cycles, rest = divmod(hours, len(profile))
    whole = min(int(rest), len(profile) - 1)
    return cycles * len(profile) + _cumulative(profile)[whole] + (rest - whole) * profile[whole]


@functools.lru_cache(maxsize=256)
def _cumulative(profile: tuple[float, ...]) -> tuple[float, ...]:
    return (0.0, *itertools.accumulate(profile))
