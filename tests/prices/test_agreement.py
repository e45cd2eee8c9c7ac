"""Our prices against those of an independent table, on every day that either of us says something changes.

Where the two differ, the reason stands below; a difference without a reason fails, and so does a reason without one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from cachecalc.core.pricing import Model, Period, Rates
from cachecalc.load import pricing

TODAY = dt.date(2026, 11, 21)
DAYS = (TODAY, dt.date(2026, 12, 15), dt.date(2027, 1, 15))
PROVIDERS = {"xai": "x-ai", "moonshot": "moonshotai", "amazon": "aws", "qwen": ""}
SERVICES: dict[str, dict[str, str]] = {
    "": {},
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"speed": "fast"},
}
CLASSES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
}

ABSENT = {
    "claude-mythos-5": "limited availability: their importer skips it",
    "claude-mythos-5-1": "limited availability: their importer skips it",
    "gpt-6.2-astra": "released four days before the check",
    "gpt-6.2-sol": "released four days before the check",
    "qwen4-max": "they do not have this provider",
    "qwen3.8-max": "they do not have this provider",
    "qwen3.7-max": "they do not have this provider",
    "qwen3.8-flash": "they do not have this provider",
}

NO_BATCH_READ = "OpenAI publishes no cached rate in batches for it; they keep the standard one, here it is not known"
DIFFERENT = {
    "claude-sonnet-4-5": ("", "longer prompts are refused since 2026-04-30; they keep the old tier for earlier bills"),
    "gpt-4.1": ("batch cache_read", NO_BATCH_READ),
    "gpt-4.1-mini": ("batch cache_read", NO_BATCH_READ),
    "gpt-4.1-nano": ("batch cache_read", NO_BATCH_READ),
    "gpt-4o": ("batch cache_read", NO_BATCH_READ),
    "gpt-4o-mini": ("batch cache_read", NO_BATCH_READ),
    "o1": ("batch cache_read", NO_BATCH_READ),
    "o3": ("batch cache_read", NO_BATCH_READ),
    "o3-mini": ("batch cache_read", NO_BATCH_READ),
    "o4-mini": ("batch cache_read", NO_BATCH_READ),
    "deepseek-chat": ("standard", "they stop at the prices of early 2025, before the two changes of September"),
}


def theirs(model: Model) -> ModelInfo | None:
    """The model in the other table."""
    wanted = PROVIDERS.get(model.provider, model.provider)
    for provider in get_snapshot().providers:
        if provider.id == wanted:
            names = (model.id, *model.aliases)
            found = (entry for name in names for entry in provider.models if entry.id.lower() == name.lower())
            return next(found, None) or provider.find_model(model.id)
    return None


def differences(model: Model, other: ModelInfo) -> Iterator[str]:
    """Every price that both tables give and that is not the same, as a line that says where."""
    days = sorted({*DAYS, *(period.since for period in model.periods if period.since)})
    for day in days:
        period = model.period_on(day)
        for service, context in SERVICES.items():
            noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
            if service and not (service in period.services and sells(other, context, noon)):
                continue
            their_price = other.get_prices(noon, context)
            for length in lengths(period, their_price):
                ours = rates_of(period, service, length)
                for key, name in CLASSES.items():
                    price = at_length(getattr(their_price, key), length)
                    own = price_of(ours, name)
                    if ours and price is not None and own != price:
                        yield f"{service or 'standard'} {name}: {own} here, {price} there ({day}, {length:,} tokens)"


def lengths(period: Period, price: ModelPrice) -> list[int]:
    """Prompts on both sides of every threshold of either table."""
    tiered = (value for value in vars(price).values() if isinstance(value, TieredPrices))
    thresholds = {tier.start for value in tiered for tier in value.tiers} | {tier.above_tokens for tier in period.tiers}
    return sorted({1_000, *thresholds, *(threshold + 1 for threshold in thresholds)})


def sells(other: ModelInfo, context: dict[str, str], moment: dt.datetime) -> bool:
    """Whether the other table has prices of its own for a service on that day; else it answers with the standard ones."""
    return any(
        variant.when == context and (variant.constraint is None or variant.constraint.active(moment))
        for variant in other.price_variants or ()
    )


def rates_of(period: Period, service: str, length: int) -> Rates | None:
    return period.for_service(service, length) if service else period.for_prompt(length)


def price_of(rates: Rates | None, name: str) -> Decimal | None:
    """A price by its name in the other table, whose `cache_write` is that of the shortest TTL."""
    if rates is None:
        return None
    if name == "cache_write":
        return next((rates.cache_write[ttl] for ttl in ("5m", "30m") if ttl in rates.cache_write), None)
    return rates.cache_write.get("1h") if name == "cache_write_1h" else getattr(rates, name)


def at_length(price: Decimal | TieredPrices | None, length: int) -> Decimal | None:
    if isinstance(price, TieredPrices):
        reached = [tier.price for tier in price.tiers if length > tier.start]
        return reached[-1] if reached else price.base
    return price


def test_the_other_table_knows_the_same_models() -> None:
    """A model that only one of us has is one we know to be so."""
    absent = {model.id for model in pricing.bundled().models if theirs(model) is None}
    assert absent == set(ABSENT)


def test_the_tables_differ_only_where_we_know_why() -> None:
    """Today, on announced days and on every past change, at every length and in every service, prices agree."""
    found: dict[str, list[str]] = defaultdict(list)
    for model in pricing.bundled().models:
        other = theirs(model)
        if other is not None and (lines := list(differences(model, other))):
            found[model.id] = lines
    nothing = ("none", "")
    unexplained = {
        ident: [line for line in lines if not line.startswith(DIFFERENT.get(ident, nothing)[0])]
        for ident, lines in found.items()
    }
    assert {ident: lines[:4] for ident, lines in unexplained.items() if lines} == {}
    assert set(DIFFERENT) - set(found) == set()


@pytest.mark.parametrize("ident", ["deepseek-flash", "deepseek-v4-pro"])
def test_peak_hours_agree(ident: str) -> None:
    """On a working morning in Beijing both tables double DeepSeek's prices."""
    model, morning = pricing.bundled().find(ident), dt.datetime(2026, 11, 20, 7, tzinfo=dt.UTC)
    other = theirs(model)
    assert other is not None
    (window,) = [window for window in model.period_on(morning.date()).windows if window.covers(morning)]
    price = other.get_prices(morning)
    assert (window.rates.input, window.rates.output) == (price.input_mtok, price.output_mtok)
    assert window.rates.cache_read == price.cache_read_mtok


@pytest.mark.parametrize("ident", ["claude-haiku-5-5", "gpt-5.5", "gemini-2.5-pro"])
def test_the_comparison_sees_tiers_and_services(ident: str) -> None:
    """The comparison is not empty: these models have batch prices and long-prompt tiers in both tables."""
    model = pricing.bundled().find(ident)
    other = theirs(model)
    assert other is not None
    batch = other.get_prices(dt.datetime(2026, 11, 21, tzinfo=dt.UTC), {"processing": "batch"})
    assert isinstance(batch.input_mtok, TieredPrices)
    assert at_length(batch.input_mtok, 600_000) == price_of(rates_of(model.periods[-1], "batch", 600_000), "input")
