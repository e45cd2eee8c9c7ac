"""Counting each text once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from cachecalc.core.prompt import Count
from cachecalc.load import pricing
from cachecalc.tokens import remembered
from cachecalc.tokens.prompts import counters


@dataclass(frozen=True)
class Letters:
    """Counts letters, and notes each text that it is asked for."""

    name: str = "letters"
    asked: list[str] = field(default_factory=list)

    def count(self, text: str) -> Count:
        self.asked.append(text)
        return Count(len(text))


def test_a_text_is_counted_once_until_others_push_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes first, so that a log may be longer than memory; a lone surrogate is a text as well."""
    monkeypatch.setattr(remembered, "MOST", 2)
    letters = Letters()
    counter = remembered.Remembered(letters)
    assert [counter.count(text).tokens for text in ("a", "bb", "a", "\ud800", "bb", "a")] == [1, 2, 1, 1, 2, 1]
    assert letters.asked == ["a", "bb", "\ud800", "a"]


def test_models_of_one_vocabulary_share_a_counter() -> None:
    """And those that nobody knows have one as well."""
    prices, counter = pricing.bundled(), counters()
    assert counter(prices.find("claude-sonnet-4-6")) is counter(prices.find("claude-haiku-4-5"))
    assert counter(None).name == counter(None).name != counter(prices.find("gpt-5")).name
