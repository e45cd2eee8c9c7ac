"""Dollars for lost tokens: what they cost as a miss less what they would have cost as a hit, at the prices of the day."""

from __future__ import annotations

from decimal import Decimal

from cachecalc.core import bill
from cachecalc.core.bill import Conditions, Unpriced
from cachecalc.core.pricing import MTOK, Kind, Mode, Rates
from cachecalc.core.why.request import Request, Settings, any_mode, mode, ttl_label

ZERO = Decimal(0)


def rates(request: Request, settings: Settings) -> Rates | Unpriced:
    """The rates that a request pays."""
    if request.model is None:
        name = request.model_name
        return Unpriced(f"the price table has no model {name!r}" if name else "the request names no model")
    conditions = Conditions(_length(request), request.service, request.geo)
    return bill.rates_on(request.model, settings.moment(request), conditions)


def _length(request: Request) -> int:
    """The tokens that decide on long-prompt prices: as the provider counted, or as we did."""
    if request.usage:
        return request.usage.prompt_tokens
    return sum(part.count.tokens for part in request.prompt.parts if part.count) if request.prompt else 0


def lost(tokens: int, request: Request, settings: Settings) -> Decimal | None:
    """What `tokens` of a request cost more than they had to. None where a price is not known, or none of the model's
    ways of caching could have read them."""
    found = rates(request, settings)
    way = mode(request) or any_mode(request.model)
    if isinstance(found, Unpriced) or way is None:
        return None
    if is_too_short(request, way):
        return ZERO
    hit, miss = found.read(way), miss_rate(request, found, settings)
    return None if hit is None or miss is None else max(miss - hit, ZERO) * tokens / MTOK


def miss_rate(request: Request, found: Rates, settings: Settings) -> Decimal | None:
    """What a token costs that should have been read: the write's price where the request stores it again."""
    way = mode(request)
    if way is None or not way.bills_writes or (request.usage and not request.usage.written):
        return found.input
    return found.write(way, ttl_label(request, settings))


def is_too_short(request: Request, way: Mode) -> bool:
    """Whether the whole request is shorter than anything the model caches."""
    if way.min_tokens is None or way.kind is Kind.NAMED:
        return False
    if request.usage:
        return request.usage.input_tokens < way.min_tokens
    counts = [part.count for part in request.prompt.parts] if request.prompt else []
    return bool(counts) and sum(count.high for count in counts if count) < way.min_tokens
