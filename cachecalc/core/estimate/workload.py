"""What is asked of a model in a month: the typed form of one workload of a profile."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from cachecalc.core.pricing import Model, Period
from cachecalc.core.prompt import Prompt
from cachecalc.core.traffic.arrivals import Arrivals
from cachecalc.core.traffic.gaps import Gaps
from cachecalc.core.traffic.population import Population
from cachecalc.core.units import Range, Rate
from cachecalc.core.volatility import PER_REQUEST, Identity, Volatility


@dataclass(frozen=True, slots=True)
class Cohort:
    """Conversations of one size: their share of all, how many turns, and the tokens each turn adds (the last output
    and the next message together)."""

    share: float
    turns: int
    grows_by: Range


@dataclass(frozen=True, slots=True)
class Conversation:
    """How conversations grow and pause. `retention` is the share of the previous prompt that survives into the next.

    `rho`, where measured, is the share of input tokens that repeat an earlier prompt of the same conversation; it
    then stands in for turns, growth and retention.
    """

    gaps: Gaps
    cohorts: tuple[Cohort, ...] = ()
    retention: float = 1.0
    rho: float | None = None

    @property
    def mean_turns(self) -> float:
        return sum(cohort.share * cohort.turns for cohort in self.cohorts) or 1.0


class Wanted(enum.StrEnum):
    """What a profile's `cache:` asks for."""

    DEFAULT = "default"
    OFF = "off"
    AUTO = "auto"
    MARKS = "marks"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Named:
    """A named cache's life: the share of the time it is alive, and creations a month (of each object)."""

    alive: float = 1.0
    creations: Rate | None = None


@dataclass(frozen=True, slots=True)
class Caching:
    """The caching a workload is configured with. `breakpoints` are "rolling", "system", "none" or names of parts;
    `part_ttls` the TTL of each named part; `hit_rate` a typed-in hit rate that overrides the derived one."""

    wanted: Wanted = Wanted.DEFAULT
    ttl: str | None = None
    breakpoints: tuple[str, ...] = ()
    part_ttls: Mapping[str, str] = field(default_factory=dict)
    named: Named = Named()
    hit_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Memo:
    """Response caches in front of the model: shares of all requests that each answers, and what that costs.

    `embedding` is USD per million tokens, paid on the dynamic text of every request the exact cache does not answer;
    `store` is USD a month; `wrong_rate` the share of semantic hits that answer wrongly, at `wrong_usd` each.
    """

    exact: float = 0.0
    semantic: float = 0.0
    embedding: Decimal = Decimal(0)
    store: Decimal = Decimal(0)
    wrong_rate: float = 0.0
    wrong_usd: Decimal = Decimal(0)

    @property
    def kept(self) -> float:
        """The share of requests that still reach the model."""
        return max(0.0, 1 - self.exact - self.semantic)


@dataclass(frozen=True, slots=True)
class Options:
    """How requests are sent. `batch` is a share of them; times are in seconds."""

    batch: float = 0.0
    service_tier: str = "default"
    geo: str = "global"
    ready_after: float = 0.0
    concurrent: int = 1
    separate_caches: int = 1
    cold_starts: Rate | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What the provider said of a past month."""

    month: str = ""
    usd: Decimal | None = None
    read_share: float | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload. `arrivals` None: nobody said when requests come. `assumed` names the inputs that nobody gave, with
    where the assumption is from."""

    name: str
    model: Model
    prompt: Prompt
    output: Range
    requests: Rate
    arrivals: Arrivals | None = None
    conversation: Conversation | None = None
    populations: Mapping[Identity, Population] = field(default_factory=dict)
    builds: Rate | None = None
    caching: Caching = Caching()
    memo: Memo = Memo()
    options: Options = Options()
    observed: Observed | None = None
    sources: tuple[str, ...] = ()
    assumed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One reading of what is not known for certain. Each of the whole numbers is -1 for the low end, 0 for the
    expected value, 1 for the high end: of token counts, of the user's own ranges, of the provider's retention, of
    published batch hit rates. `unknown` is what parts of unknown volatility count as."""

    arrivals: Arrivals
    tokens: int = 0
    amounts: int = 0
    retention: int = 0
    batch: int = 0
    unknown: Volatility = PER_REQUEST


def at(amount: Range, end: int) -> float:
    """The low (-1), expected (0) or high (1) value of a range."""
    return (amount.expected, amount.high, amount.low)[end]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The month that is projected. `month` None: so many days at the prices of `first`, the day it is run."""

    first: dt.date
    days: float = 30.0
    month: str | None = None

    @property
    def last(self) -> dt.date:
        following = (self.first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        return following - dt.timedelta(days=1) if self.month else self.first

    def periods(self, model: Model) -> Iterator[tuple[Period, Decimal]]:
        """The prices in force, each with the share of the month it covers."""
        if self.month is None:
            yield model.period_on(self.first), Decimal(1)
            return
        whole = (self.last - self.first).days + 1
        for period, days in model.periods_within(self.first, self.last):
            yield period, Decimal(days) / Decimal(whole)

    @property
    def label(self) -> str:
        return self.month or f"{self.days:g} days at the prices of {self.first}"
