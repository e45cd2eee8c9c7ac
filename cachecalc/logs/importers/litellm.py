"""LiteLLM's spend logs (rows of its table) and the payloads of its logging callbacks.

`prompt_tokens` include what was read and written, for Claude too. The counts by class are in the metadata, which an
export of the table holds as JSON text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from cachecalc.core.record import Record
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, items, mapping
from cachecalc.logs.importers.importer import Importer, each
from cachecalc.logs.importers.wire import FAILED, asks, geo_of, service_of
from cachecalc.logs.usage import read_usage

OWN_CACHE = "request answered from LiteLLM's own cache"
_ROW = ("prompt_tokens", "completion_tokens", "total_tokens")


def _matches(value: Json) -> bool:
    return "startTime" in value and ("spend" in value or "response_cost" in value)


def _read(value: Json, at: Cursor) -> Iterable[Record]:
    if value.get("status") == "failure":
        at.other(FAILED)
        return ()
    if value.get("cache_hit") in (True, "True", "true"):
        at.other(OWN_CACHE)
        return ()
    metadata = mapping(value.get("metadata"))
    raw = mapping(metadata.get("usage_object")) or {key: value.get(key) for key in _ROW}
    model = fields.text(value.get("model"))
    cost = value.get("spend", value.get("response_cost"))
    record = Record(
        read_usage(raw, at.warn, model or ""),
        model,
        fields.moment(value.get("startTime")),
        fields.text(value.get("custom_llm_provider")),
        fields.text(value.get("session_id")) or fields.text(value.get("trace_id")),
        _tags(value, metadata),
        service_of(raw.get("service_tier"), raw.get("speed")),
        geo_of(raw.get("inference_geo")),
        fields.usd(cost, at.warn),
        1,
        None,
        fields.text(value.get("request_id")) or fields.text(value.get("id")),
        _request(value),
        at.file,
        at.number,
    )
    return (record,)


def _request(value: Json) -> Any:
    """The request as sent, where the proxy was told to keep it."""
    asked = mapping(value.get("proxy_server_request"))
    sent = mapping(asked.get("body")) or asked
    if asks(sent):
        return sent
    return partial(_of_messages, value) if value.get("messages") not in (None, "{}", "[]", {}, []) else None


def _of_messages(value: Json) -> Json | None:
    """The request put together: what a callback is told of it."""
    messages, settings = items(value.get("messages")), mapping(value.get("model_parameters"))
    return {**settings, "model": value.get("model"), "messages": messages} if messages else None


def _tags(value: Json, metadata: Json) -> Mapping[str, str]:
    labels = items(value.get("request_tags"))
    return fields.tags(
        team=value.get("team_id") or metadata.get("user_api_key_team_alias") or metadata.get("user_api_key_team_id"),
        user=value.get("user") or metadata.get("user_api_key_user_id"),
        end_user=value.get("end_user"),
        api_key=value.get("api_key") or metadata.get("user_api_key_hash"),
        tag=",".join(sorted(map(str, labels))) if labels else None,
    )


LITELLM = Importer("litellm", "LiteLLM spend logs and callback payloads", _matches, each(_read))
