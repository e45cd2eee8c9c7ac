"""Anthropic's Messages: `input_tokens` is fresh input alone."""

from __future__ import annotations

from cachecalc.core.record import NOTHING, UNKNOWN_TTL, Usage
from cachecalc.logs.usage.counts import Json, Warn, count, ephemeral, nested, tool_calls, writes

KNOWN = frozenset(
    {
        *("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation"),
        *("inference_geo", "speed", "service_tier", "output_tokens_details", "server_tool_use", "iterations"),
        *("fallback_credit", "total_tokens", "cost"),
    }
)


def read(raw: Json, warn: Warn) -> Usage:
    split = raw.get("cache_creation")
    total = count(raw.get("cache_creation_input_tokens"))
    if split:
        write = writes(total, ephemeral(nested(split)), warn)
    else:
        write = {UNKNOWN_TTL: total} if total else None if total is None else NOTHING
    tools = raw.get("server_tool_use")
    details = raw.get("output_tokens_details")
    return Usage(
        count(raw.get("input_tokens")),
        count(raw.get("output_tokens")),
        count(raw.get("cache_read_input_tokens")),
        write,
        None,
        count(nested(details).get("thinking_tokens")) if details else None,
        None,
        None,
        tool_calls(tools) if tools else NOTHING,
    )
