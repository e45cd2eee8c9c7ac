"""One request to a model and its response, however they were recorded, as records."""

from __future__ import annotations

import datetime as dt
import functools
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from cachecalc.core.record import NO_TAGS, UNKNOWN_TTL, Record, Usage
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, mapping
from cachecalc.logs.importers import streams
from cachecalc.logs.usage import read_runs
from cachecalc.logs.usage.counts import count

HOSTS: Mapping[str, str] = {
    "api.anthropic.com": "anthropic",
    "api.openai.com": "openai",
    "openai.azure.com": "azure",
    "services.ai.azure.com": "azure",
    "generativelanguage.googleapis.com": "google",
    "aiplatform.googleapis.com": "vertex",
    "amazonaws.com": "bedrock",
    "api.aws": "bedrock",
    "openrouter.ai": "openrouter",
    "api.deepseek.com": "deepseek",
    "api.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.x.ai": "xai",
    "api.cohere.com": "cohere",
    "api.z.ai": "zai",
    "api.moonshot.ai": "moonshot",
}
"""Providers by the host their requests go to."""

STANDARD = frozenset({"standard", "default", "auto", "on_demand", "global", "not_available", ""})
"""What providers call the usual way to buy, or the usual place; a record says None."""

_SERVICES = {
    "flex_discount": "flex",
    "priority_on_demand": "priority",
    "on_demand_flex": "flex",
    "on_demand_priority": "priority",
}
_GENERATES = re.compile(
    r"/(?:messages|completions|responses|converse|converse-stream|invoke|invoke-with-response-stream|chat|embeddings)"
    r"\Z|:(?:streamG|g)enerateContent\Z|:(?:streamR|r)awPredict\Z"
)
_MODEL_IN_PATH = re.compile(r"/models?/(?:arn:[^/]*/)?([^/:]+(?::\d+)?)")
_PROMPTS = ("messages", "input", "contents", "prompt")
_SESSION_IN_USER = re.compile(r"_session_([0-9a-f-]{8,})")

FAILED = "failed request"
NO_REQUEST = "exchange with no model"
UNTIL_EXPIRY = "a named cache is taken to have been kept until it expires"


class Exchange(NamedTuple):
    """A request and its response as a recorder keeps them. The bodies are decoded JSON or text."""

    request: Any = None
    response: Any = None
    url: str = ""
    method: str = "POST"
    status: int | None = None
    at: dt.datetime | None = None
    session: str | None = None
    tags: Mapping[str, str] = NO_TAGS
    provider: str | None = None
    service: str | None = None
    charged: Decimal | None = None
    id: str | None = None


def records(exchange: Exchange, at: Cursor) -> Iterator[Record]:
    """The record of an exchange; more than one where an answer drew on several models. None for what went wrong or asked
    no model, which is counted at the cursor."""
    if exchange.method not in {"POST", ""}:
        at.other(NO_REQUEST)  # what fetches an answer again is not billed again
        return
    answer = streams.body(exchange.response)
    raw = usage_object(answer)
    if (exchange.status or 200) >= 400 or (answer.get("error") and not raw):
        at.other(FAILED)
        return
    request = mapping(exchange.request)
    record = _frame(exchange, request, answer, raw, at)
    if _is_named_cache(answer):
        yield from _named_cache(record, answer, raw, at)
    elif not raw:
        if _asks_a_model(exchange.url, request):
            yield record
        else:
            at.other(NO_REQUEST)
    else:
        usage, others = read_runs(raw, at.warn, record.model)
        yield record._replace(usage=usage and _with_ttl(usage, request))
        for number, (model, usage) in enumerate(others, 1):
            yield consulted(record, model, usage, number)


def consulted(record: Record, model: str | None, usage: Usage, number: int) -> Record:
    """What another model did within a request: tokens of its own, and no request."""
    identity = record.id and f"{record.id} {number}"
    return record._replace(usage=usage, model=model, requests=0, charged=None, id=identity, request=None)


def usage_object(answer: Json) -> Json:
    """The usage in a response body of any provider; empty where there is none."""
    for key in _USAGES:
        if usage := mapping(answer.get(key)):
            return usage
    return {}


_USAGES = ("usage", "usageMetadata", "usage_metadata", "meta")


@functools.lru_cache(1024)
def provider_of(url: str) -> str | None:
    """Who answers at an address."""
    host = _parts(url).hostname or ""
    return next((name for suffix, name in HOSTS.items() if host == suffix or host.endswith(f".{suffix}")), None)


@functools.lru_cache(1024)
def _region_of(url: str) -> str | None:
    """The region in an address: OpenAI has one host for each."""
    region, _, host = (_parts(url).hostname or "").partition(".")
    return region if host == "api.openai.com" else None


@functools.lru_cache(1024)
def _parts(url: str) -> urllib.parse.SplitResult:
    try:
        return urllib.parse.urlsplit(url)
    except ValueError:
        return urllib.parse.urlsplit("")


def service_of(*values: Any) -> str | None:
    """How tokens were bought, from the names providers have for it; None for the usual way."""
    for value in values:
        if value is None or value == "standard" or not isinstance(value, str):
            continue
        name = value.lower()
        if name not in STANDARD:
            return _SERVICES.get(name, name)
    return None


def geo_of(value: Any) -> str | None:
    """Where a request had to be processed; None for anywhere."""
    return value.lower() if isinstance(value, str) and value.lower() not in STANDARD else None


def declared_ttls(value: Any) -> set[str]:
    """Every lifetime that a request asks of the cache."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, Mapping):
            for key, inner in here.items():
                if key in _DEFAULT_TTLS and isinstance(inner, Mapping):
                    found.add(str(inner.get("ttl") or _DEFAULT_TTLS[key]))
                elif isinstance(inner, (list, Mapping)):
                    waiting.append(inner)
    return found


_DEFAULT_TTLS = {"cache_control": "5m", "cachePoint": "5m", "prompt_cache_options": "30m"}


def _frame(exchange: Exchange, request: Json, answer: Json, raw: Json, at: Cursor) -> Record:
    """The record but for its tokens."""
    provider = exchange.provider or (provider_of(exchange.url) if exchange.url else None)
    when = exchange.at or fields.moment(answer.get("created")) or fields.moment(answer.get("created_at"))
    identity = fields.text(answer.get("id")) or fields.text(answer.get("responseId")) or exchange.id
    return Record(
        None,
        _model(exchange.url, request, answer, provider),
        when,
        provider,
        exchange.session or _session(request),
        exchange.tags or fields.tags(user=_user(request)),
        exchange.service or service_of(*map(raw.get, _TIERS), *map(answer.get, _TIERS)),
        geo_of(raw.get("inference_geo")) or (_region_of(exchange.url) if exchange.url else None),
        _charged(raw, at) if exchange.charged is None else exchange.charged,
        id=f"{identity} {when.timestamp() if when else ''}" if identity else None,
        request=exchange.request,
        path=at.file,
        line=at.number,
    )


_TIERS = ("service_tier", "serviceTier", "speed", "trafficType")


def _model(url: str, request: Json, answer: Json, provider: str | None) -> str | None:
    """The model that answered. Bedrock's own id is in the address, and says where it ran, which decides on the price."""
    found = _MODEL_IN_PATH.search(urllib.parse.unquote(_parts(url).path)) if url else None
    in_path = found[1] if found else None
    answered = fields.text(answer.get("model")) or fields.text(answer.get("modelVersion"))
    named = answered or fields.text(request.get("model")) or fields.text(request.get("modelId"))
    return in_path or named if provider == "bedrock" else named or in_path


def _session(request: Json) -> str | None:
    conversation = request.get("conversation")
    inner = conversation.get("id") if isinstance(conversation, Mapping) else conversation
    given = fields.text(request.get("session_id")) or fields.text(inner)
    if given or "metadata" not in request:
        return given
    found = _SESSION_IN_USER.search(str(mapping(request["metadata"]).get("user_id") or ""))
    return found[1] if found else None


def _user(request: Json) -> str | None:
    user = fields.text(request.get("user")) or fields.text(request.get("safety_identifier"))
    return user or fields.text(mapping(request.get("metadata")).get("user_id"))


def _charged(raw: Json, at: Cursor) -> Decimal | None:
    """What the provider says it charged: OpenRouter does. With one's own key that is only its fee."""
    return None if raw.get("is_byok") is True else fields.usd(raw.get("cost"), at.warn)


def _asks_a_model(url: str, request: Json) -> bool:
    if url:
        return bool(_GENERATES.search(_parts(url).path))
    return asks(request)


def asks(request: Json) -> bool:
    """Whether a body asks a model something."""
    return any(key in request for key in _PROMPTS)


def _with_ttl(usage: Usage, request: Json) -> Usage:
    """Writes of unknown lifetime get the one that the request asked for, if it asked for one alone."""
    write = usage.cache_write
    if not write or UNKNOWN_TTL not in write:
        return usage
    labels = declared_ttls(request)
    if len(labels) != 1:
        return usage
    (label,) = labels
    known = {ttl: tokens for ttl, tokens in write.items() if ttl != UNKNOWN_TTL}
    return usage._replace(cache_write={**known, label: known.get(label, 0) + write[UNKNOWN_TTL]})


def _is_named_cache(answer: Json) -> bool:
    return "cachedContents/" in str(answer.get("name", "")) and "createTime" in answer


def _named_cache(record: Record, answer: Json, raw: Json, at: Cursor) -> Iterator[Record]:
    """The creation of Gemini's named cache: its tokens once as input, and their storage until it expires."""
    tokens = count(raw.get("totalTokenCount"))
    start, end = fields.moment(answer.get("createTime")), fields.moment(answer.get("expireTime"))
    if tokens is None or start is None or end is None:
        at.other(NO_REQUEST)
        return
    at.warn(UNTIL_EXPIRY)
    usage = Usage(tokens, 0, 0, {}, storage=tokens * max(round((end - start).total_seconds()), 0))
    name = str(answer["name"])
    yield record._replace(
        usage=usage, at=start, requests=0, id=name, request=None, model=fields.text(answer.get("model"))
    )
