"""`cachecalc replay` of policies: on block-hash traces, and on request logs that keep their texts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cachecalc.cli import calendar, output

if TYPE_CHECKING:
    from cachecalc.core.imported import Imported
    from cachecalc.core.pricing import Model, PriceTable
    from cachecalc.core.replay.outcome import Replay, Skipped
    from cachecalc.core.replay.scheme import Policy
    from cachecalc.logs.replay.run import Settings
    from cachecalc.logs.traces.texts import Texts
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


def on_traces(logs: Sequence[str], wishes: Wishes, settings: Settings, watch: Watch) -> Replay:
    """Raises InputError where no model is named: traces name none, or none that is to be priced."""
    from cachecalc.core.problem import InputError

    prices = _prices(wishes)
    if not wishes.models:
        raise InputError("the traces name no model to price", help="--model claude-sonnet-4-6; it may be given again")
    return _replay(logs, [prices.find(name) for name in wishes.models], wishes, settings, watch)


def on_texts(logs: Sequence[str], wishes: Wishes, settings: Settings, watch: Watch) -> Replay:
    """Play the requests of logs that keep their prompts; without a model, on the first one that a request names.

    Raises InputError where the logs keep no prompts, or no model is known.
    """
    from cachecalc.core import model_names
    from cachecalc.core.imported import Imported
    from cachecalc.core.problem import InputError
    from cachecalc.logs import requests
    from cachecalc.logs.read import read_logs
    from cachecalc.logs.traces.texts import Texts
    from cachecalc.tokens.prompts import counting

    prices = _prices(wishes)
    models = [prices.find(name) for name in wishes.models]
    index, imported = model_names.index(prices), Imported()
    texts = Texts(counting(), next(iter(models), None), settings.reading.marks)
    records = (record for record in read_logs(logs, imported, wishes.source) if record.until is None)
    found = (requests.of_record(record, None, index) for record in records)
    with tempfile.TemporaryDirectory(prefix="cachecalc-") as folder:
        runs = Path(folder) / "requests.jsonl"
        watch("reading requests", lambda: None)
        texts.write((request for request in found if not request.is_correction), runs)
        skipped = _skipped(texts, imported)
        if not runs.stat().st_size:
            reasons = "; ".join(f"{row.count:,} x {row.reason}" for row in skipped)
            raise InputError("the logs keep no prompts that could be played", help=reasons or "is this the right log?")
        models = models or ([texts.model] if texts.model else [])
        if not models:
            raise InputError("no request names a model that is known", help="--model says which one to price")
        result = _replay([str(runs)], models, wishes, settings, watch)
    note = (
        f"What prompts share was found in their texts, counted for {(texts.model or models[0]).id}. Settings that break "
        "a cache are not seen here; `cachecalc why` sees them."
    )
    return replace(result, skipped=(*skipped, *result.skipped), notes=(*result.notes, note))


def _skipped(texts: Texts, imported: Imported) -> list[Skipped]:
    from cachecalc.core.replay.outcome import Skipped

    unread = [Skipped(met.place, reason, met.count) for reason, met in imported.skipped.items()]
    return [*unread, *(Skipped("", f"{reason}: left out", count) for reason, count in texts.skipped.items())]


def _prices(wishes: Wishes) -> PriceTable:
    from cachecalc.load import pricing

    return pricing.load(str(wishes.pricing) if wishes.pricing else None)


def _replay(logs: Sequence[str], models: Sequence[Model], wishes: Wishes, settings: Settings, watch: Watch) -> Replay:
    from cachecalc.core.replay import scheme
    from cachecalc.logs.replay import run

    schemes, notes = scheme.schemes(models, wishes.policies, wishes.ttls, calendar.today())
    result = run.replay(logs, schemes, settings, watch)
    return replace(result, notes=(*notes, *result.notes))


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
