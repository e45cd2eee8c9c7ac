"""Vocabularies that their vendors publish: Gemma's (which is Gemini's), DeepSeek's, Qwen's and others, through
`splintr` (the extra `tokenizers`)."""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from typing import Any

from cachecalc.core.prompt import Count
from cachecalc.tokens.counter import well_formed


@dataclass(frozen=True, slots=True)
class Published:
    """Counts under a vocabulary that splintr has. `error` is 0 where its tokens were equal to the vendor's own."""

    name: str
    vocabulary: str
    error: float = 0.0

    def count(self, text: str) -> Count:
        """The text is put into Unicode form C first, as the vendors' tokenizers do."""
        normal = unicodedata.normalize("NFC", well_formed(text))
        return Count(len(_engine(self.vocabulary).encode_ordinary(normal)), self.error, self.name)


@functools.cache
def _engine(vocabulary: str) -> Any:
    from splintr import Tokenizer

    return Tokenizer.from_pretrained(vocabulary)
