"""Records that pay the same rates, summed, and how what they cost compares with the costs in the log."""

from __future__ import annotations

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from cachecalc.core import bill
from cachecalc.core.bill import ZERO, Cost, Terms, Unpriced
from cachecalc.core.pricing import Rates
from cachecalc.core.record import NOTHING, Record, Usage
from cachecalc.core.statement import Difference, Tally

SLOT = 900
"""Seconds within which no price changes: prices by the hour start and end on quarter-hours."""

SAME = Decimal("1e-9")
"""Two costs this close, in USD, are the same."""

LARGEST = 5
"""How many of the differences from the costs in the log are kept."""


class Key(NamedTuple):
    """What decides on the rates of a record, and the groups it belongs to.

    `slot` numbers the quarter-hours since 1970, `band` the stretches between the prompt lengths at which prices change.
    `period` is given where the period was found by the cost in the log. The next four say which classes of tokens there
    are, so that a class without a price leaves only those records unpriced that have it; `reads` is None where the log
    does not say.
    """

    model: str
    slot: int | None
    band: int
    service: str | None
    geo: str | None
    period: int | None
    reads: bool | None
    ttls: tuple[str, ...]
    stores: bool
    unknown: tuple[str, ...]
    groups: tuple[str, ...]

    def start(self) -> dt.datetime | None:
        return None if self.slot is None else dt.datetime.fromtimestamp(self.slot * SLOT, dt.UTC)


@dataclass(slots=True)
class Cell:
    """The records under one key; `summed` ones stand for an unknown number of requests.

    `compared` have a cost in the log and a price here, `matched` of them the same; `without` have no price here. `apart`
    is a heap of the differences, the widest `LARGEST` of them.
    """

    key: Key
    start: dt.datetime | None
    rates: Rates | Unpriced
    terms: Terms
    summed: bool
    requests: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    storage: int = 0
    cache_write: dict[str, int] = field(default_factory=dict)
    no_output: int = 0
    audio: int = 0
    tools: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    matched: int = 0
    without: int = 0
    charged: Decimal = ZERO
    computed: Decimal = ZERO
    apart: list[tuple[Decimal, str, Difference]] = field(default_factory=list)

    def add(self, usage: Usage, requests: int) -> None:
        self.requests += requests
        self.input += usage.input or 0
        self.cache_read += usage.cache_read or 0
        if usage.output is None:
            self.no_output += requests
        else:
            self.output += usage.output
        if usage.cache_write:
            for ttl, tokens in usage.cache_write.items():
                self.cache_write[ttl] = self.cache_write.get(ttl, 0) + tokens
        if usage.storage:
            self.storage += usage.storage
        if usage.audio:
            self.audio += requests
        if usage.tools:
            self.tools.update(usage.tools)

    @property
    def usage(self) -> Usage:
        write = self.cache_write or NOTHING
        counts = self.input, self.output, self.cache_read, write, self.storage
        return Usage(*counts, tools=self.tools, unknown=self.key.unknown)

    def unpriced_calls(self) -> Mapping[str, int]:
        """Calls of tools that have no price."""
        is_unpriced = isinstance(self.rates, Unpriced)
        return {tool: n for tool, n in self.tools.items() if is_unpriced or tool not in self.terms.usd_per_call}

    def priced(self) -> dict[str, Cost] | Unpriced:
        return self.rates if isinstance(self.rates, Unpriced) else bill.priced(self.usage, self.rates, self.terms)

    def tally(self) -> Tally:
        """The cell as part of a sum, priced."""
        usage, measured = self.usage, self.key.reads is not None
        tally = Tally(
            self.requests,
            self.input,
            self.output,
            self.cache_read,
            self.storage,
            dict(self.cache_write),
            measured=self.requests if measured else 0,
            measured_input=usage.input_tokens if measured else 0,
            single=self.requests if measured and not self.summed else 0,
            reading=self.requests if self.key.reads and not self.summed else 0,
        )
        parts = self.priced()
        if isinstance(parts, Unpriced) or isinstance(self.rates, Unpriced):
            tally.unpriced = self.requests
            return tally
        uncached = bill.price(Usage(usage.input_tokens, usage.output, tools=usage.tools), self.rates, self.terms)
        tally.parts, tally.cost = parts, bill.total(parts.values())
        tally.uncached = uncached if isinstance(uncached, Cost) else bill.FREE
        return tally

    def compare(self, record: Record, usage: Usage, charged: Decimal) -> None:
        """Hold a record's cost in the log against its price here."""
        cost = self.rates if isinstance(self.rates, Unpriced) else bill.expected(usage, self.rates, self.terms)
        if isinstance(cost, Unpriced):
            self.without += 1
            return
        self.compared += 1
        self.charged += charged
        self.computed += cost
        gap = abs(charged - cost)
        if gap <= SAME:
            self.matched += 1
        elif len(self.apart) < LARGEST or gap > self.apart[0][0]:
            difference = Difference(record.place, record.model or "", cost, charged)
            heapq.heappush(self.apart, (gap, record.place, difference))
            if len(self.apart) > LARGEST:
                heapq.heappop(self.apart)
