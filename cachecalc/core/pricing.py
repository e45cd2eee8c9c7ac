"""Prices and cache rules of a model, by date: the typed form of pricing.yaml.

Money is Decimal, in US dollars; rates are per million tokens. A price that is not known is None, never zero.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.core.prompt import Section

MTOK = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per million tokens, by class. `cache_write` is by TTL label; `storage` is USD per million tokens and hour
    (named caches only). `cache_read_marked` is what a read of the caller's own marks costs, where that differs from
    a read the provider found by itself.

    `read` and `write` say which of them a caching mode pays.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Mapping[str, Decimal] = field(default_factory=dict)
    storage: Decimal | None = None
    cache_read_marked: Decimal | None = None

    def read(self, mode: Mode) -> Decimal | None:
        """What a token read from the cache costs; None where it is not known."""
        marked = self.cache_read_marked if mode.kind is Kind.MARKS else None
        return self.cache_read if marked is None else marked

    def write(self, mode: Mode, ttl: str | None = None) -> Decimal | None:
        """What a token stored for `ttl` (a label; the mode's default without one) costs; None where it is not known."""
        return self.cache_write.get(ttl or mode.default_ttl) if mode.bills_writes else self.input

    def times(self, factor: Decimal) -> Rates:
        """Every rate with a surcharge or a discount on it."""
        return Rates(
            self.input * factor,
            self.output * factor,
            None if self.cache_read is None else self.cache_read * factor,
            {ttl: rate * factor for ttl, rate in self.cache_write.items()},
            None if self.storage is None else self.storage * factor,
            None if self.cache_read_marked is None else self.cache_read_marked * factor,
        )


@dataclass(frozen=True, slots=True)
class Tier:
    """Other rates for the whole request once the prompt is longer than `above_tokens` (fresh, read and written
    tokens together). `services` are the other ways to buy at that length, as in `Period`."""

    above_tokens: int
    rates: Rates
    services: Mapping[str, Rates] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """Other rates at certain hours: UTC, end exclusive, `days` from 0 = Monday."""

    name: str
    days: frozenset[int]
    hours: tuple[tuple[float, float], ...]
    rates: Rates

    @property
    def share_of_week(self) -> float:
        return len(self.days) * sum(end - start for start, end in self.hours) / 168

    def covers(self, moment: dt.datetime) -> bool:
        utc = moment.astimezone(dt.UTC)
        hour = utc.hour + utc.minute / 60
        return utc.weekday() in self.days and any(start <= hour < end for start, end in self.hours)


@dataclass(frozen=True, slots=True)
class Period:
    """The prices in force from `since` (None: since the model's release) until the next period.

    `services` holds other ways to buy the same tokens: "batch", "flex", "priority", ... `geo` is what every rate is
    multiplied by for requests that must be processed in a region ("us").
    """

    since: dt.date | None
    rates: Rates
    sources: tuple[str, ...]
    checked: dt.date
    tiers: tuple[Tier, ...] = ()
    windows: tuple[Window, ...] = ()
    services: Mapping[str, Rates] = field(default_factory=dict)
    note: str = ""
    geo: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def is_single_source(self) -> bool:
        return len(self.sources) < 2

    def for_prompt(self, tokens: int) -> Rates:
        """The rates of a request with a prompt of so many tokens."""
        tier = self.tier_of(tokens)
        return tier.rates if tier else self.rates

    def for_service(self, service: str, tokens: int) -> Rates | None:
        """The rates of such a request bought as "batch", "flex", ...; None where no such price is known."""
        return (self.tier_of(tokens) or self).services.get(service)

    def tier_of(self, tokens: int) -> Tier | None:
        """The long-prompt tier that a prompt of so many tokens falls into, if any."""
        reached = [tier for tier in self.tiers if tokens > tier.above_tokens]
        return max(reached, key=lambda tier: tier.above_tokens, default=None)


class Kind(enum.StrEnum):
    """How a provider decides what of a prompt is stored and looked up."""

    MARKS = "marks"  # at the caller's marks, exactly
    TAIL = "tail"  # one mark that the provider puts at the end of the last message
    PREFIX = "prefix"  # the longest common prefix, in steps of `increment` tokens
    NAMED = "named"  # one object, created and paid for by the hour


@dataclass(frozen=True, slots=True)
class Ttl:
    """How long an unused entry lives, in seconds. `low` and `high` differ from `typical` where the provider gives
    a range or promises nothing. `refreshed`: a read starts the clock anew."""

    label: str
    low: float
    typical: float
    high: float
    refreshed: bool = True


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of caching that a model offers.

    `min_tokens` None: the provider publishes no minimum. `requests_to_store`: how many requests must share a prefix
    before the next one can read it (1; 2 for DeepSeek's common-prefix detection). `guaranteed` False: hits are best
    effort. `bills_writes`: storing costs `Rates.cache_write` of its TTL instead of the input price.
    """

    name: str
    kind: Kind
    ttls: tuple[Ttl, ...]
    default_ttl: str
    min_tokens: int | None = None
    increment: int = 1
    max_marks: int = 1
    look_back_blocks: int | None = None
    guaranteed: bool = True
    requests_to_store: int = 1
    bills_writes: bool = False
    source: str = ""

    def ttl(self, label: str | None) -> Ttl | None:
        wanted = label or self.default_ttl
        return next((ttl for ttl in self.ttls if ttl.label == wanted), None)


@dataclass(frozen=True, slots=True)
class CacheRules:
    """The caching a model offers. `default` names the mode that works without being asked for, if any;
    `can_disable`: caching can be switched off. `scope` is who shares entries ("workspace", "organization", ...);
    `batch_hits` the published range of hit rates inside a batch; `name` what pricing.yaml calls these rules."""

    modes: tuple[Mode, ...] = ()
    default: str | None = None
    can_disable: bool = True
    order: tuple[Section, ...] = (Section.TOOLS, Section.SYSTEM, Section.MESSAGES)
    scope: str = ""
    batch_hits: tuple[float, float] | None = None
    name: str = ""
    source: str = ""

    def mode(self, name: str | None) -> Mode | None:
        return next((mode for mode in self.modes if mode.name == name), None)

    def of_kind(self, kind: Kind) -> Mode | None:
        return next((mode for mode in self.modes if mode.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Model:
    """A model one can pay for. `periods` are in order of their dates. `usd_per_call` is what calls of the provider's own
    tools cost beside the tokens."""

    id: str
    provider: str
    periods: tuple[Period, ...]
    caching: CacheRules
    tokenizer: str
    aliases: tuple[str, ...] = ()
    context_window: int | None = None
    released: dt.date | None = None
    retired: dt.date | None = None
    status: str = "active"
    tier: str = ""
    usd_per_call: Mapping[str, Decimal] = field(default_factory=dict)

    def period_on(self, day: dt.date) -> Period:
        """The prices in force on a day; before the first known period, that first period."""
        current = self.periods[0]
        for period in self.periods[1:]:
            if period.since is not None and period.since <= day:
                current = period
        return current

    def periods_within(self, first: dt.date, last: dt.date) -> Iterator[tuple[Period, int]]:
        """The periods in force from `first` to `last` (inclusive) with the days each one covers."""
        current, days = self.period_on(first), 0
        for offset in range((last - first).days + 1):
            period = self.period_on(first + dt.timedelta(offset))
            if period is not current:
                yield current, days
                current, days = period, 0
            days += 1
        yield current, days


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Every model, findable by id or alias."""

    models: tuple[Model, ...]

    def find(self, name: str) -> Model:
        """The model called `name`: its id or an alias, letter case aside. Raises InputError with suggestions.

        A name never matches across version digits: `gpt-5` is not `gpt-5.5`.
        """
        wanted = name.strip().lower()
        for model in self.models:
            if wanted in (model.id.lower(), *(alias.lower() for alias in model.aliases)):
                return model
        known = [word for model in self.models for word in (model.id, *model.aliases)]
        hint = did_you_mean(wanted, known) or "`cachecalc prices list` shows every model"
        raise InputError([Problem(f"unknown model {name!r}", help=hint)])
