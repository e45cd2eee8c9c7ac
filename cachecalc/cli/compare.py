"""`cachecalc compare`: the same workload on every model and every way of caching it."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cachecalc.cli import output, profiles
from cachecalc.core.problem import InputError, did_you_mean

if TYPE_CHECKING:
    from cachecalc.core.estimate.workload import Calendar, Workload
    from cachecalc.core.pricing import Model, PriceTable
    from cachecalc.report.compare_document import CompareReport
    from cachecalc.report.compare_text import View

_EXAMPLE = "cachecalc compare --model claude-sonnet-5-5 --in 90000+10000 --out 500 --requests 10/hour"


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


class Tier(enum.StrEnum):
    FRONTIER = "frontier"
    BALANCED = "balanced"
    SMALL = "small"


def compare(
    profile: Annotated[Path | None, typer.Argument(help="A traffic profile (YAML); - for standard input.")] = None,
    model: Annotated[str | None, typer.Option(help="The model you use now, without a profile.")] = None,
    prompt: Annotated[str | None, typer.Option("--in", help="Tokens: static+dynamic (1500+100), or @FILE+100.")] = None,
    out: Annotated[str | None, typer.Option("--out", help="Output tokens of a request, or a range 150..300.")] = None,
    requests: Annotated[str | None, typer.Option(help="How often: 5000/day, 300 conversations/day.")] = None,
    cache: Annotated[str | None, typer.Option(help="Caching as it is now: off, auto, 5m, 1h, ...")] = None,
    like: Annotated[str | None, typer.Option(help="Start from cited numbers: support, rag, agent, chat.")] = None,
    models: Annotated[str | None, typer.Option(help="Only these: ids or aliases, with commas.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Retired, limited and resold models too.")] = False,
    provider: Annotated[str | None, typer.Option(help="Only these providers, with commas.")] = None,
    tier: Annotated[Tier | None, typer.Option(help="Only this tier of each provider's line-up.")] = None,
    month: Annotated[str | None, typer.Option(help="A calendar month, 2026-12, at its dated prices.")] = None,
    pricing: Annotated[str | None, typer.Option(help="Your own prices (YAML), over the bundled table.")] = None,
    top: Annotated[int, typer.Option(min=0, help="Rows to print; 0 for all.")] = 20,
    every: Annotated[bool, typer.Option("--every", help="Print every way of every model.")] = False,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
    to: output.OutputOption = None,
) -> None:
    """Compare a workload across models and caching strategies, cheapest first; the first row is what you have now."""
    from cachecalc.cli import calendar
    from cachecalc.load import pricing as price_table
    from cachecalc.load.quick import Flags
    from cachecalc.report.compare_text import View
    from cachecalc.report.terminal import Style

    prices = price_table.load(pricing)
    flags = Flags(model, prompt, out, requests, cache, like)
    found = profiles.of(profile, flags, prices, what="compared", example=_EXAMPLE)
    chosen = _chosen(prices, models, provider, tier, everything=everything)
    document = document_of(found.workloads, chosen, calendar.of_month(month, found.days_per_month))
    columns, color = output.terminal(to)
    output.write(_render(document, format, View(columns, Style(color), top, every)), to)


def _chosen(
    prices: PriceTable, names: str | None, providers: str | None, tier: Tier | None, *, everything: bool
) -> list[Model]:
    from cachecalc.core.compare import line_up

    if names is not None:
        chosen: Iterable[Model] = [prices.find(name) for name in names.split(",") if name.strip()]
    else:
        chosen = prices.models if everything else line_up(prices)
    known = dict.fromkeys(model.provider for model in prices.models)
    wanted = [name.strip().lower() for name in providers.split(",")] if providers else [*known]
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known) or f"it is one of {', '.join(known)}"
            raise InputError(f"no provider is called {name!r}", help=hint)
    return [model for model in chosen if model.provider in wanted and tier in (None, model.tier)]


def document_of(workloads: Sequence[Workload], models: Sequence[Model], calendar: Calendar) -> CompareReport:
    """The comparison of every workload, as a document."""
    from cachecalc.cli.recount import recounter
    from cachecalc.core.compare import compare as engine
    from cachecalc.core.estimate.estimate import estimate
    from cachecalc.core.flips import flips
    from cachecalc.report import compare as report

    compared = [engine(workload, models, calendar, recounter(workload.model)) for workload in workloads]
    return report.document(
        [(each, estimate(each.workload, calendar), tuple(flips(each))) for each in compared], calendar
    )


def _render(document: CompareReport, format: Format, view: View) -> str:
    match format:
        case Format.JSON:
            import json

            return json.dumps(document, indent=2, ensure_ascii=False)
        case Format.CSV:
            from cachecalc.report import compare_tables

            return compare_tables.as_csv(document)
        case Format.MARKDOWN:
            from cachecalc.report import compare_tables

            return compare_tables.as_markdown(document)
        case Format.TEXT:
            from cachecalc.report import compare_text

            return compare_text.render(document, view)
