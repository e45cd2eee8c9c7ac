"""The report of `estimate`: one document that every format is rendered from. Its keys are a contract."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cachecalc.core.estimate import notices
from cachecalc.core.estimate.estimate import BreakEven, Estimate, Money
from cachecalc.core.estimate.projection import Line, Projection
from cachecalc.core.estimate.workload import Calendar
from cachecalc.report import estimate_document as doc

VERSION = 1


def document(estimates: Sequence[Estimate], calendar: Calendar) -> doc.EstimateReport:
    """Every workload and the totals."""
    return {
        "version": VERSION,
        "month": calendar.label,
        "days": calendar.days,
        "workloads": [_workload(estimate) for estimate in estimates],
        "totals": _totals(estimates),
    }


def _workload(estimate: Estimate) -> doc.WorkloadReport:
    workload = estimate.case.workload
    return {
        "name": workload.name,
        "model": workload.model.id,
        "provider": workload.model.provider,
        "requests_per_month": _number(estimate.case.requests),
        **_money_keys(estimate.baseline.total, estimate.configured_usd, estimate.plan.total, estimate.plan_usd),
        "strategy": estimate.configured.strategy.name,
        "typed_hit_rate": estimate.configured.strategy.hit_rate,
        "prefix_hit_rate": estimate.configured.prefix_hit_rate,
        "read_share": estimate.configured.read_share,
        "lines": [line_item(line) for line in estimate.configured.lines],
        "boundaries": _boundaries(estimate.configured),
        "baseline_lines": [line_item(line) for line in estimate.baseline.lines],
        "plan": _plan(estimate),
        "options": [_option(option) for option in _distinct(estimate)],
        "break_even": _break_even(estimate.break_even),
        "uncacheable_share": _uncacheable_share(estimate),
        "starred": _starred(estimate),
        "uncalibrated": notices.is_uncalibrated(estimate),
        "assumptions": notice_list(notices.assumptions(estimate)),
        "warnings": notice_list(notices.warnings(estimate)),
        "notes": notice_list(notices.notes(estimate)),
        "prices": _prices(estimate),
    }


def _money_keys(baseline: Decimal, configured: Money, plan: Decimal, plan_range: Money) -> doc.Totals:
    savings = baseline - configured.expected
    return {
        "baseline_usd": money(baseline),
        "cached_usd": range_of(configured),
        "savings_usd": money(savings),
        "savings_percent": float(savings / baseline * 100) if baseline else 0.0,
        "plan_usd": money(plan),
        "plan_range_usd": range_of(plan_range),
    }


def _totals(estimates: Sequence[Estimate]) -> doc.Totals:
    return _money_keys(
        sum((estimate.baseline.total for estimate in estimates), Decimal(0)),
        _sum([estimate.configured_usd for estimate in estimates]),
        sum((estimate.plan.total for estimate in estimates), Decimal(0)),
        _sum([estimate.plan_usd for estimate in estimates]),
    )


def _sum(ranges: Sequence[Money]) -> Money:
    ends = zip(*((money.low, money.expected, money.high) for money in ranges), strict=True)
    return Money(*(sum(end, Decimal(0)) for end in ends))


def _plan(estimate: Estimate) -> doc.PlanReport:
    plan = estimate.plan
    return {
        "strategy": plan.strategy.name,
        "mode": plan.strategy.mode.name if plan.strategy.mode else None,
        "kind": plan.strategy.mode.kind.value if plan.strategy.mode else None,
        "marks": [{"after": mark["name"], "ttl": mark["ttl"]} for mark in _boundaries(plan)],
        "prefix_hit_rate": plan.prefix_hit_rate,
        "read_share": plan.read_share,
        "lines": [line_item(line) for line in plan.lines],
        "boundaries": _boundaries(plan),
        "holds": {"scenarios": estimate.scenarios, "better_or_equal": estimate.holds},
    }


def _distinct(estimate: Estimate) -> list[Projection]:
    """Each strategy once, cheapest first."""
    ordered = sorted(estimate.options, key=lambda option: (option.total, len(option.strategy.boundaries)))
    return list({(option.strategy.name, money(option.total)): option for option in reversed(ordered)}.values())[::-1]


def _option(option: Projection) -> doc.Option:
    return {"strategy": option.strategy.name, "usd": money(option.total), "read_share": option.read_share}


def line_item(line: Line) -> doc.LineItem:
    """A cost line, its money exact."""
    return {
        "label": line.label,
        "rate": line.rate,
        "quantity": money(line.quantity),
        "unit": line.unit,
        "usd_per_unit": money(line.usd_per_unit),
        "amount_usd": money(line.amount),
    }


def _boundaries(projection: Projection) -> list[doc.Boundary]:
    return [
        {"name": warmth.name, "tokens": _number(warmth.tokens), "ttl": warmth.ttl, "hit_rate": warmth.hit_rate}
        for warmth in projection.warmth
        if warmth.effective
    ]


def _break_even(found: BreakEven) -> doc.BreakEvenReport:
    return {
        "hit_rate": found.hit_rate,
        "reads_per_write": found.reads_per_write,
        "requests_per_day": found.requests_per_day,
        "pays": found.pays,
    }


def _uncacheable_share(estimate: Estimate) -> float:
    """The share of input tokens that differ in each request, which no prompt cache can read."""
    layout = estimate.layout
    fresh = [index for index, slot in enumerate(layout.slots) if slot.volatility.fresh]
    changing = sum(row.share * (sum(row.new) + sum(row.old[index] for index in fresh)) for row in layout.rows)
    return changing / layout.mean_tokens if layout.mean_tokens else 0.0


def _starred(estimate: Estimate) -> doc.Starred:
    """Which figures rest on a number nobody gave. What a range does not move does not matter."""
    given = set(estimate.case.workload.assumed)
    counted = any(notice.code == "tokens" for notice in notices.assumptions(estimate))
    volume = bool(given & {"requests", "output", "prompt", "conversation"}) or counted
    return {
        "baseline": volume,
        "cached": bool(given) or counted or _moves(estimate.configured_usd),
        "plan": bool(given) or counted or _moves(estimate.plan_usd),
    }


def _moves(amount: Money) -> bool:
    return amount.high - amount.low >= Decimal("0.01")


def _prices(estimate: Estimate) -> list[doc.PriceRow]:
    """The price rows that were used, with where they come from."""
    return [
        {
            "since": str(period.since) if period.since else None,
            "share_of_month": float(share),
            "sources": list(period.sources),
            "checked": str(period.checked),
        }
        for period, share in estimate.case.calendar.periods(estimate.case.workload.model)
    ]


def notice_list(found: Sequence[notices.Notice]) -> list[doc.NoticeReport]:
    """Sentences with their codes."""
    return [{"code": notice.code, "message": notice.message} for notice in found]


def range_of(amount: Money) -> doc.MoneyRange:
    """Least, expected and most, exact."""
    return {"low": money(amount.low), "expected": money(amount.expected), "high": money(amount.high)}


def money(amount: Decimal) -> str:
    """All digits, no exponent, no trailing zeros."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value
