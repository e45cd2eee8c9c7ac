"""Hit rates. A stored prefix is a hit when the stream that shares it touched it within its time to live.

The traffic to one prefix is split by the identities in it (every tenant its own stream) and cut whenever a clock in it
ticks or a build changes it. With F(u) the probability that the stream's last touch is at most u seconds old, and S(u)
the probability that no cut fell into the last u seconds,

    hit = integral of S(u) dF(u) for u from 0 to TTL.

For one static prefix and Poisson arrivals at rate L that is the familiar 1 - exp(-L * TTL). The clock of a TTL starts
with a request, and an entry can be read only once the first response has begun (`ready_after`), so requests that
arrive in between miss as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from cachecalc.core.traffic.arrivals import Arrivals
from cachecalc.core.traffic.gaps import Gaps, mean_capped, thinned
from cachecalc.core.traffic.population import Population
from cachecalc.core.volatility import Freshness, Identity, Volatility

_PANELS = 48


@dataclass(frozen=True, slots=True)
class Follow:
    """How conversations go on: `turns` on average, and the gaps between the starts of two turns."""

    turns: float
    gaps: Gaps


@dataclass(frozen=True)
class Traffic:
    """One workload's traffic. `rate` is in starts per second: of requests, or of conversations if `follow` is set.

    `kept` is the share of requests that memoisation lets through. `cuts` are events a second that empty every cache
    (cold starts); `separate_caches` are regions, keys or workspaces that share nothing; `concurrent` requests are sent
    at once.
    """

    arrivals: Arrivals
    rate: float
    follow: Follow | None = None
    populations: Mapping[Identity, Population] = field(default_factory=dict)
    builds: float = 0.0
    cuts: float = 0.0
    kept: float = 1.0
    separate_caches: int = 1
    concurrent: int = 1
    ready_after: float = 0.0

    def hit(self, volatility: Volatility, ttl: float, *, first: bool = True, own: bool = False) -> float:
        """The probability that a request finds a prefix of this volatility, `ttl` seconds after its last use.

        `first`: the request opens a conversation (always so without conversations). `own`: only the conversation
        itself can have stored the prefix, as with its history.
        """
        if volatility.fresh is not Freshness.NONE or ttl <= 0:
            return 0.0
        periods = self._cut_periods(volatility)
        if own or (Identity.SESSION in volatility.identities and self.follow is not None):
            return 0.0 if first else self._survives(ttl, periods, share=0.0, first=False)
        groups = self._groups(volatility.identities)
        return sum(share * size * self._stream_hit(ttl, periods, share, first) for share, size in groups)

    def _groups(self, identities: frozenset[Identity]) -> tuple[tuple[float, int], ...]:
        """The streams behind a prefix: by its finest identity, since a session lies within a user within a tenant."""
        finest = next((scope for scope in FINEST_FIRST if scope in identities), None)
        if finest is None:
            return ((1.0, 1),)
        if finest not in self.populations:
            raise LookupError(f"how many {finest}s are there? `populations: {{{finest}: ...}}` is missing")
        return self.populations[finest].groups()

    def _cut_periods(self, volatility: Volatility) -> tuple[float, ...]:
        """Seconds between the events that make the prefix another one."""
        rates = [self.builds] if Identity.BUILD in volatility.identities else []
        periods = [1 / rate for rate in (*rates, self.cuts) if rate > 0]
        return (*periods, volatility.clock.period) if math.isfinite(volatility.clock.period) else tuple(periods)

    def _stream_hit(self, ttl: float, periods: tuple[float, ...], share: float, first: bool) -> float:  # noqa: FBT001
        miss = 1 - self._survives(ttl, periods, share / self.separate_caches, first)
        turns = self.follow.turns if self.follow else 1.0
        per_second = self.rate * turns * self.kept * share / self.separate_caches / self.concurrent
        waiting = per_second * min(self.ready_after, ttl)
        return 1 - min(miss * (1 + waiting), 1.0)

    def _survives(self, ttl: float, periods: tuple[float, ...], share: float, first: bool) -> float:  # noqa: FBT001
        """The integral of the module's docstring, by parts and by the trapezoid rule:

            1 - hit = S(h) (1 - F(h)) + integral of (1 - F(u)) (-dS(u)) for u from 0 to h = min(TTL, shortest period).

        Panels grow from the mean gap of the stream, where its ages lie, so that a busy one is met as well as a slow one.
        """
        if not periods:
            return self._touched_within(ttl, share, first)
        horizon = min(ttl, *periods)
        scale = min(horizon / 20, self.concurrent / max(self.rate * max(share, 1e-12) * self.kept, 1e-12))
        miss, untouched, uncut = 0.0, 1.0, 1.0
        for panel in range(1, _PANELS + 1 if scale else 1):
            end = min(scale * ((1 + horizon / scale) ** (panel / _PANELS) - 1), horizon)
            before, untouched = untouched, 1 - self._touched_within(end, share, first)
            earlier, uncut = uncut, math.prod(1 - end / period for period in periods)
            miss += (before + untouched) / 2 * (earlier - uncut)
        return 1 - (miss + uncut * untouched)

    def _touched_within(self, seconds: float, share: float, first: bool) -> float:  # noqa: FBT001
        """F(u). A conversation covers the time since each of its turns, so that with Poisson starts the others' touch
        is that of an M/G/infinity queue: 1 - exp(-starts * expected cover)."""
        rate = self.rate / self.concurrent
        if self.follow is None:
            return self.arrivals.touched_within(seconds, rate, share * self.kept)
        gaps = thinned(self.follow.gaps, self.kept)
        turns = 1 + (self.follow.turns - 1) * self.kept
        cover = seconds + (turns - 1) * mean_capped(gaps, seconds)
        others = self.arrivals.touched_within(cover, rate, share) if share else 0.0
        return others if first else 1 - (1 - gaps.within(seconds)) * (1 - others)


FINEST_FIRST = (Identity.SESSION, Identity.USER, Identity.TENANT)


def break_even_hit_rate(write: float, read: float) -> float:
    """The hit rate above which caching a prefix pays, from prices relative to input: (w - 1) / (w - r)."""
    return (write - 1) / (write - read)


def break_even_reads_per_write(write: float, read: float) -> float:
    """How often an entry must be read for its write to pay: (w - 1) / (1 - r)."""
    return (write - 1) / (1 - read)
