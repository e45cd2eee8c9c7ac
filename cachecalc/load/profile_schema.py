"""The shape of a traffic profile, for validation and for the JSON Schema that editors read.

Only shapes and single values are checked here, each error at its own line; what a value means is `profile`'s business.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from cachecalc.core import units, volatility
from cachecalc.core.problem import did_you_mean


def _text_that(read: Any, form: str) -> Any:
    """Text that a reader of `core` accepts; the reader's own message says what it takes."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"write {form}")  # noqa: TRY004  # pydantic reports ValueErrors
        read(value)
        return value

    return BeforeValidator(check)


def _read_volatility(text: str) -> None:
    try:
        volatility.parse(text)
    except KeyError as error:
        word = error.args[0]
        hint = did_you_mean(word, volatility.WORDS) or f"it is one of {', '.join(volatility.WORDS)}"
        raise ValueError(f"nothing changes {word!r}: {hint}") from None


def _amount(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("write a number or a range such as 150..300")  # noqa: TRY004
    low = units.range_of(value).low if isinstance(value, str) else value
    if low < 0:
        raise ValueError("must not be negative")
    return value


def _seconds(value: Any) -> Any:
    return units.duration(value) if isinstance(value, str) else value


def alive_share(text: str) -> float:
    """The share of time in `10h/day` or `50h/week`. Raises ValueError where it is none."""
    hours, _, unit = text.partition("/")
    if unit.strip() not in {"day", "week"}:
        raise ValueError(f"{text!r} is not a span of time: write for example 10h/day")
    share = units.duration(hours.strip()) / units.UNITS[unit.strip()]
    if share > 1:
        raise ValueError(f"{text!r} is more than there is")
    return share


RateText = Annotated[str, _text_that(units.rate, "a rate such as 5000/day")]
DurationText = Annotated[str, _text_that(units.duration, "a duration such as 90s or 5m")]
Changes = Annotated[str, _text_that(_read_volatility, "for example `every day` or `per tenant`")]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Amount = Annotated[int | Decimal | str, BeforeValidator(_amount)]
Tokens = Annotated[int, Field(ge=0, le=1_000_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Turns = Annotated[float, Field(ge=1, le=10_000)]
Usd = Annotated[Decimal, Field(ge=0)]


def _by_shape(value: Any) -> str:
    """Which branch of a union a value means, so that a fault in it is reported once and for that branch."""
    return "<mapping>" if isinstance(value, dict | BaseModel) else "<list>" if isinstance(value, list) else "<plain>"


PLAIN, MAPPING, LIST, SHAPE = Tag("<plain>"), Tag("<mapping>"), Tag("<list>"), Discriminator(_by_shape)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Defaults(_Strict):
    days_per_month: Annotated[float, Field(gt=0, le=31)] | None = None


class Population(_Strict):
    count: Annotated[int, Field(ge=1)] | None = None
    skew: Annotated[str, Field(pattern=r"^zipf\s+\d+(\.\d+)?$")] | None = None
    counts: list[Annotated[float, Field(ge=0)]] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Population:
        if (self.count is None) == (self.counts is None):
            raise ValueError("give `count` (with `skew: zipf 1.1` if they differ) or measured `counts`")
        return self


HowMany = Annotated[
    Annotated[Annotated[int, Field(ge=1)] | None, PLAIN] | Annotated[Population, MAPPING],
    SHAPE,
]


class Populations(_Strict):
    tenant: HowMany = None
    user: HowMany = None
    session: HowMany = None
    build: RateText | None = None


class PartSpec(_Strict):
    name: str
    tokens: Amount
    changes: Changes = "never"
    cache: DurationText | Literal["on"] | None = None


class Binding(_Strict):
    tokens: Tokens | None = None
    changes: Changes | None = None


class PromptSpec(_Strict):
    static: Tokens | None = None
    dynamic: Tokens | None = None
    file: str | None = None
    bind: dict[str, Annotated[Annotated[Changes, PLAIN] | Annotated[Binding, MAPPING], SHAPE]] = {}
    parts: list[PartSpec] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> PromptSpec:
        plain = self.static is not None or (self.dynamic is not None and self.file is None)
        if sum((plain, self.file is not None, self.parts is not None)) != 1:
            raise ValueError(
                "describe the prompt one way: `static` and `dynamic` tokens, or a `file` (and `dynamic`), or `parts`"
            )
        if self.bind and self.file is None:
            raise ValueError("`bind` needs a `file` with placeholders")
        return self


class GapQuantiles(_Strict):
    p50: DurationText
    p90: DurationText
    p99: DurationText | None = None


GapsSpec = Annotated[Annotated[GapQuantiles, MAPPING] | Annotated[list[Seconds], LIST], SHAPE]


class ArrivalsSpec(_Strict):
    gaps: GapsSpec | None = None
    hours: list[Annotated[float, Field(ge=0)]] | None = None
    active_hours: RateText | None = None

    @model_validator(mode="after")
    def _one_pattern(self) -> ArrivalsSpec:
        if sum(value is not None for value in (self.gaps, self.hours, self.active_hours)) != 1:
            raise ValueError("give one of `gaps`, `hours` (24 or 168 counts) or `active_hours`")
        if self.hours is not None and len(self.hours) not in {24, 168}:
            raise ValueError(f"`hours` takes 24 or 168 counts, not {len(self.hours)}")
        if self.hours is not None and not any(self.hours):
            raise ValueError("`hours` are all 0")
        return self


class CohortSpec(_Strict):
    share: Share
    turns: Turns
    grows_by: Amount


TurnsSpec = Annotated[
    Annotated[Turns, PLAIN] | Annotated[dict[Annotated[int, Field(ge=1, le=10_000)], Share], MAPPING],
    SHAPE,
]


class ConversationSpec(_Strict):
    turns: TurnsSpec | None = None
    grows_by: Amount | None = None
    cohorts: list[CohortSpec] | None = None
    retention: Share = 1.0
    rho: Share | None = None
    gaps: GapsSpec

    @model_validator(mode="after")
    def _one_way(self) -> ConversationSpec:
        grows = self.turns is not None and self.grows_by is not None
        if sum((grows, self.cohorts is not None, self.rho is not None)) != 1:
            raise ValueError("give `turns` and `grows_by`, or `cohorts`, or a measured `rho`")
        shares = [c.share for c in self.cohorts or ()] or list(
            self.turns.values() if isinstance(self.turns, dict) else ()
        )
        if shares and abs(sum(shares) - 1) > 1e-6:
            raise ValueError(f"the shares add up to {sum(shares):g}, not to 1")
        return self


class NamedSpec(_Strict):
    alive: Annotated[str, _text_that(alive_share, "for example 10h/day")] | None = None
    creations: RateText | None = None


class CacheSpec(_Strict):
    ttl: DurationText | Literal["in_memory"] | None = None
    breakpoints: Annotated[
        Annotated[Literal["rolling", "system", "none"] | None, PLAIN] | Annotated[list[str], LIST], SHAPE
    ] = None
    named: NamedSpec | None = None
    hit_rate: Share | None = None


class MemoSpec(_Strict):
    exact: Share = 0.0
    semantic: Share = 0.0
    ttl: DurationText | None = None
    embedding_usd_per_mtok: Usd = Decimal(0)
    store_usd_per_month: Usd = Decimal(0)
    wrong_answer_rate: Share = 0.0
    wrong_answer_usd: Usd = Decimal(0)

    @model_validator(mode="after")
    def _within_one(self) -> MemoSpec:
        if self.exact + self.semantic > 1:
            raise ValueError("`exact` and `semantic` are shares of all requests and cannot exceed 1 together")
        return self


class OptionsSpec(_Strict):
    batch: Share = 0.0
    service_tier: str = "default"
    geo: str = "global"
    ready_after: DurationText = "0s"
    concurrent: Annotated[int, Field(ge=1, le=100_000)] = 1
    separate_caches: Annotated[int, Field(ge=1, le=100_000)] = 1
    cold_starts: RateText | None = None


class ObservedSpec(_Strict):
    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = None
    usd: Usd | None = None
    read_share: Share | None = None


class WorkloadSpec(_Strict):
    model: str
    sources: list[str] = []
    prompt: PromptSpec
    output: Amount
    requests: RateText
    arrivals: Annotated[
        Annotated[Literal["even", "poisson"] | None, PLAIN] | Annotated[ArrivalsSpec, MAPPING], SHAPE
    ] = None
    conversation: ConversationSpec | None = None
    cache: Annotated[Annotated[str | None, PLAIN] | Annotated[CacheSpec, MAPPING], SHAPE] = None
    memo: MemoSpec = MemoSpec()
    options: OptionsSpec = OptionsSpec()
    observed: ObservedSpec | None = None
    assumed: dict[str, str] = {}


def _named(name: str) -> str:
    if not name.strip():
        raise ValueError("a workload needs a name")
    return name


class ProfileSpec(_Strict):
    """A traffic profile: what is asked of which model, how often, and in what rhythm."""

    version: Literal[1]
    defaults: Defaults = Defaults()
    populations: Populations = Populations()
    workloads: Annotated[dict[Annotated[str, AfterValidator(_named)], WorkloadSpec], Field(min_length=1)]
