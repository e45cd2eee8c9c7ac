"""A plain event simulation of caches, written without the formulas it checks."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """A request: when, by whom, and whether it opens a conversation."""

    time: float
    who: int = 0
    first: bool = True


def poisson(rate: float, count: int, seed: int, weights: Sequence[float] = (1.0,)) -> Iterator[Event]:
    """Independent arrivals of so many requests, divided among identities by weight."""
    generator = random.Random(seed)
    now = 0.0
    for _ in range(count):
        now += generator.expovariate(rate)
        yield Event(now, generator.choices(range(len(weights)), weights)[0])


def conversations(rate: float, turns: int, gap: float, count: int, seed: int) -> list[Event]:
    """Poisson conversations of so many turns with exponential gaps, in order of time."""
    events = []
    generator = random.Random(seed)
    for start in poisson(rate, count, seed):
        now = start.time
        for turn in range(turns):
            events.append(Event(now, first=turn == 0))
            now += generator.expovariate(1 / gap)
    return sorted(events, key=lambda event: event.time)


def hit_rate(
    events: Sequence[Event] | Iterator[Event],
    ttl: float,
    *,
    period: float = math.inf,
    ready_after: float = 0.0,
    first: bool | None = None,
) -> float:
    """The share of requests that find their identity's entry alive, readable and of the same period of the clock."""
    last_use: dict[tuple[int, int], float] = defaultdict(lambda: -math.inf)
    readable_from: dict[tuple[int, int], float] = {}
    hits = total = 0
    for event in events:
        key = event.who, int(event.time // period) if math.isfinite(period) else 0
        alive = event.time - last_use[key] <= ttl
        if not alive:
            readable_from[key] = event.time + ready_after
        hit = alive and event.time >= readable_from[key]
        last_use[key] = event.time
        if first is None or event.first is first:
            hits, total = hits + hit, total + 1
    return hits / total
