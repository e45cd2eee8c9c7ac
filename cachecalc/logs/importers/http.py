"""HTTP requests and responses as recorders write them, brought to exchanges."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import gzip
import zlib
from collections.abc import Mapping
from typing import Any

from cachecalc.core.record import NO_TAGS
from cachecalc.logs import fields
from cachecalc.logs.fields import Json, mapping
from cachecalc.logs.importers.wire import Exchange

_BODIES = ("parsed_body", "body", "sse_events")


def exchange(entry: Json) -> Exchange:
    """One recorded call: `request` and `response` are the bodies themselves, or objects with a body in them."""
    request, response = entry.get("request"), entry.get("response")
    asked, answered = mapping(request), mapping(response)
    headers = _lower(answered["headers"]) if "headers" in answered else {}
    return Exchange(
        request=_body(request),
        response=_body(response),
        url=str(
            entry.get("uri") or entry.get("url") or asked.get("uri") or asked.get("url") or asked.get("path") or ""
        ),
        method=str(entry.get("method") or asked.get("method") or "POST").upper(),
        status=_status(answered.get("status") or answered.get("status_code") or entry.get("status")),
        at=_at(entry) or (fields.moment(_first(headers.get("date"))) if headers else None),
        session=fields.text(entry.get("session_id")) or fields.text(entry.get("sessionId")),
        tags=_tags(entry.get("tags")),
        provider=fields.text(entry.get("provider")),
        id=fields.text(_first(headers.get("x-amzn-requestid"))) or fields.text(_first(headers.get("request-id"))),
    )


def _at(entry: Json) -> dt.datetime | None:
    return next((moment for key in _TIMES if key in entry and (moment := fields.moment(entry[key]))), None)


_TIMES = ("timestamp", "time", "recorded_at", "created_at", "startedDateTime")


def _tags(value: Any) -> Mapping[str, str]:
    if not value:
        return NO_TAGS
    if isinstance(value, list):
        return {"tag": ",".join(sorted(map(str, value)))} if value else {}
    return {str(name): label for name, inner in mapping(value).items() if (label := fields.text(inner))}


def _body(side: Any) -> Any:
    """The body of one side, which is an HTTP message with a body in it, or the body itself."""
    message = mapping(side)
    if not message.keys() & {"headers", *_BODIES}:
        return side
    found = next((message[key] for key in (*_BODIES, "content") if message.get(key)), None)
    if isinstance(found, dict) and found.keys() & {"string", "text", "base64_string"}:
        found = found.get("string") or found.get("text") or found.get("base64_string")
    return _unpacked(found, _lower(message.get("headers")))


def _unpacked(body: Any, headers: Json) -> Any:
    """A body kept as it came over the wire, packed and in base64."""
    if (
        not isinstance(body, str)
        or "content-encoding" not in headers
        or body.lstrip().startswith(("{", "[", "data", "e"))
    ):
        return body
    try:
        raw = base64.b64decode("".join(body.split()), validate=True)
        return gzip.decompress(raw).decode("utf-8", errors="replace")
    except (binascii.Error, OSError, EOFError, zlib.error):
        return body


def _status(value: Any) -> int | None:
    code = value.get("code") if isinstance(value, dict) else value
    return code if type(code) is int else None


def _lower(headers: Any) -> dict[str, Any]:
    if isinstance(headers, list):
        pairs = ((header.get("name"), header.get("value")) for header in headers if isinstance(header, dict))
        return {str(name).lower(): value for name, value in pairs}
    return {str(name).lower(): value for name, value in mapping(headers).items()}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value
