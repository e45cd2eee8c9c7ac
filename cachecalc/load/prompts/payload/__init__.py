"""Requests to a model, parsed but not yet sorted by provider: which API is it, and what does it send?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cachecalc.core.prompt import Evidence, Mark, Prompt
from cachecalc.load.prompts.payload import anthropic, bedrock, gemini, openai, signs
from cachecalc.load.prompts.payload.blocks import Block, mappings, parts, placed
from cachecalc.load.prompts.places import Nowhere, Path, Places

PARAMETERS = frozenset(
    {
        *("tool_choice", "toolChoice", "parallel_tool_calls", "disable_parallel_tool_use", "functionCallingConfig"),
        *("thinking", "effort", "output_config", "reasoning", "reasoning_effort", "verbosity", "thinkingConfig"),
        *("response_format", "text", "output_format", "responseSchema", "responseJsonSchema", "response_schema"),
        *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "previous_response_id", "conversation"),
        *("cachedContent", "cached_content", "ttl", "expireTime", "expire_time", "user", "prompt", "truncation"),
        *("service_tier", "serviceTier", "speed", "inference_geo", "performanceConfig", "anthropic_beta", "betas"),
        *("context_management", "container", "mcp_servers", "additionalModelRequestFields", "web_search_options"),
        *("provider", "models", "route", "plugins", "transforms", "diagnostics"),
    }
)
"""The settings of a request, outside its text, on which some provider's cache or routing depends."""

_NESTED = (
    "config",
    "generationConfig",
    "generation_config",
    "toolConfig",
    "tool_config",
    "extra_body",
    "additionalModelRequestFields",
)


@dataclass(frozen=True, slots=True)
class Api:
    """One form of request. `speaks` says whether an object has that form; `automatic` is the key of its request-level
    mark and the reader of that mark."""

    provider: str
    speaks: Callable[[Mapping[str, Any]], bool]
    blocks: Callable[[Mapping[str, Any], Path], Iterable[Block]]
    automatic: tuple[str, Callable[[Mapping[str, Any]], Mark | None]] | None = None


def read(
    request: Mapping[str, Any],
    *,
    path: str = "",
    at: Path = (),
    places: Places | None = None,
    name: str = "",
    model: str | None = None,
    provider: str | None = None,
    is_template: bool = False,
) -> Prompt | None:
    """One request as a prompt; None where the object is no request to a model.

    `at` is where the object stands in the document that `places` knows. `model` and `provider` hold where the request
    does not say (they may stand in the address it was sent to). `is_template`: the request is still to be filled in.
    """
    api = next((api for api in _APIS if api.speaks(request)), None)
    row = parts(api.blocks(request, at), places or Nowhere(), is_template=is_template) if api else ()
    if api is None or not row:
        return None
    stated = request.get("model") or request.get("modelId")
    model = stated if isinstance(stated, str) else model
    return Prompt(
        row,
        name=name,
        path=path,
        model=model,
        provider=provider or _provider(request, model) or (None if model else api.provider),
        automatic=_automatic(api, request, at, places or Nowhere()),
        parameters=_parameters(request),
        evidence=Evidence.TEMPLATE if is_template else Evidence.PAYLOAD,
        facts=tuple(signs.facts(request, at, places or Nowhere(), row)),
    )


def _automatic(api: Api, request: Mapping[str, Any], at: Path, places: Places) -> Mark | None:
    if api.automatic is None or (mark := api.automatic[1](request)) is None:
        return None
    return placed(mark, (*at, api.automatic[0]), places)


def _parameters(request: Mapping[str, Any]) -> dict[str, object]:
    tables = [table for key in _NESTED if isinstance(table := request.get(key), dict)]
    return {
        key: value
        for table in (*tables, request)
        for key, value in table.items()
        if key in PARAMETERS and value is not None
    }


_MAKERS = {
    **dict.fromkeys(("gpt", "chatgpt", "o1", "o3", "o4"), "openai"),
    "claude": "anthropic",
    "gemini": "google",
    "grok": "xai",
    "deepseek": "deepseek",
    "kimi": "moonshot",
    "mistral": "mistral",
    "codestral": "mistral",
    "glm": "zai",
    "qwen": "qwen",
    "command": "cohere",
    "minimax": "minimax",
    "nova": "amazon",
}


def _provider(request: Mapping[str, Any], model: str | None) -> str | None:
    """Who serves the request, as far as its form or its model's name tells."""
    version = request.get("anthropic_version")
    if isinstance(version, str) and version.startswith(("bedrock", "vertex")):
        return version.partition("-")[0]
    if isinstance(request.get("provider"), dict):
        return "openrouter"
    words = re.split(r"[^a-z0-9]+", model.lower()) if model else ()
    return next((_MAKERS[word] for word in words if word in _MAKERS), None)


def _messages(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [message for _, message in mappings(request.get("messages")) if isinstance(message.get("role"), str)]


def _content_blocks(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for holder in (request.get("system"), *(message.get("content") for message in _messages(request))):
        yield from (block for _, block in mappings(holder))


# Settings that other APIs have at the top, and Converse in its configurations.
_SETTINGS = frozenset({"tools", "tool_choice", "max_tokens", "temperature", "model"})


def _speaks_converse(request: Mapping[str, Any]) -> bool:
    """Converse alone has content blocks without a `type`."""
    if _SETTINGS & request.keys():
        return False
    keys = {"text", "toolUse", "toolResult", "cachePoint", "guardContent", "reasoningContent"}
    return bool(_messages(request)) and any(
        "type" not in block and keys & block.keys() for block in _content_blocks(request)
    )


def _speaks_anthropic(request: Mapping[str, Any]) -> bool:
    messages = _messages(request)
    if not messages or messages[0]["role"] in ("system", "developer") or any("tool_calls" in said for said in messages):
        return False
    if {"system", "anthropic_version", "cache_control", "stop_sequences"} & request.keys():
        return True
    tools = [tool for _, tool in mappings(request.get("tools"))]
    kinds = {str(block.get("type")) for block in _content_blocks(request)}
    return (
        any("input_schema" in tool for tool in tools)
        or bool(kinds & {"tool_use", "tool_result", "thinking", "document"})
        or (not tools and _provider({}, str(request.get("model"))) == "anthropic")
    )


_NOT_CHAT = re.compile(r"embed|tts|moderation|rerank|whisper|transcribe")


def _speaks_responses(request: Mapping[str, Any]) -> bool:
    items, model = request.get("input"), request.get("model")
    if "messages" in request or "voice" in request or _NOT_CHAT.search(str(model)):
        return False
    if isinstance(items, str):
        return isinstance(model, str) or isinstance(request.get("instructions"), str)
    return any(isinstance(item.get("role", item.get("type")), str) for _, item in mappings(items))


def _speaks_gemini(request: Mapping[str, Any]) -> bool:
    contents = request.get("contents")
    if isinstance(contents, str):
        return isinstance(request.get("model"), str)
    turns = contents if isinstance(contents, list) else [contents]
    return any(isinstance(turn, dict) and "parts" in turn for turn in turns) or isinstance(
        request.get("systemInstruction"), dict
    )


_APIS = (
    Api("bedrock", _speaks_converse, bedrock.blocks),
    Api("anthropic", _speaks_anthropic, anthropic.blocks, ("cache_control", anthropic.mark)),
    Api(
        "openai",
        lambda request: bool(_messages(request)),
        openai.chat_blocks,
        ("prompt_cache_options", openai.automatic),
    ),
    Api("openai", _speaks_responses, openai.responses_blocks, ("prompt_cache_options", openai.automatic)),
    Api("google", _speaks_gemini, gemini.blocks),
)
