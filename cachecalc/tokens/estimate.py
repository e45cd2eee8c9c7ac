"""Tokens of a vocabulary that is not at hand, estimated from o200k's.

Every o200k token of the text weighs so many tokens of the other vocabulary by the kind of token it is: a common
lower-case word, a rare capitalised one, three digits, `});`, two Cyrillic letters. The weights are fitted to counted
texts by `scripts/fit_estimates.py`, which also measures the bands on texts it did not fit. Claude's vocabularies are
not published; what a text costs is known for thousands of texts.
"""

from __future__ import annotations

import functools
import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cachecalc.core.prompt import Count
from cachecalc.tokens.bpe import Bpe
from cachecalc.tokens.vocabulary import DATA, vocabulary

_O200K = Bpe("o200k")
_RANK_STEPS = (2_000, 8_000, 30_000, 90_000)
_COMMON = 3_000
_SPACES = (1, 2, 3, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Counts under the vocabulary of a fit. `extra` widens the band where the vocabulary is known not to be the model's
    own."""

    fit: str
    name: str
    extra: float = 0.0

    def count(self, text: str) -> Count:
        fit, found = fits()[self.fit], tally(text)
        exactly = sum(fit.weights.get(kind, fit.rest) * times for kind, times in found.kinds.items())
        tokens = max(round(exactly), bool(text))
        return Count(tokens, round(math.hypot(fit.error(found), self.extra), 3), self.name)


@dataclass(frozen=True, slots=True)
class Fit:
    """`rest` is the weight of a kind too rare to fit. A band is (floor, noise): the error is
    sqrt(floor^2 + noise^2 / distinct tokens); `plain` for English and code, `other` for other languages."""

    weights: Mapping[str, float]
    rest: float
    plain: tuple[float, float]
    other: tuple[float, float]

    def error(self, found: Tally) -> float:
        """p95 relative error of a count; mixed texts lie between the two bands."""
        spread = math.sqrt(max(found.distinct, 1))
        plain, other = (math.hypot(floor, noise / spread) for floor, noise in (self.plain, self.other))
        return plain + (other - plain) * found.foreignness


@functools.cache
def fits() -> Mapping[str, Fit]:
    """Every fit by its name."""
    data = json.loads((DATA / "estimates.json").read_text("utf-8"))
    return {name: _fit(data["kinds"], **columns) for name, columns in data["fits"].items()}


def _fit(
    kinds: Sequence[str], weights: Sequence[float], rest: float, plain: Sequence[float], other: Sequence[float]
) -> Fit:
    return Fit(dict(zip(kinds, weights, strict=True)), rest, (plain[0], plain[1]), (other[0], other[1]))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many o200k tokens of each kind a text has, and how many different tokens: errors of words that occur once
    cancel out, those of a word repeated do not."""

    kinds: Mapping[str, int]
    distinct: int

    @property
    def foreignness(self) -> float:
        """From 0, code and English, to 1, where a tenth of the tokens or more have letters that English has not."""
        foreign = sum(times for kind, times in self.kinds.items() if _is_foreign(kind))
        return min(10 * foreign / max(sum(self.kinds.values()), 1), 1.0)


def tally(text: str) -> Tally:
    """What a text consists of."""
    tokens = _O200K.tally(text)
    kinds: dict[str, int] = {}
    for token, times in tokens.items():
        kind = _kind(token)
        kinds[kind] = kinds.get(kind, 0) + times
    return Tally(kinds, len(tokens))


@functools.lru_cache(maxsize=1 << 16)
def _kind(token: bytes) -> str:
    return kind_of(token, vocabulary("o200k").rank(token) or 0)


def kind_of(token: bytes, rank: int) -> str:
    """The kind of one token. Its rank in the vocabulary says how common it is."""
    try:
        text = token.decode()
    except UnicodeDecodeError:
        return f"bytes {min(len(token), 4)}"
    if text.isspace():
        return _blank(text)
    space = "_" if text[0] == " " else ""
    core = text.strip()
    if not core.isascii():
        return space + _foreign(core)
    if core.isalnum():
        return f"digits {len(core)}" if core.isdigit() else f"{space}{_case(core)} {_step(rank)}"
    if any(map(str.isalnum, core)):
        return f"mixed {_step(rank)}{'' if core.islower() else ' upper'}"
    return text if rank < _COMMON else f"{space}marks {min(len(core), 9)}"


def _blank(text: str) -> str:
    if text.strip(" "):
        return text if len(text) <= 4 else "blank lines"
    return f"spaces {next((most for most in _SPACES if len(text) <= most), 'many')}"


def _case(word: str) -> str:
    if word.islower():
        return "lower"
    if word.istitle():
        return "title"
    return "upper" if word.isupper() else "mixed-case"


def _foreign(core: str) -> str:
    """Script (the first word of the character's Unicode name) and length."""
    first = next(char for char in core if not char.isascii())
    script = unicodedata.name(first, "UNNAMED").split()[0] if first.isalpha() else "SYMBOL"
    return f"{script} {min(len(core), 5)}{' title' if core[0].isupper() else ''}"


def _step(rank: int) -> int:
    return sum(rank >= step for step in _RANK_STEPS)


def _is_foreign(kind: str) -> bool:
    script = kind.lstrip("_").partition(" ")[0]
    return kind.startswith("bytes") or (script.isupper() and script.isalpha() and script != "SYMBOL")
