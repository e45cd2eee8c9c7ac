"""Which rates a request pays: by date, by way of buying, by length of prompt, by hour of the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core.estimate.case import Case, exact
from cachecalc.core.pricing import Period, Rates, Window
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.traffic.arrivals import Hours

BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Card:
    """The rates that a share of a month's requests pays. `name` says what sets them apart from the standard ones;
    `ceiling` is the highest hit rate these requests can reach."""

    share: Decimal
    rates: Rates
    name: str = ""
    ceiling: float = 1.0


def cards(case: Case, tokens: int) -> Iterator[Card]:
    """The rates of requests with a prompt of so many tokens. Raises InputError where a price is not known."""
    for period, share in case.calendar.periods(case.workload.model):
        changed = share < 1 and period.since is not None and period.since > case.calendar.first
        since = f"from {period.since}" if changed else ""
        region, factor = _region(case, period)
        for service, part in _services(case):
            for card in _of_service(case, period, service, tokens):
                name = ", ".join(word for word in (card.name, region, since) if word)
                rates = card.rates if factor == 1 else card.rates.times(factor)
                yield Card(card.share * share * part, rates, name, card.ceiling)


def _services(case: Case) -> Iterator[tuple[str, Decimal]]:
    batch = exact(case.workload.options.batch)
    if batch:
        yield BATCH, batch
    if batch < 1:
        yield case.workload.options.service_tier, 1 - batch


def _region(case: Case, period: Period) -> tuple[str, Decimal]:
    """What it is called, and what it multiplies every rate by, to be processed in a region."""
    region = case.workload.options.geo
    if region == "global":
        return "", Decimal(1)
    if region not in period.geo:
        known = ", ".join(["global", *period.geo])
        message = f"no price for processing in {region!r} is known for {case.workload.model.id}"
        raise InputError([Problem(message, help=f"known: {known}")])
    return f"processed in {region}", period.geo[region]


def _of_service(case: Case, period: Period, service: str, tokens: int) -> Iterator[Card]:
    tier = period.tier_of(tokens)
    above = f"prompts over {tier.above_tokens:,} tokens" if tier else ""
    if service == "default":
        yield from _by_the_clock(case, period, tier.rates if tier else period.rates, above)
        return
    rates = period.for_service(service, tokens)
    if rates is None:
        known = ", ".join(period.services) or "none"
        raise InputError([Problem(f"no {service} price is known for {case.workload.model.id}", help=f"known: {known}")])
    name = f"{service}, {above}" if above else service
    yield Card(Decimal(1), rates, name, _batch_ceiling(case) if service == BATCH else 1.0)


def _by_the_clock(case: Case, period: Period, rates: Rates, above: str) -> Iterator[Card]:
    rest = Decimal(1)
    for window in period.windows:
        inside = exact(_share_within(case, window))
        yield Card(inside, window.rates, window.name)
        rest -= inside
    yield Card(rest, rates, above)


def _share_within(case: Case, window: Window) -> float:
    """The share of requests inside a window: by the hourly profile where there is one, else by time."""
    arrivals = case.scenario.arrivals
    if not isinstance(arrivals, Hours):
        return window.share_of_week
    parts = {
        (span, hour): max(0.0, min(span[1], hour + 1) - max(span[0], hour))
        for span in window.hours
        for hour in range(24)
    }
    return sum(arrivals.share_at(day, hour) * part for day in window.days for (_, hour), part in parts.items() if part)


def _batch_ceiling(case: Case) -> float:
    """The hit rate inside a batch, where the provider publishes a range of it."""
    published = case.workload.model.caching.batch_hits
    if published is None:
        return 1.0
    return (sum(published) / 2, published[1], published[0])[case.scenario.batch]
