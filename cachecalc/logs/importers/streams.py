"""Streamed responses put together: server-sent events, lists of chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cachecalc.logs import json_text
from cachecalc.logs.fields import Json, mapping

_CARRIED = ("model", "id", "created", "modelVersion", "responseId", "service_tier", "provider", "type")


def body(value: Any) -> Json:
    """A response body as one object: decoded, and its events put together where it was streamed. Empty for none."""
    if isinstance(value, str):
        value = _decoded(value.lstrip("\ufeff \r\n\t"))
    if isinstance(value, list):
        return merged(value)
    return mapping(value)


def _decoded(text: str) -> Any:
    if text.startswith(("{", "[")):
        try:
            return json_text.decoder()(text)
        except (ValueError, RecursionError):
            pass
    return list(events(text))


def events(text: str) -> Iterator[Any]:
    """The data of server-sent events (or of lines of JSON), one by one; what is not JSON is left out."""
    for line in text.splitlines():
        data = line.removeprefix("data:").strip()
        if data.startswith("{"):
            try:
                yield json_text.decoder()(data)
            except (ValueError, RecursionError):
                continue


def merged(chunks: Iterable[Any]) -> Json:
    """One response out of its events.

    Anthropic's `message_start` holds the usage with the lifetimes of the writes, and `message_delta` repeats the totals,
    final and without them; so counts are replaced name by name, and a count's parts are replaced together.
    """
    whole: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    for chunk in chunks:
        event = mapping(chunk)
        for part in (
            mapping(event.get("message")),
            mapping(event.get("response")),
            mapping(event.get("metadata")),
            event,
        ):
            usage.update({key: value for key, value in mapping(part.get("usage")).items() if value is not None})
            whole.update({key: part[key] for key in _CARRIED if part.get(key) is not None})
            if part.get("usageMetadata"):
                whole["usageMetadata"] = part["usageMetadata"]
    return {**whole, "usage": usage} if usage else whole
