"""Counting tokens: offline, with the best counter there is for a model, and with an error band on every count."""

from __future__ import annotations

from cachecalc.tokens.counter import Counter
from cachecalc.tokens.registry import TOKENIZERS, counter_for
from cachecalc.tokens.request import count_prompt

__all__ = ["TOKENIZERS", "Counter", "count_prompt", "counter_for"]
