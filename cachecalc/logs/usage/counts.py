"""Counts of tokens, and what must hold among them: nothing negative, parts within their totals."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cachecalc.core.record import NOTHING, UNKNOWN_TTL, Usage

Json = Mapping[str, Any]
Warn = Callable[[str], None]

MOST_TOKENS = 10**15
"""A count above this is taken for a corrupt number."""

OUTSIDE = "cached tokens exceed the input they should be part of: taken as counted beside it"
SPLIT = "cache writes by lifetime add up to more than their total: the split was taken"
STALE = "each lifetime repeats the total of the cache writes: lifetime taken as unknown"
REPEATED = "one count stands there twice with different values: the first was taken"
OTHER_BASIS = "cached tokens are counted on another basis than the billed ones: left out"


class Malformed(ValueError):  # noqa: N818  # a state of the data, not of the program
    """Data that says something impossible. The message is the reason, without any of the content."""


def count(value: Any) -> int | None:
    """A count of tokens: a whole number, or digits from a CSV cell. Raises Malformed for anything else."""
    if type(value) is int:
        number = value
    elif value is None or value == "":
        return None
    elif type(value) is str and value.isdecimal() and len(value) < 20:
        number = int(value)
    else:
        number = _whole(value)
    if not 0 <= number <= MOST_TOKENS:
        raise Malformed("a negative number of tokens" if number < 0 else "an impossible number of tokens")
    return number


_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){1,5}")


def _whole(value: Any) -> int:
    if isinstance(value, str) and _GROUPED.fullmatch(value):
        value = value.replace(",", "")  # as spreadsheets write it
    if isinstance(value, str) and len(value) <= 24:
        try:
            value = float(value) if "." in value or "e" in value.lower() else int(value)
        except ValueError:
            raise Malformed("a number of tokens that is none") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1:
        raise Malformed("a number of tokens that is none")
    return int(value)


def first(raw: Json, keys: Iterable[str]) -> int | None:
    """The count under the first of several names that the object has."""
    for key in keys:
        value = raw.get(key)
        if value is not None and not isinstance(value, dict):
            return count(value)
    return None


def either(raw: Json, key: str, twin: str, warn: Warn) -> int | None:
    """A count that stands there under two names."""
    one, other = count(raw.get(key)), count(raw.get(twin))
    if one is not None and other is not None and one != other:
        warn(REPEATED)
    return other if one is None else one


def nested(value: Any) -> Json:
    """An inner object, or an empty one for what is none."""
    return value if isinstance(value, dict) else NOTHING


def objects(value: Any) -> list[Json]:
    """The objects in an inner list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def within(total: int | None, read: int | None, write: Mapping[str, int] | None, warn: Warn) -> int | None:
    """Fresh input, where `total` should include what was read and written.

    Where it cannot include both it is taken to leave out the writes, and where it cannot include the reads either, to
    be fresh input already: the only readings under which no bucket is negative.
    """
    if total is None:
        return None
    cached = read or 0
    written = sum(write.values()) if write else 0
    if cached + written <= total:
        return total - cached - written
    warn(OUTSIDE)
    return total - cached if cached <= total else total


def writes(total: int | None, split: Mapping[str, int | None], warn: Warn) -> Mapping[str, int] | None:
    """Cache writes by TTL label, from a total and a split that may be missing, partial or at odds with it."""
    parts = {label: tokens for label, tokens in split.items() if tokens}
    stated = sum(parts.values())
    if total is None:
        return parts or (None if all(tokens is None for tokens in split.values()) else NOTHING)
    if stated == total:
        return parts or NOTHING
    if stated < total:
        return {**parts, UNKNOWN_TTL: total - stated}
    if len(parts) > 1 and set(parts.values()) == {total}:
        warn(STALE)
        return {UNKNOWN_TTL: total}
    warn(SPLIT)
    return parts


def ephemeral(split: Json) -> dict[str, int | None]:
    """`ephemeral_5m_input_tokens` and its kind, by TTL label."""
    return {label: count(tokens) for key, tokens in split.items() if (label := _ephemeral_label(key))}


@functools.lru_cache(64)
def _ephemeral_label(key: str) -> str:
    found = _EPHEMERAL.fullmatch(key)
    return found[1] if found else ""


_EPHEMERAL = re.compile(r"ephemeral_(\w{1,20})_input_tokens")


def tool_calls(value: Any) -> Mapping[str, int]:
    """Calls of the provider's own tools: `web_search_requests: 2` is two of `web_search`."""
    if not isinstance(value, dict):
        return NOTHING
    calls = {str(key).removesuffix("_requests"): number for key, number in value.items() if type(number) is int}
    return {name: number for name, number in calls.items() if number > 0} or NOTHING


def add(runs: list[Usage]) -> Usage:
    """The sum of several usages; a bucket is unknown where none of them knows it."""
    return Usage(
        input=_sum(usage.input for usage in runs),
        output=_sum(usage.output for usage in runs),
        cache_read=_sum(usage.cache_read for usage in runs),
        cache_write=_sum_by_label(usage.cache_write for usage in runs),
        storage=_sum(usage.storage for usage in runs),
        reasoning=_sum(usage.reasoning for usage in runs),
        audio=_sum(usage.audio for usage in runs),
        prompt=max(usage.prompt_tokens for usage in runs),
        tools=_sum_by_label(usage.tools for usage in runs) or NOTHING,
        unknown=tuple(sorted({key for usage in runs for key in usage.unknown})),
    )


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _sum_by_label(parts: Iterable[Mapping[str, int] | None]) -> Mapping[str, int] | None:
    known = [part for part in parts if part is not None]
    labels = {label for part in known for label in part}
    return {label: sum(part.get(label, 0) for part in known) for label in sorted(labels)} if known else None
