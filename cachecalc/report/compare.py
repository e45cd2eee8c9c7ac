"""The report of `compare`: one document that every format is rendered from. Its keys are a contract."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from cachecalc.core.compare import Comparison, Way, driver, drivers
from cachecalc.core.estimate import notices
from cachecalc.core.estimate.estimate import Estimate
from cachecalc.core.estimate.workload import Calendar
from cachecalc.core.flips import AHEAD, Flip
from cachecalc.core.units import UNITS, Rate
from cachecalc.report import compare_document as doc
from cachecalc.report import estimate
from cachecalc.report.estimate import money
from cachecalc.report.money import usd

VERSION = 1


def document(found: Sequence[tuple[Comparison, Estimate, Sequence[Flip]]], calendar: Calendar) -> doc.CompareReport:
    """Every workload's rows; `Estimate` is that of the workload as it is, for what it rests on."""
    return {
        "version": VERSION,
        "month": calendar.label,
        "days": calendar.days,
        "rows": [_row(way, each) for each, _, _ in found for way in each.ways],
        "skipped": [row for each, _, _ in found for row in _skipped(each)],
        "workloads": [_summary(*each) for each in found],
    }


def _row(way: Way, found: Comparison) -> doc.CompareRow:
    now, here = found.now.usd.expected, way.usd.expected
    mode, tokens = way.projection.strategy.mode, _tokens(way)
    return {
        "workload": found.workload.name,
        "model": way.model.id,
        "provider": way.model.provider,
        "tier": way.model.tier,
        "status": way.model.status,
        "strategy": way.name,
        "kind": mode.kind.value if mode else None,
        "batch": way.batch,
        "now": way.is_now,
        "best": way.is_best,
        "baseline_usd": money(way.baseline),
        "cached_usd": estimate.range_of(way.usd),
        "change_percent": float((here / now - 1) * 100) if now else 0.0,
        "prefix_hit_rate": way.projection.prefix_hit_rate,
        "read_share": way.projection.read_share,
        "input_tokens": tokens,
        "tokens_vs_now": tokens / (_tokens(found.now) or 1) - 1,
        "driver": driver(way, found.now) or None,
        "drivers_usd": {part: money(change) for part, change in drivers(way, found.now).items()},
        "price_changes": [*_price_changes(way)],
        "lines": [estimate.line_item(line) for line in way.projection.lines],
    }


def _price_changes(way: Way) -> Iterator[doc.PriceChange]:
    """Of the input price, from the day behind the first one of the month."""
    calendar, periods = way.case.calendar, way.model.periods
    for before, after in itertools.pairwise(periods):
        if after.since and calendar.first < after.since <= calendar.last + AHEAD and before.rates.input:
            change = float(after.rates.input / before.rates.input - 1) * 100
            yield {"since": str(after.since), "percent": change}


def _tokens(way: Way) -> float:
    return way.case.layout().mean_tokens


def _skipped(found: Comparison) -> Iterator[doc.SkippedRow]:
    for each in found.skipped:
        yield {
            "workload": found.workload.name,
            "model": each.model.id,
            "strategy": each.strategy or None,
            "reason": each.reason,
        }


def _summary(found: Comparison, now: Estimate, flips: Sequence[Flip]) -> doc.WorkloadSummary:
    assumed = notices.assumptions(now)
    return {
        "name": found.workload.name,
        "model": found.workload.model.id,
        "requests_per_month": now.case.requests,
        "output_tokens": now.case.output,
        "conclusion": conclusion(found, flips, starred=bool(assumed)),
        "starred": bool(assumed),
        "flips": [_flip(flip, found.workload.requests) for flip in flips],
        "assumptions": estimate.notice_list(assumed),
        "notes": estimate.notice_list((*notices.warnings(now), *notices.notes(now))),
    }


def _flip(flip: Flip, rate: Rate) -> doc.FlipReport:
    kind, at = _at(flip, rate)
    side = "from" if kind == "date" else "above" if flip.upward else "below"
    return {"kind": kind, "at": at, "side": side, "model": flip.model.id, "strategy": flip.strategy}


def _at(flip: Flip, rate: Rate) -> tuple[str, str | float]:
    if flip.day is not None:
        return "date", str(flip.day)
    if flip.output is not None:
        return "output tokens", flip.output
    return f"{rate.what} a day", (flip.times or 0.0) * rate.count.expected * UNITS["day"] / UNITS[rate.unit]


def conclusion(found: Comparison, flips: Sequence[Flip], *, starred: bool) -> str:
    """What follows, in one sentence: the cheapest way, and what would make it another."""
    turns = "; ".join(_turn(flip, found.workload.requests) for flip in flips)
    ranking = f"the first place goes {turns}" if turns else _STEADY
    return f"{_verdict(found, starred=starred)}; {ranking}; {_HELD}."


def _verdict(found: Comparison, *, starred: bool) -> str:
    best, now = found.best, found.now
    if best.usd.expected >= now.usd.expected:
        return f"Nothing here is cheaper than what you have, {now.name} on {now.model.id} at {usd(now.usd.expected, assumed=starred)}"
    of_all = f"Cheapest: {_priced(best, now, starred=starred)}"
    tier = found.best_of_tier
    if tier.model.id == best.model.id or tier.usd.expected >= now.usd.expected:
        return of_all
    return f"{of_all}; among {tier.model.tier} models {_priced(tier, now, starred=starred)}"


def _priced(way: Way, now: Way, *, starred: bool) -> str:
    change = f"{(1 - way.usd.expected / now.usd.expected) * 100:.0f} % below now"
    return f"{way.model.id} with {way.name}, {usd(way.usd.expected, assumed=starred)} a month ({change})"


_STEADY = "no dated price, and neither a tenth nor ten times the output or the traffic, changes that"
_HELD = "output length was held equal, and nobody judged the quality"


def _turn(flip: Flip, rate: Rate) -> str:
    kind, at = _at(flip, rate)
    if kind == "date":
        return f"to {flip.model.id} on {at}"
    assert isinstance(at, float)
    return f"to {flip.model.id} {'above' if flip.upward else 'below'} {at:,.0f} {kind}"
