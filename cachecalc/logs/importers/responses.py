"""Responses kept without their requests: a provider's response body, or any object with its usage in it."""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.record import Record
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, mapping
from cachecalc.logs.importers import wire
from cachecalc.logs.importers.importer import Importer, each

_USAGES = ("usage", "usageMetadata", "usage_metadata")
_TIMES = ("timestamp", "time", "created_at", "created", "createTime")


def _matches(value: Json) -> bool:
    return any(isinstance(value.get(key), dict) and value[key] for key in _USAGES)


def _read(value: Json, at: Cursor) -> Iterator[Record]:
    exchange = wire.Exchange(
        response=value,
        url=str(value.get("uri") or value.get("url") or ""),
        at=next((moment for key in _TIMES if (moment := fields.moment(value.get(key)))), None),
        session=fields.text(value.get("session_id")),
        tags=_tags(value),
        provider=fields.text(value.get("provider")),
    )
    return wire.records(exchange, at)


def _tags(value: Json) -> dict[str, str]:
    tags = mapping(value.get("tags"))
    return {str(name): label for name, inner in tags.items() if (label := fields.text(inner))}


RESPONSE = Importer("response", "response bodies with a usage object", _matches, each(_read))
