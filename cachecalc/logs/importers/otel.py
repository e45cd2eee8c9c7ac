"""OpenTelemetry spans of model calls: OTLP JSON, exporters' rows, and the attribute names of three conventions.

The conventions count all input as input tokens, and know no lifetime of cache writes. Spans of agents and chains repeat
the counts of the calls below them, so only spans of calls are taken; and where a framework and the client below it both
record a call, the two spans are one request: they name the same response, or one is the parent of the other and counts
the same tokens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cachecalc.core.record import Record
from cachecalc.logs import fields
from cachecalc.logs.cursor import EMPTY, Cursor
from cachecalc.logs.fields import Json, items, mapping
from cachecalc.logs.importers import otel_attributes, otel_prompts
from cachecalc.logs.importers.importer import Importer
from cachecalc.logs.importers.wire import service_of
from cachecalc.logs.usage.counts import Malformed
from cachecalc.logs.usage.openai import read_responses

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
    for span, service in _placed(values, at):
        try:
            record = _span(span, service, at)
        except Malformed as fault:
            at.skip(str(fault))
            continue
        if record is None:
            at.other(NO_CALL)
        elif layers.has_another(span, record):
            at.report.merged += 1
        else:
            yield record


def _placed(values: Iterable[Json], at: Cursor) -> Iterator[tuple[Json, Any]]:
    """Every span and the service it ran in, with the cursor at its place."""
    for value in values:
        if not any(key in value for key in _RESOURCES):
            yield value, value.get("ServiceName")
            continue
        number = 0
        for number, placed in enumerate(_spans(value), 1):
            at.item = f"span {number} of line {at.line}"
            yield placed
        at.item = ""
        if not number:
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


def _spans(value: Json) -> Iterator[tuple[Json, Any]]:
    for resource in _lists(value, _RESOURCES):
        service = otel_attributes.told(mapping(resource.get("resource")).get("attributes")).get("service")
        for scope in _lists(resource, _SCOPES):
            yield from ((span, service) for span in _lists(scope, ("spans",)))


def _lists(value: Json, keys: Iterable[str]) -> Iterator[Json]:
    for key in keys:
        yield from (item for item in items(value.get(key)) if isinstance(item, dict))


def _span(span: Json, service: Any, at: Cursor) -> Record | None:
    """The record of a span; None where it is no call of a model."""
    attributes = next((span[key] for key in _ATTRIBUTES if key in span), None)
    told = otel_attributes.told(attributes)
    if str(told.get("kind") or "") not in CALLS or ("input" not in told and "output" not in told):
        return None
    raw = {
        "input_tokens": told.get("input"),
        "output_tokens": told.get("output"),
        "cached_tokens": told.get("read"),
        "cache_write_tokens": told.get("write"),
        "reasoning_output_tokens": told.get("reasoning"),
    }
    model, provider = fields.text(told.get("model")), fields.text(told.get("provider"))
    return Record(
        read_responses(raw, at.warn, model or ""),
        model,
        _start(span),
        provider and _PROVIDERS.get(provider.lower(), provider.lower()),
        fields.text(told.get("session")),
        fields.tags(user=told.get("user"), service=told.get("service") or service),
        service_of(told.get("tier")),
        charged=fields.usd(told.get("cost"), at.warn),
        id=fields.text(told.get("response")) or _ids(span)[0] or None,
        request=partial(_request, attributes) if "prompt" in told else None,
        path=at.file,
        line=at.number,
    )


def _request(attributes: Any) -> Json | None:
    return otel_prompts.request(otel_attributes.decoded(attributes))


def _start(span: Json) -> dt.datetime | None:
    return next((moment for key in _STARTS if key in span and (moment := fields.moment(span[key]))), None)


_STARTS = ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime", "Timestamp")


OTEL = Importer("otel", "OpenTelemetry and OpenInference spans", _matches, _read)
