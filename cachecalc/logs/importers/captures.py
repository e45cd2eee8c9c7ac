"""Requests recorded together with their responses: cachecalc's own form, HAR files, VCR cassettes, batch results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cachecalc.core.record import Record
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, mapping
from cachecalc.logs.importers import http, wire
from cachecalc.logs.importers.importer import Importer, each


def _is_capture(value: Json) -> bool:
    return isinstance(value.get("request"), (dict, str)) and isinstance(value.get("response"), (dict, str, list))


def _read_capture(value: Json, at: Cursor) -> Iterator[Record]:
    return wire.records(http.exchange(value), at)


def _is_cassette(value: Json) -> bool:
    return any(isinstance(value.get(key), list) for key in _INTERACTIONS)


_INTERACTIONS = ("interactions", "http_interactions")


def _read_cassette(value: Json, at: Cursor) -> Iterator[Record]:
    for key in _INTERACTIONS:
        for number, interaction in enumerate(fields.items(value.get(key))):
            at.item = f"{key}[{number}]"
            yield from wire.records(http.exchange(mapping(interaction)), at)
    at.item = ""


def _is_har(value: Json) -> bool:
    return isinstance(mapping(value.get("log")).get("entries"), list)


def _read_har(value: Json, at: Cursor) -> Iterator[Record]:
    for number, entry in enumerate(mapping(value["log"])["entries"]):
        at.item = f"entries[{number}]"
        yield from wire.records(_har_exchange(mapping(entry)), at)
    at.item = ""


def _har_exchange(entry: Json) -> wire.Exchange:
    request, response = mapping(entry.get("request")), mapping(entry.get("response"))
    content = mapping(response.get("content"))
    return wire.Exchange(
        request=mapping(request.get("postData")).get("text"),
        response=_har_text(content),
        url=str(request.get("url") or ""),
        method=str(request.get("method") or ""),
        status=response.get("status") if type(response.get("status")) is int else None,
        at=fields.moment(entry.get("startedDateTime")),
    )


def _har_text(content: Json) -> Any:
    text = content.get("text")
    if content.get("encoding") != "base64" or not isinstance(text, str):
        return text
    import base64
    import binascii

    try:
        return base64.b64decode(text).decode("utf-8", errors="replace")
    except binascii.Error:
        return None


def _is_batch_result(value: Json) -> bool:
    return "custom_id" in value and ("result" in value or "response" in value) and "request" not in value


def _read_batch_result(value: Json, at: Cursor) -> Iterator[Record]:
    """One line of a provider's batch output: Anthropic's `result.message`, OpenAI's `response.body`."""
    result, response = mapping(value.get("result")), mapping(value.get("response"))
    status = response.get("status_code")
    exchange = wire.Exchange(
        response=result.get("message") or response.get("body") or {"error": True},
        status=status if type(status) is int else None,
        service="batch",
        id=fields.text(value.get("custom_id")),
    )
    return wire.records(exchange, at)


def _is_sent(value: Json) -> bool:
    return bool(_sent(value))


def _sent(value: Json) -> Json:
    """The request in an entry: the entry itself, or what wraps it."""
    wrapped = (mapping(value.get(key)) for key in ("request", "params", "body", "kwargs"))
    return next((body for body in (value, *wrapped) if wire.asks(body)), {})


def _read_sent(value: Json, at: Cursor) -> Iterator[Record]:
    exchange = http.exchange(value)
    return wire.records(exchange._replace(request=_sent(value), response=None, status=None, method="POST"), at)


CAPTURE = Importer("capture", "a request and its response, one pair an entry", _is_capture, each(_read_capture))
CASSETTE = Importer("cassette", "VCR cassettes, YAML or JSON", _is_cassette, each(_read_cassette))
HAR = Importer("har", "HTTP archives of a browser or proxy", _is_har, each(_read_har))
BATCH = Importer("batch", "results of Anthropic's and OpenAI's batches", _is_batch_result, each(_read_batch_result))
SENT = Importer("request", "requests without their responses", _is_sent, each(_read_sent))
"""Read only where somebody wants the texts: such entries count nothing."""
