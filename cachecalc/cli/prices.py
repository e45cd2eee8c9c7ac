"""`cachecalc prices`: the price table, its sources and dates."""

from __future__ import annotations

import datetime as dt
import enum
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cachecalc.cli import errors, output
from cachecalc.core.problem import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from cachecalc.core.pricing import Model, PriceTable

app = typer.Typer(
    name="prices",
    help="What models cost and how their providers cache: list, show, at, check.",
    rich_markup_mode=None,
    add_completion=False,
    invoke_without_command=True,
)


class TableFormat(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class PageFormat(enum.StrEnum):
    TEXT = "text"
    JSON = "json"


PricingOption = Annotated[str | None, typer.Option("--pricing", help="Your own prices, over the bundled ones.")]
ProviderOption = Annotated[str | None, typer.Option("--provider", help="Only this provider's models.")]
TableOption = Annotated[TableFormat, typer.Option("--format", help="How to print the result.")]
PageOption = Annotated[PageFormat, typer.Option("--format", help="How to print the result.")]


@app.callback()
def prices(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        _write_listing(_load(None).models, _today(), TableFormat.TEXT, None)


@app.command("list")
def list_prices(
    provider: ProviderOption = None,
    format: TableOption = TableFormat.TEXT,
    pricing: PricingOption = None,
    destination: output.OutputOption = None,
) -> None:
    """Every model's prices today."""
    _write_listing(_of_provider(_load(pricing), provider), _today(), format, destination)


@app.command("at")
def prices_at(
    day: Annotated[str, typer.Argument(metavar="DATE", help="A day, such as 2026-12-01.")],
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Only these models.")] = None,
    provider: ProviderOption = None,
    format: TableOption = TableFormat.TEXT,
    pricing: PricingOption = None,
    destination: output.OutputOption = None,
) -> None:
    """Prices on a day, past or to come."""
    table = _load(pricing)
    found = [table.find(name) for name in models] if models else _of_provider(table, provider)
    _write_listing(found, _date(day), format, destination)


@app.command("show")
def show_model(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="An id or alias, such as claude-sonnet-5-5.")],
    format: PageOption = PageFormat.TEXT,
    pricing: PricingOption = None,
    destination: output.OutputOption = None,
) -> None:
    """All that is known of a model: every price period, caching rules, sources, other names."""
    from cachecalc.report import prices, prices_text

    card = prices.card(_load(pricing).find(model), _today())
    _write_page(card, prices_text.card, format, destination)


@app.command("check")
def check_prices(
    path: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="Your own prices; without it, the table.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As if it were this day.")] = None,
    format: PageOption = PageFormat.TEXT,
    destination: output.OutputOption = None,
) -> None:
    """Hold a price file to its schema and laws; say what is stale, announced or about to retire. Exit 1 if it is faulty."""
    from cachecalc.report import prices, prices_text

    faults, table = _checked(path)
    document = prices.audit(table, _date(as_of) if as_of else _today(), path or "pricing.yaml", faults)
    _write_page(document, prices_text.audit, format, destination)
    if faults:
        raise typer.Exit(errors.FOUND)


def _checked(path: str | None) -> tuple[tuple[Problem, ...], PriceTable]:
    """The faults of a price file, and the models to look at: its own, or all of them."""
    from cachecalc.core.pricing import PriceTable
    from cachecalc.load import files, pricing, pricing_laws, pricing_overlay, pricing_schema, yaml_text

    bundled = pricing.bundled_document()
    document = yaml_text.parse(files.read_text(path), path) if path else bundled
    try:
        if path is None:
            pricing_laws.validate(bundled, pricing_schema.PricingFile)
            return (), pricing.bundled()
        table = pricing_overlay.merge(bundled.value, document)
    except InputError as error:
        return error.problems, PriceTable(())
    own = {table.find(entry["id"]).id for entry in document.value.get("models", [])}
    return (), PriceTable(tuple(model for model in table.models if model.id in own))


def _load(path: str | None) -> PriceTable:
    from cachecalc.load import pricing

    return pricing.load(path)


def _of_provider(table: PriceTable, provider: str | None) -> list[Model]:
    known = dict.fromkeys(model.provider for model in table.models)
    if provider is not None and provider not in known:
        hint = did_you_mean(provider, known) or f"known: {', '.join(known)}"
        raise InputError(f"unknown provider {provider!r}", help=hint)
    return [model for model in table.models if provider in (None, model.provider)]


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a day", help="write it as year-month-day, such as 2026-12-01") from None


def _today() -> dt.date:
    from cachecalc.cli import calendar

    return calendar.today()


def _write_listing(models: Iterable[Model], day: dt.date, format: TableFormat, destination: Path | None) -> None:
    from cachecalc.report import prices, prices_text

    document = prices.listing(models, day)
    if format is TableFormat.CSV:
        output.write(prices.comma_separated(document), destination)
    else:
        _write_page(document, prices_text.listing, PageFormat(format.value), destination)


def _write_page(
    document: dict[str, Any], render: Callable[..., str], format: PageFormat, destination: Path | None
) -> None:
    if format is PageFormat.JSON:
        import json

        output.write(json.dumps(document, indent=2, ensure_ascii=False), destination)
    else:
        output.write(render(document, **_screen(destination)), destination)


def _screen(destination: Path | None) -> dict[str, Any]:
    """The width and colours to write for: no limit where nobody looks at the width."""
    width, color = output.terminal(destination)
    return {"width": width if destination is None and sys.stdout.isatty() else None, "color": color}
