"""`cachecalc replay` of policies: on block-hash traces; and what it shares with request logs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cachecalc.cli import calendar, output
from cachecalc.cli.watch import Watch

if TYPE_CHECKING:
    from cachecalc.core.pricing import Model, PriceTable
    from cachecalc.core.replay.outcome import Replay
    from cachecalc.core.replay.scheme import Policy, Scheme
    from cachecalc.logs.replay.run import Settings
    from cachecalc.report.replay_document import ReplayReport


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be played: on which models, by which policies, at which lifetimes, at whose prices. `source` is the
    format of request logs, if it is not to be found out."""

    models: Sequence[str] = ()
    policies: Sequence[Policy] = ()
    ttls: Sequence[str] = ()
    pricing: Path | None = None
    source: str | None = None


def replay(logs: Sequence[str], wishes: Wishes, settings: Settings, watch: Watch) -> list[Replay]:
    """Raises InputError where no model is named: traces name none, or none that is to be priced."""
    from cachecalc.core.problem import InputError
    from cachecalc.logs.replay import run

    table = prices(wishes)
    if not wishes.models:
        raise InputError("the traces name no model to price", help="--model claude-sonnet-4-6; it may be given again")
    chosen, notes = schemes([table.find(name) for name in wishes.models], wishes)
    result = run.replay(logs, chosen, settings, watch)
    return [replace(result, notes=(*notes, *result.notes))]


def prices(wishes: Wishes) -> PriceTable:
    from cachecalc.load import pricing

    return pricing.load(str(wishes.pricing) if wishes.pricing else None)


def schemes(models: Sequence[Model], wishes: Wishes) -> tuple[tuple[Scheme, ...], tuple[str, ...]]:
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
