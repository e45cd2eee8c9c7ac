"""A comparison for people: what they have now, then a bar for each model or for each way, cheapest first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.report.bars import bar
from cachecalc.report.compare_document import CompareReport, CompareRow, SkippedRow, WorkloadSummary
from cachecalc.report.money import usd
from cachecalc.report.terminal import Style, visible

BOLD, DIM, GREEN = 1, 2, 32
FEW_MODELS = 4
"""So many models are shown with all their ways, more of them with the best one each."""


@dataclass(frozen=True, slots=True)
class View:
    """How it is shown. `top`: how many rows, 0 for all; `every`: all ways of every model."""

    columns: int
    style: Style
    top: int = 20
    every: bool = False


def render(document: CompareReport, view: View) -> str:
    """The whole report as text."""
    blocks = []
    for summary in document["workloads"]:
        rows = [row for row in document["rows"] if row["workload"] == summary["name"]]
        skipped = [row for row in document["skipped"] if row["workload"] == summary["name"]]
        blocks.append("\n".join(_workload(summary, rows, skipped, document["month"], view)))
    return "\n\n".join(blocks) + "\n"


def _workload(
    summary: WorkloadSummary, rows: Sequence[CompareRow], skipped: Sequence[SkippedRow], month: str, view: View
) -> Iterator[str]:
    requests = f"{summary['requests_per_month']:,.0f} requests"
    yield view.style(f"{visible(summary['name'])}: {requests} on {summary['model']}, {month}", DIM)
    yield ""
    shown = list(_shown(rows, view))
    kept = shown[: view.top] if view.top else shown
    yield from _table(kept, view, starred=summary["starred"])
    yield from _left_out(shown[len(kept) :], rows, view)
    yield ""
    yield from _wrapped(summary["conclusion"], view, BOLD, GREEN if not _is_cheapest(rows[0], rows) else 0)
    for sentence in (_in_batch(rows), _price_changes(kept), _lengths(rows), _reach(skipped)):
        yield from _wrapped(sentence, view)
    for notice in summary["notes"]:
        yield from _wrapped(f"note: {notice['message']}", view)
    for notice in summary["assumptions"]:
        yield from _wrapped(f"* {notice['code']}: {notice['message']}", view)


def _shown(rows: Sequence[CompareRow], view: View) -> Iterator[CompareRow]:
    """All ways of few models, the best way of each of many."""
    every = view.every or len({row["model"] for row in rows}) <= FEW_MODELS
    for row in rows:
        if every or row["now"] or (row["best"] and not row["batch"]):
            yield row


def _table(rows: Sequence[CompareRow], view: View, *, starred: bool) -> Iterator[str]:
    most = max(max(Decimal(row["baseline_usd"]), Decimal(row["cached_usd"]["expected"])) for row in rows) or Decimal(1)
    left = _columns(
        [("model", "caching", "a month", "low to high"), *(_left(row, starred=starred) for row in rows)], "<<>>"
    )
    right = _columns(
        [("vs now", "read", "by"), *((_change(row), _reads(row), row["driver"] or "") for row in rows)], ">><"
    )
    room = max(8, min(32, view.columns - len(left[0]) - len(right[0]) - 6))
    yield view.style(f"  {left[0]}  {'':<{room}}  {right[0]}".rstrip(), DIM)
    for row, before, behind in zip(rows, left[1:], right[1:], strict=True):
        line = f"  {before}  {_bar(row, most, room)}  {behind}".rstrip()
        yield view.style(line, BOLD) if row["now"] else line


def _columns(rows: Sequence[tuple[str, ...]], sides: str) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{side}{size}}" for cell, side, size in zip(row, sides, widths, strict=True)) for row in rows
    ]


def _left(row: CompareRow, *, starred: bool) -> tuple[str, ...]:
    cost = row["cached_usd"]
    low, expected, high = (
        usd(Decimal(amount), assumed=starred) for amount in (cost["low"], cost["expected"], cost["high"])
    )
    spread = "" if low == high else f"{low} to {high}".replace("*", "")
    return visible(row["model"]), row["strategy"], expected, spread


def _bar(row: CompareRow, most: Decimal, room: int) -> str:
    """What it costs, solid; what caching spares, dotted."""
    cost, plain = Decimal(row["cached_usd"]["expected"]), Decimal(row["baseline_usd"])
    solid = bar(float(cost / most), room)
    whole = max(len(solid), round(float(plain / most) * room))
    return f"{solid}{'·' * (whole - len(solid))}".ljust(room)


def _change(row: CompareRow) -> str:
    return "now" if row["now"] else f"{row['change_percent']:+,.0f} %"


def _reads(row: CompareRow) -> str:
    return f"{row['read_share'] * 100:.0f} %" if row["read_share"] else "-"


def _left_out(rest: Sequence[CompareRow], rows: Sequence[CompareRow], view: View) -> Iterator[str]:
    if rest:
        low, high = (usd(Decimal(rest[end]["cached_usd"]["expected"])) for end in (0, -1))
        yield view.style(f"  ... {len(rest)} more, {low} to {high} (--top 0 shows them)", DIM)
    hidden = len(rows) - len(list(_shown(rows, view)))
    if hidden:
        yield view.style(f"  each model with its cheapest caching; --every shows {hidden} other ways", DIM)


def _is_cheapest(row: CompareRow, rows: Sequence[CompareRow]) -> bool:
    return all(float(row["cached_usd"]["expected"]) <= float(other["cached_usd"]["expected"]) for other in rows)


def _in_batch(rows: Sequence[CompareRow]) -> str:
    """The cheapest batch of the workload's own model and of all, where waiting pays."""
    at_once = {row["model"]: Decimal(row["cached_usd"]["expected"]) for row in rows if row["best"]}
    prices = {row["model"]: Decimal(row["cached_usd"]["expected"]) for row in rows if row["batch"] and not row["now"]}
    pays = {model: price for model, price in prices.items() if price < at_once.get(model, price)}
    if not pays:
        return ""
    chosen = dict.fromkeys([*([rows[0]["model"]] if rows[0]["model"] in pays else []), min(pays, key=pays.__getitem__)])
    said = " and ".join(f"{model} {usd(pays[model])}" for model in chosen)
    return f"What can wait up to a day goes through a batch interface: {said} a month."


def _price_changes(rows: Sequence[CompareRow]) -> str:
    changes = {
        row["model"]: f"{row['model']} {change['percent']:+.0f} % on {change['since']}"
        for row in rows
        for change in row["price_changes"]
    }
    return f"Input prices change soon: {'; '.join(changes.values())}." if changes else ""


def _lengths(rows: Sequence[CompareRow]) -> str:
    """The tokenizers that see the text much longer or shorter than now."""
    longest, shortest = max(rows, key=_length), min(rows, key=_length)
    said = [
        f"{abs(_length(row)) * 100:.0f} % {'longer' if _length(row) > 0 else 'shorter'} for {row['model']}"
        for row in (longest, shortest)
        if abs(_length(row)) >= 0.005
    ]
    return (
        f"The same text is {' and '.join(dict.fromkeys(said))}, in tokens, than for {rows[0]['model']}." if said else ""
    )


def _length(row: CompareRow) -> float:
    return row["tokens_vs_now"]


def _reach(skipped: Sequence[SkippedRow]) -> str:
    reasons: dict[str, list[str]] = {}
    for row in skipped:
        reasons.setdefault(row["reason"], []).append(row["model"] + (f" {row['strategy']}" if row["strategy"] else ""))
    if not reasons:
        return ""
    left = [f"{', '.join(names)} ({reason})" for reason, names in reasons.items()]
    return f"Left out: {'; '.join(left)}."


def _wrapped(text: str, view: View, *codes: int) -> Iterator[str]:
    for line in textwrap.wrap(visible(text), min(view.columns, 100), subsequent_indent="  "):
        yield view.style(line, *codes)
