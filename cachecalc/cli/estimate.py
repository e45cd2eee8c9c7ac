"""`cachecalc estimate`: the monthly bill."""

from __future__ import annotations

import enum
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cachecalc.cli import errors, output, profiles

if TYPE_CHECKING:
    from cachecalc.core.pricing import PriceTable
    from cachecalc.load.profile import Profile
    from cachecalc.report.estimate_document import EstimateReport


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


_EXAMPLE = "cachecalc estimate --model claude-sonnet-5-5 --in 1500+100 --out 200 --requests 5000/day"


def estimate(
    profile: Annotated[Path | None, typer.Argument(help="A traffic profile (YAML); - for standard input.")] = None,
    model: Annotated[str | None, typer.Option(help="Model id or alias, without a profile.")] = None,
    prompt: Annotated[str | None, typer.Option("--in", help="Tokens: static+dynamic (1500+100), or @FILE+100.")] = None,
    out: Annotated[str | None, typer.Option("--out", help="Output tokens of a request, or a range 150..300.")] = None,
    requests: Annotated[str | None, typer.Option(help="How often: 5000/day, 300 conversations/day.")] = None,
    cache: Annotated[str | None, typer.Option(help="Caching as configured: off, auto, 5m, 1h, ...")] = None,
    like: Annotated[str | None, typer.Option(help="Start from cited numbers: support, rag, agent, chat.")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the profile that the flags describe.")] = None,
    month: Annotated[str | None, typer.Option(help="A calendar month, 2026-12, at its dated prices.")] = None,
    pricing: Annotated[str | None, typer.Option(help="Your own prices (YAML), over the bundled table.")] = None,
    exact: Annotated[bool, typer.Option("--exact", help="Let the provider count prompt files. Sends them.")] = False,
    budget: Annotated[str | None, typer.Option(help="USD a month; exit 1 if the configuration costs more.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show every line, boundary and price source.")] = False,
    sweep: Annotated[str | None, typer.Option(help="Vary one input: requests=10/day..100000/day, ttl=5m..1h.")] = None,
    tornado: Annotated[bool, typer.Option("--tornado", help="Which input moves the bill most.")] = False,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
    to: output.OutputOption = None,
) -> None:
    """Estimate the monthly bill: without caching, as configured, and with the cheapest plan."""
    from cachecalc.load import pricing as price_table
    from cachecalc.load.quick import Flags

    limit = _usd(budget) if budget is not None else None
    prices = price_table.load(pricing)
    flags = Flags(model, prompt, out, requests, cache, like)
    workloads = profiles.of(profile, flags, prices, save, what="estimated", example=_EXAMPLE, exact=exact)
    if sweep is not None or tornado:
        _vary(workloads, sweep, prices, month, format, to)
        return
    document = _document(workloads, month)
    output.write(_render(document, format, to, explain=explain), to)
    if limit is not None and Decimal(document["totals"]["cached_usd"]["expected"]) > limit:
        _say_over_budget(document, limit)
        raise typer.Exit(errors.FOUND)


def _document(profile: Profile, month: str | None) -> EstimateReport:
    from cachecalc.cli import calendar
    from cachecalc.core.estimate import estimate as engine
    from cachecalc.report import estimate as report

    span = calendar.of_month(month, profile.days_per_month)
    return report.document([engine.estimate(workload, span) for workload in profile.workloads], span)


def _vary(
    found: Profile, sweep: str | None, prices: PriceTable, month: str | None, format: Format, to: Path | None
) -> None:
    """Along a range of one input, or from end to end of each."""
    from cachecalc.cli import calendar
    from cachecalc.cli import sweep as varied

    span = calendar.of_month(month, found.days_per_month)
    if sweep is None:
        varied.write(varied.tornado(found, span), format, to)
    else:
        varied.write(varied.document(found, varied.asked(sweep), prices, span), format, to)


def _render(document: EstimateReport, format: Format, to: Path | None, *, explain: bool) -> str:
    match format:
        case Format.JSON:
            import json

            return json.dumps(document, indent=2, ensure_ascii=False)
        case Format.CSV:
            from cachecalc.report import estimate_tables

            return estimate_tables.as_csv(document)
        case Format.MARKDOWN:
            from cachecalc.report import estimate_tables

            return estimate_tables.as_markdown(document)
        case Format.TEXT:
            from cachecalc.report import estimate_text
            from cachecalc.report.terminal import Style

            columns, color = output.terminal(to)
            return estimate_text.render(document, estimate_text.View(columns, Style(color), explain))


def _usd(text: str) -> Decimal:
    from cachecalc.core.problem import InputError

    try:
        amount = Decimal(text.lstrip("$").replace(",", ""))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise InputError(f"--budget {text!r} is not an amount of USD")
    return amount


def _say_over_budget(document: EstimateReport, limit: Decimal) -> None:
    from cachecalc.report.money import usd

    cost = Decimal(document["totals"]["cached_usd"]["expected"])
    sys.stderr.write(f"cachecalc: over budget: {usd(cost)} a month as configured, {usd(limit)} allowed\n")
