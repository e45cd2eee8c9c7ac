"""The shape of pricing.yaml and of a user's own prices, as pydantic models: for validation and for the JSON Schema.

Only shape and plain sense are checked here; what needs other entries is in `pricing_laws`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from cachecalc.core import units

Tokenizer = Literal[
    "o200k", "cl100k", "claude-v3", "claude-v4.7", "claude-v4.8", "gemma", "deepseek-v3", "qwen3", "qwen3.5",
    "glm-4.5", "glm-4.7", "tekken", "kimi", "grok", "nova", "llama", "unknown",
]  # fmt: skip
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_CLOCK = r"([01]\d|2[0-4]):[0-5]\d"
_SPAN = re.compile(rf"{_CLOCK}-{_CLOCK}\Z")
_DURATION = r"^(\d+(\.\d+)?(s|m|h|d))+$"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _price(value: Any) -> Any:
    if not _is_number(value):
        raise ValueError("write a price as a number of US dollars per million tokens, such as 3.75")
    if value < 0:
        raise ValueError("a price cannot be negative")
    return Decimal(value)


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not _DAY.match(value):
        raise ValueError("write a day as year-month-day, such as 2026-11-21")
    return value


def _span(value: Any) -> Any:
    if not isinstance(value, str) or not _SPAN.match(value) or value[:5] >= value[6:]:
        raise ValueError('write hours of a UTC day as "06:00-10:00", the start before the end')
    return value


def _lifetime(value: Any) -> Any:
    return {"lasts": value} if isinstance(value, str) else value


def _duration(value: Any) -> Any:
    units.duration(str(value))
    return value


def _share(value: Any) -> Any:
    if not _is_number(value) or not 0 <= value < 1:
        raise ValueError("write a share between 0 and 1, such as 0.15 for 15 % off")
    return Decimal(value)


Price = Annotated[Decimal, BeforeValidator(_price), WithJsonSchema({"type": "number", "minimum": 0})]
Share = Annotated[
    Decimal, BeforeValidator(_share), WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 1})
]
Day = Annotated[str, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Span = Annotated[str, BeforeValidator(_span), WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK}-{_CLOCK}$"})]
Duration = Annotated[str, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": _DURATION})]
Count = Annotated[int, Field(strict=True, ge=1)]
Flag = Annotated[bool, Field(strict=True)]
Name = Annotated[str, Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rates(_Entry):
    """USD per million tokens, by class of token. What is left out is not known."""

    input: Price
    output: Price
    cache_read: Price | None = None
    cache_read_marked: Price | None = Field(
        None, description="A read of the caller's marks, where it has its own price."
    )
    cache_write_5m: Price | None = None
    cache_write_1h: Price | None = None
    cache_write_30m: Price | None = None
    cache_write_12h: Price | None = None

    @model_validator(mode="after")
    def _reads_are_no_dearer_than_input(self) -> Self:
        for read in (self.cache_read, self.cache_read_marked):
            if read is not None and read > self.input:
                raise ValueError(f"a cache read ({read}) dearer than input ({self.input}): are they swapped?")
        return self


class _Services(_Entry):
    """Other ways to buy the same tokens."""

    usd_per_mtok: Rates
    batch_usd_per_mtok: Rates | None = None
    flex_usd_per_mtok: Rates | None = None
    priority_usd_per_mtok: Rates | None = None
    fast_usd_per_mtok: Rates | None = None
    ultrafast_usd_per_mtok: Rates | None = None


class Tier(_Services):
    """Prices of the whole request once its prompt is longer than `tokens`."""

    tokens: Count


class Hours(_Entry):
    """Prices at certain hours, UTC."""

    name: Name
    days: Annotated[list[Weekday], Field(min_length=1)]
    utc: Annotated[list[Span], Field(min_length=1)]
    usd_per_mtok: Rates


class Period(_Services):
    """The prices from `since` (without it: from the model's release) until the next period."""

    since: Day | None = None
    checked: Day
    sources: Annotated[list[Name], Field(min_length=1)]
    note: str = ""
    storage_usd_per_mtok_hour: Price | None = None
    geo: dict[Name, Price] = Field({}, description="What every rate is multiplied by for processing in a region.")
    above: list[Tier] = []
    hours: list[Hours] = []

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        if not _rises([tier.tokens for tier in self.above]):
            raise ValueError("the tiers under `above` must rise, each threshold once")
        return self


def _in_order(periods: list[Period]) -> list[Period]:
    if not _rises([period.since or "" for period in periods]):
        raise ValueError("periods run from the oldest to the newest; only the first may lack `since`")
    return periods


def _rises(values: Sequence[Any]) -> bool:
    return all(before < after for before, after in itertools.pairwise(values))


Periods = Annotated[list[Period], Field(min_length=1), AfterValidator(_in_order)]


class OwnModel(_Entry):
    """A model of a user's own file: a known one, changed where a key is given, or a new one."""

    id: Name
    provider: Name | None = None
    aliases: list[Name] = []
    tokenizer: Tokenizer | None = None
    caching: Name | None = None
    min_tokens: Count | None = Field(
        None, description="The shortest prefix that is cached, where it is the model's own."
    )
    context_window: Count | None = None
    released: Day | None = None
    retired: Day | None = Field(None, description="The day from which calls fail.")
    status: Literal["active", "limited", "legacy", "deprecated", "retired"] = "active"
    tier: Literal["frontier", "balanced", "small"] | None = None
    prices: Periods | None = None


class Model(OwnModel):
    """A model: what it is called, how it caches, what it costs."""

    provider: Name
    tokenizer: Tokenizer
    caching: Name
    prices: Periods


class Lifetime(_Entry):
    """How long an unused entry lives: exactly, or within a range."""

    lasts: Duration | None = None
    low: Duration | None = None
    typical: Duration | None = None
    high: Duration | None = None
    refreshed: Flag = True

    @model_validator(mode="after")
    def _is_exact_or_a_range(self) -> Self:
        span = [text for text in (self.low, self.typical, self.high) if text is not None]
        if len(span) != (0 if self.lasts else 3):
            raise ValueError("give a lifetime as `5m`, as {lasts: 5m}, or as {low: 5m, typical: 7m30s, high: 10m}")
        if sorted(span, key=units.duration) != span:
            raise ValueError("low, typical and high must not fall")
        return self


Ttl = Annotated[Lifetime, BeforeValidator(_lifetime, json_schema_input_type=Duration | Lifetime)]


class Mode(_Entry):
    """One way of caching that a provider offers."""

    kind: Literal["marks", "tail", "prefix", "named"]
    source: str | None = None
    ttls: Annotated[dict[str, Ttl], Field(min_length=1)]
    default_ttl: Name
    min_tokens: Count | None = None
    increment: Count = 1
    max_marks: Count = 1
    look_back_blocks: Count | None = None
    guaranteed: Flag = True
    requests_to_store: Count = 1
    bills_writes: Flag = False

    @model_validator(mode="after")
    def _default_is_offered(self) -> Self:
        if self.default_ttl not in self.ttls:
            raise ValueError(f"default_ttl {self.default_ttl!r} is not among the ttls: {', '.join(self.ttls)}")
        return self


class Rules(_Entry):
    """How a provider stores and finds prefixes."""

    source: Name
    scope: Name
    can_disable: Flag
    default: Name | None = None
    batch_hits: Annotated[list[Share], Field(min_length=2, max_length=2)] | None = None
    modes: Annotated[dict[str, Mode], Field(min_length=1)]

    @model_validator(mode="after")
    def _default_is_a_mode(self) -> Self:
        if self.default is not None and self.default not in self.modes:
            raise ValueError(f"default {self.default!r} is not among the modes: {', '.join(self.modes)}")
        return self


class Provider(_Entry):
    """A provider's name, and what gateways put before its models' names."""

    name: Name
    prefixes: list[Name] = []
    usd_per_call: dict[Name, Price] = Field({}, description="What a call of the provider's own tools costs.")
    geo: dict[Name, Price] = Field(
        {}, description="What every rate is multiplied by for processing in a region, unless a period says otherwise."
    )
    geo_for_models_from: Day | None = Field(None, description="The release day from which on models have this `geo`.")


class PricingFile(_Entry):
    """What models cost, and how their providers cache."""

    version: Literal[1]
    caching: dict[str, Rules]
    providers: dict[str, Provider]
    models: list[Model]


class OwnPricing(_Entry):
    """A user's own prices, which stand over the bundled ones."""

    version: Literal[1]
    caching: dict[str, Rules] = {}
    providers: dict[str, Provider] = {}
    models: list[OwnModel] = []
    discounts: dict[str, Share] = Field(
        {}, description="What a provider or a model gives off every price: 0.15 is 15 %."
    )
