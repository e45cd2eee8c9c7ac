"""Rows with one column for each count: CSV, Parquet, flat JSON, under names of the user's choice."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.core.record import NO_TAGS, Record, Usage
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json
from cachecalc.logs.importers.importer import Importer, each
from cachecalc.logs.importers.wire import geo_of, service_of
from cachecalc.logs.usage import read_usage
from cachecalc.logs.usage.counts import Warn, count, within, writes

Columns = Mapping[str, str]
"""What a column holds (`FIELDS`, `cache_write_5m`, `tag.team`) to its name."""

USUAL: Mapping[str, tuple[str, ...]] = {
    "time": ("timestamp", "time", "created_at", "created", "start_time", "startTime", "datetime", "date", "ts"),
    "model": ("model", "model_name", "model_id", "model_permaslug", "response_model", "request_model"),
    "cost": ("charged_usd", "cost_usd", "costUSD", "usd", "cost", "cost_total", "total_cost", "spend"),
    "session": ("session_id", "sessionId", "session", "conversation_id", "thread_id"),
    "provider": ("provider", "provider_name"),
    "service": ("service_tier", "service"),
    "geo": ("inference_geo",),
    "id": ("request_id", "requestId", "generation_id", "id"),
    "requests": ("requests", "request_count", "num_requests", "num_model_requests"),
}
"""The names that are known without being told."""

COUNTS = ("input", "prompt", "fresh", "output", "cache_read", "cache_write")
FIELDS = (*COUNTS, *USUAL)
WHOLE_PROMPT = frozenset({"prompt_tokens", "tokens_prompt", "promptTokenCount", "prompt_token_count"})
"""Columns that by convention count the cached part too."""

_TOKENS = frozenset(
    {
        *("input_tokens", "prompt_tokens", "inputTokens", "promptTokenCount", "tokens_prompt", "output_tokens"),
        *("completion_tokens", "tokens_completion", "outputTokens", "candidatesTokenCount"),
    }
)
_RENAMED = {
    "tokens_prompt": "prompt_tokens",
    "tokens_completion": "completion_tokens",
    "tokens_cached": "cached_tokens",
}


def parse_columns(given: Iterable[str]) -> dict[str, str]:
    """Read `--columns input=prompt_tokens,model=name`. Raises InputError with every part that is not understood."""
    parts = [part.strip() for text in given for part in text.split(",") if part.strip()]
    problems = [problem for part in parts if (problem := _fault(part))]
    if problems:
        raise InputError(problems)
    return {name.strip(): column.strip() for name, column in (part.split("=", 1) for part in parts)}


def _fault(part: str) -> Problem | None:
    name, found, column = part.partition("=")
    if not found or not column.strip():
        return Problem(f"--columns: {part!r} is not of the form WHAT=COLUMN", help="for example input=prompt_tokens")
    if name.strip() in FIELDS or name.strip().startswith(("cache_write_", "tag.")):
        return None
    hint = did_you_mean(name.strip(), FIELDS) or f"known: {', '.join(FIELDS)}, cache_write_<ttl>, tag.<name>"
    return Problem(f"--columns: unknown field {name.strip()!r}", help=hint)


def importer(columns: Columns) -> Importer:
    """The importer of rows whose columns are named by the user, beside the usual names."""
    own = set(columns.values())
    layout_of = _layouts(columns)
    mapped = any(field.startswith(COUNTS) for field in columns)

    def matches(value: Json) -> bool:
        return not own.isdisjoint(value) if own else not _TOKENS.isdisjoint(value)

    def read(row: Json, at: Cursor) -> Iterable[Record]:
        layout = layout_of(tuple(row))
        usage = _mapped_usage(row, columns, at.warn) if mapped else _own_usage(row, layout, at.warn)
        return (_record(row, layout, usage, at),)

    return Importer("rows", "CSV, Parquet or flat JSON, one column for each count", matches, each(read))


class _Layout(NamedTuple):
    """Which columns hold what, worked out once for all rows of a table; empty for a field without a column."""

    time: str
    model: str
    cost: str
    session: str
    provider: str
    service: str
    geo: str
    id: str
    requests: str
    tags: Mapping[str, str]
    renamed: Mapping[str, str]
    written: Mapping[str, str]


def _layouts(columns: Columns) -> Callable[[tuple[str, ...]], _Layout]:
    """The layout of a table by the names of its columns."""

    @functools.lru_cache(256)
    def layout(table: tuple[str, ...]) -> _Layout:
        usual = {field: next((name for name in names if name in table), "") for field, names in USUAL.items()}
        written = ((name, match) for name in table if (match := _WRITTEN.fullmatch(name)))
        return _Layout(
            **{field: columns.get(field, name) for field, name in usual.items()},
            tags={field[len("tag.") :]: name for field, name in columns.items() if field.startswith("tag.")},
            renamed={name: _RENAMED[name] for name in table if name in _RENAMED},
            written={name: f"ephemeral_{match[1] or match[2]}_input_tokens" for name, match in written},
        )

    return layout


def _record(row: Json, layout: _Layout, usage: Usage | None, at: Cursor) -> Record:
    cell = row.get
    when, requests = fields.moment(cell(layout.time)), count(cell(layout.requests))
    summed = requests is not None and requests > 1
    if usage and summed and requests:
        usage = usage._replace(prompt=usage.input_tokens // requests)
    return Record(
        usage,
        fields.text(cell(layout.model)),
        when,
        fields.text(cell(layout.provider)),
        fields.text(cell(layout.session)),
        fields.tags(**{tag: cell(name) for tag, name in layout.tags.items()}) if layout.tags else NO_TAGS,
        service_of(cell(layout.service)),
        geo_of(cell(layout.geo)),
        fields.usd(cell(layout.cost), at.warn),
        1 if requests is None else requests,
        when if summed else None,
        fields.text(cell(layout.id)),
        None,
        at.file,
        at.number,
    )


def _own_usage(row: Json, layout: _Layout, warn: Warn) -> Usage | None:
    """The row taken as a usage object, which tells by its names how it counts."""
    model = fields.text(row.get(layout.model))
    if layout.renamed or layout.written:
        split = {ttl: row[name] for name, ttl in layout.written.items() if name in row}
        row = {layout.renamed.get(name, name): value for name, value in row.items() if name not in layout.written}
        row = {**row, "cache_creation": split} if split else row
    return read_usage(row, warn, model or "")


def _mapped_usage(row: Json, columns: Columns, warn: Warn) -> Usage:
    """The counts out of the columns that the user named."""

    def of(field: str) -> int | None:
        return count(row.get(columns[field])) if field in columns else None

    read, write = of("cache_read"), _written(row, columns, warn)
    whole = of("prompt")
    fresh = of("fresh") if "fresh" in columns else of("input")
    if whole is None and columns.get("input") in WHOLE_PROMPT:
        whole = fresh
    return Usage(fresh if whole is None else within(whole, read, write, warn), of("output"), read, write)


_WRITTEN = re.compile(r"cache_(?:write|creation)_(\d+[mhd])(?:_input)?(?:_tokens)?|ephemeral_(\d+[mhd])_input_tokens")


def _written(row: Json, columns: Columns, warn: Warn) -> Mapping[str, int] | None:
    prefix = "cache_write_"
    split = {f[len(prefix) :]: count(row.get(column)) for f, column in columns.items() if f.startswith(prefix)}
    total = count(row.get(columns["cache_write"])) if "cache_write" in columns else None
    return writes(total, split, warn) if split or total is not None else None
