"""Measure the traffic of a log while its tables are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cachecalc.core.replay.measured import Heads, Repeats, Sessions
from cachecalc.core.replay.scheme import Rule
from cachecalc.core.volatility import DAY, HOUR, WEEK
from cachecalc.logs.replay import query
from cachecalc.logs.replay.engine import Engine

QUANTILES = 400
"""Fine enough to place an hour within the longest gaps of coding agents."""

_DATED = 1_000_000_000
"""Seconds since 1970 from which on a time is a date; a trace that begins near 0 has none."""

_HOURS = 168
_THURSDAY = 3 * 24


def repeats(engine: Engine, rule: Rule, inputs: Mapping[int, int]) -> Repeats:
    """What lifetimes the reads under `rule` need; `inputs` are the input tokens by tier. The table `plays` is that of
    the rule's minimum."""
    engine.define("lifetimes", query.lifetimes(rule))
    read = {tier: int(tokens) for tier, tokens in engine.rows("SELECT tier, sum(tokens) FROM lifetimes GROUP BY tier")}
    tiers = tuple(_repeats(engine, read, {tier: inputs[tier]}) for tier in inputs) if len(inputs) > 1 else ()
    return replace(_repeats(engine, read, inputs), tiers=tiers)


def _repeats(engine: Engine, read: Mapping[int, int], inputs: Mapping[int, int]) -> Repeats:
    total = sum(read.get(tier, 0) for tier in inputs)
    if not total:
        return Repeats(0.0, ())
    ((*gaps,),) = engine.rows(query.quantiles(inputs, total, QUANTILES))
    return Repeats(total / sum(inputs.values()), tuple(gap / query.MICROSECONDS for gap in gaps))


def sessions(engine: Engine) -> Sessions | None:
    ((count, follow_ups, grown, followed),) = engine.rows(query.SESSIONS)
    if not count:
        return None
    turns = 1 + follow_ups / count
    return Sessions(count, turns, float(grown) / follow_ups if follow_ups else 0.0, int(followed or 0))


def heads(engine: Engine, min_tokens: int) -> Heads | None:
    ((marked, shared, users, most),) = engine.rows(query.heads(min_tokens))
    return Heads(int(shared + marked - users), max(int(most), 1) / marked) if marked else None


def hours(engine: Engine, first: float, last: float) -> tuple[float, ...]:
    """Mean requests by hour; `first` and `last` are the seconds since 1970 that the log spans."""
    if first < _DATED or last - first < DAY:
        return ()
    counts = [0.0] * _HOURS
    for hour, count in engine.rows(query.HOURS):
        counts[(hour + _THURSDAY) % _HOURS] += count
    length = _HOURS if last - first >= WEEK else 24
    seen = [0] * length
    for hour in range(int(first // HOUR), int(last // HOUR) + 1):
        seen[(hour + _THURSDAY) % length] += 1
    return tuple(sum(counts[hour::length]) / max(seen[hour], 1) for hour in range(length))
