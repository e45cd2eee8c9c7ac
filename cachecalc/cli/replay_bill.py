"""`cachecalc replay` on logs that count tokens: the bill as it was, at the prices in force on each request's day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cachecalc.cli import calendar, output
from cachecalc.cli.watch import Watch, counted

if TYPE_CHECKING:
    from cachecalc.core.imported import Imported
    from cachecalc.core.statement import Bill
    from cachecalc.report.bill_document import BillReport


@dataclass(frozen=True, slots=True)
class Options:
    """How to read logs and what to show of them. `model` stands in where a log names none."""

    source: str | None = None
    columns: Sequence[str] = ()
    by: Sequence[str] = ()
    model: str | None = None
    pricing: Path | None = None


def run(logs: Sequence[str], options: Options, watch: Watch = lambda *_: None) -> BillReport:
    """Read, price and add up every request in the logs. Raises InputError where nothing in them can be read."""
    from cachecalc.core.imported import Imported
    from cachecalc.core.ledger import Ledger
    from cachecalc.core.problem import InputError
    from cachecalc.load import pricing as price_table
    from cachecalc.logs.importers import rows
    from cachecalc.logs.read import read_logs
    from cachecalc.report import bill as report

    prices = price_table.load(str(options.pricing) if options.pricing else None)
    ledger, imported = Ledger(prices, calendar.today(), options.by), Imported()
    records = read_logs(logs, imported, options.source, rows.parse_columns(options.columns))
    for record in counted(records, "requests read", watch):
        ledger.add(record if record.model or not options.model else record._replace(model=options.model))
    if not imported.records:
        raise InputError(_nothing(imported), help="--from names the format, --columns the columns of a table")
    bill = ledger.bill()
    _check_groups(options.by, bill)
    return report.document(bill, imported)


def _check_groups(names: Sequence[str], bill: Bill) -> None:
    """A group that no request belongs to was misspelt, or is not in the log."""
    from cachecalc.core.ledger import NONE
    from cachecalc.core.problem import InputError, Problem, did_you_mean

    empty = [name for name in names if {line.name for line in bill.by[name]} <= {NONE}]
    known = (*bill.by.keys() - {*empty}, "session", "provider")
    problems = [
        Problem(
            f"--by {name}: no request in the log has one",
            help=did_you_mean(name, known) or "model, day, month, hour, session, provider, or a tag of the log",
        )
        for name in empty
    ]
    if problems:
        raise InputError(problems)


def _nothing(imported: Imported) -> str:
    reasons = [f"{met.count} x {reason} ({met.place})" for reason, met in imported.skipped.items()]
    return "no request was found in the logs" + (f": {'; '.join(reasons[:3])}" if reasons else "")


def render(report: BillReport, format: str, options: Options, to: Path | None) -> str:
    if format == "json":
        return json.dumps(report, indent=2, ensure_ascii=False)
    if format == "csv":
        from cachecalc.report import bill as tables

        return tables.as_csv(report)
    from cachecalc.report import bill_text
    from cachecalc.report.terminal import Style

    if format == "line":
        return bill_text.verdict(report)
    columns, color = output.terminal(to)
    return bill_text.render(report, bill_text.View(columns, Style(color), tuple(options.by)))
