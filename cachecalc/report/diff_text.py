"""A cost difference for people: one sentence, then a line for each workload and each cause; and as a comment on a pull
request, which is empty where there is nothing to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from cachecalc.report.cells import markdown_cell
from cachecalc.report.diff_document import DiffFinding, DiffReport, DiffWorkload
from cachecalc.report.money import usd
from cachecalc.report.terminal import Style, visible

TAG = "<!-- cachecalc diff -->"
"""The first line of a comment, by which the next run finds it to replace it."""

BOLD, DIM, RED, GREEN = 1, 2, 31, 32
ZERO = Decimal(0)


def headline(document: DiffReport) -> str:
    """The difference in one sentence, and what most of it comes from."""
    totals = document["totals"]
    change = Decimal(totals["change_usd"])
    if not change:
        return "This change costs nothing and saves nothing."
    verb = "costs" if change > 0 else "saves"
    percent = f", {totals['change_percent']:+.0f} %" if totals["change_percent"] is not None else ""
    starred = any(workload["starred"] for workload in document["workloads"] if Decimal(workload["change_usd"]))
    before, after = (usd(Decimal(totals[side]), assumed=starred) for side in ("before_usd", "after_usd"))
    more = " more" if change > 0 else ""
    return f"This change {verb} {usd(abs(change), assumed=starred)}{more} a month ({before} -> {after}{percent}){_because(document)}."


def _because(document: DiffReport) -> str:
    causes = [cause for workload in document["workloads"] for cause in workload["causes"]]
    rising = Decimal(document["totals"]["change_usd"]) > 0
    main = max(causes, key=lambda cause: Decimal(cause["usd"]) * (1 if rising else -1), default=None)
    if main is None:
        return ""
    place = f" at {main['place']}" if main["place"] else ""
    return f": {main['message']}{place}"


def render(document: DiffReport, style: Style) -> str:
    """As text."""
    return "\n".join(_lines(document, style)) + "\n"


def _lines(document: DiffReport, style: Style) -> Iterator[str]:
    yield style(f"{visible(document['base'])} -> {visible(document['head'])}, {document['month']}", DIM)
    change = Decimal(document["totals"]["change_usd"])
    yield style(headline(document), BOLD, RED if change > 0 else GREEN if change else 0)
    for workload in document["workloads"]:
        yield ""
        before, after, more = _amounts(workload)
        yield f"  {visible(workload['name'])} ({workload['model']}, {workload['status']}): {before} -> {after}, {more}"
        yield from (f"    {cause}" for cause in _causes(workload))
    for title, found in (("new", document["findings"]["new"]), ("gone", document["findings"]["gone"])):
        yield from ([""] if found else [])
        yield from (f"  {title}: {_finding(finding)}" for finding in found)
    for gate in document["gates"]:
        yield f"  {gate['gate']} {gate['limit']}: {'FAILED' if gate['failed'] else 'passed'} at {_short(gate['value'])}"


def _amounts(workload: DiffWorkload) -> tuple[str, str, str]:
    change, starred = Decimal(workload["change_usd"]), workload["starred"]
    before, after = (
        usd(Decimal(amount), assumed=starred) for amount in (workload["before_usd"], workload["after_usd"])
    )
    sign = "+" if change > 0 else ""
    return before, after, f"{sign}{usd(change, assumed=starred and bool(change))}"


def _causes(workload: DiffWorkload) -> Iterator[str]:
    for cause in workload["causes"]:
        amount = Decimal(cause["usd"])
        place = f"{visible(cause['place'])}: " if cause["place"] else ""
        starred = workload["starred"] and bool(amount)
        yield f"{'+' if amount > 0 else ''}{usd(amount, assumed=starred)} {cause['what']}: {place}{cause['message']}"
    for what, amount in (("traffic", Decimal(workload["traffic_usd"])), ("prices", Decimal(workload["prices_usd"]))):
        if amount:
            yield f"apart: other {what} alone make {'+' if amount > 0 else ''}{usd(amount)}, counted on neither side"
    yield from (f"apart: {visible(notice['message'])}" for notice in workload["notes"])


def _finding(finding: DiffFinding) -> str:
    price = f" ({usd(Decimal(finding['usd_per_month']))} a month)" if finding["usd_per_month"] is not None else ""
    place = f"{finding['path']}:{finding['line']}"
    return f"{visible(place)}: {finding['code']} {visible(finding['message'])}{price}"


def _short(value: str) -> str:
    number = Decimal(value)
    return f"{number.quantize(Decimal('0.01')):f}" if number.is_finite() else "no bill before"


def is_worth_saying(document: DiffReport, threshold: Decimal) -> bool:
    """Whether anything changed by at least `threshold` USD a month, came, went or failed."""
    moved = any(abs(Decimal(workload["change_usd"])) >= threshold for workload in document["workloads"])
    return moved or document["failed"] or bool(_worth(document["findings"]["new"], threshold))


def _worth(findings: Sequence[DiffFinding], threshold: Decimal) -> list[DiffFinding]:
    return [each for each in findings if Decimal(each["usd_per_month"] or 0) >= threshold]


def comment(document: DiffReport, threshold: Decimal) -> str:
    """As Markdown for one comment that is kept up to date; empty below the threshold."""
    if not is_worth_saying(document, threshold):
        return ""
    return "\n".join(_comment(document)) + "\n"


def _comment(document: DiffReport) -> Iterator[str]:
    yield TAG
    yield f"**{_safe(headline(document))}**"
    yield ""
    yield "| workload | model | before | after | change |"
    yield "|---|---|--:|--:|--:|"
    for workload in document["workloads"]:
        if workload["status"] != "unchanged":
            cells = (workload["name"], workload["model"], *_amounts(workload))
            yield f"| {' | '.join(map(_safe, cells))} |"
    for gate in document["gates"]:
        if gate["failed"]:
            yield ""
            yield f"Over the limit: `{gate['gate']}` {gate['limit']}, here {_short(gate['value'])}."
    details = [*_details(document)]
    if details:
        yield from ("", "<details><summary>Details</summary>", "", *details, "", "</details>")


def _details(document: DiffReport) -> Iterator[str]:
    for workload in document["workloads"]:
        yield from (f"- **{_safe(workload['name'])}** {_safe(cause)}" for cause in _causes(workload))
    for title, found in (("new", document["findings"]["new"]), ("gone", document["findings"]["gone"])):
        yield from (f"- {title}: {_safe(_finding(finding))}" for finding in found)
    yield f"- both sides at the same prices, {_safe(document['month'])}, and with the same traffic"


def _safe(text: str) -> str:
    return markdown_cell(text).replace("*", "\\*")
