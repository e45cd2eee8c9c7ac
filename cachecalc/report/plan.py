"""The report of `plan`: one document that every format is rendered from. Its keys are a contract."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cachecalc.core import advice
from cachecalc.core.estimate.estimate import Estimate
from cachecalc.core.estimate.workload import Calendar
from cachecalc.report import estimate as estimates
from cachecalc.report import plan_document as doc
from cachecalc.report import snippets
from cachecalc.report.estimate import money
from cachecalc.report.estimate_document import WorkloadReport

VERSION = 1
_WORTH = Decimal("0.995")
"""What is not cheaper by half a percent is not worth a change."""


def document(found: Sequence[Estimate], calendar: Calendar) -> doc.PlansReport:
    """Every workload's plan."""
    whole = estimates.document(found, calendar)
    return {
        "version": VERSION,
        "month": whole["month"],
        "days": whole["days"],
        "workloads": [_workload(each, report) for each, report in zip(found, whole["workloads"], strict=True)],
        "totals": whole["totals"],
    }


def _workload(found: Estimate, report: WorkloadReport) -> doc.PlanWorkload:
    case, layout, plan = found.case, found.layout, found.plan
    saved = advice.warm_up(case, layout, plan.strategy)
    return {
        "name": report["name"],
        "estimate": report,
        "paste": [*snippets.lines(report["provider"], report["plan"])],
        "keep_alive": [_keep_alive(each, plan.total) for each in advice.keep_alive(case, layout)],
        "warm_up_saves_usd": None if saved is None else money(saved),
        "memo": [_memo(each) for each in advice.memo_worth(case, layout, plan.strategy)],
        "reorder": _reorder(found),
        "curve": [{"requests_per_day": at, "share": share} for at, share in advice.curve(case, plan.strategy)],
    }


def _keep_alive(each: advice.KeepAlive, plan: Decimal) -> doc.KeepAliveReport:
    return {
        "ttl": each.ttl,
        "prefix_tokens": each.tokens,
        "pings_per_month": each.pings,
        "pings_usd": money(each.pings_usd),
        "usd": money(each.usd),
        "without_usd": money(each.without_usd),
        "pays": each.usd < plan * _WORTH,
    }


def _memo(each: advice.MemoWorth) -> doc.MemoReport:
    saves = each.without_usd - each.usd
    return {
        "layer": each.layer,
        "configured": each.is_configured,
        "saves_usd": money(saves),
        "usd_per_hit": money(each.usd_per_hit),
        "wrong_rate_limit": each.wrong_rate_limit,
        "pays": saves > 0,
    }


def _reorder(found: Estimate) -> doc.ReorderReport | None:
    other = advice.reordering(found.case)
    if other is None or other.usd >= found.plan.total * _WORTH:
        return None
    return {
        "order": list(other.names),
        "moved": list(other.moved),
        "usd": money(other.usd),
        "saves_usd": money(found.plan.total - other.usd),
    }
