"""The usage objects of every provider, brought to buckets that never overlap.

Providers agree on nothing here. Anthropic and Bedrock's Converse count fresh input alone as input; OpenAI, Gemini,
DeepSeek, Mistral, OpenRouter (for Claude too), LiteLLM and OpenTelemetry count the whole prompt. To subtract where there
is nothing to subtract, or not to subtract, are the two commonest errors of cost tools.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cachecalc.core.record import Usage
from cachecalc.logs.usage import anthropic, bedrock, cohere, google, openai
from cachecalc.logs.usage.counts import Json, Warn, add, tool_calls


def read_usage(raw: Json, warn: Warn, model: str = "") -> Usage | None:
    """A usage object of any provider; None where it counts nothing.

    `warn` is told what does not add up; `model` is the name the request was made with. Raises Malformed for a count that
    cannot be one.
    """
    if "prompt_tokens" in raw or "prompt_cache_hit_tokens" in raw:
        usage, known = openai.read_chat(raw, warn, model), openai.KNOWN_CHAT
    elif "input_tokens" in raw and not openai.INCLUSIVE.isdisjoint(raw):
        usage, known = openai.read_responses(raw, warn, model), openai.KNOWN_RESPONSES
    elif "input_tokens" in raw or "output_tokens" in raw or "cache_read_input_tokens" in raw:
        usage, known = anthropic.read(raw, warn), anthropic.KNOWN
    elif "inputTokens" in raw:
        usage, known = bedrock.read(raw, warn), bedrock.KNOWN
    elif not _GEMINI.isdisjoint(raw):
        usage, known = google.read(raw, warn), google.KNOWN
    elif "total_input_tokens" in raw:
        usage, known = google.read_interactions(raw, warn), google.KNOWN_INTERACTIONS
    elif "billed_units" in raw:
        usage, known = cohere.read(raw, warn), cohere.KNOWN
    else:
        return None
    return usage if raw.keys() <= known else _with_unknown(usage, raw, known)


_GEMINI = frozenset({"promptTokenCount", "prompt_token_count", "totalTokenCount", "total_token_count"})


def read_runs(raw: Json, warn: Warn, model: str | None) -> Iterator[tuple[str | None, Usage]]:
    """The usage of each model in an object that may hold several sampling runs (Anthropic's `iterations`).

    The top-level counts leave out compaction and advisors, so where there are iterations, they are what is summed.
    """
    iterations = raw.get("iterations")
    if not isinstance(iterations, list) or not iterations:
        usage = read_usage(raw, warn, model or "")
        if usage is not None:
            yield model, usage
        return
    by_model: dict[str | None, list[Usage]] = {model: [Usage(tools=tool_calls(raw.get("server_tool_use")))]}
    for run in iterations:
        usage = read_usage(run, warn) if isinstance(run, Mapping) else None
        if usage is not None:
            by_model.setdefault(run.get("model") or model, []).append(usage)
    yield from ((name, add(runs)) for name, runs in by_model.items())


def _with_unknown(usage: Usage, raw: Json, known: frozenset[str]) -> Usage:
    """A token count under a name that nobody knows makes the request unpriced; everything else is passed over."""
    strange = (key for key, value in raw.items() if key not in known and "token" in key.lower() and _counts(value))
    return usage._replace(unknown=tuple(sorted(strange)))


def _counts(value: object) -> bool:
    return isinstance(value, (int, float)) and value > 0
