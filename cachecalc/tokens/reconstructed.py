"""Claude's counts, exactly, without the API: `ctok` (the extra `claude-exact`) reproduces what the API counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cachecalc.core.prompt import Count
from cachecalc.tokens.counter import well_formed

VERSIONS = {"claude-v3": "3.0", "claude-v4.7": "4.7", "claude-v4.8": "4.8"}
FRAMES = {"claude-v3": 7, "claude-v4.7": 11, "claude-v4.8": 6}
"""Tokens around the text of a request with one message, which ctok counts with it."""


@dataclass(frozen=True, slots=True)
class Reconstructed:
    """One text's tokens under the tokenizer of a generation of Claude. Slow: about 0.1 MB/s."""

    tokenizer: str

    @property
    def name(self) -> str:
        return f"ctok {self.tokenizer}"

    def count(self, text: str) -> Count:
        import ctok

        token_count: Callable[..., Any] = ctok.token_count
        tokens = token_count(well_formed(text), VERSIONS[self.tokenizer]) - FRAMES[self.tokenizer]
        return Count(max(int(tokens), 0) if text else 0, 0.0, self.name)
