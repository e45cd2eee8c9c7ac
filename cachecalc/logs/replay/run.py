"""Replay a log: what every policy would have cost on its requests."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cachecalc.core.replay.measured import Measured
from cachecalc.core.replay.outcome import Replay, settle, tiers
from cachecalc.core.replay.scheme import FITTED, Scheme, thresholds
from cachecalc.logs.replay.engine import DEFAULT_MEMORY, opened
from cachecalc.logs.replay.play import play
from cachecalc.logs.replay.sources import Reading, gather

Watch = Callable[[str, Callable[[], float | None]], None]
"""Is told what begins, and whom to ask for the percentage done."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to replay. An entry can be read `ready_after` seconds after its storing began; `memory` is what the engine
    may take, such as `1GB`; `markless` leaves out policies that need marks where a log has none. `measure`: also find
    what a profile of the traffic needs."""

    engine: str = "duckdb"
    memory: str = DEFAULT_MEMORY
    ready_after: float = 0
    markless: bool = False
    measure: bool = False
    reading: Reading = field(default_factory=Reading)


def replay(
    logs: Sequence[str], schemes: Sequence[Scheme], settings: Settings, watch: Watch = lambda *_: None
) -> Replay:
    """The bills of `schemes` on the requests in `logs`: files, folders, `-`, addresses.

    Raises InputError where they cannot be read, or hold no request that can be used.
    """
    steps = thresholds(schemes)
    rules = tuple(dict.fromkeys(scheme.rule(steps) for scheme in schemes))
    with (
        tempfile.TemporaryDirectory(prefix="cachecalc-") as folder,
        opened(settings.engine, Path(folder), settings.memory) as engine,
    ):
        watch("opening logs", engine.progress)
        sources = gather(logs, Path(folder), engine, settings.reading)
        played = play(
            engine,
            sources.ready,
            rules,
            thresholds=steps,
            marks=settings.reading.marks,
            ready_after=settings.ready_after,
            markless=settings.markless,
            measured={rule for rule in rules if settings.measure and rule.policy in FITTED and not rule.pings},
            step=lambda text: watch(text, engine.progress),
        )
    schemes = [scheme for scheme in schemes if scheme.rule(steps) in played.cells]
    measured = played.measured or Measured({})
    baselines, outcomes = settle(schemes, steps, played.everything, played.cells, measured.repeats)
    return Replay(
        requests=sum(cell.requests for cell in played.everything),
        input_tokens=sum(cell.input for cell in played.everything),
        output_tokens=sum(cell.output for cell in played.everything),
        seconds=played.seconds,
        baselines=baselines,
        outcomes=outcomes,
        tiers=tuple(tier for tier in tiers(played.everything, steps) if tier.requests),
        skipped=(*sources.skipped, *played.skipped),
        sessions=measured.sessions,
        heads=measured.heads,
        hours=measured.hours,
    )
