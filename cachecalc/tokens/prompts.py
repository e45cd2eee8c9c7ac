"""Counting many prompts of any models, each text once."""

from __future__ import annotations

from collections.abc import Callable

from cachecalc.core.pricing import CacheRules, Model
from cachecalc.core.prompt import Prompt
from cachecalc.tokens.counter import Counter
from cachecalc.tokens.registry import counter_for
from cachecalc.tokens.remembered import Remembered
from cachecalc.tokens.request import count_prompt

_NOBODY = Model("unknown", "", (), CacheRules(), "unknown")


def counting() -> Callable[[Prompt, Model | None], Prompt]:
    """A function that counts prompts, and remembers every text it has counted. Without a model, by the counter for
    models whose vocabulary nobody knows."""
    counters: dict[str, Counter] = {}

    def count(prompt: Prompt, model: Model | None) -> Prompt:
        model = model or _NOBODY
        counter = counters.setdefault(model.tokenizer, Remembered(counter_for(model.tokenizer)))
        return count_prompt(prompt, model, counter)

    return count
