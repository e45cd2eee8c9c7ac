"""`cachecalc replay` of policies on request logs that keep their prompts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cachecalc.cli import replay_policies
from cachecalc.cli.watch import Watch, counted

if TYPE_CHECKING:
    from cachecalc.cli.replay_policies import Wishes
    from cachecalc.core.imported import Imported
    from cachecalc.core.pricing import Model
    from cachecalc.core.replay.outcome import Replay, Skipped
    from cachecalc.core.replay.scheme import Scheme
    from cachecalc.logs.replay.run import Settings
    from cachecalc.logs.traces.texts import Counting, Written


def replay(logs: Sequence[str], wishes: Wishes, settings: Settings, watch: Watch) -> list[Replay]:
    """Play the requests of logs that keep their prompts: all of them on each of the models named, or, if none is, those
    of each model on that model.

    Raises InputError where the logs keep no prompts, or no model is known.
    """
    from cachecalc.core import model_names
    from cachecalc.core.imported import Imported
    from cachecalc.core.problem import InputError
    from cachecalc.logs import requests
    from cachecalc.logs.read import read_logs
    from cachecalc.logs.replay import run
    from cachecalc.logs.traces.texts import Writer

    prices = replay_policies.prices(wishes)
    models = [prices.find(name) for name in wishes.models]
    index, imported = model_names.index(prices), Imported()
    records = read_logs(logs, imported, wishes.source, unanswered=True)
    found = (requests.of_record(record, None, index) for record in records if record.requests != 0)
    with tempfile.TemporaryDirectory(prefix="cachecalc-") as folder:
        writer = Writer(Path(folder), _counting(settings), next(iter(models), None))
        writer.write(counted(found, "requests read", watch))
        skipped = _skipped(writer.skipped, imported)
        played = [written for written in writer.written.values() if written.requests]
        if not played:
            reasons = "; ".join(f"{row.count:,} x {row.reason}" for row in skipped)
            reasons = (
                f"{reasons}; without --policy and --ttl, `replay` gives the bill" if reasons else "is this the log?"
            )
            raise InputError("the logs keep no prompts that could be played", help=reasons)
        schemes, notes = replay_policies.schemes(models or [written.model for written in played], wishes)
        asked = [(each, [one for one in schemes if models or one.model is each.model]) for each in played]
        notes = *notes, *_without_marks(asked), *_differences(played), _SEEN
        results = [
            run.replay([str(written.path)], able, settings, watch)
            for written, own in asked
            if (able := [scheme for scheme in own if written.has_marks or not scheme.needs_marks])
        ]
    if not results:
        raise InputError("nothing is left to play", help="; ".join(notes))
    results[0] = replace(results[0], skipped=(*skipped, *results[0].skipped), notes=(*notes, *results[0].notes))
    return results


_SEEN = "What prompts share was found in their texts. Settings that break a cache are not seen here; `cachecalc why` sees them."


def _counting(settings: Settings) -> Callable[[Model], Counting]:
    from cachecalc.logs.traces.texts import Counting
    from cachecalc.tokens.prompts import counters, counting

    count, counter = counting(), counters()
    marks = settings.reading.marks
    return lambda model: Counting(model, count, lambda text: counter(model).count(text).tokens, marks)


def _without_marks(asked: Iterable[tuple[Written, Sequence[Scheme]]]) -> Iterator[str]:
    lacking: dict[str, dict[str, None]] = {}
    for written, schemes in asked:
        for scheme in schemes if not written.has_marks else ():
            if scheme.needs_marks:
                lacking.setdefault(written.model.id, {})[f"`{scheme.policy}`"] = None
    policies = dict.fromkeys(name for names in lacking.values() for name in names)
    if lacking:
        yield f"{', '.join(lacking)}: no request has marks, so {', '.join(policies)} would do nothing"


def _differences(played: Iterable[Written]) -> Iterator[str]:
    """Where the provider counted other prompts than ours: texts that the log has not, or a counter that errs."""
    apart = {each.model.id: each.billed / each.counted - 1 for each in played if each.counted}
    more = [f"{name} {100 * share:.0f} %" for name, share in apart.items() if share > _WORTH_TELLING]
    fewer = [f"{name} {-100 * share:.0f} %" for name, share in apart.items() if share < -_WORTH_TELLING]
    if more:
        yield f"The provider counted more tokens than were found in the texts, taken to be shared by nobody: {', '.join(more)}."
    if fewer:
        yield f"The provider counted fewer tokens than were found in the texts: {', '.join(fewer)}."


_WORTH_TELLING = 0.05


def _skipped(unused: Mapping[str, int], imported: Imported) -> list[Skipped]:
    from cachecalc.core.replay.outcome import Skipped

    unread = [Skipped(met.place, reason, met.count) for reason, met in imported.skipped.items()]
    return [*unread, *(Skipped("", reason, count) for reason, count in unused.items())]
