"""Cohere bills `billed_units`; its `cached_tokens` count the raw prompt, which may be longer than what is billed."""

from __future__ import annotations

from cachecalc.core.record import NOTHING, Usage
from cachecalc.logs.usage.counts import OTHER_BASIS, Json, Warn, count, nested

KNOWN = frozenset({"billed_units", "tokens", "cached_tokens"})


def read(raw: Json, warn: Warn) -> Usage:
    billed = nested(raw.get("billed_units"))
    cached = count(raw.get("cached_tokens"))
    if cached:
        warn(OTHER_BASIS)
    return Usage(
        count(billed.get("input_tokens")),
        count(billed.get("output_tokens")),
        None if cached else cached,
        NOTHING if cached == 0 else None,
    )
