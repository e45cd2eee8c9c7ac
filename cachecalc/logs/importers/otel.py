"""OpenTelemetry spans of model calls: OTLP JSON, exporters' rows, and the attribute names of three conventions.

The conventions count all input as input tokens, and know no lifetime of cache writes. Spans of agents and chains repeat
the counts of the calls below them, so only spans of calls are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cachecalc.core.record import Record
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, mapping
from cachecalc.logs.importers.importer import Importer, each
from cachecalc.logs.importers.wire import service_of
from cachecalc.logs.usage import read_usage
from cachecalc.logs.usage.counts import Malformed

# OpenTelemetry's names (gen_ai.*: current, then older), OpenLLMetry's before it joined, OpenInference's (llm.token_count).
INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt")
OUTPUT = (
    *("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
    "llm.token_count.completion",
)
READ = (
    *("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    *("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.cached_tokens", "llm.usage.cache_read_input_tokens"),
    *("llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input"),
)
WRITE = (
    *("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
    *("gen_ai.usage.details.cache_write_tokens", "llm.usage.cache_creation_input_tokens"),
    "llm.token_count.prompt_details.cache_write",
)
REASONING = ("gen_ai.usage.reasoning.output_tokens", "llm.token_count.completion_details.reasoning")
MODEL = ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "llm.response.model", "llm.request.model")
PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")
SESSION = ("gen_ai.conversation.id", "session.id", "langfuse.session.id")
USER = ("user.id", "enduser.id", "langfuse.user.id")
COST = ("operation.cost", "gen_ai.usage.cost", "llm.cost.total")
SERVICE = ("openai.response.service_tier", "gen_ai.openai.response.service_tier")

CALLS = frozenset({"", "chat", "text_completion", "generate_content", "embeddings", "LLM", "EMBEDDING", "completion"})
NO_CALL = "span of no model call"

_RESOURCES = ("resourceSpans", "resource_spans")
_SCOPES = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
_ATTRIBUTES = ("attributes", "SpanAttributes", "span_attributes")
_NAMES = ("name", "SpanName", "span_name")


def _matches(value: Json) -> bool:
    if any(key in value for key in _RESOURCES):
        return True
    return any(key in value for key in _ATTRIBUTES) and any(key in value for key in _NAMES)


def _read(value: Json, at: Cursor) -> Iterator[Record]:
    if not any(key in value for key in _RESOURCES):
        yield from _span(value, at)
        return
    for number, span in enumerate(_spans(value)):
        at.item = f"span {number + 1} of line {at.line}"
        try:
            yield from _span(span, at)
        except Malformed as fault:
            at.skip(str(fault))
    at.item = ""


def _spans(value: Json) -> Iterator[Json]:
    for resource in _lists(value, _RESOURCES):
        for scope in _lists(resource, _SCOPES):
            yield from _lists(scope, ("spans",))


def _lists(value: Json, keys: Iterable[str]) -> Iterator[Json]:
    for key in keys:
        yield from (item for item in fields.items(value.get(key)) if isinstance(item, Mapping))


def _span(span: Json, at: Cursor) -> Iterator[Record]:
    attributes = _attributes(next((span[key] for key in _ATTRIBUTES if key in span), None))
    raw = {
        "input_tokens": _first(attributes, INPUT),
        "output_tokens": _first(attributes, OUTPUT),
        "cached_tokens": _first(attributes, READ),
        "cache_write_tokens": _first(attributes, WRITE),
        "output_tokens_details": {"reasoning_tokens": _first(attributes, REASONING)},
    }
    kind = _first(attributes, ("gen_ai.operation.name", "openinference.span.kind", "llm.request.type"))
    if str(kind or "") not in CALLS or (raw["input_tokens"] is None and raw["output_tokens"] is None):
        at.other(NO_CALL)
        return
    model = fields.text(_first(attributes, MODEL))
    yield Record(
        read_usage(raw, at.warn, model or ""),
        model,
        _start(span),
        fields.text(_first(attributes, PROVIDER)),
        fields.text(_first(attributes, SESSION)),
        fields.tags(user=_first(attributes, USER), service=attributes.get("service.name")),
        service_of(_first(attributes, SERVICE)),
        charged=fields.usd(_first(attributes, COST), at.warn),
        id=_identity(span),
        path=at.file,
        line=at.number,
    )


def _start(span: Json) -> Any:
    keys = ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime", "Timestamp")
    return next((moment for key in keys if (moment := fields.moment(span.get(key)))), None)


def _identity(span: Json) -> str | None:
    context = mapping(span.get("context"))
    ids = [span.get("traceId"), span.get("TraceId"), context.get("trace_id")]
    ids += [span.get("spanId"), span.get("SpanId"), context.get("span_id")]
    return " ".join(part for part in ids if isinstance(part, str)) or None


def _attributes(value: Any) -> Json:
    """The attributes by full name: from OTLP's list of pairs, from an object, from an object of objects."""
    if isinstance(value, list):
        return {str(pair.get("key")): _plain(pair.get("value")) for pair in value if isinstance(pair, Mapping)}
    flat: dict[str, Any] = {}
    waiting = [("", mapping(value))]
    while waiting:
        prefix, inner = waiting.pop()
        for key, item in inner.items():
            if isinstance(item, Mapping):
                waiting.append((f"{prefix}{key}.", item))
            else:
                flat[f"{prefix}{key}"] = item
    return flat


def _plain(value: Any) -> Any:
    """`{"intValue": "12"}` as 12."""
    inner = mapping(value)
    for key in ("stringValue", "intValue", "doubleValue", "boolValue", "string_value", "int_value", "double_value"):
        if key in inner:
            return inner[key]
    return None


def _first(attributes: Json, names: Iterable[str]) -> Any:
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


OTEL = Importer("otel", "OpenTelemetry and OpenInference spans", _matches, each(_read))
