"""A plan for people: what to set, why that, and what else was weighed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from decimal import Decimal

from cachecalc.report.bars import bar
from cachecalc.report.estimate_text import verdict
from cachecalc.report.money import usd
from cachecalc.report.plan_document import KeepAliveReport, MemoReport, PlansReport, PlanWorkload
from cachecalc.report.terminal import Style, visible

BOLD, DIM, GREEN = 1, 2, 32


def render(document: PlansReport, columns: int, style: Style) -> str:
    """The whole report as text."""
    blocks = ("\n".join(_workload(workload, document["month"], columns, style)) for workload in document["workloads"])
    return "\n\n".join(blocks) + "\n"


def _workload(workload: PlanWorkload, month: str, columns: int, style: Style) -> Iterator[str]:
    found = workload["estimate"]
    requests = f"{found['requests_per_month']:,.0f} requests"
    yield style(f"{visible(workload['name'])}: {requests} on {found['model']}, {month}", DIM)
    yield ""
    yield from _wrapped(verdict(found), columns, style, BOLD, GREEN)
    yield ""
    yield from _marks(workload)
    if workload["paste"]:
        yield "Paste:"
        yield from (f"  {line}" for line in workload["paste"])
        yield ""
    yield "Also weighed:"
    for sentence in _weighed(workload):
        yield from _wrapped(f"- {sentence}", columns, style)
    yield ""
    yield from _curve(workload, columns, style)
    for notice in (*found["warnings"], *found["assumptions"]):
        yield from _wrapped(f"* {notice['code']}: {notice['message']}", columns, style)


def _marks(workload: PlanWorkload) -> Iterator[str]:
    for boundary in workload["estimate"]["plan"]["boundaries"]:
        name, tokens, warm = visible(boundary["name"]), boundary["tokens"], boundary["hit_rate"]
        yield f"  behind `{name}`  {boundary['ttl']}  prefix of {tokens:,.0f} tokens, read by {warm:.1%} of requests"
    if workload["estimate"]["plan"]["boundaries"]:
        yield ""


def _weighed(workload: PlanWorkload) -> Iterator[str]:
    starred = workload["estimate"]["starred"]["plan"]
    yield from (_pings(each, starred=starred) for each in workload["keep_alive"])
    saved = Decimal(workload["warm_up_saves_usd"] or 0)
    if saved:
        yield f"awaiting the first of requests that start together saves {usd(saved, assumed=starred)} a month"
    yield from (_memo(each) for each in workload["memo"])
    order = workload["reorder"]
    if order is not None:
        names = ", ".join(f"`{visible(name)}`" for name in order["moved"])
        yield f"moving {names} behind what changes less often saves {usd(Decimal(order['saves_usd']), assumed=starred)} a month"


def _pings(each: KeepAliveReport, *, starred: bool) -> str:
    if each["pings_per_month"] < 1:
        return f"{each['ttl']}: the traffic itself keeps the prefix alive, a ping would not be needed once a month"
    total, pinging = usd(Decimal(each["usd"]), assumed=starred), usd(Decimal(each["pings_usd"]), assumed=starred)
    pays = "cheaper than the plan" if each["pays"] else "no cheaper than the plan"
    return (
        f"keeping {each['ttl']} alive takes {each['pings_per_month']:,.0f} pings for {pinging}, {total} in all "
        f"({usd(Decimal(each['without_usd']), assumed=starred)} left to expire): {pays}"
    )


def _memo(each: MemoReport) -> str:
    worth = f"an {each['layer']} hit" if each["layer"] == "exact" else f"a {each['layer']} hit"
    said = f"{worth} is worth {usd(Decimal(each['usd_per_hit']))} behind prompt caching, all its costs paid"
    if each["configured"]:
        saves = Decimal(each["saves_usd"])
        said += f"; the layer {'saves' if saves > 0 else 'loses'} {usd(abs(saves))} a month"
    if each["wrong_rate_limit"] is not None:
        said += f", and would from {each['wrong_rate_limit']:.2%} wrong answers on lose money"
    return said


def _curve(workload: PlanWorkload, columns: int, style: Style) -> Iterator[str]:
    """The plan as a share of no caching, by requests a day; a column marks where they cost the same."""
    points = workload["curve"]
    if all(abs(point["share"] - 1) < 1e-9 for point in points):
        return
    even = workload["estimate"]["break_even"]["requests_per_day"]
    title = "The plan against no caching, by requests a day"
    yield f"{title}{f' (the same at {even:,.1f})' if even is not None else ''}:"
    most = max(1.0, *(point["share"] for point in points))
    room = max(10, min(40, columns - 40))
    for point in points:
        drawn = bar(point["share"] / most, room)
        line = f"  {point['requests_per_day']:>12,.1f}  {point['share']:>6.0%}  {drawn}"
        yield style(line, BOLD) if point is points[len(points) // 2] else line


def _wrapped(text: str, columns: int, style: Style, *codes: int) -> Iterator[str]:
    for line in textwrap.wrap(visible(text), min(columns, 100), subsequent_indent="  "):
        yield style(line, *codes)
