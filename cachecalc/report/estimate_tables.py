"""An estimate as CSV (a row a cost line) and as Markdown (for a report or a pull request)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from cachecalc.report.cells import csv_cell, markdown_cell
from cachecalc.report.estimate_document import EstimateReport, Totals, WorkloadReport
from cachecalc.report.estimate_text import verdict
from cachecalc.report.money import usd

HEADER = ("workload", "model", "bill", "strategy", "label", "rate", "quantity", "unit", "usd_per_unit", "amount_usd")


def as_csv(document: EstimateReport) -> str:
    """Every cost line of every bill; amounts with all their digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for workload in document["workloads"]:
        writer.writerows(_rows(workload))
    return out.getvalue()


def _rows(workload: WorkloadReport) -> Iterator[list[str]]:
    bills = (
        ("baseline", "no caching", workload["baseline_lines"]),
        ("configured", workload["strategy"], workload["lines"]),
        ("plan", workload["plan"]["strategy"], workload["plan"]["lines"]),
    )
    for bill, strategy, lines in bills:
        for line in lines:
            cells = [line[key] for key in ("label", "rate", "quantity", "unit", "usd_per_unit", "amount_usd")]
            yield [csv_cell(str(cell)) for cell in (workload["name"], workload["model"], bill, strategy, *cells)]


def as_markdown(document: EstimateReport) -> str:
    """A table of workloads with their verdicts below it."""
    lines = [
        f"### Prompt caching, {document['month']}",
        "",
        "| workload | model | without caching | as configured | cheapest plan |",
        "|---|---|--:|--:|--:|",
    ]
    lines += [_markdown_row(workload) for workload in document["workloads"]]
    if len(document["workloads"]) > 1:
        totals = document["totals"]
        cells = (usd(Decimal(amount)) for amount in _amounts(totals))
        lines.append(f"| **together** | | {' | '.join(cells)} |")
    lines += ["", *(f"- **{markdown_cell(each['name'])}**: {verdict(each)}" for each in document["workloads"])]
    for workload in document["workloads"]:
        lines += [
            f"- warning, {markdown_cell(workload['name'])}: {markdown_cell(notice['message'])}"
            for notice in workload["warnings"]
        ]
    starred = [notice for workload in document["workloads"] for notice in workload["assumptions"]]
    lines += [
        "",
        *dict.fromkeys(
            f"\\* {markdown_cell(notice['code'])}: {markdown_cell(notice['message'])}" for notice in starred
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _markdown_row(workload: WorkloadReport) -> str:
    baseline, now, plan = _amounts(workload)
    starred = workload["starred"]
    money = (
        usd(Decimal(baseline), assumed=starred["baseline"]),
        f"{usd(Decimal(now), assumed=starred['cached'])} ({workload['strategy']})",
        f"{usd(Decimal(plan), assumed=starred['plan'])} ({workload['plan']['strategy']})",
    )
    return f"| {markdown_cell(workload['name'])} | {workload['model']} | {' | '.join(money)} |".replace("*", "\\*")


def _amounts(figures: Totals | WorkloadReport) -> tuple[str, str, str]:
    return figures["baseline_usd"], figures["cached_usd"]["expected"], figures["plan_usd"]
