"""Langfuse's observations: its API, its exports to JSON, CSV and Parquet.

`usage_details` are buckets under names that users may choose, meant not to overlap; where their total shows that the
input includes what was cached, it is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from cachecalc.core.record import NOTHING, Record, Usage
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, items, mapping
from cachecalc.logs.importers.importer import Importer, each
from cachecalc.logs.usage import read_usage
from cachecalc.logs.usage.counts import Warn, count, within, writes

READS = frozenset(
    {
        *("cache_read_input_tokens", "input_cached_tokens", "input_cache_read", "input_cache_read_tokens"),
        *("cache_read", "cached_tokens", "cached_input_tokens", "cache_read_tokens"),
    }
)
WRITES = frozenset(
    {
        *("cache_creation_input_tokens", "input_cache_creation", "input_cache_creation_tokens", "cache_creation"),
        *("cache_write_tokens", "input_cache_write_tokens", "cache_write", "cache_write_input_tokens"),
        "cache_creation_tokens",
    }
)
WRITES_BY_TTL = {
    **dict.fromkeys(("input_cache_creation_5m", "cache_creation_5m", "ephemeral_5m_input_tokens"), "5m"),
    **dict.fromkeys(("input_cache_creation_1h", "cache_creation_1h", "ephemeral_1h_input_tokens"), "1h"),
    **dict.fromkeys(("cache_creation.ephemeral_5m_input_tokens", "cache_write_5m"), "5m"),
    **dict.fromkeys(("cache_creation.ephemeral_1h_input_tokens", "cache_write_1h"), "1h"),
}
MODEL_CALLS = frozenset({"GENERATION", "EMBEDDING"})


def _matches(value: Json) -> bool:
    return "usageDetails" in value or "usage_details" in value


def _read(value: Json, at: Cursor) -> Iterable[Record]:
    kind = str(value.get("type") or "GENERATION")
    details = mapping(value.get("usageDetails", value.get("usage_details")))
    if kind not in MODEL_CALLS or not details:
        at.other(f"observation of type {kind}"[:60])
        return ()

    def of(camel: str, snake: str) -> object:
        return value.get(camel, value.get(snake))

    record = Record(
        buckets(details, at.warn),
        fields.text(value.get("model")) or fields.text(value.get("provided_model_name")),
        fields.moment(of("startTime", "start_time")),
        None,
        fields.text(of("sessionId", "session_id")),
        fields.tags(
            user=of("userId", "user_id"), environment=value.get("environment"), trace=of("traceName", "trace_name")
        ),
        charged=fields.usd(
            of("calculatedTotalCost", "total_cost") or mapping(of("costDetails", "cost_details")).get("total"), at.warn
        ),
        id=fields.text(value.get("id")),
        request=partial(_request, value) if value.get("input") else None,
        path=at.file,
        line=at.number,
    )
    return (record,)


def _request(value: Json) -> Json | None:
    """The request, where the input of the observation is one: as sent, or its messages alone. Settings stand beside."""
    asked, settings = value.get("input"), mapping(value.get("modelParameters", value.get("model_parameters")))
    if messages := [message for message in items(asked) if isinstance(message, dict)]:
        return {**settings, "messages": messages}
    return {**settings, **mapping(asked)} or None


def buckets(details: Json, warn: Warn) -> Usage | None:
    """Usage details, whatever their names: OpenAI's own object, or Langfuse's buckets."""
    if "prompt_tokens" in details or "promptTokenCount" in details:
        return read_usage(details, warn)
    counts = {str(name): tokens for name, value in details.items() if (tokens := count(value)) is not None}
    read = _sum(counts, READS)
    split: dict[str, int | None] = {}
    for name in counts.keys() & WRITES_BY_TTL.keys():
        split[WRITES_BY_TTL[name]] = (split.get(WRITES_BY_TTL[name]) or 0) + counts[name]
    write = writes(_sum(counts, WRITES), split, warn)
    cached = READS | WRITES | WRITES_BY_TTL.keys()
    fresh = _sum(counts, {name for name in counts.keys() - cached if name.split("_")[0] in {"input", "prompt"}})
    output = _sum(counts, {name for name in counts if name.split("_")[0] in {"output", "completion"}})
    if fresh is not None and counts.get("total") == fresh + (output or 0) and (read or write):
        fresh = within(fresh, read, write, warn)
    known = {name for name in counts if name.split("_")[0] in {"input", "prompt", "output", "completion", "total"}}
    unknown = sorted(name for name, tokens in counts.items() if tokens and name not in known | cached)
    if write is None and read is not None:
        write = NOTHING
    return Usage(fresh, output, read, write, unknown=tuple(unknown))


def _sum(counts: dict[str, int], names: Iterable[str]) -> int | None:
    found = [counts[name] for name in names if name in counts]
    return sum(found) if found else None


LANGFUSE = Importer("langfuse", "Langfuse observations", _matches, each(_read))
