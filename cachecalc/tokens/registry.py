"""Which counter counts for which tokenizer: the best one that is installed."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.core.prompt import Count
from cachecalc.tokens.bpe import Bpe
from cachecalc.tokens.counter import Counter
from cachecalc.tokens.estimate import Estimate
from cachecalc.tokens.official import Official
from cachecalc.tokens.published import Published
from cachecalc.tokens.reconstructed import Reconstructed
from cachecalc.tokens.stored import Stored, default_directory


@dataclass(frozen=True, slots=True)
class StandIn:
    """Another vocabulary's count for one that is not public, with a band that says so."""

    counter: Counter
    name: str
    error: float

    def count(self, text: str) -> Count:
        return Count(self.counter.count(text).tokens, self.error, self.name)


EXACT: Mapping[str, Counter] = {"o200k": Bpe("o200k"), "cl100k": Bpe("cl100k")}

PUBLISHED: Mapping[str, Published] = {
    "gemma": Published("gemma 4", "gemma4", 0.01),
    "deepseek-v3": Published("deepseek v3", "deepseek_v3"),
    "qwen3": Published("qwen3", "qwen3"),
    "glm-4.5": Published("glm-4.5", "glm4"),
    "glm-4.7": Published("glm-4.5 vocabulary", "glm4", 0.08),
    "tekken": Published("tekken", "mistral_v3"),
    "kimi": Published("kimi k2", "kimi_k2", 0.03),
    "llama": Published("llama 3", "llama3"),
}

ESTIMATES: Mapping[str, Counter] = {
    "claude-v3": Estimate("claude-v3", "claude-v3 estimate"),
    "claude-v4.7": Estimate("claude-v4.7", "claude-v4.7 estimate"),
    "claude-v4.8": Estimate("claude-v4.7", "claude-v4.8 estimate"),
    "gemma": Estimate("gemma", "gemma estimate"),
    "deepseek-v3": Estimate("deepseek-v3", "deepseek-v3 estimate"),
    "qwen3": Estimate("qwen3", "qwen3 estimate"),
    "qwen3.5": Estimate("qwen3.5", "qwen3.5 estimate"),
    "glm-4.5": Estimate("glm-4.5", "glm-4.5 estimate"),
    "glm-4.7": Estimate("glm-4.5", "glm-4.7 estimate", extra=0.08),
    "tekken": Estimate("tekken", "tekken estimate"),
    "kimi": Estimate("kimi", "kimi estimate", extra=0.03),
    "llama": Estimate("llama", "llama estimate"),
    "grok": StandIn(Bpe("o200k"), "o200k for grok", 0.15),
    "nova": StandIn(Bpe("o200k"), "o200k for nova", 0.25),
    "unknown": Estimate("unknown", "o200k, vocabulary unknown"),
}

_WORTH_KEEPING = 2_000
"""Characters that take ctok longer to count than a file takes to read."""

TOKENIZERS = tuple(sorted({*EXACT, *PUBLISHED, *ESTIMATES}))
"""The names that a model's `tokenizer` may have."""


def counter_for(tokenizer: str, *, exact: bool = False, model: str | None = None, cache: Path | None = None) -> Counter:
    """The best counter for a tokenizer that is installed; offline, unless `exact`.

    With `exact`, Claude's counts come from Anthropic's endpoint (`model` is the name it knows), kept in `cache` (the
    user's cache directory by default) so that a text is sent once. Raises InputError for an unknown name, and where
    `exact` is asked for and cannot be had.
    """
    if tokenizer not in TOKENIZERS:
        advice = did_you_mean(tokenizer, TOKENIZERS) or f"one of {', '.join(TOKENIZERS)}"
        raise InputError([Problem(f"unknown tokenizer {tokenizer!r}", help=advice)])
    if tokenizer in EXACT:
        return EXACT[tokenizer]
    if tokenizer.startswith("claude-"):
        return _claude(tokenizer, model if exact else None, cache)
    if tokenizer in PUBLISHED and _is_installed("splintr"):
        return PUBLISHED[tokenizer]
    if exact:
        raise InputError([_no_exact_counter(tokenizer)])
    return ESTIMATES[tokenizer]


def _claude(tokenizer: str, model: str | None, cache: Path | None) -> Counter:
    if model is not None:
        return Stored(Official(tokenizer, api_name(model)), cache or default_directory())
    if _is_installed("ctok"):
        return Stored(Reconstructed(tokenizer), cache or default_directory(), shortest=_WORTH_KEEPING)
    return ESTIMATES[tokenizer]


def api_name(model: str) -> str:
    """A model's name at Anthropic, out of a name at Amazon Bedrock or a gateway."""
    found = re.search(r"claude-[a-z0-9.-]+?(?=(?:-v\d+)?(?::\d+)?$|@)", model.lower())
    return found[0].replace(".", "-") if found else model


def _no_exact_counter(tokenizer: str) -> Problem:
    if tokenizer in PUBLISHED:
        return Problem(f"no exact counter for {tokenizer} is installed", help="pip install 'cachecalc[tokenizers]'")
    return Problem(
        f"there is no exact counter for {tokenizer}", help="leave out --exact to get an estimate with its band"
    )


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
