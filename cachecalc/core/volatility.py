"""What makes a text change: a clock, an identity, or every request anew.

The three axes are independent and a prefix is as volatile as all its parts together, so volatilities
join (`|`) and the join is commutative, associative and idempotent.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
MONTH = 30 * DAY


class Clock(enum.IntEnum):
    """How often a clock in the text ticks over, coarse to fine."""

    NONE = 0
    MONTH = 1
    DAY = 2
    HOUR = 3
    MINUTE = 4
    SECOND = 5
    SUBSECOND = 6

    @property
    def period(self) -> float:
        """Seconds between two ticks; infinite for no clock."""
        return _PERIODS[self]


_PERIODS = {
    Clock.NONE: float("inf"),
    Clock.MONTH: MONTH,
    Clock.DAY: DAY,
    Clock.HOUR: HOUR,
    Clock.MINUTE: MINUTE,
    Clock.SECOND: 1.0,
    Clock.SUBSECOND: 0.0,
}


class Identity(enum.StrEnum):
    """Whom the text belongs to. A session lies within a user, a user within a tenant."""

    BUILD = "build"
    TENANT = "tenant"
    USER = "user"
    SESSION = "session"


class Freshness(enum.IntEnum):
    """Text that nobody shares: new on each turn of a conversation, or on each request."""

    NONE = 0
    TURN = 1
    REQUEST = 2


@dataclass(frozen=True, slots=True)
class Volatility:
    """What makes a text change. `unknown` says that nobody could tell, never that it is static."""

    clock: Clock = Clock.NONE
    identities: frozenset[Identity] = frozenset()
    fresh: Freshness = Freshness.NONE
    unknown: bool = False

    def __or__(self, other: Volatility) -> Volatility:
        return Volatility(
            max(self.clock, other.clock),
            self.identities | other.identities,
            max(self.fresh, other.fresh),
            self.unknown or other.unknown,
        )

    @property
    def is_static(self) -> bool:
        return self == STATIC

    def __str__(self) -> str:
        words = [_EVERY[self.clock]] if self.clock else []
        words += [f"per {identity}" for identity in Identity if identity in self.identities]
        words += [f"per {self.fresh.name.lower()}"] if self.fresh else []
        words += ["unknown"] if self.unknown else []
        return ", ".join(words) or "static"


_EVERY = {
    clock: "sub-second" if clock is Clock.SUBSECOND else f"every {clock.name.lower()}" for clock in Clock if clock
}

STATIC = Volatility()
PER_REQUEST = Volatility(fresh=Freshness.REQUEST)
PER_TURN = Volatility(fresh=Freshness.TURN)
UNKNOWN = Volatility(unknown=True)

WORDS: dict[str, Volatility] = {
    "never": STATIC,
    "static": STATIC,
    "unknown": UNKNOWN,
    "per request": PER_REQUEST,
    "every request": PER_REQUEST,
    "per turn": PER_TURN,
    "every turn": PER_TURN,
    **{f"per {identity}": Volatility(identities=frozenset({identity})) for identity in Identity},
    **{every: Volatility(clock=clock) for clock, every in _EVERY.items()},
    "every millisecond": Volatility(clock=Clock.SUBSECOND),
}
"""The words a profile uses; several may be joined by commas: `per tenant, every day`."""


def parse(text: str) -> Volatility:
    """Read the words of `WORDS`, comma-separated. Raises KeyError with the word it does not know."""
    found = STATIC
    for word in text.split(","):
        found |= WORDS[" ".join(word.split()).lower()]
    return found
