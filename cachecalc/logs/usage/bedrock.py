"""Bedrock's Converse: `inputTokens` is fresh input alone, and every cache count stands there under two names."""

from __future__ import annotations

from cachecalc.core.record import Usage
from cachecalc.logs.usage.counts import Json, Warn, count, either, objects, tool_calls, writes

KNOWN = frozenset(
    {
        *("inputTokens", "outputTokens", "totalTokens", "cacheDetails", "serverToolUsage", "cacheReadInputTokens"),
        *("cacheReadInputTokenCount", "cacheWriteInputTokens", "cacheWriteInputTokenCount"),
    }
)


def read(raw: Json, warn: Warn) -> Usage:
    split: dict[str, int | None] = {}
    for part in objects(raw.get("cacheDetails")):
        label = str(part.get("ttl"))
        split[label] = (split.get(label) or 0) + (count(part.get("inputTokens")) or 0)
    written = either(raw, "cacheWriteInputTokens", "cacheWriteInputTokenCount", warn)
    return Usage(
        count(raw.get("inputTokens")),
        count(raw.get("outputTokens")),
        either(raw, "cacheReadInputTokens", "cacheReadInputTokenCount", warn),
        writes(written, split, warn),
        tools=tool_calls(raw.get("serverToolUsage")),
    )
