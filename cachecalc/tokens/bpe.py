"""OpenAI's byte-pair encodings: tiktoken, with vocabularies that travel in the package, so nothing is ever downloaded.

A vocabulary file holds the tokens in the order of their ranks: how many (4 bytes), the length of each (1 byte), all
their bytes; zlib-compressed. `scripts/pack_vocabulary.py` makes it from a .tiktoken file.
"""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from cachecalc.core.prompt import Count
from cachecalc.tokens.counter import well_formed

if TYPE_CHECKING:
    import tiktoken

DATA = Path(__file__).with_name("data")

MAX_CHUNK = 50_000
"""Characters encoded at once. tiktoken's matcher gives up (a Rust panic) on a run of a million spaces."""

_LOOK_BACK = 2_000
_SEAM = re.compile(r"(?<=\n)(?=[^\W_])|(?<=\S)(?= [^\W\d_])")
"""Where every pattern below starts a new piece whatever stands before: a word at the start of a line or after a space."""

# The patterns are part of the encodings' definition (tiktoken_ext/openai_public.py).
_CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
PATTERNS = {
    "o200k": "|".join(
        [
            rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_CONTRACTION}",
            rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_CONTRACTION}",
            r"\p{N}{1,3}",
            r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
            r"\s*[\r\n]+",
            r"\s+(?!\S)",
            r"\s+",
        ]
    ),
    "cl100k": (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
        r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
    ),
}


@dataclass(frozen=True, slots=True)
class Bpe:
    """Exact counts under one of OpenAI's encodings. Special tokens in the text are text."""

    name: str

    def count(self, text: str) -> Count:
        encode = encoding(self.name).encode_ordinary
        return Count(sum(len(encode(chunk)) for chunk in chunks(well_formed(text))), 0.0, self.name)

    def tokens(self, text: str) -> Iterator[int]:
        """The tokens themselves, for estimators that look at what sort they are."""
        encode = encoding(self.name).encode_ordinary
        for chunk in chunks(well_formed(text)):
            yield from encode(chunk)


@functools.cache
def encoding(name: str) -> tiktoken.Encoding:
    """The encoding, built once a process (about 0.25 s)."""
    import tiktoken

    ranks = {token: rank for rank, token in enumerate(vocabulary(name))}
    return tiktoken.Encoding(name, pat_str=PATTERNS[name], mergeable_ranks=ranks, special_tokens={})


def vocabulary(name: str) -> list[bytes]:
    """Every token in the order of its rank."""
    packed = zlib.decompress((DATA / f"{name}.vocabulary").read_bytes())
    size = int.from_bytes(packed[:4], "big")
    ends = accumulate(packed[4 : 4 + size], initial=4 + size)
    return [packed[start:end] for start, end in pairwise(ends)]


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
