"""Single values of logs: moments, amounts of money, names, objects that are sometimes text."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from cachecalc.core.record import NOTHING
from cachecalc.logs import json_text

NEGATIVE_COST = "a cost below zero: left out"
MOST_USD = Decimal(10) ** 9

Json = Mapping[str, Any]


def moment(value: Any) -> dt.datetime | None:
    """A moment as logs write it: ISO 8601, an HTTP date, or a number since 1970 in seconds or any fraction of them.

    Without a time zone it is UTC. None for anything else.
    """
    if isinstance(value, str):
        try:
            parsed = dt.datetime.fromisoformat(value)
        except ValueError:
            return _from_other_text(value)
        return _aware(parsed)
    if isinstance(value, dt.datetime):
        return _aware(value)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _from_number(float(value))
    return None


def _from_other_text(text: str) -> dt.datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        return _from_number(float(text))
    except ValueError:
        pass
    try:
        return _aware(parsedate_to_datetime(text))
    except (ValueError, IndexError, TypeError):
        return None


def _from_number(value: float) -> dt.datetime | None:
    """Seconds, or milli-, micro- or nanoseconds: whichever puts it between 1973 and 2286."""
    if not math.isfinite(value) or value <= 1e8:
        return None
    for unit in (1, 1e3, 1e6, 1e9):
        if value / unit < 1e10:
            return dt.datetime.fromtimestamp(value / unit, dt.UTC)
    return None


def _aware(value: dt.datetime) -> dt.datetime | None:
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    return value if dt.MINYEAR < value.year < dt.MAXYEAR else None


def amount(value: Any) -> Decimal | None:
    """An amount of money, exactly as written. None for what is none, or cannot be meant."""
    if isinstance(value, bool):
        return None
    try:
        result = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return result if result.is_finite() and abs(result) < MOST_USD else None


def usd(value: Any, warn: Callable[[str], None]) -> Decimal | None:
    """What a request cost. A cost below zero cannot be: it is left out, and `warn` is told."""
    if value is None:
        return None
    cost = amount(value)
    if cost is None or cost >= 0:
        return cost
    warn(NEGATIVE_COST)
    return None


def text(value: Any) -> str | None:
    """A name, or None for an empty one. Numbers that serve as names are taken too."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def mapping(value: Any) -> Json:
    """An object, also where an export wrote it as JSON text; an empty one for anything else."""
    if isinstance(value, str):
        value = _decoded(value, "{")
    return value if isinstance(value, dict) else NOTHING


def items(value: Any) -> list[Any]:
    """A list, also where an export wrote it as JSON text; an empty one for anything else."""
    if isinstance(value, str):
        value = _decoded(value, "[")
    return value if isinstance(value, list) else []


def _decoded(value: str, opening: str) -> Any:
    if not value.startswith(opening) or len(value) == len("{}"):
        return None
    try:
        return json_text.decoder()(value)
    except (ValueError, RecursionError):
        return None


def tags(**named: Any) -> Mapping[str, str]:
    """Tags out of values that may be missing."""
    return {name: label for name, value in named.items() if value and (label := text(value))}
