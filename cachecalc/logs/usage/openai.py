"""OpenAI's Chat Completions and Responses, and all that is shaped like them: the prompt includes the cached part.

So count OpenRouter (for Claude models too), LiteLLM, DeepSeek, Mistral, Groq, xAI, Moonshot, Z.AI, Codex, LangChain and
OpenAI's own usage export.
"""

from __future__ import annotations

from collections.abc import Mapping

from cachecalc.core.record import NOTHING, UNKNOWN_TTL, Usage
from cachecalc.logs.usage.counts import Json, Warn, count, ephemeral, first, nested, tool_calls, within, writes

_READS = (
    *("prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens", "cached_input_tokens"),
    *("input_cached_tokens", "cache_read_tokens"),
)
_WRITES = (
    *("cache_write_tokens", "cache_creation_input_tokens", "cache_write_input_tokens", "input_cache_write_tokens"),
    *("prompt_cache_write_tokens", "cache_creation_tokens"),
)
_WRITES_BY_TTL = {"input_cache_write_30m_tokens": "30m", "input_cache_write_12h_tokens": "12h"}
_SHARED = {
    *("total_tokens", "cost", "cost_details", "is_byok", "service_tier", "speed", "inference_geo", "cache_creation"),
    *("server_tool_use", "server_tool_use_details", *_READS, *_WRITES, *_WRITES_BY_TTL),
}

KNOWN_CHAT = frozenset(
    {
        *("prompt_tokens", "completion_tokens", "prompt_tokens_details", "completion_tokens_details"),
        *("prompt_cache_miss_tokens", "reasoning_tokens", "input_tokens", "output_tokens", "input_tokens_details"),
        *("output_tokens_details", *_SHARED),
    }
)
KNOWN_RESPONSES = frozenset(
    {
        *("input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details", "input_token_details"),
        *("output_token_details", "reasoning_output_tokens", "input_uncached_tokens", "input_text_tokens"),
        *("input_audio_tokens", "input_image_tokens", "output_text_tokens", "output_audio_tokens"),
        *("output_image_tokens", "input_cached_text_tokens", "input_cached_audio_tokens", "input_cached_image_tokens"),
        *_SHARED,
    }
)
INCLUSIVE = frozenset(
    {
        *("input_tokens_details", "input_token_details", "cached_tokens", "cached_input_tokens", "cache_write_tokens"),
        *("input_cached_tokens", "input_uncached_tokens"),
    }
)
"""Any of these beside `input_tokens` says that they include the cached part."""


def read_chat(raw: Json, warn: Warn, model: str) -> Usage:
    details, answer = nested(raw.get("prompt_tokens_details")), nested(raw.get("completion_tokens_details"))
    read = _read(raw, details)
    total = count(raw.get("prompt_tokens"))
    missed = count(raw.get("prompt_cache_miss_tokens"))
    if total is None and missed is not None:
        total = missed + (read or 0)
    output, reasoning = count(raw.get("completion_tokens")), count(answer.get("reasoning_tokens"))
    if reasoning and output is not None and count(raw.get("total_tokens")) == (total or 0) + output + reasoning:
        output += reasoning  # xAI counts the thoughts beside the answer
    usage = Usage(total, output, read, _written(raw, details, warn), None, reasoning, _audio(details, answer))
    return _without_cached(raw, warn, model, usage)


def read_responses(raw: Json, warn: Warn, model: str) -> Usage:
    details = nested(raw.get("input_tokens_details") or raw.get("input_token_details"))
    answer = nested(raw.get("output_tokens_details") or raw.get("output_token_details"))
    reasoning = first(answer, ("reasoning_tokens", "reasoning"))
    usage = Usage(
        count(raw.get("input_tokens")),
        count(raw.get("output_tokens")),
        _read(raw, details),
        _written(raw, details, warn),
        None,
        count(raw.get("reasoning_output_tokens")) if reasoning is None else reasoning,
        _audio(details, answer),
    )
    return _without_cached(raw, warn, model, usage)


def _read(raw: Json, details: Json) -> int | None:
    tokens = details.get("cached_tokens", details.get("cache_read"))
    return first(raw, _READS) if tokens is None else count(tokens)


def _written(raw: Json, details: Json, warn: Warn) -> Mapping[str, int] | None:
    total = first(details, ("cache_write_tokens", "cache_creation_tokens", "cache_creation"))
    if total is None:
        total = first(raw, _WRITES)
    if total == 0:
        return NOTHING
    split = _split(raw, details)
    if split:
        return writes(total, split, warn)
    return None if total is None else {UNKNOWN_TTL: total}


def _split(raw: Json, details: Json) -> dict[str, int | None]:
    """The writes by lifetime, wherever they stand: LiteLLM, LangChain, OpenAI's responses, OpenAI's export."""
    inner = details.get("cache_creation_token_details") or raw.get("cache_creation")
    split = ephemeral(nested(inner)) if inner else {}
    if "input_token_details" in raw:
        split |= ephemeral(details)
    if "cache_write_tokens_details" in details:
        split |= _by_ttl(nested(details["cache_write_tokens_details"]))
    if "input_cache_write_tokens" in raw:
        split |= {label: count(raw[key]) for key, label in _WRITES_BY_TTL.items() if key in raw}
    return split


def _by_ttl(split: Json) -> dict[str, int | None]:
    """`ttl_30m_tokens` and its kind, by TTL label."""
    return {key.removeprefix("ttl_").removesuffix("_tokens"): count(tokens) for key, tokens in split.items()}


def _without_cached(raw: Json, warn: Warn, model: str, counted: Usage) -> Usage:
    """`counted`, whose input is still the whole prompt, with what was read and written taken out of it."""
    whole, output, read, write, storage, reasoning, audio, *_ = counted
    if write and model.startswith("google/"):
        fresh, storage, write = _stored_five_minutes(whole, read, write)
    else:
        if write is None and read is not None:
            write = NOTHING  # left out where nothing was written: OpenAI does so on a hit
        fresh = within(whole, read, write, warn)
    calls = raw.get("server_tool_use_details") or raw.get("server_tool_use")
    return Usage(fresh, output, read, write, storage, reasoning, audio, None, tool_calls(calls) if calls else NOTHING)


def _stored_five_minutes(
    whole: int | None, read: int | None, write: Mapping[str, int]
) -> tuple[int | None, int, Mapping[str, int]]:
    """OpenRouter keeps a Gemini prefix for five minutes and reads it within the same request; what it reports as
    written is billed as those minutes of storage, on top of the read."""
    fresh = None if whole is None else max(whole - (read or 0), 0)
    return fresh, sum(write.values()) * 300, NOTHING


def _audio(prompt: Json, answer: Json) -> int | None:
    return (count(prompt.get("audio_tokens")) or 0) + (count(answer.get("audio_tokens")) or 0) or None
