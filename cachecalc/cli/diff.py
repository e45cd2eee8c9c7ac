"""`cachecalc diff`: what a change costs, between two estimates, two profiles or two git revisions."""

from __future__ import annotations

import enum
import functools
import json
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cachecalc.cli import errors, output
from cachecalc.core.problem import InputError, Problem

if TYPE_CHECKING:
    from cachecalc.cli.revisions import Revision
    from cachecalc.core.difference import Cause
    from cachecalc.core.pricing import PriceTable
    from cachecalc.report.diff import Limits
    from cachecalc.report.diff_document import DiffReport


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    base: Annotated[str, typer.Argument(help="An estimate (JSON), a profile (YAML), or with --profile a revision.")],
    head: Annotated[str, typer.Argument(help="The same, after the change.")] = "HEAD",
    profile: Annotated[Path | None, typer.Option(help="The profile whose prompts two git revisions differ in.")] = None,
    month: Annotated[str | None, typer.Option(help="A calendar month, 2026-12, at its dated prices.")] = None,
    pricing: Annotated[str | None, typer.Option(help="Your own prices (YAML), over the bundled table.")] = None,
    fail_over_usd: Annotated[str | None, typer.Option(help="Exit 1 if it costs so many USD a month more.")] = None,
    fail_over_percent: Annotated[str | None, typer.Option(help="Exit 1 if it costs so many percent more.")] = None,
    budget: Annotated[str | None, typer.Option(help="Exit 1 if the bill rises above so many USD a month.")] = None,
    threshold: Annotated[str, typer.Option(help="USD a month below which Markdown stays silent.")] = "0.01",
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
    to: output.OutputOption = None,
) -> None:
    """Say what a change costs a month, at the same prices and with the same traffic on both sides."""
    from cachecalc.load import pricing as price_table
    from cachecalc.report.diff import Limits

    limits = Limits(
        _amount(fail_over_usd, "--fail-over-usd"),
        _amount(fail_over_percent, "--fail-over-percent"),
        _amount(budget, "--budget"),
    )
    silent_below = _amount(threshold, "--threshold") or Decimal(0)
    prices = price_table.load(pricing)
    if profile is not None:
        document = _of_revisions(base, head, profile, prices, month, limits)
    else:
        document = _of_files(base, head, prices, month, limits)
    output.write(_render(document, format, silent_below, to), to)
    if document["failed"]:
        raise typer.Exit(errors.FOUND)


def _of_files(base: str, head: str, prices: PriceTable, month: str | None, limits: Limits) -> DiffReport:
    from cachecalc.load import files
    from cachecalc.report import diff as report

    _refuse_revisions(base, head)
    texts = [files.read_text(path) for path in (base, head)]
    estimates = [_estimate(text, path) for text, path in zip(texts, (base, head), strict=True)]
    if all(estimates):
        sides = report.Sides(base, head, str(estimates[1]["month"]))
        return report.of_estimates(estimates[0], estimates[1], sides, limits)
    if any(estimates):
        raise InputError("one side is an estimate and the other is not", help="give two estimates or two profiles")
    return _of_profiles(base, head, prices, month, limits)


def _refuse_revisions(base: str, head: str) -> None:
    missing = [name for name in (base, head) if not Path(name).exists()]
    if missing:
        hint = "for two git revisions, say whose prompts: --profile cachecalc.yaml"
        raise InputError([Problem("no such file", name, help=hint) for name in missing])


def _estimate(text: str, path: str) -> Any:
    """An estimate as `estimate --format json` wrote it; None where the text is something else."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError([Problem(f"not JSON: {error.msg}", path, error.lineno, error.colno)]) from None
    needed = {"workloads", "month", "days"}
    if value.get("version") != 1 or not needed <= value.keys():
        raise InputError([Problem("not an estimate", path, help="`cachecalc estimate --format json` writes one")])
    return value


def _of_profiles(base: str, head: str, prices: PriceTable, month: str | None, limits: Limits) -> DiffReport:
    from cachecalc.cli import calendar, prompt_files
    from cachecalc.core.difference import differences
    from cachecalc.load import profile as profiles
    from cachecalc.report import diff as report

    before, after = (profiles.read(path, prices, prompt_files.read) for path in (base, head))
    span = calendar.of_month(month, after.days_per_month)
    changes = list(differences(before.workloads, after.workloads, span))
    return report.of_changes(changes, report.Sides(base, head, span.label), lambda _: None, (), (), limits)


def _of_revisions(
    base: str, head: str, profile: Path, prices: PriceTable, month: str | None, limits: Limits
) -> DiffReport:
    from cachecalc.cli import calendar, diff_findings, revisions
    from cachecalc.core.difference import differences
    from cachecalc.report import diff as report

    earlier, later = revisions.at(profile, base), revisions.at(profile, head)
    after = revisions.read(profile, later, None, prices)
    before = revisions.read(profile, earlier, later, prices)
    span = calendar.of_month(month, after.days_per_month)
    changes = differences(before.workloads, after.workloads, span)
    edits = diff_findings.between(earlier, later, after.workloads, span)
    changed = [replace(change, sources=edits.sources.get(change.name, ())) for change in changes]
    new, gone = edits.new, edits.gone
    sides = report.Sides(base, head, span.label)
    return report.of_changes(changed, sides, functools.partial(_place, earlier, later), new, gone, limits)


def _place(earlier: Revision, later: Revision, cause: Cause) -> str | None:
    """FILE:LINE of the part that a cause points at, as the file is where the part is."""
    from cachecalc.load.files import line_and_column

    side = earlier if cause.before else later
    if cause.part is None or cause.part.span is None or not cause.path:
        return None
    text = side.text(Path(cause.path))
    if text is None:
        return None
    line, _ = line_and_column(text, cause.part.span.start)
    return f"{side.inside(Path(cause.path))}:{line}"


def _amount(text: str | None, flag: str) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text.strip().lstrip("$").rstrip("%").replace(",", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise InputError(f"{flag} {text!r} is not an amount")
    return amount


def _render(document: DiffReport, format: Format, threshold: Decimal, to: Path | None) -> str:
    from cachecalc.report import diff_text
    from cachecalc.report.terminal import Style

    match format:
        case Format.JSON:
            return json.dumps(document, indent=2, ensure_ascii=False)
        case Format.MARKDOWN:
            return diff_text.comment(document, threshold)
        case Format.TEXT:
            return diff_text.render(document, Style(output.terminal(to)[1]))
