"""A bill for people: what it came to, what caching saved, where it went, and what is not certain about it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.report.bars import bar
from cachecalc.report.bill_document import BillLine, BillReport, Reason, ReconciliationRow, SetAside, StatementRow
from cachecalc.report.money import usd
from cachecalc.report.terminal import Style, visible, width

BOLD, DIM, GREEN = 1, 2, 32
BAR = 20
MOST_ROWS = 31
MOST_REASONS = 8
LONGEST_NAME = 44


@dataclass(frozen=True, slots=True)
class View:
    """How it is shown. `by` are the dimensions that get a table: without them, models and days, or months."""

    columns: int
    style: Style
    by: tuple[str, ...] = ()


def render(report: BillReport, view: View) -> str:
    """The whole report as text."""
    blocks = [
        view.style(_wrap(verdict(report), view), BOLD),
        *(_wrap(text, view) for text in _story(report)),
        *("\n".join(_table(name, report["by"][name], view)) for name in _tables(report, view)),
        *_checks(report, view),
        "\n".join(_doubts(report, view)),
        "\n".join(_import(report, view)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def verdict(report: BillReport) -> str:
    """What it came to, in one sentence."""
    total = report["total"]
    if not report["requests"] and not report["input_tokens"]:
        return "No request with a usage in it was found."
    span = _span(report["first"], report["last"])
    count = f"{report['requests']:,} request{'s' * (report['requests'] != 1)}" if report["requests"] else "requests"
    return f"{_cost(total)} for {count}{span}.{_unpriced(total)}"


def _span(first: str | None, last: str | None) -> str:
    if not first or not last:
        return ""
    days = first[:10], last[:10]
    return f", {days[0]} (UTC)" if days[0] == days[1] else f", {days[0]} to {days[1]} (UTC)"


def _unpriced(total: BillLine) -> str:
    if not total["unpriced"]:
        return ""
    verbs = ("has", "is") if total["unpriced"] == 1 else ("have", "are")
    return f" {total['unpriced']:,} of them {verbs[0]} no price and {verbs[1]} left out."


def _cost(line: BillLine) -> str:
    low, expected, high = (Decimal(line["cost_usd"][key]) for key in ("low", "expected", "high"))
    return usd(expected) if low == high else f"{usd(expected)} ({usd(low)} to {usd(high)})"


def _story(report: BillReport) -> Iterator[str]:
    total = report["total"]
    cost, uncached = Decimal(total["cost_usd"]["expected"]), Decimal(total["uncached_usd"])
    if total["read_share"] is not None and uncached:
        saved = uncached - cost
        what = (
            f"Caching saved {usd(saved)} ({_percent(saved / uncached)})"
            if saved >= 0
            else f"Caching cost {usd(-saved)} more"
        )
        yield f"{what}: with all input fresh, the same requests would have cost {usd(uncached)}."
    if total["read_share"] is not None:
        text = f"Read share: {_percent(total['read_share'])} of the input tokens were read from the cache."
        if total["prefix_hit_rate"] is not None:
            text += f" Prefix hit rate: {_percent(total['prefix_hit_rate'])} of the requests read any."
        yield text
    parts = {name: Decimal(amount) for name, amount in total["parts_usd"].items()}
    if parts:
        ranked = sorted(parts.items(), key=lambda part: -part[1])
        yield "Of the cost, " + ", ".join(f"{name} {usd(amount)}" for name, amount in ranked) + "."


def _tables(report: BillReport, view: View) -> Iterator[str]:
    if view.by:
        yield from view.by
        return
    yield from ("model",) if report["by"]["model"] else ()
    days = len(report["by"]["day"])
    if days > 1:
        yield "day" if days <= MOST_ROWS else "month"


def _table(name: str, lines: Sequence[BillLine], view: View) -> Iterator[str]:
    """The groups of one dimension; those beyond what fits a screen in one row."""
    most = max((Decimal(line["cost_usd"]["expected"]) for line in lines), default=Decimal(0))
    rows: list[tuple[str, ...]] = [(f"by {name}", "requests", "input", "read", "cost", "")]
    rows += [_cells(line, most) for line in lines[:MOST_ROWS]]
    if len(lines) > MOST_ROWS:
        rest = lines[MOST_ROWS:]
        cost = sum((Decimal(line["cost_usd"]["expected"]) for line in rest), Decimal(0))
        requests = sum(line["requests"] for line in rest)
        rows.append((f"and {len(rest):,} more", f"{requests:,}", "", "", usd(cost), ""))
    widths = [max(width(row[column]) for row in rows) for column in range(5)]
    for number, row in enumerate(rows):
        first = row[0] + " " * (widths[0] - width(row[0]))
        others = (f"{cell:>{size}}" for cell, size in zip(row[1:5], widths[1:], strict=True))
        text = "  ".join((first, *others, row[5])).rstrip()
        yield view.style(text, DIM) if number == 0 else text


def _cells(line: BillLine, most: Decimal) -> tuple[str, ...]:
    cost = Decimal(line["cost_usd"]["expected"])
    is_priced = line["unpriced"] < line["requests"] or cost > 0
    share = line["read_share"]
    return (
        _short(line["name"]),
        f"{line['requests']:,}" if line["requests"] else "",
        _count(sum(count for name, count in line["tokens"].items() if name not in {"output", "storage_token_seconds"})),
        "" if share is None else _percent(share),
        usd(cost) if is_priced else "no price",
        bar(float(cost / most), BAR) if most else "",
    )


def _short(name: str) -> str:
    shown = visible(name)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"


def _percent(share: float | Decimal) -> str:
    return f"{100 * share:.1f} %"


def _count(tokens: int) -> str:
    for size, unit in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if tokens >= size:
            return f"{tokens / size:.1f}{unit}"
    return str(tokens)


def _checks(report: BillReport, view: View) -> Iterator[str]:
    """How the bill compares with what others say, a paragraph each."""
    found, statement = report["reconciliation"], report["statement"]
    if found and found["requests"]:
        yield "\n".join(_against_log(found, view))
    if statement:
        yield _wrap(" ".join(_against_export(statement)), view)


def _against_log(found: ReconciliationRow, view: View) -> Iterator[str]:
    computed, logged = Decimal(found["computed_usd"]), Decimal(found["logged_usd"])
    yield _wrap(
        f"The log itself gives {found['requests']:,} of the priced requests a cost: {usd(logged)} in all, by the price "
        f"table {usd(computed)} ({_difference(logged, computed)}). {found['matched']:,} are the same.",
        view,
    )
    for row in found["largest"]:
        ours, theirs = Decimal(row["computed_usd"]), Decimal(row["logged_usd"])
        place, model = visible(row["place"]), visible(row["model"])
        yield f"  {place}: {usd(theirs)} in the log, {usd(ours)} by the price table ({model})"


def _against_export(statement: StatementRow) -> Iterator[str]:
    theirs, ours = Decimal(statement["exported_usd"]), Decimal(statement["computed_usd"]["expected"])
    days = f"{statement['days']} day{'s' * (statement['days'] != 1)}"
    if statement["missing_days"] < statement["days"]:
        yield f"The provider's export says {usd(theirs)} for {days}; the log, {usd(ours)} ({_difference(theirs, ours)})."
    else:
        yield f"The provider's export says {usd(theirs)} for {days}."
    if statement["missing_days"]:
        yield f"On {statement['missing_days']} of these days the log has no request."
    if Decimal(statement["other_usd"]):
        yield f"Beyond tokens, the export charges {usd(Decimal(statement['other_usd']))}, which is not priced here."


def _difference(theirs: Decimal, ours: Decimal) -> str:
    if theirs == ours:
        return "no difference"
    return (
        f"{usd(theirs - ours)} apart, {_percent(abs(theirs - ours) / theirs)}"
        if theirs
        else f"{usd(theirs - ours)} apart"
    )


def _doubts(report: BillReport, view: View) -> Iterator[str]:
    if report["unpriced"]:
        yield view.style("Not priced (never taken as free):", BOLD)
        yield from _counted(report["unpriced"])
    if report["tool_calls"]:
        calls = ", ".join(f"{visible(name)} {count:,}" for name, count in report["tool_calls"].items())
        yield _wrap(f"Calls of the providers' own tools, billed by the call, that have no price here: {calls}.", view)
    if report["notes"]:
        yield view.style("What the log leaves open:", BOLD)
        yield from _counted(report["notes"])


def _counted(rows: Sequence[Reason]) -> Iterator[str]:
    for row in rows[:MOST_REASONS]:
        yield f"  {row['requests']:,} x {visible(row['reason'])}"
    if len(rows) > MOST_REASONS:
        yield f"  and {len(rows) - MOST_REASONS} more reasons; --format json has them all"


def _import(report: BillReport, view: View) -> Iterator[str]:
    account = report["imported"]
    formats = ", ".join(f"{name} {count:,}" for name, count in account["formats"].items()) or "none"
    merged = f", {account['merged']:,} copies merged" if account["merged"] else ""
    others = sum(account["others"].values())
    rest = f", {others:,} entries tell of no request" if others else ""
    files = f"{account['files']:,} file{'s' * (account['files'] != 1)}"
    entries = f"{account['entries']:,} entr{'y' if account['entries'] == 1 else 'ies'}"
    yield _wrap(f"Read {entries} in {files}: {formats}{merged}{rest}.", view)
    yield from _set_aside("Skipped:", account["skipped"], view)
    yield from _set_aside("Read with a doubt:", account["warnings"], view)


def _set_aside(title: str, rows: Sequence[SetAside], view: View) -> Iterator[str]:
    if rows:
        yield view.style(title, BOLD)
    for row in rows[:MOST_REASONS]:
        yield f"  {row['count']:,} x {visible(row['reason'])} ({visible(row['place'])})"
    if len(rows) > MOST_REASONS:
        yield f"  and {len(rows) - MOST_REASONS} more reasons; --format json has them all"


def _wrap(text: str, view: View) -> str:
    return textwrap.fill(text, max(view.columns, 40), break_long_words=False, break_on_hyphens=False)
