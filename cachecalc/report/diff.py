"""The report of `diff`: one document that every format is rendered from. Its keys are a contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cachecalc.core.difference import Cause, Change
from cachecalc.core.estimate import notices
from cachecalc.core.lint_report import Finding
from cachecalc.core.problem import InputError
from cachecalc.report import diff_document as doc
from cachecalc.report.estimate import money
from cachecalc.report.estimate_document import EstimateReport, LineItem, NoticeReport, WorkloadReport
from cachecalc.report.terminal import visible

VERSION = 1
ZERO = Decimal(0)

Place = Callable[[Cause], str | None]
"""FILE:LINE of what a cause points at."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What makes the change fail: USD a month more, percent more, a monthly bill crossed from below."""

    usd: Decimal | None = None
    percent: Decimal | None = None
    budget: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """What the two sides are called, and the month both are priced in."""

    base: str
    head: str
    month: str


def of_changes(
    changes: Sequence[Change],
    sides: Sides,
    place: Place,
    new: Sequence[Finding],
    gone: Sequence[Finding],
    limits: Limits,
) -> doc.DiffReport:
    """The report of priced changes and of the findings that came and went."""
    workloads = [_workload(change, place) for change in changes]
    findings: doc.Findings = {"new": [_finding(each) for each in new], "gone": [_finding(each) for each in gone]}
    return _report(workloads, findings, sides, limits)


def of_estimates(base: EstimateReport, head: EstimateReport, sides: Sides, limits: Limits) -> doc.DiffReport:
    """The report of two estimates as `estimate --format json` wrote them; what prices alone moved is kept apart."""
    if base["days"] != head["days"]:
        message = f"the estimates are of months of {base['days']:g} and {head['days']:g} days"
        raise InputError(message, help="run both with the same --month")
    old = {workload["name"]: workload for workload in base["workloads"]}
    new = {workload["name"]: workload for workload in head["workloads"]}
    workloads = [_of_reports(name, old.get(name), new.get(name)) for name in dict.fromkeys([*new, *old])]
    return _report(workloads, {"new": [], "gone": []}, sides, limits)


def _report(workloads: list[doc.DiffWorkload], findings: doc.Findings, sides: Sides, limits: Limits) -> doc.DiffReport:
    before, after = (_sum(workloads, side) for side in ("before_usd", "after_usd"))
    gates = list(_gates([workload for workload in workloads if workload["gates"]], limits))
    return {
        "version": VERSION,
        "base": sides.base,
        "head": sides.head,
        "month": sides.month,
        "totals": {
            "before_usd": money(before),
            "after_usd": money(after),
            "change_usd": money(after - before),
            "change_percent": _percent(before, after),
        },
        "workloads": workloads,
        "findings": findings,
        "gates": gates,
        "failed": any(gate["failed"] for gate in gates),
    }


def _gates(workloads: Sequence[doc.DiffWorkload], limits: Limits) -> Iterator[doc.Gate]:
    """Each limit against the workloads whose figures can be trusted to gate."""
    before, after = (_sum(workloads, side) for side in ("before_usd", "after_usd"))
    if limits.usd is not None:
        yield _gate("fail-over-usd", limits.usd, after - before, failed=after - before > limits.usd)
    if limits.percent is not None:
        percent = (after / before - 1) * 100 if before else (Decimal("Infinity") if after else ZERO)
        yield _gate("fail-over-percent", limits.percent, percent, failed=percent > limits.percent)
    if limits.budget is not None:
        yield _gate("budget", limits.budget, after, failed=before <= limits.budget < after)


def _gate(name: str, limit: Decimal, value: Decimal, *, failed: bool) -> doc.Gate:
    return {"gate": name, "limit": money(limit), "value": money(value), "failed": failed}


def _sum(workloads: Sequence[doc.DiffWorkload], side: str) -> Decimal:
    return sum((Decimal(workload[side]) for workload in workloads), ZERO)  # type: ignore[literal-required]  # a money key


def _percent(before: Decimal, after: Decimal) -> float | None:
    return float((after / before - 1) * 100) if before else None


def _workload(change: Change, place: Place) -> doc.DiffWorkload:
    known = change.after or change.before
    assert known is not None
    return {
        "name": change.name,
        "model": known.case.workload.model.id,
        "status": _status(change.before is None, change.after is None, change.usd),
        "before_usd": money(change.usd_before),
        "after_usd": money(change.usd_after),
        "change_usd": money(change.usd),
        "change_percent": _percent(change.usd_before, change.usd_after),
        "causes": [_cause(cause, change, place) for cause in (*change.causes, *change.sources)],
        "traffic_usd": money(change.traffic),
        "prices_usd": "0",
        "starred": any(notices.assumptions(side) for side in (change.before, change.after) if side),
        "gates": not notices.is_uncalibrated(known),
        "notes": [{"code": notice.code, "message": notice.message} for notice in _apart(change)],
    }


def _apart(change: Change) -> Iterator[notices.Notice]:
    """Price changes and retirements, which are no fault of the change."""
    for notice in (*notices.warnings(change.after), *notices.notes(change.after)) if change.after else ():
        if notice.code in {"price-change", "retires", "retired", "uncalibrated"}:
            yield notice


def _status(is_new: bool, is_gone: bool, change: Decimal) -> str:  # noqa: FBT001  # two plain facts
    if is_new or is_gone:
        return "added" if is_new else "removed"
    return "changed" if change else "unchanged"


def _cause(cause: Cause, change: Change, place: Place) -> doc.CauseReport:
    return {"what": cause.what, "usd": money(cause.usd), "message": _message(cause, change), "place": place(cause)}


def _message(cause: Cause, change: Change) -> str:
    before, after = change.before, change.after
    if cause.part is not None:
        origin = visible(cause.part.origin or cause.part.name)
        changes = cause.part.volatility
        known = replace(changes, unknown=False)
        how = "" if changes.is_static else f", which changes {changes if known.is_static else known},"
        return f"`{origin}`{how} is {'gone' if cause.before else 'new'}"
    if before is not None and after is not None and cause.what == "model":
        return f"{before.case.workload.model.id} became {after.case.workload.model.id}"
    if before is not None and after is not None and cause.what == "cache":
        return f"{before.configured.strategy.name} became {after.configured.strategy.name}"
    return f"another {cause.what}"


def _finding(finding: Finding) -> doc.DiffFinding:
    price = finding.usd_per_month
    return {
        "code": finding.code,
        "rule": finding.rule,
        "path": finding.place.path,
        "line": finding.place.line,
        "message": finding.message,
        "usd_per_month": None if price is None else money(price),
    }


def _of_reports(name: str, before: WorkloadReport | None, after: WorkloadReport | None) -> doc.DiffWorkload:
    """Two reports of one workload. Prices are held at those of `after`: what they alone moved is `prices_usd`."""
    known = after or before
    assert known is not None
    moved = _prices_moved(before, after) if before and after else ZERO
    was = _cost(before) + moved
    is_now = _cost(after)
    return {
        "name": name,
        "model": known["model"],
        "status": _status(before is None, after is None, is_now - was),
        "before_usd": money(was),
        "after_usd": money(is_now),
        "change_usd": money(is_now - was),
        "change_percent": _percent(was, is_now),
        "causes": [],
        "traffic_usd": "0",
        "prices_usd": money(moved),
        "starred": known["starred"]["cached"],
        "gates": not known["uncalibrated"],
        "notes": _kept_apart(known),
    }


def _kept_apart(workload: WorkloadReport) -> list[NoticeReport]:
    codes = {"price-change", "retires", "retired"}
    return [notice for notice in (*workload["warnings"], *workload["notes"]) if notice["code"] in codes]


def _cost(workload: WorkloadReport | None) -> Decimal:
    return Decimal(workload["cached_usd"]["expected"]) if workload else ZERO


def _prices_moved(before: WorkloadReport, after: WorkloadReport) -> Decimal:
    """What the later prices make of the earlier quantities, where both bill the same things of the same model."""
    if before["model"] != after["model"]:
        return ZERO
    prices = {_key(line): Decimal(line["usd_per_unit"]) for line in after["lines"]}
    lines = [line for line in before["lines"] if _key(line) in prices]
    return sum(
        (Decimal(line["quantity"]) * (prices[_key(line)] - Decimal(line["usd_per_unit"])) for line in lines), ZERO
    )


def _key(line: LineItem) -> tuple[str, str]:
    return line["label"], line["rate"]
