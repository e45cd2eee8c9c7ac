"""A measured profile: what a replay found of the traffic, so that `estimate`, `plan` and `compare` can go on from it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cachecalc.core import units
from cachecalc.core.problem import InputError
from cachecalc.core.replay.outcome import Outcome, Replay
from cachecalc.core.replay.scheme import Policy
from cachecalc.core.volatility import DAY

_HEAD = """\
# A traffic profile for cachecalc, measured by `cachecalc replay`. A number with `measured` beside it was counted in the
# log; `rho` and `gaps` hold for the way of caching that stands under `cache`.
"""


def render(replays: Sequence[Replay], ready_after: float = 0.0) -> str:
    """A workload for each model, cached in the cheapest way that was measured. Raises InputError where none was."""
    chosen = [(replay, outcome) for replay in replays for outcome in _chosen(replay)]
    if not chosen:
        raise InputError(
            "a profile is fitted to `rolling` or `automatic`, and neither was played", help="add one to --policy"
        )
    lines = [_HEAD + "version: 1", "workloads:"]
    for replay, outcome in chosen:
        for name, part, own in _by_length(replay, outcome):
            lines += _workload(name, part, own, ready_after)
    return "\n".join(lines) + "\n"


def _chosen(replay: Replay) -> Iterator[Outcome]:
    for baseline in replay.baselines:
        own = [row for row in replay.outcomes if row.repeats and row.model == baseline.model]
        if own:
            yield min(own, key=lambda row: row.total_cost)


def _by_length(replay: Replay, outcome: Outcome) -> Iterator[tuple[str, Replay, Outcome]]:
    """Workloads with their names: prompts that pay other prices for their length are no part of one mean prompt."""
    repeats = outcome.repeats
    if not (outcome.has_tiers and repeats and repeats.tiers):
        yield outcome.model, replay, outcome
        return
    for tier, own in zip(replay.tiers, repeats.tiers, strict=True):
        name = f"{outcome.model}-over-{tier.above}" if tier.above else outcome.model
        part = replace(
            replay,
            requests=tier.requests,
            input_tokens=tier.input_tokens,
            output_tokens=tier.output_tokens,
            hours=tuple(hour * tier.requests / replay.requests for hour in replay.hours),
            sessions=None,
            heads=None,
        )
        yield name, part, replace(outcome, repeats=own)


def _workload(name: str, replay: Replay, outcome: Outcome, ready_after: float) -> Iterator[str]:
    count = replay.requests
    yield f"  {name}:"
    yield f"    model: {outcome.model}"
    kind = "static" if outcome.repeats and outcome.repeats.gaps else "static: 0, dynamic"
    yield f"    prompt: {{{kind}: {round(replay.input_tokens / count)}}}    # measured: tokens of a mean prompt"
    yield f"    output: {round(replay.output_tokens / count)}    # measured: tokens of a mean answer"
    yield from _requests(replay)
    if replay.hours:
        unit = "week, from Monday 00:00 UTC" if len(replay.hours) > 24 else "day, UTC"
        counts = ", ".join(f"{hour:g}" for hour in replay.hours)
        yield f"    arrivals: {{hours: [{counts}]}}    # measured: mean requests by hour of the {unit}"
    yield from _conversation(replay, outcome)
    yield f"    cache: {_cache(outcome)}"
    if ready_after:
        yield f"    options: {{ready_after: {units.spell(ready_after)}}}"
    if not replay.seconds:
        yield "    assumed:"
        yield "      requests: the log's sessions have clocks of their own, so its requests stand for a month's"


_WHOLE = 1000


def _requests(replay: Replay) -> Iterator[str]:
    if not replay.seconds:
        yield f"    requests: {replay.requests}/month"
        return
    a_day = replay.requests * DAY / replay.seconds
    rate = f"{a_day:.0f}" if a_day >= _WHOLE else f"{a_day:.4g}"
    yield f"    requests: {rate}/day    # measured: {replay.requests:,} in {units.spell(round(replay.seconds))}"


def _conversation(replay: Replay, outcome: Outcome) -> Iterator[str]:
    repeats = outcome.repeats
    if repeats is None or not repeats.gaps:
        yield "    # No prompt repeats another one from its beginning, so there is no conversation to describe."
        return
    yield "    conversation:"
    yield f"      rho: {repeats.rho:.6f}    # measured: share of input tokens that repeat an earlier prompt"
    p50, p90, p99 = (repeats.gaps[int(share * len(repeats.gaps))] for share in (0.5, 0.9, 0.99))
    yield f"      # measured: time since the last use, each for {100 / len(repeats.gaps):g} % of the repeated tokens"
    yield f"      # (p50 {_seconds(p50)}s, p90 {_seconds(p90)}s, p99 {_seconds(p99)}s)"
    yield "      gaps: ["
    yield from textwrap.wrap(
        ", ".join(map(_seconds, repeats.gaps)), 100, initial_indent=" " * 8, subsequent_indent=" " * 8
    )
    yield "      ]"
    sessions = replay.sessions
    if sessions and sessions.followed_tokens:
        retention = repeats.rho * replay.input_tokens / sessions.followed_tokens
        yield f"      # measured, and contained in rho: {sessions.count:,} sessions, {sessions.turns:.1f} turns each,"
        yield f"      # grows_by {sessions.grows_by:,.0f}, retention {min(retention, 1.0):.3f}"
    if heads := replay.heads:
        kinds = f"{heads.count:,} different prompts" if heads.count > 1 else "one prompt"
        yield f"      # measured, and contained in rho: {kinds} up to the last mark (tenants, versions, ...),"
        yield f"      # the commonest in {100 * heads.largest:.0f} % of requests"


def _seconds(gap: float) -> str:
    return f"{round(gap, 3):.10g}"


def _cache(outcome: Outcome) -> str:
    if outcome.policy is Policy.AUTOMATIC:
        return "auto    # the retention is the provider's"
    return f"{{ttl: {outcome.ttl}, breakpoints: rolling}}    # the cheapest that was played"
