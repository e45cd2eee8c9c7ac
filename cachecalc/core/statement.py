"""A bill as a value: its total, its groups, what has no price, and how it compares with what others say it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from cachecalc.core.bill import FREE, Cost
from cachecalc.core.record import NOTHING, Usage


@dataclass(slots=True)
class Tally:
    """A sum of requests. `measured` of them say what they read from the cache, and have `measured_input` tokens; `single`
    of those stand for one request each, and `reading` of these read any. `parts` is the cost by class of tokens,
    `uncached` what all input as fresh input would have cost."""

    requests: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    storage: int = 0
    cache_write: dict[str, int] = field(default_factory=dict)
    measured: int = 0
    measured_input: int = 0
    single: int = 0
    reading: int = 0
    unpriced: int = 0
    cost: Cost = FREE
    uncached: Cost = FREE
    parts: dict[str, Cost] = field(default_factory=dict)

    def merge(self, other: Tally) -> None:
        self.requests += other.requests
        self.input += other.input
        self.output += other.output
        self.cache_read += other.cache_read
        self.storage += other.storage
        for ttl, tokens in other.cache_write.items():
            self.cache_write[ttl] = self.cache_write.get(ttl, 0) + tokens
        self.measured += other.measured
        self.measured_input += other.measured_input
        self.single += other.single
        self.reading += other.reading
        self.unpriced += other.unpriced
        self.cost = self.cost.plus(other.cost)
        self.uncached = self.uncached.plus(other.uncached)
        for name, cost in other.parts.items():
            self.parts[name] = self.parts.get(name, FREE).plus(cost)

    @property
    def usage(self) -> Usage:
        write = dict(sorted(self.cache_write.items())) or NOTHING
        return Usage(self.input, self.output, self.cache_read, write, self.storage)


@dataclass(frozen=True, slots=True)
class Line:
    """One group of a bill. `cost` leaves out the `unpriced` requests; `parts` is the same by class of tokens, and
    `uncached` what the same requests would have cost with all input fresh.

    `read_share` is the share of input tokens that was read from the cache, `prefix_hit_rate` the share of requests that
    read any; both are over the requests that say so, and None where none does.
    """

    name: str
    requests: int
    unpriced: int
    usage: Usage
    cost: Cost
    uncached: Cost
    parts: Mapping[str, Cost]
    read_share: float | None
    prefix_hit_rate: float | None

    @classmethod
    def of(cls, name: str, tally: Tally) -> Line:
        return cls(
            name,
            tally.requests,
            tally.unpriced,
            tally.usage,
            tally.cost,
            tally.uncached,
            dict(tally.parts),
            tally.cache_read / tally.measured_input if tally.measured_input else None,
            tally.reading / tally.single if tally.single else None,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """A request whose cost in the log is not what the price table gives."""

    place: str
    model: str
    computed: Decimal
    charged: Decimal


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The bill against the costs that stand in the log itself.

    `requests` have such a cost and a price here; `matched` of them are the same to a billionth of a dollar; `without`
    have such a cost and no price here. `largest` are the widest apart.
    """

    requests: int
    matched: int
    without: int
    computed: Decimal
    charged: Decimal
    largest: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """The bill against a provider's own export, over the days that the export names.

    `other` is what the export charges for anything but tokens. The export covers `days`, of which `missing` have no
    request in the log.
    """

    charged: Decimal
    computed: Cost
    other: Decimal
    days: int
    missing: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What a log cost.

    `by` holds the groups by dimension: "model", "day", "month", "hour" (of the day; all in UTC) and those asked for. `unpriced` counts
    requests by the reason why they have no price, `notes` by what the log leaves open about them, `tools` the calls of
    providers' own tools that have no price. `prices` are the rates that the last requests of each model paid, in USD per
    million tokens. `first` and `last` are the first and last quarter-hour with a request.
    """

    total: Line
    by: Mapping[str, tuple[Line, ...]]
    unpriced: Mapping[str, int]
    notes: Mapping[str, int]
    tools: Mapping[str, int]
    prices: Mapping[str, Decimal]
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    reconciliation: Reconciliation | None = None
    statement: Statement | None = None
