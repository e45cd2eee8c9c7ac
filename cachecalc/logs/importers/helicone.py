"""Helicone's exports of requests.

The provider's own usage in the kept response is taken where there is one. The columns count fresh input, reads and
writes apart: Helicone's own totals add them up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cachecalc.core.record import NOTHING, UNKNOWN_TTL, Record, Usage
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, mapping
from cachecalc.logs.importers import streams, wire
from cachecalc.logs.importers.importer import Importer, each
from cachecalc.logs.usage.counts import count

CACHED = "request answered from Helicone's own cache"


def _matches(value: Json) -> bool:
    return "request_created_at" in value or "helicone_user" in value


def _read(value: Json, at: Cursor) -> Iterator[Record]:
    properties = {**mapping(value.get("request_properties")), **mapping(value.get("properties"))}
    if value.get("cache_reference_id") and value["cache_reference_id"] != "00000000-0000-0000-0000-000000000000":
        at.other(CACHED)
        return
    exchange = wire.Exchange(
        request=value.get("request_body"),
        response=value.get("response_body"),
        url=str(value.get("target_url") or ""),
        status=count(value.get("response_status")) or None,
        at=fields.moment(value.get("request_created_at")),
        session=fields.text(properties.get("Helicone-Session-Id")),
        tags=fields.tags(user=value.get("request_user_id") or value.get("user_id"), country=value.get("country_code")),
        provider=(fields.text(value.get("provider")) or "").lower() or None,
        charged=fields.usd(value.get("cost") or value.get("costUSD"), at.warn),
        id=fields.text(value.get("request_id")),
    )
    if wire.usage_object(streams.body(value.get("response_body"))) or (exchange.status or 200) >= 400:
        yield from wire.records(exchange, at)
    else:
        yield from _columns(value, exchange, at)


def _columns(value: Json, exchange: wire.Exchange, at: Cursor) -> Iterable[Record]:
    names = ("response_model", "model_override", "request_model", "model")
    write = count(value.get("prompt_cache_write_tokens"))
    usage = Usage(
        count(value.get("prompt_tokens")),
        count(value.get("completion_tokens")),
        count(value.get("prompt_cache_read_tokens")),
        {UNKNOWN_TTL: write} if write else None if write is None else NOTHING,
        audio=count(value.get("prompt_audio_tokens")) or None,
    )
    yield Record(
        None if usage.input is None and usage.output is None else usage,
        next((name for key in names if (name := fields.text(value.get(key)))), None),
        exchange.at,
        exchange.provider,
        exchange.session,
        exchange.tags,
        charged=exchange.charged,
        id=exchange.id,
        request=exchange.request,
        path=at.file,
        line=at.number,
    )


HELICONE = Importer("helicone", "Helicone request exports", _matches, each(_read))
