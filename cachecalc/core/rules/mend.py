"""Prompts put right, and the edits of a file that do it.

A mended prompt says what the text would be worth in another order; it moves parts and keeps marks where they stand in
the static text. Edits move whole sentences, and only where the file shows the text as it is, character for character.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from cachecalc.core.finding import Edit, Fix
from cachecalc.core.prompt import Content, Mark, Part, Prompt, Section, Span
from cachecalc.core.volatility import STATIC

_SENTENCE_START = re.compile(r".*(?:[.!?][ \t]+|\n)", re.DOTALL)
_SENTENCE_END = re.compile(r"[^\n]*?[.!?](?=\s|\Z)[ \t]*|[^\n]*")


def moved_to_the_end(prompt: Prompt, chosen: Collection[int]) -> Prompt:
    """The chosen parts behind all others, in the last message. A mark that stood on one of them stays where it was, on
    the text in front."""
    kept: list[Part] = []
    moved: list[Part] = []
    for index, part in enumerate(prompt.parts):
        if index not in chosen:
            kept.append(part)
            continue
        moved.append(replace(part, mark=None, section=Section.MESSAGES, role="user"))
        if part.mark and kept and not kept[-1].mark:
            kept[-1] = replace(kept[-1], mark=part.mark)
    block = prompt.parts[-1].block + 1 if prompt.parts else 0
    return replace(prompt, parts=(*kept, *(replace(part, block=block) for part in moved)))


def made_static(prompt: Prompt, chosen: Collection[int]) -> Prompt:
    """The prompt as it would be if the chosen parts never changed."""
    still = {
        index: replace(part, volatility=STATIC, content=Content.TEXT)
        for index, part in enumerate(prompt.parts)
        if index in chosen
    }
    return replace(prompt, parts=tuple(still.get(index, part) for index, part in enumerate(prompt.parts)))


def with_mark(prompt: Prompt, at: int, mark: Mark | None) -> Prompt:
    row = prompt.parts
    return replace(prompt, parts=(*row[:at], replace(row[at], mark=mark), *row[at + 1 :]))


def sentence_moved(prompt: Prompt, at: int, title: str) -> Fix | None:
    """Move the sentence or line around a part to the end of the last user message, or of the text it stands in.

    None where the file does not show the text as it is, or where something that is not text (a loop, a condition) stands
    between.
    """
    row = prompt.parts
    first, last = _run(row, at)
    goal = _goal(row, at, last)
    start, end = _sentence_start(row, first, at), _sentence_end(row, at, last)
    if goal is None or start is None or end is None:
        return None
    aim = row[goal].span
    if aim is None or start.end >= aim.end or end >= aim.end:
        return None
    taken = Span(start.end, end)
    glue = "" if (row[goal].text or "").endswith("\n") else "\n"
    place = Span(aim.end, aim.end)
    return Fix(title, (Edit(taken, ""), Edit(place, glue), Edit(place, taken)), safe=False)


def removal(stretch: Span) -> Edit:
    return Edit(stretch, "")


def is_python(prompt: Prompt, part: Part) -> bool:
    return (part.file or prompt.path).endswith((".py", ".ipynb"))


def wrapped(prompt: Prompt, part: Part, title: str, before: str, after: str) -> Fix | None:
    """Put a Python expression into a call. None where the file does not show the whole expression at the part's span."""
    span = part.span
    if span is None or not is_python(prompt, part) or span.end - span.start != len(part.origin):
        return None
    edits = (Edit(Span(span.start, span.start), before), Edit(Span(span.end, span.end), after))
    return Fix(title, edits, safe=True)


def _is_verbatim(part: Part) -> bool:
    return part.span is not None and part.text is not None and part.span.end - part.span.start == len(part.text)


def _follows(part: Part, other: Part) -> bool:
    """Whether `other` begins in the file where `part` ends."""
    return part.span is not None and other.span is not None and part.span.end == other.span.start


def _run(row: tuple[Part, ...], at: int) -> tuple[int, int]:
    """The first and last of the parts around one that stand side by side in the file and in one block."""
    first = last = at
    while first and row[first - 1].block == row[at].block and _follows(row[first - 1], row[first]):
        first -= 1
    while last + 1 < len(row) and row[last + 1].block == row[at].block and _follows(row[last], row[last + 1]):
        last += 1
    return first, last


def _goal(row: tuple[Part, ...], at: int, last: int) -> int | None:
    """Behind which part the text goes: the end of the last message, if a user's, else of its own run."""
    end = len(row) - 1
    is_whole_block = last + 1 == len(row) or row[last + 1].block != row[at].block
    if row[end].block != row[at].block and row[end].role == "user" and row[end].file == row[at].file:
        return end if is_whole_block and _is_verbatim(row[end]) else None
    return last if _is_verbatim(row[last]) and last > at else None


def _sentence_start(row: tuple[Part, ...], first: int, at: int) -> Span | None:
    """An empty span where the sentence of a part begins."""
    place = row[at].span
    for index in range(at - 1, first - 1, -1):
        part = row[index]
        if not _is_verbatim(part) or part.span is None or part.text is None:
            return None
        place = part.span
        found = _SENTENCE_START.match(part.text)
        if found:
            offset = part.span.start + found.end()
            return Span(offset, offset)
    return Span(place.start, place.start) if place else None


def _sentence_end(row: tuple[Part, ...], at: int, last: int) -> int | None:
    """The offset behind the sentence of a part, its line feed included."""
    for part in row[at + 1 : last + 1]:
        if not _is_verbatim(part) or part.span is None or part.text is None:
            return None
        found = _SENTENCE_END.match(part.text)
        length = found.end() if found else 0
        if length < len(part.text):
            return part.span.start + length + part.text.startswith("\n", length)
    end = row[last].span
    return end.end if end else None
