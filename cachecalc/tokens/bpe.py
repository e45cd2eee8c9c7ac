"""OpenAI's byte-pair encodings, with vocabularies that travel in the package, so nothing is ever downloaded: tiktoken for
long texts, and for the short ones of most prompts an encoder that needs no time to start."""

from __future__ import annotations

import collections
import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachecalc.core.prompt import Count
from cachecalc.tokens import short
from cachecalc.tokens.counter import well_formed
from cachecalc.tokens.vocabulary import vocabulary

if TYPE_CHECKING:
    import tiktoken

MAX_CHUNK = 50_000
"""Characters encoded at once. tiktoken's matcher gives up (a Rust panic) on a run of a million spaces."""

ENOUGH = 300_000
"""Characters that take about as long without tiktoken as its start."""

_ENCODED: collections.Counter[str] = collections.Counter()
"""Characters that this process has encoded so far. It decides how, never what comes out."""

_LOOK_BACK = 2_000
_SEAM = re.compile(r"(?<=\n)(?=[^\W_])|(?<=\S)(?= [^\W\d_])")
"""Where every pattern below starts a new piece whatever stands before: a word at the start of a line or after a space."""

# The patterns are part of the encodings' definition (tiktoken_ext/openai_public.py), their classes left open.
_CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
PATTERNS = {
    "o200k": "|".join(
        [
            r"[^\r\n{letter}{number}]?[{upper}]*[{lower}]+" + _CONTRACTION,
            r"[^\r\n{letter}{number}]?[{upper}]+[{lower}]*" + _CONTRACTION,
            r"[{number}]{{1,3}}",
            r" ?[^\s{letter}{number}]+[\r\n/]*",
            r"\s*[\r\n]+",
            r"\s+(?!\S)",
            r"\s+",
        ]
    ),
    "cl100k": (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n{letter}{number}]?+[{letter}]++|[{number}]{{1,3}}+"
        r"| ?[^\s{letter}{number}]++[\r\n]*+|\s++(?![\s\S])|\s*[\r\n]|\s+(?!\S)|\s"
    ),
}
CLASSES = {
    "letter": r"\p{L}",
    "upper": r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}",
    "lower": r"\p{Ll}\p{Lm}\p{Lo}\p{M}",
    "number": r"\p{N}",
}


@dataclass(frozen=True, slots=True)
class Bpe:
    """Exact counts under one of OpenAI's encodings. Special tokens in the text are text."""

    name: str

    def count(self, text: str) -> Count:
        text = well_formed(text)
        tokens = _by_hand(self.name, text)
        return Count(sum(map(len, self._long(text))) if tokens is None else len(tokens), 0.0, self.name)

    def tally(self, text: str) -> Mapping[bytes, int]:
        """The tokens themselves and how often each occurs, for estimators that look at what sort they are."""
        text = well_formed(text)
        tokens = _by_hand(self.name, text)
        if tokens is not None:
            return collections.Counter(tokens)
        ranks = collections.Counter(itertools.chain.from_iterable(self._long(text)))
        token = encoding(self.name).decode_single_token_bytes
        return {token(rank): times for rank, times in ranks.items()}

    def _long(self, text: str) -> Iterator[list[int]]:
        return map(encoding(self.name).encode_ordinary, chunks(text))


def _by_hand(name: str, text: str) -> list[bytes] | None:
    """The tokens without tiktoken, as long as a process counts so little that starting it would take longer."""
    _ENCODED[name] += len(text)
    return short.encode(name, _short_pattern(name), text) if _ENCODED[name] <= ENOUGH else None


@functools.cache
def _short_pattern(name: str) -> re.Pattern[str]:
    return re.compile(PATTERNS[name].format(**short.CLASSES))


@functools.cache
def encoding(name: str) -> tiktoken.Encoding:
    """tiktoken's encoding, built once a process (about 0.25 s)."""
    import tiktoken

    pattern = PATTERNS[name].format(**CLASSES)
    return tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=vocabulary(name).ranks(), special_tokens={})


def chunks(text: str, size: int = MAX_CHUNK) -> Iterator[str]:
    """`text` in pieces of at most `size` characters, cut where no token can cross.

    Where no such place is near (one endless run), the cut falls inside it and costs a token or two in `size`.
    """
    start = 0
    while len(text) - start > size:
        end = _last_seam(text, start + size, max(start, start + size - _LOOK_BACK))
        yield text[start:end]
        start = end
    yield text[start:]


def _last_seam(text: str, end: int, start: int) -> int:
    seams = [match.start() for match in _SEAM.finditer(text, start, end) if match.start() > start]
    return seams[-1] if seams else end
