"""Durations, rates and ranges as people write them: `5m`, `1h30m`, `5000/day`, `80..120`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cachecalc.core.volatility import DAY, HOUR, MINUTE, MONTH, WEEK

SECONDS = {"ms": 0.001, "s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
UNITS = {"second": 1.0, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK, "month": MONTH}
_SHORT = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month"}

_MOST = 1e18
_NUMBER = r"\d+(?:[_,]\d{3})*(?:\.\d+)?"
_DURATION = re.compile(rf"(?:\s*{_NUMBER}\s*(?:ms|[smhdw]))+\s*\Z")
_STEP = re.compile(rf"({_NUMBER})\s*(ms|[smhdw])")
_RATE = re.compile(
    rf"\s*(?P<low>{_NUMBER}k?)\s*(?:\.\.\s*(?P<high>{_NUMBER}k?))?\s*(?P<what>[a-z]+)?\s*(?:/|per\s)\s*(?P<unit>[a-z]+)\s*\Z"
)
_RANGE = re.compile(rf"\s*(?P<low>{_NUMBER}k?)\s*\.\.\s*(?P<high>{_NUMBER}k?)\s*\Z")


@dataclass(frozen=True, slots=True)
class Range:
    """What a quantity may be. A single number has `low == expected == high`."""

    low: float
    expected: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Range:
        return cls(value, value, value)

    @classmethod
    def between(cls, low: float, high: float) -> Range:
        return cls(low, (low + high) / 2, high)

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of something in a unit of time; `unit` is a key of `UNITS`, `what` is "requests" or "conversations"."""

    count: Range
    unit: str
    what: str = "requests"

    def in_days(self, days: float) -> Range:
        """How many in a span of days. A monthly figure is per month, however long the month is."""
        factor = 1.0 if self.unit == "month" else days * DAY / UNITS[self.unit]
        return Range(self.count.low * factor, self.count.expected * factor, self.count.high * factor)


def duration(text: str) -> float:
    """Seconds in `90s`, `5m`, `1h30m`, `2d`. Raises ValueError with the forms it takes."""
    if not _DURATION.match(text):
        raise ValueError(f"{text!r} is not a duration: write for example 90s, 5m, 1h30m or 2d")
    return sum(number(amount) * SECONDS[unit] for amount, unit in _STEP.findall(text))


def spell(seconds: float) -> str:
    """A duration as `duration` reads it, in hours, minutes and seconds: `5m`, `1h30m`, `24h`."""
    minutes, rest = divmod(seconds, MINUTE)
    hours, minutes = divmod(minutes, HOUR / MINUTE)
    steps = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{amount:g}{unit}" for amount, unit in steps if amount) or "0s"


def rate(text: str) -> Rate:
    """A rate such as `5000/day`, `80..120 conversations/hour`. Raises ValueError with the forms it takes."""
    match = _RATE.match(text.lower())
    unit = match and _unit(match["unit"])
    if not match or unit is None:
        units = ", ".join(UNITS)
        raise ValueError(f"{text!r} is not a rate: write for example 5000/day (units: {units})")
    low = number(match["low"])
    count = _ordered(low, number(match["high"]) if match["high"] else low, text)
    return Rate(count, unit, match["what"] or "requests")


def range_of(text: str) -> Range:
    """A range such as `150..300`. Raises ValueError if it is none, or runs backwards."""
    match = _RANGE.match(text.lower())
    if not match:
        raise ValueError(f"{text!r} is not a number or a range: write for example 200 or 150..300")
    return _ordered(number(match["low"]), number(match["high"]), text)


def number(text: str) -> float:
    """A number with optional thousands separators and a `k` for thousands. Raises ValueError above 10 ** 18."""
    plain = text.replace(",", "").replace("_", "")
    value = float(plain[:-1]) * 1000 if plain.endswith("k") else float(plain)
    if value > _MOST:
        raise ValueError(f"{text[:20]}... is too large a number: the most is 10 ** 18")
    return value


def _unit(word: str) -> str | None:
    singular = word.removesuffix("s") if len(word) > 1 else word
    unit = _SHORT.get(word, _SHORT.get(singular, singular))
    return unit if unit in UNITS else None


def _ordered(low: float, high: float, text: str) -> Range:
    if low > high:
        raise ValueError(f"{text!r} runs backwards")
    return Range.between(low, high)
