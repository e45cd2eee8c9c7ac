"""What an estimate must say beside its numbers: what contradicts itself, what changes soon, what was taken for granted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cachecalc.core.estimate.estimate import Estimate
from cachecalc.core.estimate.projection import project
from cachecalc.core.estimate.workload import Wanted
from cachecalc.core.pricing import Kind
from cachecalc.core.volatility import Freshness

UNCALIBRATED = 0.15
"""How far, as a share, a prediction may be from what the provider said before it counts as uncalibrated."""

_TYPED_HITS_TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence. `code` names its kind for programs."""

    code: str
    message: str


def warnings(estimate: Estimate) -> tuple[Notice, ...]:
    """What is likely wrong with the configuration or with the numbers it rests on."""
    checks = (_typed_hits, _below_minimum, _never_pays, _always_writes, _long_prompts, _retired, _observed, _unknown)
    return tuple(notice for check in checks for notice in check(estimate))


def notes(estimate: Estimate) -> tuple[Notice, ...]:
    """What a careful reader wants to know: price changes in the month, rows with one source, best effort."""
    checks = (_price_changes, _single_source, _best_effort, _cannot_disable, _priced_by_request)
    return tuple(notice for check in checks for notice in check(estimate))


def assumptions(estimate: Estimate) -> tuple[Notice, ...]:
    """Every number nobody gave, and what stood in for it."""
    workload = estimate.case.workload
    given = [Notice(name, source) for name, source in workload.assumed.items()]
    if workload.arrivals is None:
        others = "low and high also try even arrivals and 50 active hours a week"
        given.append(Notice("arrivals", f"Poisson at a constant rate; {others}"))
    counters = {part.count.counter: part.count.error for part in workload.prompt.parts if part.count}
    given += [
        Notice("tokens", f"counted by {counter}, within {error:.0%} on 95 of 100 texts")
        for counter, error in counters.items()
        if error and counter not in {"given", "assumed"}
    ]
    if "assumed" in counters:
        given.append(Notice("bind", "a date, a time or an id takes about ten tokens, within half"))
    return tuple(given)


def is_uncalibrated(estimate: Estimate) -> bool:
    """Whether the provider's own figures are too far from the prediction for it to gate anything."""
    return any(notice.code == "uncalibrated" for notice in _observed(estimate))


def _typed_hits(estimate: Estimate) -> Iterator[Notice]:
    typed = estimate.configured.strategy.hit_rate
    if typed is None or not estimate.configured.warmth:
        return
    derived = project(estimate.case, replace(estimate.configured.strategy, hit_rate=None), estimate.layout)
    known = derived.prefix_hit_rate
    if known is None or abs(known - typed) <= _TYPED_HITS_TOLERANCE:
        return
    change = derived.total - estimate.configured.total
    direction = "less" if change < 0 else "more"
    yield Notice(
        "hit-rate-contradicted",
        f"the traffic contradicts the typed-in hit rate of {typed:.0%}: it gives {known:.1%}, "
        f"and a month that costs ${abs(change):,.2f} {direction}, ${derived.total:,.2f}",
    )


def _below_minimum(estimate: Estimate) -> Iterator[Notice]:
    mode = estimate.configured.strategy.mode
    if mode is None or not mode.min_tokens:
        return
    short = [
        warmth for warmth in estimate.configured.warmth if not warmth.effective and _is_stable(estimate, warmth.name)
    ]
    if short and len(short) == len([w for w in estimate.configured.warmth if _is_stable(estimate, w.name)]):
        longest = short[-1]
        yield Notice(
            "below-minimum",
            f"the prefix up to `{longest.name}` has {longest.tokens:,.0f} tokens; "
            f"{estimate.case.workload.model.id} caches from {mode.min_tokens:,}, so nothing is cached",
        )


def _is_stable(estimate: Estimate, name: str) -> bool:
    return any(slot.name == name and slot.volatility.fresh is Freshness.NONE for slot in estimate.layout.slots)


def _never_pays(estimate: Estimate) -> Iterator[Notice]:
    plain = project(
        estimate.case, replace(estimate.configured.strategy, mode=None, boundaries=(), named=None), estimate.layout
    )
    loss = estimate.configured.total - plain.total
    if loss > 0 and estimate.configured.strategy.mode is not None:
        name = estimate.configured.strategy.name
        yield Notice("does-not-pay", f"{name} costs ${loss:,.2f} a month more than no caching at this traffic")


def _always_writes(estimate: Estimate) -> Iterator[Notice]:
    strategy = estimate.configured.strategy
    if strategy.mode is None or strategy.mode.kind is Kind.PREFIX or not strategy.mode.bills_writes:
        return
    for boundary in strategy.boundaries:
        slot = estimate.layout.slots[boundary.slot]
        if slot.volatility.fresh is not Freshness.NONE:
            yield Notice(
                "mark-on-volatile",
                f"the {strategy.mode.name} mark at the end of `{slot.name}` stands behind text that differs in each "
                "request: every request writes there, none reads",
            )


def _long_prompts(estimate: Estimate) -> Iterator[Notice]:
    for period, _ in estimate.case.calendar.periods(estimate.case.workload.model):
        for tier in period.tiers:
            share = sum(row.share for row in estimate.layout.rows if row.tokens > tier.above_tokens)
            if share:
                yield Notice(
                    "long-prompt-price",
                    f"{share:.0%} of requests have prompts over {tier.above_tokens:,} tokens and pay the long-prompt price",
                )
        return


def _retired(estimate: Estimate) -> Iterator[Notice]:
    model, calendar = estimate.case.workload.model, estimate.case.calendar
    if model.retired is None:
        return
    if model.retired <= calendar.first:
        yield Notice("retired", f"{model.id} was retired on {model.retired}; these are its last prices")
    elif model.retired <= calendar.last or (model.retired - calendar.first).days <= 60:
        yield Notice("retires", f"{model.id} retires on {model.retired}; the cost is kept as if it went on")


def _observed(estimate: Estimate) -> Iterator[Notice]:
    observed = estimate.case.workload.observed
    if observed is None:
        return
    if observed.usd:
        off = float(estimate.configured.total / observed.usd) - 1
        if abs(off) > UNCALIBRATED:
            yield Notice(
                "uncalibrated", f"predicted {off:+.0%} against the provider's ${observed.usd:,.2f}: uncalibrated"
            )
    if observed.read_share is not None:
        off = estimate.configured.read_share - observed.read_share
        if abs(off) > UNCALIBRATED:
            yield Notice(
                "uncalibrated",
                f"predicted read share {estimate.configured.read_share:.0%}, the provider says {observed.read_share:.0%}",
            )


def _unknown(estimate: Estimate) -> Iterator[Notice]:
    unknown = [part.name for part in estimate.case.workload.prompt.parts if part.volatility.unknown]
    if unknown:
        names = ", ".join(f"`{name}`" for name in unknown[:4])
        yield Notice(
            "unknown-volatility",
            f"nobody said how often {names} changes: expected takes each request, the range also never; `bind` it",
        )


def _price_changes(estimate: Estimate) -> Iterator[Notice]:
    case = estimate.case
    model, calendar = case.workload.model, case.calendar
    for period in model.periods[1:]:
        if period.since and calendar.first < period.since <= calendar.last:
            yield Notice("price-change", f"prices of {model.id} change on {period.since}, within the month")
        elif period.since and 0 < (period.since - calendar.last).days <= 60:
            rates = model.period_on(calendar.last).rates
            change = period.rates.input / rates.input - 1 if rates.input else 0
            yield Notice("price-change", f"the input price of {model.id} changes by {change:+.0%} on {period.since}")


def _single_source(estimate: Estimate) -> Iterator[Notice]:
    for period, _ in estimate.case.calendar.periods(estimate.case.workload.model):
        if period.is_single_source:
            name = period.sources[0] if period.sources else "no source"
            yield Notice("single-source", f"the price of {estimate.case.workload.model.id} rests on one source: {name}")
        return


def _best_effort(estimate: Estimate) -> Iterator[Notice]:
    seen: set[str] = set()
    for projection in (estimate.configured, estimate.plan):
        mode, ttl = projection.strategy.mode, projection.strategy.ttl
        if mode is None or ttl is None or mode.guaranteed or mode.name in seen:
            continue
        seen.add(mode.name)
        yield Notice(
            "best-effort",
            f"{mode.name} caching is best effort: an unused entry lives {_span(ttl.low)} to {_span(ttl.high)}, "
            "and a provider may miss even then",
        )


def _cannot_disable(estimate: Estimate) -> Iterator[Notice]:
    case = estimate.case
    if case.workload.caching.wanted is Wanted.OFF and not case.workload.model.caching.can_disable:
        yield Notice("always-on", f"{case.workload.model.id} always caches; `cache: off` has no effect")


def _priced_by_request(estimate: Estimate) -> Iterator[Notice]:
    period, _ = next(estimate.case.calendar.periods(estimate.case.workload.model))
    for tier in period.tiers:
        if estimate.baseline.input_tokens > tier.above_tokens >= max(row.tokens for row in estimate.layout.rows):
            yield Notice(
                "priced-by-request",
                f"each request is priced by itself; the month's total in one call would wrongly reach the price of "
                f"prompts over {tier.above_tokens:,} tokens",
            )


def _span(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
