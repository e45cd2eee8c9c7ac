"""One reading of one workload in one month: what every step of the walk needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core.estimate.rows import Layout, lay_out
from cachecalc.core.estimate.workload import Calendar, Scenario, Workload, at
from cachecalc.core.traffic.streams import Follow, Traffic
from cachecalc.core.units import Rate
from cachecalc.core.volatility import DAY


@dataclass(frozen=True, slots=True)
class Case:
    """A workload, the month it runs in, and the scenario it is read in."""

    workload: Workload
    calendar: Calendar
    scenario: Scenario

    @property
    def requests(self) -> float:
        """All requests of the month, those that memoisation answers included; a conversation counts its turns."""
        rate, conversation = self.workload.requests, self.workload.conversation
        count = at(rate.in_days(self.calendar.days), self.scenario.amounts)
        return count * conversation.mean_turns if conversation and rate.what.startswith("conversation") else count

    @property
    def output(self) -> float:
        """Output tokens of a request."""
        return at(self.workload.output, self.scenario.amounts)

    def layout(self) -> Layout:
        """The prompt's slots and rows; parts that the configuration names keep boundaries of their own."""
        caching = self.workload.caching
        keep = {*caching.breakpoints, *caching.part_ttls}
        return lay_out(self.workload.prompt, self.workload.conversation, self.scenario, keep)

    def traffic(self) -> Traffic:
        """The stream of requests (or of conversations) that reaches the model."""
        conversation, options = self.workload.conversation, self.workload.options
        turns = conversation.mean_turns if conversation else 1.0
        return Traffic(
            arrivals=self.scenario.arrivals,
            rate=self.requests / turns / (self.calendar.days * DAY),
            follow=Follow(turns, conversation.gaps) if conversation else None,
            populations=self.workload.populations,
            builds=self._per_second(self.workload.builds),
            cuts=self._per_second(options.cold_starts),
            kept=self.workload.memo.kept,
            separate_caches=options.separate_caches,
            concurrent=options.concurrent,
            ready_after=options.ready_after,
        )

    def _per_second(self, rate: Rate | None) -> float:
        return rate.in_days(self.calendar.days).expected / (self.calendar.days * DAY) if rate else 0.0


def exact(value: float) -> Decimal:
    """The one place where an expected quantity becomes an exact one: at nine decimals."""
    return Decimal(repr(round(value, 9)))
