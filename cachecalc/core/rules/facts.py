"""Hits for what is true of a prompt beside its text: found by the reader, judged here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Fact, Prompt, Trait


def hits(prompt: Prompt, trait: Trait, level: Level, message: Callable[[Fact], str]) -> Iterator[Hit]:
    """A hit for each fact of one trait. Facts concern calls, not texts, so no mended prompt can price them."""
    for fact in prompt.facts:
        if fact.trait is trait:
            yield Hit(fact.span, message(fact), level, confidence=fact.confidence, path=fact.file)


def listed(names: tuple[str, ...]) -> str:
    """`a, b and c` in back-ticks."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))
