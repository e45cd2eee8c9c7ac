"""Bedrock's model invocation logs, from S3 or as messages of CloudWatch.

Input counts are fresh input alone. The body of the response, where it is kept, also tells writes apart by lifetime.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cachecalc.core.record import Record
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, mapping
from cachecalc.logs.importers import streams, wire
from cachecalc.logs.importers.importer import Importer, each

KIND = "ModelInvocationLog"


def _matches(value: Json) -> bool:
    return value.get("schemaType") == KIND or (isinstance(value.get("message"), str) and KIND in value["message"])


def _read(value: Json, at: Cursor) -> Iterator[Record]:
    entry = value if "schemaType" in value else mapping(value.get("message"))
    asked, answered = mapping(entry.get("input")), mapping(entry.get("output"))
    exchange = wire.Exchange(
        request=asked.get("inputBodyJson"),
        response={"error": entry["errorCode"]} if entry.get("errorCode") else _response(asked, answered),
        url=f"https://bedrock.amazonaws.com/model/{entry.get('modelId', '')}/{_path(entry)}",
        at=fields.moment(entry.get("timestamp")),
        provider="bedrock",
        tags=fields.tags(user=_user(entry), account=entry.get("accountId"), region=entry.get("region")),
        id=fields.text(entry.get("requestId")),
    )
    for record in wire.records(exchange, at):
        yield record._replace(model=_model(entry) or record.model)


def _model(entry: Json) -> str | None:
    """A model id, or an ARN that ends in one."""
    return fields.text(entry.get("modelId"))


def _path(entry: Json) -> str:
    return "converse" if str(entry.get("operation", "")).startswith("Converse") else "invoke"


def _response(asked: Json, answered: Json) -> Any:
    """The kept body with a usage in it, or else the log's own counts in the same form."""
    body = streams.body(answered.get("outputBodyJson"))
    if wire.usage_object(body):
        return body
    return {
        "usage": {
            "inputTokens": asked.get("inputTokenCount"),
            "cacheReadInputTokens": asked.get("cacheReadInputTokenCount"),
            "cacheWriteInputTokens": asked.get("cacheWriteInputTokenCount"),
            "outputTokens": answered.get("outputTokenCount"),
        }
    }


def _user(entry: Json) -> Any:
    """Who called: the last part of an IAM identity."""
    arn = fields.text(mapping(entry.get("identity")).get("arn"))
    return arn.rsplit("/", 1)[-1] if arn else None


BEDROCK_LOG = Importer("bedrock-log", "Bedrock model invocation logs", _matches, each(_read))
