"""Cut a text at the stretches that change, into parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cachecalc.core.prompt import Confidence, Content, Part
from cachecalc.core.volatility import Volatility
from cachecalc.load.prompts.located import Located


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of a text that changes as one. `origin` is what to quote for it in a message."""

    start: int
    end: int
    name: str
    volatility: Volatility
    origin: str = ""
    content: Content = Content.TEXT
    confidence: Confidence = Confidence.CERTAIN


def split(text: Located, stretches: Iterable[Stretch], like: Part) -> Iterator[Part]:
    """Parts that join to `text`: `like` with the text between the stretches, and one for each stretch.

    A stretch adds its volatility to that of `like`. One that overlaps an earlier one is dropped. Only the last part has
    the mark of `like`. An empty text gives no part, unless it is marked.
    """
    ranges = list(_ranges(text.text, stretches)) or ([(0, 0, None)] if like.mark else [])
    for start, end, stretch in ranges:
        mark = like.mark if end == len(text.text) else None
        cut = replace(like, text=text.text[start:end], span=text.span(start, end), mark=mark)
        yield _changing(stretch, cut) if stretch else cut


def _ranges(text: str, stretches: Iterable[Stretch]) -> Iterator[tuple[int, int, Stretch | None]]:
    position = 0
    for stretch in sorted(stretches, key=lambda stretch: (stretch.start, -stretch.end)):
        if stretch.start >= position:
            if stretch.start > position:
                yield position, stretch.start, None
            yield stretch.start, stretch.end, stretch
            position = stretch.end
    if position < len(text):
        yield position, len(text), None


def _changing(stretch: Stretch, like: Part) -> Part:
    return replace(
        like,
        name=stretch.name,
        volatility=like.volatility | stretch.volatility,
        origin=stretch.origin,
        content=stretch.content,
        confidence=stretch.confidence,
    )
