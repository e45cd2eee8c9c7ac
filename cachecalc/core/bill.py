"""What one record costs, to the last digit, at the prices in force when it was made.

    USD = (input x input rate + reads x read rate + writes x write rate of their TTL + output x output rate) / 1,000,000
          + stored token-hours x storage rate / 1,000,000 + calls of the provider's own tools x price of a call

The rates are those of the day, of the hour where a provider prices by the hour, of the length of the prompt, and of the
way the tokens were bought. What has no price makes the record unpriced, with the reason; nothing is taken as free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from cachecalc.core.pricing import MTOK, Model, Period, Rates
from cachecalc.core.record import NOTHING, UNKNOWN_TTL, Usage

ZERO = Decimal(0)
SECONDS_AN_HOUR = 3600

INPUT, READ, OUTPUT, STORAGE, TOOLS = "input", "cache read", "output", "storage", "tool calls"
"""Classes of tokens; writes are `cache write` and their TTL."""


class Cost(NamedTuple):
    """USD. `low` and `high` differ from `expected` where a log leaves open what was bought: the TTL of a write."""

    low: Decimal
    expected: Decimal
    high: Decimal

    def plus(self, other: Cost) -> Cost:
        return Cost(self.low + other.low, self.expected + other.expected, self.high + other.high)

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


FREE = Cost(ZERO, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Why something has no price."""

    reason: str


class Component(NamedTuple):
    """Tokens of one class (token-seconds for storage) and their rate in USD per million; None where it is not known."""

    name: str
    tokens: int
    rate: Cost | None

    @property
    def cost(self) -> Cost:
        rate, unit = self.rate or FREE, SECONDS_AN_HOUR * MTOK if self.name == STORAGE else MTOK
        return Cost(*(amount * self.tokens / unit for amount in rate))


class Terms(NamedTuple):
    """What of a model decides on a price beside its rates: the TTL that is taken for writes of unknown TTL, and what
    calls of its provider's own tools cost."""

    default_ttl: str = ""
    usd_per_call: Mapping[str, Decimal] = MappingProxyType({})

    @classmethod
    def of(cls, model: Model | None) -> Terms:
        return cls(default_ttl(model), model.usd_per_call) if model else cls()

    def calls(self, usage: Usage) -> Decimal:
        """What the calls of tools cost, those without a price left out."""
        return sum((self.usd_per_call.get(tool, ZERO) * calls for tool, calls in usage.tools.items()), ZERO)


NO_TERMS = Terms()


def components(usage: Usage, rates: Rates, default_ttl: str = "") -> Iterator[Component]:
    """The classes of tokens that a usage is billed by. `default_ttl` is taken for writes whose TTL is not known."""
    yield Component(INPUT, usage.input or 0, _flat(rates.input))
    yield Component(READ, usage.cache_read or 0, _read(rates))
    for ttl, tokens in (usage.cache_write or NOTHING).items():
        yield Component(f"cache write {ttl}", tokens, _write(rates, ttl, default_ttl))
    yield Component(OUTPUT, usage.output or 0, _flat(rates.output))
    yield Component(STORAGE, usage.storage or 0, _flat(rates.storage))


def priced(usage: Usage, rates: Rates, terms: Terms = NO_TERMS) -> dict[str, Cost] | Unpriced:
    """What a usage costs at given rates, by class of tokens. Calls of tools without a price are left out."""
    if usage.unknown:
        return Unpriced(f"the log counts {', '.join(usage.unknown)}, which has no price here")
    parts = [part for part in components(usage, rates, terms.default_ttl) if part.tokens]
    missing = next((part.name for part in parts if part.rate is None), None)
    if missing is not None:
        return Unpriced(f"no price for {missing}")
    calls = terms.calls(usage) if usage.tools else ZERO
    return {part.name: part.cost for part in parts} | ({TOOLS: Cost(calls, calls, calls)} if calls else {})


def price(usage: Usage, rates: Rates, terms: Terms = NO_TERMS) -> Cost | Unpriced:
    """What a usage costs at given rates."""
    parts = priced(usage, rates, terms)
    return parts if isinstance(parts, Unpriced) else total(parts.values())


def total(costs: Iterable[Cost]) -> Cost:
    result = FREE
    for cost in costs:
        result = result.plus(cost)
    return result


def expected(usage: Usage, rates: Rates, terms: Terms = NO_TERMS) -> Decimal | Unpriced:
    """The expected cost of `price` alone. The commonest records, without writes of unknown lifetime and storage, are
    priced here without a detour: every record with a cost in the log comes by."""
    read = rates.cache_read
    if usage.unknown or usage.storage or (read is None and usage.cache_read):
        cost = price(usage, rates, terms)
        return cost if isinstance(cost, Unpriced) else cost.expected
    amount = rates.input * (usage.input or 0) + rates.output * (usage.output or 0)
    amount += (read or ZERO) * (usage.cache_read or 0)
    for ttl, tokens in (usage.cache_write or NOTHING).items():
        rate = rates.cache_write.get(terms.default_ttl if ttl == UNKNOWN_TTL else ttl)
        if rate is None:
            known = _write(rates, ttl, terms.default_ttl) if tokens else FREE
            if known is None:
                return Unpriced(f"no price for cache write {ttl}")
            rate = known.expected
        amount += rate * tokens
    return amount / MTOK + (terms.calls(usage) if usage.tools else ZERO)


class Conditions(NamedTuple):
    """What besides model and tokens decides on a price: the length of the prompt, how the tokens were bought, and the
    region they had to be processed in."""

    prompt_tokens: int = 0
    service: str | None = None
    geo: str | None = None


def rates_on(model: Model, moment: dt.datetime, conditions: Conditions) -> Rates | Unpriced:
    """The rates that a request pays at a moment."""
    utc = moment.astimezone(dt.UTC)
    return rates_in(model.period_on(utc.date()), utc, conditions)


def rates_in(period: Period, moment: dt.datetime | None, conditions: Conditions) -> Rates | Unpriced:
    """The rates that a request pays within a known period. Without a moment, prices by the hour are left aside, and so
    is a region that has no price of its own."""
    length, service, geo = conditions
    if service is not None:
        rates = period.for_service(service, length)
        if rates is None:
            return Unpriced(f"no price for the service {service!r}")
    else:
        window = next((window for window in period.windows if moment and window.covers(moment)), None)
        rates = window.rates if window else period.for_prompt(length)
    factor = period.geo.get(geo) if geo else None
    return rates if factor is None else rates.times(factor)


def default_ttl(model: Model) -> str:
    """The TTL that a write of unknown TTL most likely had: the default of the first mode that bills writes."""
    return next((mode.default_ttl for mode in model.caching.modes if mode.bills_writes), "")


def _flat(rate: Decimal | None) -> Cost | None:
    return None if rate is None else Cost(rate, rate, rate)


def _read(rates: Rates) -> Cost | None:
    """A log does not say whether a read was of the caller's own mark, which some providers price apart."""
    plain, marked = rates.cache_read, rates.cache_read_marked
    if plain is None or marked is None:
        return _flat(marked if plain is None else plain)
    return Cost(min(plain, marked), plain, max(plain, marked))


def _write(rates: Rates, ttl: str, default: str) -> Cost | None:
    known = rates.cache_write
    if not known:
        return _flat(rates.input)
    if ttl != UNKNOWN_TTL:
        return _flat(known.get(ttl))
    return Cost(min(known.values()), known.get(default, max(known.values())), max(known.values()))
