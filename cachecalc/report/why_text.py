"""An explanation for people: what broke where, what it cost, what to do; and where the money of a log went."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.report.bars import bar
from cachecalc.report.cells import markdown_cell
from cachecalc.report.money import usd
from cachecalc.report.terminal import PLAIN, Style, width
from cachecalc.report.why_document import CauseRow, DivergenceRow, WhyReport

BOLD, DIM, RED, GREEN, YELLOW, BLUE = 1, 2, 31, 32, 33, 34
BAR = 24
MOST = 20
"""Divergences that are shown in full; the rest is counted."""

_COLORS = {"actionable": RED, "needs-data": YELLOW, "provider-side": BLUE}
_CLASSES = {
    "actionable": "can be mended",
    "needs-data": "cannot be decided from what is there",
    "provider-side": "only the provider can explain",
}


@dataclass(frozen=True, slots=True)
class View:
    columns: int = 100
    style: Style = PLAIN


def render(report: WhyReport, view: View) -> str:
    """The whole report as text."""
    groups = alike(report["divergences"])
    blocks = [
        view.style(_wrapped(verdict(report), view), BOLD),
        *("\n".join(_divergence(group, view)) for group in groups[:MOST]),
        f"… and {len(groups) - MOST} more; --format json has them all" if len(groups) > MOST else "",
        "\n".join(_spend(report, view)),
        "\n".join(_wrapped(f"note: {note}", view) for note in _notes(report)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def verdict(report: WhyReport) -> str:
    """What was found, in a sentence or two."""
    rows, requests = report["divergences"], report["requests"]
    if not report["compared"]:
        return f"{_number(requests, 'request')}: none continues another or is made from the same prompt, so nothing was compared."
    if not rows:
        return f"{_number(requests, 'request')}: nothing keeps a request from reading what the one before it stored."
    counts = {name: sum(row["class"] == name for row in rows) for name in _CLASSES}
    told = ", ".join(f"{count:,} {_CLASSES[name]}" for name, count in counts.items() if count)
    return f"{_number(requests, 'request')}, {_number(len(rows), 'divergence')} ({told}): {_lost(rows)} lost."


def _lost(rows: Sequence[DivergenceRow]) -> str:
    """Several breaks of one request lose the same tokens, so each request counts its dearest one."""
    dearest: dict[int, Decimal] = {}
    unpriced = 0
    for row in rows:
        if row["usd"] is None:
            unpriced += 1
        else:
            dearest[row["request"]] = max(dearest.get(row["request"], Decimal(0)), Decimal(row["usd"]))
    words = [usd(sum(dearest.values(), Decimal(0)))] if dearest else []
    return " and ".join(words + ([f"{unpriced:,} without a price"] if unpriced else []))


def alike(rows: Sequence[DivergenceRow]) -> list[list[DivergenceRow]]:
    """The same break met again and again is told once; the dearest first."""
    groups: dict[tuple[str, str, str, str], list[DivergenceRow]] = defaultdict(list)
    for row in rows:
        message = row["message"] if row["breaks_prefix"] else ""
        groups[row["kind"], row["class"], row["path"], message].append(row)
    if len(rows) <= MOST:
        return [[row] for row in rows]
    return sorted(groups.values(), key=lambda group: -_sum(group))


def _sum(rows: Sequence[DivergenceRow]) -> Decimal:
    return sum((Decimal(row["usd"]) for row in rows if row["usd"]), Decimal(0))


def _divergence(rows: Sequence[DivergenceRow], view: View) -> Iterator[str]:
    row, style = rows[0], view.style
    kind = f"{row['kind']} ({row['code']})" if row["code"] else row["kind"]
    times = f", {len(rows):,} times" if len(rows) > 1 else ""
    head = f"{style(where(row), BOLD)}: {style(kind, _COLORS.get(row['class'], DIM))}, {row['class']}{times}"
    yield head
    place = f"{row['path']}" + (f" (block {row['block']})" if row["block"] is not None else "") if row["path"] else ""
    yield _wrapped(
        f"{row['message']}" + (f" [{place}]" if place and row["path"] not in row["message"] else ""), view, "  "
    )
    if row["was"] or row["excerpt"]:
        yield style(f"  - {_cut(row['was'], view)}", RED)
        yield style(f"  + {_cut(row['excerpt'], view)}", GREEN)
    yield _wrapped(f"lost: {cost(rows)}" + (f"; {row['effect']}" if row["effect"] else ""), view, "  ")
    if row["help"]:
        yield _wrapped(f"do: {row['help']}", view, "  ")


def where(row: DivergenceRow) -> str:
    place = row["file"] if row["line"] else row["place"]
    found = f"{place}:{row['line']}:{row['column']}" if row["line"] else place
    against = f" after {row['previous']}" if row["previous"] else ""
    session = f" of {row['session']}" if row["session"] else ""
    return f"{found}: request {row['request']}{against}{session}"


def cost(rows: Sequence[DivergenceRow]) -> str:
    tokens = sum(row["lost_tokens"] for row in rows)
    priced = [row for row in rows if row["usd"] is not None]
    return f"{_number(tokens, 'token')}, " + (usd(_sum(priced)) if priced else "no price")


def _spend(report: WhyReport, view: View) -> Iterator[str]:
    causes = report["causes"]
    if not causes:
        return
    rows = [("spend by cause", "requests", "tokens", "USD", "share", ""), *map(_cells, causes)]
    rows.append(("total", "", "", usd(Decimal(report["spend_usd"])), "", ""))
    widths = [max(width(row[column]) for row in rows) for column in range(5)]
    for number, row in enumerate(rows):
        cells = [
            f"{row[0]:<{widths[0]}}",
            *(f"{cell:>{size}}" for cell, size in zip(row[1:5], widths[1:], strict=True)),
        ]
        text = "  ".join((*cells, row[5])).rstrip()
        yield view.style(text, DIM) if number == 0 else text


def _cells(row: CauseRow) -> tuple[str, ...]:
    name = row["cause"] if row["class"] in (None, "actionable") else f"{row['cause']} ({row['class']})"
    share = f"{100 * row['share']:.1f} %"
    return name, f"{row['requests']:,}", f"{row['tokens']:,}", usd(Decimal(row["usd"])), share, bar(row["share"], BAR)


def _notes(report: WhyReport) -> Iterator[str]:
    if report["causes"] or len(report["unpriced"]) > 1 or "the log counts no tokens of it" not in report["unpriced"]:
        yield from (f"{count:,} not in the spend: {reason}" for reason, count in report["unpriced"].items())
    yield from report["notes"]
    yield from (f"{count:,} entries skipped: {reason}" for reason, count in report["skipped"].items())


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _cut(text: str, view: View) -> str:
    room = max(view.columns - 5, 20)
    return text if len(text) <= room else f"{text[: room // 2 - 1]} … {text[-(room // 2 - 2) :]}"


def _wrapped(text: str, view: View, indent: str = "") -> str:
    room = max(min(view.columns, 100), 40)
    inner = indent + "  " * bool(indent)
    return textwrap.fill(text, room, initial_indent=indent, subsequent_indent=inner, break_on_hyphens=False)


def markdown(report: WhyReport) -> str:
    """The report for a comment on a change."""
    lines = [f"**{markdown_cell(verdict(report))}**", ""]
    if report["divergences"]:
        lines += ["| where | kind | class | lost tokens | USD | what | do |", "|---|---|---|---:|---:|---|---|"]
        lines += [
            "| " + " | ".join(map(markdown_cell, _markdown_cells(group))) + " |"
            for group in alike(report["divergences"])
        ]
        lines.append("")
    if report["causes"]:
        lines += ["| spend by cause | requests | tokens | USD | share |", "|---|---:|---:|---:|---:|"]
        lines += ["| " + " | ".join(map(markdown_cell, _cells(row)[:5])) + " |" for row in report["causes"]]
        lines += [f"| total | | | {usd(Decimal(report['spend_usd']))} | |", ""]
    lines += [f"- {markdown_cell(note)}" for note in _notes(report)]
    return "\n".join(lines) + "\n"


def _markdown_cells(rows: Sequence[DivergenceRow]) -> tuple[str, ...]:
    row = rows[0]
    price = usd(_sum(rows)) if any(each["usd"] is not None for each in rows) else ""
    change = (
        f"{row['message']}: `{row['was']}` → `{row['excerpt']}`" if row["was"] or row["excerpt"] else row["message"]
    )
    return (
        where(row),
        row["kind"],
        row["class"],
        f"{sum(each['lost_tokens'] for each in rows):,}",
        price,
        change,
        row["help"],
    )
