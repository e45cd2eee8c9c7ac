"""OpenTelemetry spans of model calls: OTLP JSON, exporters' rows, and the attribute names of three conventions.

The conventions count all input as input tokens, and know no lifetime of cache writes. Spans of agents and chains repeat
the counts of the calls below them, so only spans of calls are taken; and where a framework and the client below it both
record a call, the two spans are one request: they name the same response, or one is the parent of the other and counts
the same tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cachecalc.core.record import Record
from cachecalc.logs import fields
from cachecalc.logs.cursor import EMPTY, Cursor
from cachecalc.logs.fields import Json, items, mapping
from cachecalc.logs.importers import otel_prompts
from cachecalc.logs.importers.importer import Importer
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
RESPONSE = "gen_ai.response.id"
SERVICE = ("openai.response.service_tier", "gen_ai.openai.response.service_tier")

CALLS = frozenset({"", "chat", "text_completion", "generate_content", "embeddings", "LLM", "EMBEDDING", "completion"})
NO_CALL = "span of no model call"

_PROVIDERS = {
    **dict.fromkeys(("aws.bedrock", "aws_bedrock", "aws"), "bedrock"),
    **dict.fromkeys(("gcp.gemini", "gcp.gen_ai", "gemini"), "google"),
    **dict.fromkeys(("gcp.vertex_ai", "vertex_ai", "vertexai"), "vertex"),
    **dict.fromkeys(("azure.ai.openai", "azure.ai.inference", "az.ai.openai", "az.ai.inference"), "azure"),
    "x_ai": "xai",
    "mistral_ai": "mistral",
}
"""Names that spans give providers, where the rest of the logs gives others."""

_RESOURCES = ("resourceSpans", "resource_spans")
_SCOPES = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
_ATTRIBUTES = ("attributes", "SpanAttributes", "span_attributes")
_NAMES = ("name", "SpanName", "span_name")


def _matches(value: Json) -> bool:
    if any(key in value for key in _RESOURCES):
        return True
    return any(key in value for key in _ATTRIBUTES) and any(key in value for key in _NAMES)


def _read(values: Iterable[Json], at: Cursor) -> Iterator[Record]:
    layers = _Layers()
    for span in _placed(values, at):
        try:
            record = _span(span, at)
        except Malformed as fault:
            at.skip(str(fault))
            continue
        if record is None:
            at.other(NO_CALL)
        elif layers.has_another(span, record):
            at.report.merged += 1
        else:
            yield record


def _placed(values: Iterable[Json], at: Cursor) -> Iterator[Json]:
    """Every span, with the cursor at its place."""
    for value in values:
        if not any(key in value for key in _RESOURCES):
            yield value
            continue
        is_empty = True
        for number, span in enumerate(_spans(value)):
            at.item = f"span {number + 1} of line {at.line}"
            is_empty = False
            yield span
        at.item = ""
        if is_empty:
            at.other(EMPTY)


@dataclass(slots=True)
class _Layers:
    """The calls met so far: their tokens by span, and by the span they are directly below."""

    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    below: dict[str, tuple[int, int]] = field(default_factory=dict)

    def has_another(self, span: Json, record: Record) -> bool:
        """Whether another layer recorded the same call: the span above this one, or one below."""
        own, above = _ids(span)
        if not own or not record.usage:
            return False
        tokens = record.usage.input_tokens, record.usage.output or 0
        is_known = self.below.get(own) == tokens or (above is not None and self.spans.get(above) == tokens)
        self.spans[own] = tokens
        if above:
            self.below[above] = tokens
        return is_known


def _ids(span: Json) -> tuple[str, str | None]:
    """A span's id and that of the span above it, each with its trace's; "" and None where there is none."""
    context = mapping(span.get("context"))
    trace = next((found for key in _TRACE_IDS if (found := span.get(key) or context.get(key))), "")
    own = next((found for key in _SPAN_IDS if (found := span.get(key) or context.get(key))), None)
    above = next((found for key in _PARENT_IDS if (found := span.get(key))), None)
    return f"{trace} {own}" if own else "", f"{trace} {above}" if above else None


_TRACE_IDS = ("traceId", "TraceId", "trace_id", "context.trace_id")
_SPAN_IDS = ("spanId", "SpanId", "span_id", "context.span_id")
_PARENT_IDS = ("parentSpanId", "ParentSpanId", "parent_span_id", "parent_id", "parentId")


def _spans(value: Json) -> Iterator[Json]:
    for resource in _lists(value, _RESOURCES):
        for scope in _lists(resource, _SCOPES):
            yield from _lists(scope, ("spans",))


def _lists(value: Json, keys: Iterable[str]) -> Iterator[Json]:
    for key in keys:
        yield from (item for item in fields.items(value.get(key)) if isinstance(item, Mapping))


def _span(span: Json, at: Cursor) -> Record | None:
    """The record of a span; None where it is no call of a model."""
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
        return None
    model = fields.text(_first(attributes, MODEL))
    provider = fields.text(_first(attributes, PROVIDER))
    return Record(
        read_usage(raw, at.warn, model or ""),
        model,
        _start(span),
        provider and _PROVIDERS.get(provider.lower(), provider.lower()),
        fields.text(_first(attributes, SESSION)),
        fields.tags(user=_first(attributes, USER), service=attributes.get("service.name")),
        service_of(_first(attributes, SERVICE)),
        charged=fields.usd(_first(attributes, COST), at.warn),
        id=fields.text(attributes.get(RESPONSE)) or _ids(span)[0] or None,
        request=partial(otel_prompts.request, attributes) if otel_prompts.has_prompt(attributes) else None,
        path=at.file,
        line=at.number,
    )


def _start(span: Json) -> Any:
    keys = ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime", "Timestamp")
    return next((moment for key in keys if (moment := fields.moment(span.get(key)))), None)


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
    listed = mapping(inner.get("arrayValue", inner.get("array_value")))
    if listed:
        return [_plain(item) for item in items(listed.get("values"))]
    pairs = mapping(inner.get("kvlistValue", inner.get("kvlist_value")))
    return _attributes(items(pairs.get("values"))) if pairs else None


def _first(attributes: Json, names: Iterable[str]) -> Any:
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


OTEL = Importer("otel", "OpenTelemetry and OpenInference spans", _matches, _read)
