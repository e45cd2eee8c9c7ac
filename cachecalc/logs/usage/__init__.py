"""The usage objects of every provider, brought to buckets that never overlap.

Providers agree on nothing here. Anthropic and Bedrock's Converse count fresh input alone as input; OpenAI, Gemini,
DeepSeek, Mistral, OpenRouter (for Claude too), LiteLLM and OpenTelemetry count the whole prompt. To subtract where there
is nothing to subtract, or not to subtract, are the two commonest errors of cost tools.
"""

from __future__ import annotations

import functools

from cachecalc.core.record import Usage
from cachecalc.logs.usage import anthropic, bedrock, cohere, google, openai
from cachecalc.logs.usage.counts import Json, Warn, add, objects, tool_calls


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


def read_runs(raw: Json, warn: Warn, model: str | None) -> tuple[Usage | None, list[tuple[str, Usage]]]:
    """The usage of an object that may hold several sampling runs (Anthropic's `iterations`), and that of each other
    model that was consulted.

    The top-level counts leave out compaction and advisors, so where there are iterations, they are what is summed.
    """
    if not raw.get("iterations"):
        return read_usage(raw, warn, model or ""), []
    own = [Usage(tools=tool_calls(raw.get("server_tool_use")))]
    others: dict[str, list[Usage]] = {}
    for run in objects(raw["iterations"]):
        usage, name = read_usage(run, warn), run.get("model")
        if usage is not None:
            (others.setdefault(name, []) if isinstance(name, str) and name != model else own).append(usage)
    return add(own), [(name, add(runs)) for name, runs in others.items()]


def _with_unknown(usage: Usage, raw: Json, known: frozenset[str]) -> Usage:
    """A token count under a name that nobody knows makes the request unpriced; everything else is passed over."""
    strange = [key for key in raw if key not in known and _is_count(key) and _is_some(raw[key])]
    return usage._replace(unknown=tuple(sorted(strange))) if strange else usage


@functools.lru_cache(4096)
def _is_count(key: str) -> bool:
    return "token" in key.lower() and not key.lower().startswith(("max", "min", "limit"))


def _is_some(value: object) -> bool:
    return value not in ("", "0") and (isinstance(value, str) or (isinstance(value, (int, float)) and value > 0))
