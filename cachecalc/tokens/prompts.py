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


def counters() -> Callable[[Model | None], Counter]:
    """A function that has the counter of a model, which remembers what it has counted. Without a model, the counter for
    models whose vocabulary nobody knows."""
    known: dict[str, Counter] = {}

    def counter(model: Model | None) -> Counter:
        tokenizer = (model or _NOBODY).tokenizer
        if tokenizer not in known:
            known[tokenizer] = Remembered(counter_for(tokenizer))
        return known[tokenizer]

    return counter


def counting() -> Callable[[Prompt, Model | None], Prompt]:
    """A function that counts prompts by the counters of their models, as in `counters`."""
    counter = counters()
    return lambda prompt, model: count_prompt(prompt, model or _NOBODY, counter(model))
