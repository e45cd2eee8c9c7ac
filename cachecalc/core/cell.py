"""Records that pay the same rates, summed, and how what they cost compares with the costs in the log."""

from __future__ import annotations

import datetime as dt
import heapq
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from cachecalc.core import bill
from cachecalc.core.bill import ZERO, Cost, Unpriced
from cachecalc.core.pricing import Rates
from cachecalc.core.record import Record, Usage
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
    are, so that a class without a price leaves only those records unpriced that have it.
    """

    model: str
    slot: int | None
    band: int
    service: str | None
    geo: str | None
    period: int | None
    reads: bool
    ttls: tuple[str, ...]
    stores: bool
    unknown: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def start(self) -> dt.datetime | None:
        return None if self.slot is None else dt.datetime.fromtimestamp(self.slot * SLOT, dt.UTC)


@dataclass(slots=True)
class Cell:
    """The records under one key. `ttl` is taken for writes of unknown lifetime.

    `requests` have a cost in the log and a price here, `matched` of them the same; `without` have no price here. `apart`
    is a heap of the differences, the widest `LARGEST` of them.
    """

    rates: Rates | Unpriced
    ttl: str
    tally: Tally = field(default_factory=Tally)
    requests: int = 0
    matched: int = 0
    without: int = 0
    charged: Decimal = ZERO
    computed: Decimal = ZERO
    apart: list[tuple[Decimal, str, Difference]] = field(default_factory=list)

    def price(self, usage: Usage) -> Cost | Unpriced:
        return self.rates if isinstance(self.rates, Unpriced) else bill.price(usage, self.rates, self.ttl)

    def compare(self, record: Record, usage: Usage, charged: Decimal) -> None:
        """Hold a record's cost in the log against its price here."""
        cost = self.price(usage)
        if isinstance(cost, Unpriced):
            self.without += 1
            return
        self.requests += 1
        self.charged += charged
        self.computed += cost.expected
        gap = abs(charged - cost.expected)
        if gap <= SAME:
            self.matched += 1
            return
        difference = Difference(record.place, record.model or "", cost.expected, charged)
        heapq.heappush(self.apart, (gap, record.place, difference))
        if len(self.apart) > LARGEST:
            heapq.heappop(self.apart)
