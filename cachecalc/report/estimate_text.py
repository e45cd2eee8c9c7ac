"""An estimate for people: the verdict in one sentence, a bar for each choice, why it is not less, what to paste."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.report import snippets
from cachecalc.report.bars import bar
from cachecalc.report.estimate_document import EstimateReport, LineItem, MoneyRange, WorkloadReport
from cachecalc.report.money import usd
from cachecalc.report.terminal import Style, visible

BOLD, DIM, GREEN, YELLOW = 1, 2, 32, 33
NEGLIGIBLE = Decimal("0.005")
"""A saving below this share of the bill is not worth a change."""

_TO_MEND = {
    "arrivals": "give `arrivals:` (hours, gaps or active_hours)",
    "tokens": "install the exact counter of the model, or ask the provider with --exact",
    "bind": "give its `tokens` under `bind:`",
    "output": "give `output:` from your logs",
    "requests": "give `requests:` from your logs",
    "prompt": "give `prompt:`, or a file with --in @FILE",
    "conversation": "give `conversation:` from your logs",
}


@dataclass(frozen=True, slots=True)
class View:
    """How it is shown."""

    columns: int
    style: Style
    explain: bool = False


def render(document: EstimateReport, view: View) -> str:
    """The whole report as text."""
    blocks = ["\n".join(_workload(workload, document, view)) for workload in document["workloads"]]
    if len(document["workloads"]) > 1:
        blocks.append("\n".join(_totals(document, view)))
    return "\n\n".join(blocks) + "\n"


def _workload(workload: WorkloadReport, document: EstimateReport, view: View) -> Iterator[str]:
    requests = f"{workload['requests_per_month']:,.0f} requests"
    yield view.style(f"{visible(workload['name'])}: {requests} on {workload['model']}, {document['month']}", DIM)
    yield ""
    yield view.style(verdict(workload), BOLD, GREEN if _is_saving(workload) else 0)
    yield ""
    yield from _chart(workload, view)
    for paragraph in (_why_not_less(workload), _certainty(workload), _break_even(workload)):
        yield from _wrapped(paragraph, view)
    yield from _paste(workload)
    if view.explain:
        yield from _explain(workload, view)
    yield from _notices(workload, view)


def verdict(workload: WorkloadReport) -> str:
    """What to do, in one sentence."""
    now, plan = workload["strategy"], workload["plan"]["strategy"]
    before, after = Decimal(workload["cached_usd"]["expected"]), Decimal(workload["plan_usd"])
    starred = workload["starred"]["plan"]
    if now == plan and workload["typed_hit_rate"] is not None:
        cost = usd(after, assumed=starred)
        return f"Keep {now}: by the traffic it costs {cost} a month, not the {usd(before)} of the typed-in hit rate."
    if before - after <= before * NEGLIGIBLE:
        what = (
            "Caching does not pay here" if plan == now == "no caching" else f"Keep {now}: nothing cheaper is to be had"
        )
        return f"{what}, {usd(before, assumed=_starred_now(workload))} a month."
    change = f"{usd(before, assumed=_starred_now(workload))} -> {usd(after, assumed=starred)} a month"
    percent = f"({(after / before - 1) * 100:+.0f} %){_hedge(workload)}"
    if now == "no caching":
        return f"Turn on {plan}: {change} {percent}."
    if plan == "no caching":
        return f"Turn caching off: {change} {percent}."
    return f"Use {_difference(workload)} instead of {now}: {change} {percent}."


def _hedge(workload: WorkloadReport) -> str:
    holds = workload["plan"]["holds"]
    certain = holds["better_or_equal"] == holds["scenarios"]
    return "" if certain else f", but only in {holds['better_or_equal']} of {holds['scenarios']} readings"


def _difference(workload: WorkloadReport) -> str:
    plan = workload["plan"]
    if plan["strategy"] != workload["strategy"]:
        return str(plan["strategy"])
    places = " and ".join(f"`{mark['after']}`" for mark in plan["marks"])
    return f"{plan['strategy']} behind {places}"


def _starred_now(workload: WorkloadReport) -> bool:
    return bool(workload["starred"]["baseline" if workload["strategy"] == "no caching" else "cached"])


def _is_saving(workload: WorkloadReport) -> bool:
    return Decimal(workload["plan_usd"]) < Decimal(workload["cached_usd"]["expected"]) * (1 - NEGLIGIBLE)


def _chart(workload: WorkloadReport, view: View) -> Iterator[str]:
    rows = list(_choices(workload))
    most = max((amount for _, amount, _, _ in rows), default=Decimal(1)) or Decimal(1)
    labels = max(len(label) for label, *_ in rows)
    money = [usd(amount, assumed=starred) for _, amount, starred, _ in rows]
    columns = max(len(text) for text in money)
    room = max(10, min(40, view.columns - labels - columns - 30))
    for (label, amount, _, remark), text in zip(rows, money, strict=True):
        drawn = bar(float(amount / most), room)
        tail = f"  {remark}" if remark else ""
        yield f"  {label:<{labels}}  {text:>{columns}}  {drawn}{view.style(tail, DIM)}".rstrip()
    yield ""


def _choices(workload: WorkloadReport) -> Iterator[tuple[str, Decimal, bool, str]]:
    """Label, money, star and remark of every bar."""
    starred = workload["starred"]
    yield "without caching", Decimal(workload["baseline_usd"]), starred["baseline"], ""
    now = workload["cached_usd"]
    typed = workload["typed_hit_rate"]
    remark = f"{workload['strategy']}{_range(now, starred['cached'])}"
    remark += f", typed-in hit rate {typed:.0%}" if typed is not None else ""
    yield "as configured", Decimal(now["expected"]), _starred_now(workload), remark
    best = workload["plan"]["strategy"]
    for option in workload["options"]:
        shown = {"no caching", workload["strategy"], best}
        if option["strategy"] not in shown:
            yield option["strategy"], Decimal(option["usd"]), starred["plan"], ""
    plan = f"{best}{_range(workload['plan_range_usd'], starred['plan'])}"
    yield "cheapest plan", Decimal(workload["plan_usd"]), starred["plan"], plan


def _range(money: MoneyRange, starred: bool) -> str:  # noqa: FBT001
    low, high = (usd(Decimal(money[end]), assumed=starred) for end in ("low", "high"))
    return "" if low == high else f", {low} to {high}"


def _why_not_less(workload: WorkloadReport) -> str:
    plan = workload["plan"]
    total = Decimal(workload["plan_usd"])
    if not total:
        return ""
    spent = {line["label"]: Decimal(0) for line in plan["lines"]}
    for line in plan["lines"]:
        spent[line["label"]] += Decimal(line["amount_usd"])
    reasons = [f"{_percent(spent.get('output', Decimal(0)) / total)} of what remains is output"]
    changing = workload["uncacheable_share"]
    if changing >= 0.005:
        reasons.append(f"{_percent(changing)} of your input changes in every request")
    cold = 1 - plan["prefix_hit_rate"] if plan["prefix_hit_rate"] is not None else 0
    if cold >= 0.005:
        reasons.append(f"{_percent(cold)} of requests find the first prefix cold")
    return f"Why not less: {'; '.join(reasons)}."


def _certainty(workload: WorkloadReport) -> str:
    holds = workload["plan"]["holds"]
    if holds["scenarios"] < 2:
        return ""
    every = holds["better_or_equal"] == holds["scenarios"]
    count = f"all {holds['scenarios']}" if every else f"{holds['better_or_equal']} of {holds['scenarios']}"
    return f"The advice holds in {count} readings of what is not known for certain."


def _break_even(workload: WorkloadReport) -> str:
    found = workload["break_even"]
    pieces = []
    if found["requests_per_day"] is not None:
        pieces.append(f"from {found['requests_per_day']:,.1f} requests a day")
    if found["hit_rate"] is not None:
        pieces.append(f"from a hit rate of {found['hit_rate']:.1%}")
    if found["reads_per_write"] is not None:
        pieces.append(f"with {found['reads_per_write']:.2f} reads per write")
    return f"It pays {', '.join(pieces)}." if pieces else ""


def _paste(workload: WorkloadReport) -> Iterator[str]:
    pasted = list(snippets.lines(workload["provider"], workload["plan"]))
    is_there = workload["typed_hit_rate"] is not None and workload["plan"]["strategy"] == workload["strategy"]
    if not pasted or is_there or not _is_saving(workload):
        return
    yield ""
    yield "Paste:"
    yield from (f"  {line}" for line in pasted)


def _explain(workload: WorkloadReport, view: View) -> Iterator[str]:
    for title, lines in (("as configured", workload["lines"]), ("cheapest plan", workload["plan"]["lines"])):
        yield ""
        yield view.style(f"Lines, {title}:", BOLD)
        yield from line_table(lines)
    yield ""
    yield view.style("Boundaries of the plan:", BOLD)
    for boundary in workload["plan"]["boundaries"]:
        name, tokens = visible(boundary["name"]), boundary["tokens"]
        yield f"  {name}: prefix of {tokens:,.0f} tokens, {boundary['ttl']}, found warm by {boundary['hit_rate']:.2%} of requests"
    yield ""
    yield view.style("Prices:", BOLD)
    for row in workload["prices"]:
        since = f"since {row['since']}" if row["since"] else "since release"
        yield f"  {workload['model']} {since}, checked {row['checked']}: {'; '.join(row['sources'])}"


def line_table(lines: Sequence[LineItem]) -> Iterator[str]:
    """Cost lines in columns: what, how many, at what price, how much."""
    rows = [
        (
            line["label"] + (f" ({line['rate']})" if line["rate"] else ""),
            f"{Decimal(line['quantity']):,.0f} {line['unit']}s",
            _unit_price(line),
            usd(Decimal(line["amount_usd"])),
        )
        for line in lines
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)] if rows else []
    for row in rows:
        yield f"  {row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}"


def _unit_price(line: LineItem) -> str:
    price = Decimal(line["usd_per_unit"])
    if line["unit"].startswith("token"):
        per = "MTok-hour" if line["unit"] == "token-hour" else "MTok"
        return f"${(price * 1_000_000).normalize():f}/{per}"
    return f"${price.normalize():f}/{line['unit']}"


def _notices(workload: WorkloadReport, view: View) -> Iterator[str]:
    for notice in workload["warnings"]:
        yield ""
        yield from _wrapped(f"warning: {notice['message']}", view, YELLOW)
    for notice in workload["notes"]:
        yield ""
        yield from _wrapped(f"note: {notice['message']}", view)
    if workload["assumptions"]:
        yield ""
        yield "* rests on what nobody gave:"
        for notice in workload["assumptions"]:
            mend = _TO_MEND.get(notice["code"], f"give `{notice['code']}:`")
            yield from _wrapped(f"  {notice['code']}: {notice['message']}; to make it exact, {mend}", view)


def _wrapped(text: str, view: View, *codes: int) -> Iterator[str]:
    for line in textwrap.wrap(visible(text), min(view.columns, 100), subsequent_indent="  ", drop_whitespace=True):
        yield view.style(line, *codes)


def _totals(document: EstimateReport, view: View) -> Iterator[str]:
    totals = document["totals"]
    count = len(document["workloads"])
    starred = any(workload["starred"]["cached"] for workload in document["workloads"])
    yield view.style(f"{count} workloads together, {document['month']}", BOLD)
    yield f"  without caching  {usd(Decimal(totals['baseline_usd']))}"
    now, plan = totals["cached_usd"], totals["plan_range_usd"]
    yield f"  as configured    {usd(Decimal(now['expected']), assumed=starred)}{_range(now, starred)}"
    yield f"  cheapest plan    {usd(Decimal(totals['plan_usd']), assumed=starred)}{_range(plan, starred)}"


def _percent(share: Decimal | float) -> str:
    return f"{float(share) * 100:.0f} %"
