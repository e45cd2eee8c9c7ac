"""`cachecalc replay` of policies: on block-hash traces, and on request logs that keep their texts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cachecalc.cli import calendar, output

if TYPE_CHECKING:
    from cachecalc.core.imported import Imported
    from cachecalc.core.pricing import Model, PriceTable
    from cachecalc.core.replay.outcome import Replay, Skipped
    from cachecalc.core.replay.scheme import Policy, Scheme
    from cachecalc.core.why.request import Request
    from cachecalc.logs.replay.run import Settings
    from cachecalc.logs.traces.texts import Counting, Written
    from cachecalc.report.replay_document import ReplayReport

Watch = Callable[[str, Callable[[], float | None]], None]
"""Is told what begins, and whom to ask for the percentage done."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be played: on which models, by which policies, at which lifetimes, at whose prices. `source` is the
    format of request logs, if it is not to be found out."""

    models: Sequence[str] = ()
    policies: Sequence[Policy] = ()
    ttls: Sequence[str] = ()
    pricing: Path | None = None
    source: str | None = None


def on_traces(logs: Sequence[str], wishes: Wishes, settings: Settings, watch: Watch) -> list[Replay]:
    """Raises InputError where no model is named: traces name none, or none that is to be priced."""
    from cachecalc.core.problem import InputError
    from cachecalc.logs.replay import run

    prices = _prices(wishes)
    if not wishes.models:
        raise InputError("the traces name no model to price", help="--model claude-sonnet-4-6; it may be given again")
    schemes, notes = _schemes([prices.find(name) for name in wishes.models], wishes)
    result = run.replay(logs, schemes, settings, watch)
    return [replace(result, notes=(*notes, *result.notes))]


def on_texts(logs: Sequence[str], wishes: Wishes, settings: Settings, watch: Watch) -> list[Replay]:
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

    prices = _prices(wishes)
    models = [prices.find(name) for name in wishes.models]
    index, imported = model_names.index(prices), Imported()
    records = read_logs(logs, imported, wishes.source, unanswered=True)
    found = (requests.of_record(record, None, index) for record in records)
    with tempfile.TemporaryDirectory(prefix="cachecalc-") as folder:
        writer = Writer(Path(folder), _counting(settings), next(iter(models), None))
        writer.write(_told((request for request in found if not request.is_correction), watch))
        skipped = _skipped(writer.skipped, imported)
        played = [written for written in writer.written.values() if written.requests]
        if not played:
            reasons = "; ".join(f"{row.count:,} x {row.reason}" for row in skipped)
            raise InputError("the logs keep no prompts that could be played", help=reasons or "is this the right log?")
        schemes, notes = _schemes(models or [written.model for written in played], wishes)
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


def _told(requests: Iterable[Request], watch: Watch) -> Iterator[Request]:
    """The requests, while they are counted for who watches."""
    for number, request in enumerate(requests):
        if number % 100 == 0:
            watch(f"reading requests: {number:,}", lambda: None)
        yield request


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


def _prices(wishes: Wishes) -> PriceTable:
    from cachecalc.load import pricing

    return pricing.load(str(wishes.pricing) if wishes.pricing else None)


def _schemes(models: Sequence[Model], wishes: Wishes) -> tuple[tuple[Scheme, ...], tuple[str, ...]]:
    from cachecalc.core.replay import scheme

    return scheme.schemes(models, wishes.policies, wishes.ttls, calendar.today())


def policies(names: Sequence[str]) -> list[Policy]:
    """Raises InputError with every name that is none."""
    from cachecalc.core.problem import InputError, Problem, did_you_mean
    from cachecalc.core.replay.scheme import Policy

    known = [str(policy) for policy in Policy]
    unknown = [name for name in names if name not in known]
    if unknown:
        all_of_them = f"the policies are {', '.join(known)}"
        raise InputError(
            Problem(f"unknown policy {name!r}", help=did_you_mean(name, known) or all_of_them) for name in unknown
        )
    return list(dict.fromkeys(map(Policy, names)))


def render(report: ReplayReport, format: str, to: Path | None) -> str:
    from cachecalc.report import replay as tables
    from cachecalc.report import replay_text
    from cachecalc.report.terminal import Style

    match format:
        case "json":
            return json.dumps(report, indent=2, ensure_ascii=False)
        case "csv":
            return tables.as_csv(report)
        case "line":
            return replay_text.verdict(report)
        case _:
            columns, color = output.terminal(to)
            return replay_text.render(report, replay_text.View(columns, Style(color)))
