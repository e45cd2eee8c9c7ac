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
    parts = list(_pieces(text, stretches, replace(like, mark=None)))
    if like.mark and not parts:
        parts = [_cut(text, 0, 0, like)]
    return iter([*parts[:-1], *(replace(part, mark=like.mark) for part in parts[-1:])])


def _pieces(text: Located, stretches: Iterable[Stretch], like: Part) -> Iterator[Part]:
    position = 0
    for stretch in sorted(stretches, key=lambda stretch: (stretch.start, -stretch.end)):
        if stretch.start < position:
            continue
        if stretch.start > position:
            yield _cut(text, position, stretch.start, like)
        yield _cut(text, stretch.start, stretch.end, _changing(stretch, like))
        position = stretch.end
    if position < len(text.text):
        yield _cut(text, position, len(text.text), like)


def _cut(text: Located, start: int, end: int, like: Part) -> Part:
    return replace(like, text=text.text[start:end], span=text.span(start, end))


def _changing(stretch: Stretch, like: Part) -> Part:
    return replace(
        like,
        name=stretch.name,
        volatility=like.volatility | stretch.volatility,
        origin=stretch.origin,
        content=stretch.content,
        confidence=stretch.confidence,
    )
