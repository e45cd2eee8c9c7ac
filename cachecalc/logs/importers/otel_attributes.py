"""The attributes of a span that tell of a call: under the names of each convention, in each form of exporters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cachecalc.logs.fields import Json, items, mapping

# OpenTelemetry's names (gen_ai.*: current, then older), OpenLLMetry's before it joined, OpenInference's (llm.token_count).
NAMES: Mapping[str, tuple[str, ...]] = {
    "kind": ("gen_ai.operation.name", "openinference.span.kind", "llm.request.type"),
    "input": (
        *("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
        "llm.token_count.prompt",
    ),
    "output": (
        *("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
        "llm.token_count.completion",
    ),
    "read": (
        *("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
        *("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.cached_tokens", "llm.usage.cache_read_input_tokens"),
        *("llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input"),
    ),
    "write": (
        *("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
        *("gen_ai.usage.details.cache_write_tokens", "llm.usage.cache_creation_input_tokens"),
        "llm.token_count.prompt_details.cache_write",
    ),
    "reasoning": ("gen_ai.usage.reasoning.output_tokens", "llm.token_count.completion_details.reasoning"),
    "model": (
        *("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "llm.response.model"),
        "llm.request.model",
    ),
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
    "session": ("gen_ai.conversation.id", "session.id", "langfuse.session.id"),
    "user": ("user.id", "enduser.id", "langfuse.user.id"),
    "service": ("service.name",),
    "cost": ("operation.cost", "gen_ai.usage.cost", "llm.cost.total"),
    "tier": ("openai.response.service_tier", "gen_ai.openai.response.service_tier"),
    "response": ("gen_ai.response.id",),
    "prompt": (
        *("gen_ai.input.messages", "ai.prompt.messages", "events", "input.value", "llm.input_messages"),
        *("gen_ai.prompt.0.role", "gen_ai.prompt.0.content", "llm.input_messages.0.message.role"),
    ),
}
"""What an attribute tells to its names, the best first. `prompt`: the span keeps the messages that were sent."""

_SLOTS = {name: (field, rank) for field, names in NAMES.items() for rank, name in enumerate(names)}


def told(attributes: Any) -> dict[str, Any]:
    """What a span's attributes tell, by the keys of `NAMES`. Of the others, nothing is decoded: spans have many."""
    best: dict[str, tuple[int, Any]] = {}
    for (field, rank), value in _listed(attributes) if isinstance(attributes, list) else _named(_flat(attributes)):
        if value is not None and (field not in best or rank < best[field][0]):
            best[field] = rank, value
    return {field: value for field, (_, value) in best.items()}


def _listed(attributes: list[Any]) -> Iterator[tuple[tuple[str, int], Any]]:
    for pair in attributes:
        if isinstance(pair, dict) and isinstance(name := pair.get("key"), str) and (slot := _SLOTS.get(name)):
            yield slot, _plain(pair.get("value"))


def _named(attributes: Json) -> Iterator[tuple[tuple[str, int], Any]]:
    return ((slot, value) for name, value in attributes.items() if (slot := _SLOTS.get(name)))


def decoded(attributes: Any) -> Json:
    """All attributes by full name: from OTLP's list of pairs, from an object, from an object of objects."""
    return dict(_values(attributes)) if isinstance(attributes, list) else _flat(attributes)


def _values(attributes: list[Any]) -> list[tuple[str, Any]]:
    pairs = (pair for pair in attributes if isinstance(pair, dict))
    return [(name, _plain(pair.get("value"))) for pair in pairs if isinstance(name := pair.get("key"), str)]


def _flat(attributes: Any) -> Json:
    """The attributes of an object, objects within it taken apart."""
    values = mapping(attributes)
    if not any(isinstance(value, dict) for value in values.values()):
        return values
    flat: dict[str, Any] = {}
    waiting: list[tuple[str, Json]] = [("", values)]
    while waiting:
        prefix, inner = waiting.pop()
        for key, item in inner.items():
            if isinstance(item, dict):
                waiting.append((f"{prefix}{key}.", item))
            else:
                flat[f"{prefix}{key}"] = item
    return flat


def _plain(value: Any) -> Any:
    """`{"intValue": "12"}` as 12."""
    inner = value if isinstance(value, dict) else {}
    for key in _SCALARS:
        if key in inner:
            return inner[key]
    listed = mapping(inner.get("arrayValue", inner.get("array_value")))
    if listed:
        return [_plain(item) for item in items(listed.get("values"))]
    pairs = mapping(inner.get("kvlistValue", inner.get("kvlist_value")))
    return dict(_values(items(pairs.get("values")))) if pairs else None


_SCALARS = ("stringValue", "intValue", "doubleValue", "boolValue", "string_value", "int_value", "double_value")
