"""Gemini: the prompt includes the cached content; thoughts and tool results are counted beside."""

from __future__ import annotations

from cachecalc.core.record import NOTHING, Usage
from cachecalc.logs.usage.counts import Json, Warn, count, objects, within

_CAMEL = {
    *("promptTokenCount", "candidatesTokenCount", "totalTokenCount", "cachedContentTokenCount", "thoughtsTokenCount"),
    *("toolUsePromptTokenCount", "promptTokensDetails", "candidatesTokensDetails", "cacheTokensDetails"),
    *("toolUsePromptTokensDetails", "serviceTier", "trafficType"),
}
_SNAKE = {
    *("prompt_token_count", "candidates_token_count", "total_token_count", "cached_content_token_count"),
    *("thoughts_token_count", "tool_use_prompt_token_count", "prompt_tokens_details", "candidates_tokens_details"),
    *("cache_tokens_details", "tool_use_prompt_tokens_details", "traffic_type"),
}
KNOWN = frozenset(_CAMEL | _SNAKE)
KNOWN_INTERACTIONS = frozenset(
    {
        *("total_input_tokens", "total_output_tokens", "total_cached_tokens", "total_thought_tokens", "total_tokens"),
        *("total_tool_use_tokens", "initial_input_tokens"),
    }
)
_DETAILS = ("promptTokensDetails", "candidatesTokensDetails", "prompt_tokens_details", "candidates_tokens_details")


def read(raw: Json, warn: Warn) -> Usage:
    total = _field(raw, "promptTokenCount", "prompt_token_count")
    answer = _field(raw, "candidatesTokenCount", "candidates_token_count")
    thoughts = _field(raw, "thoughtsTokenCount", "thoughts_token_count")
    if total is None and answer is None:
        # What the creation of a named cache answers: the tokens stored, and nothing else.
        return Usage(_field(raw, "totalTokenCount", "total_token_count"), 0, 0, NOTHING)
    cached = _field(raw, "cachedContentTokenCount", "cached_content_token_count")
    extra = _field(raw, "toolUsePromptTokenCount", "tool_use_prompt_token_count")
    usage = _usage(within(total, cached, None, warn), extra, answer, thoughts, cached)
    return usage._replace(audio=_audio(raw))


def read_interactions(raw: Json, warn: Warn) -> Usage:
    """The usage of the Interactions API."""
    cached = count(raw.get("total_cached_tokens"))
    return _usage(
        within(count(raw.get("total_input_tokens")), cached, None, warn),
        count(raw.get("total_tool_use_tokens")),
        count(raw.get("total_output_tokens")),
        count(raw.get("total_thought_tokens")),
        cached,
    )


def _usage(fresh: int | None, extra: int | None, answer: int | None, thoughts: int | None, cached: int | None) -> Usage:
    return Usage(
        None if fresh is None else fresh + (extra or 0),
        None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0),
        cached or 0,  # left out where nothing was read
        NOTHING,
        reasoning=thoughts,
    )


def _field(raw: Json, camel: str, snake: str) -> int | None:
    return count(raw.get(camel, raw.get(snake)))


def _audio(raw: Json) -> int | None:
    parts = [part for key in _DETAILS for part in objects(raw.get(key))]
    sound = (part.get("tokenCount", part.get("token_count")) for part in parts if part.get("modality") == "AUDIO")
    return sum(count(tokens) or 0 for tokens in sound) or None
