"""A comparison as CSV (every row) and as Markdown (the best way of each model)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from cachecalc.report.cells import csv_cell, markdown_cell
from cachecalc.report.compare_document import CompareReport, CompareRow
from cachecalc.report.money import usd

HEADER = (
    *("workload", "model", "provider", "tier", "strategy", "batch", "now", "best", "baseline_usd"),
    *("low_usd", "expected_usd", "high_usd", "change_percent", "prefix_hit_rate", "read_share", "input_tokens"),
)


def as_csv(document: CompareReport) -> str:
    """Every row; amounts with all their digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([csv_cell(str(cell)) for cell in _cells(row)] for row in document["rows"])
    return out.getvalue()


def _cells(row: CompareRow) -> Iterator[object]:
    yield from (row["workload"], row["model"], row["provider"], row["tier"], row["strategy"])
    yield from (_word(row["batch"]), _word(row["now"]), _word(row["best"]), row["baseline_usd"])
    yield from (row["cached_usd"]["low"], row["cached_usd"]["expected"], row["cached_usd"]["high"])
    yield from (row["change_percent"], "" if row["prefix_hit_rate"] is None else row["prefix_hit_rate"])
    yield from (row["read_share"], row["input_tokens"])


def _word(value: bool) -> str:  # noqa: FBT001  # one cell
    return "yes" if value else "no"


def as_markdown(document: CompareReport) -> str:
    """A table for each workload, its conclusion below."""
    lines = [f"### The same workload elsewhere, {document['month']}"]
    for summary in document["workloads"]:
        rows = [row for row in document["rows"] if row["workload"] == summary["name"]]
        lines += [
            "",
            f"**{markdown_cell(summary['name'])}**",
            "",
            "| model | caching | without | a month | range | vs now | read |",
            "|---|---|--:|--:|--:|--:|--:|",
            *(_markdown_row(row) for row in rows if row["now"] or row["best"]),
            "",
            markdown_cell(summary["conclusion"]),
        ]
    lines += _left_out(document)
    return "\n".join(lines) + "\n"


def _markdown_row(row: CompareRow) -> str:
    money = {end: usd(Decimal(row["cached_usd"][end])) for end in ("low", "expected", "high")}
    change = "now" if row["now"] else f"{row['change_percent']:+.0f} %"
    cells = (
        *(row["model"], row["strategy"], usd(Decimal(row["baseline_usd"])), money["expected"]),
        *(f"{money['low']} to {money['high']}", change, f"{row['read_share']:.0%}"),
    )
    return f"| {' | '.join(map(markdown_cell, cells))} |"


def _left_out(document: CompareReport) -> Iterator[str]:
    if document["skipped"]:
        yield ""
    for row in document["skipped"]:
        strategy = f" {row['strategy']}" if row["strategy"] else ""
        yield f"- left out: {markdown_cell(row['model'] + strategy)}: {markdown_cell(row['reason'])}"
