"""What providers' own admin interfaces say of an organization: tokens and charges, summed by minute, hour or day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from cachecalc.core.record import Record, Usage
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, items, mapping
from cachecalc.logs.importers.importer import Importer, each
from cachecalc.logs.importers.wire import geo_of, service_of
from cachecalc.logs.usage import read_usage
from cachecalc.logs.usage.counts import Malformed, count, ephemeral, tool_calls, writes

OTHER_CURRENCY = "a charge in another currency than USD"
CENTS = Decimal(100)
LONG = 200_001
"""Stands for the prompts of a sum over more than 200,000 tokens each."""


def _is_anthropic(value: Json) -> bool:
    return "starting_at" in value and isinstance(value.get("results"), list)


def _read_anthropic(value: Json, at: Cursor) -> Iterator[Record]:
    """One bucket of Anthropic's usage report, or of its cost report, which counts in cents."""
    for result in map(mapping, value["results"]):
        record = _frame(result, value.get("starting_at"), value.get("ending_at"), at)
        try:
            if "amount" in result:
                yield from _charge(record, result, fields.amount(result["amount"]), CENTS, at)
            else:
                yield record._replace(usage=_anthropic_usage(result, at))
        except Malformed as fault:
            at.skip(str(fault))


def _anthropic_usage(result: Json, at: Cursor) -> Usage:
    created = mapping(result.get("cache_creation"))
    split = ephemeral(created) or {
        "5m": count(result.get("cache_creation_5m_input_tokens")),
        "1h": count(result.get("cache_creation_1h_input_tokens")),
    }
    return Usage(
        count(result.get("uncached_input_tokens")),
        count(result.get("output_tokens")),
        count(result.get("cache_read_input_tokens")),
        writes(None, split, at.warn),
        prompt=LONG if result.get("context_window") == "200k-1M" else 0,
        tools=tool_calls(result.get("server_tool_use")),
    )


def _is_anthropic_csv(value: Json) -> bool:
    return "usage_input_tokens_no_cache" in value


def _read_anthropic_csv(value: Json, at: Cursor) -> Iterable[Record]:
    """A row of the usage table that Anthropic's console exports: one day, model, key and workspace."""
    day = value.get("usage_date_utc")
    record = _frame({**value, "model": value.get("model_version")}, day, day, at)
    split = {
        "5m": count(value.get("usage_input_tokens_cache_write_5m")),
        "1h": count(value.get("usage_input_tokens_cache_write_1h")),
    }
    usage = Usage(
        count(value.get("usage_input_tokens_no_cache")),
        count(value.get("usage_output_tokens")),
        count(value.get("usage_input_tokens_cache_read")),
        writes(None, split, at.warn),
        prompt=LONG if str(value.get("context_window")).startswith(">") else 0,
    )
    tags = fields.tags(workspace=value.get("workspace"), api_key=value.get("api_key"))
    return (record._replace(usage=usage, tags=tags, service=service_of(value.get("usage_type"))),)


def _is_openai(value: Json) -> bool:
    return value.get("object") == "bucket" and isinstance(value.get("results", value.get("result")), list)


def _read_openai(value: Json, at: Cursor) -> Iterator[Record]:
    """One bucket of OpenAI's usage, or of its costs, which are in dollars."""
    for result in map(mapping, items(value.get("results", value.get("result")))):
        record = _frame(result, value.get("start_time"), value.get("end_time"), at)
        kind = str(result.get("object", ""))
        try:
            if kind == "organization.costs.result":
                amount = mapping(result.get("amount"))
                yield from _charge(record, {**result, **amount}, fields.amount(amount.get("value")), Decimal(1), at)
            elif "input_tokens" in result:
                usage = read_usage(_counts(result), at.warn)
                yield record._replace(usage=usage and usage._replace(prompt=0), requests=_requests(result))
            else:
                at.other(f"result of kind {kind}"[:60])
        except Malformed as fault:
            at.skip(str(fault))


def _counts(result: Json) -> Json:
    known = {key: value for key, value in result.items() if key.endswith("_tokens")}
    return {**known, "input_cached_tokens": result.get("input_cached_tokens")}


def _requests(result: Json) -> int | None:
    return count(result.get("num_model_requests"))


def _charge(record: Record, result: Json, amount: Decimal | None, unit: Decimal, at: Cursor) -> Iterator[Record]:
    currency = str(result.get("currency") or "usd").lower()
    if amount is None or currency != "usd":
        at.skip(OTHER_CURRENCY if amount is not None else "a charge without an amount")
        return
    tags = {**record.tags, **fields.tags(cost_type=_cost_type(result))}
    identity = f"{record.id} {result.get('token_type')} {result.get('line_item')} {result.get('description')}"
    yield record._replace(charged=amount / unit, tags=tags, requests=0, id=identity)


def _cost_type(result: Json) -> str:
    """`tokens`, or what else was charged for."""
    item = fields.text(result.get("line_item"))
    if item and not any(word in item.lower() for word in ("input", "output", "cache")):
        return item
    return fields.text(result.get("cost_type")) or "tokens"


def _frame(result: Json, start: Any, end: Any, at: Cursor) -> Record:
    """The record but for its tokens. It stands for everything in a span of time."""
    first, last = fields.moment(start), fields.moment(end)
    groups = {key: value for key, value in result.items() if key in _GROUPS and value is not None}
    return Record(
        None,
        fields.text(result.get("model")) or _model_in(result),
        first,
        None,
        None,
        fields.tags(
            workspace=result.get("workspace_id"),
            project=result.get("project_id"),
            user=result.get("user_id") or result.get("account_id"),
            api_key=result.get("api_key_id"),
        ),
        "batch" if result.get("batch") is True else service_of(result.get("service_tier"), result.get("speed")),
        geo_of(result.get("inference_geo")),
        requests=None,
        until=last or first,
        id=f"{start} {end} {sorted(groups.items())}",
        path=at.file,
        line=at.number,
    )


_GROUPS = frozenset(
    {
        *("model", "workspace_id", "project_id", "user_id", "account_id", "service_account_id", "api_key_id", "batch"),
        *("service_tier", "context_window", "inference_geo", "speed", "object", "cost_type", "api_source"),
    }
)


def _model_in(result: Json) -> str | None:
    """OpenAI's costs name the model in the line item: `gpt-x, input`."""
    item = fields.text(result.get("line_item"))
    return item.split(",")[0].strip().lower() if item and "," in item else None


ANTHROPIC_ADMIN = Importer(
    "anthropic-admin", "Anthropic's usage and cost reports", _is_anthropic, each(_read_anthropic)
)
ANTHROPIC_CSV = Importer(
    "anthropic-csv", "usage tables of Anthropic's console", _is_anthropic_csv, each(_read_anthropic_csv)
)
OPENAI_ADMIN = Importer("openai-admin", "OpenAI's usage and costs", _is_openai, each(_read_openai))
