"""Prompts put right, and the edits of a file that do it.

A mended prompt says what the text would be worth in another order; it moves parts and keeps marks where they stand in
the static text. Edits move whole sentences, and only where the file shows the text as it is, character for character.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from cachecalc.core.finding import Edit, Fix
from cachecalc.core.prompt import Content, Evidence, Mark, Part, Prompt, Section, Span
from cachecalc.core.volatility import STATIC

_START = re.compile(r".*(?:[.!?][ \t]+|\n)", re.DOTALL)
_END = re.compile(r"[^\n]*?[.!?](?=\s|\Z)[ \t]*|[^\n]*")
_LEAD = re.compile(r"^(?:#+ [^\n]*|[^\n]*:|<(?P<tag>[\w-]+)[^>\n]*>)[ \t]*\n\Z", re.MULTILINE)
"""A heading, a line that announces what follows, or an opening tag, right above the text."""


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
    goal = _goal(prompt, at, last)
    if prompt.evidence is Evidence.PAYLOAD or goal is None or not all(map(_is_verbatim, _around(row, first, at, last))):
        return None
    found, aim = _sentence(row, first, at, last), row[goal].span
    if found is None or aim is None or found.taken.end + max(found.blank, found.trailing) >= aim.end:
        return None
    place, taken = Span(aim.end, aim.end), found.taken
    hole = Span(taken.start, taken.end + max(found.blank, found.trailing))
    edits = [Edit(hole, ""), Edit(place, _glue(row[goal]) + "\n" * found.blank), Edit(place, taken)]
    if (row[goal].text or "").endswith("\n") and not found.is_line:
        edits.append(Edit(place, "\n"))
    return Fix(title, tuple(edits), safe=False)


def _glue(part: Part) -> str:
    """What parts a moved sentence from the text in front: a new line only in text that is written on several."""
    text = part.text or ""
    line_end = "\r\n" if "\r\n" in text else "\n"
    return "" if text.endswith(("\n", " ")) else line_end if "\n" in text else " "


def removal(stretch: Span) -> Edit:
    return Edit(stretch, "")


def origin_span(prompt: Prompt, part: Part) -> Span | None:
    """Where the Python expression that a part comes from stands, if the file shows the whole of it."""
    span = part.origin_span or part.span
    is_python = (part.file or prompt.path).endswith(".py")
    return span if span and is_python and span.end - span.start == len(part.origin) else None


def wrapped(prompt: Prompt, part: Part, title: str, before: str, after: str) -> Fix | None:
    """Put a Python expression into a call. None where the file does not show the whole expression at the part's span."""
    span = origin_span(prompt, part)
    if span is None:
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


def _goal(prompt: Prompt, at: int, last: int) -> int | None:
    """Behind which part the text goes: the end of the last message, if a user's, else of its own run.

    In source code another message is another literal, in which the text might mean something else.
    """
    row = prompt.parts
    end = len(row) - 1
    is_whole_block = last + 1 == len(row) or row[last + 1].block != row[at].block
    is_other_message = row[end].block != row[at].block and row[end].file == row[at].file
    if is_other_message and row[end].role == "user" and prompt.evidence is not Evidence.SOURCE:
        return end if is_whole_block and _is_verbatim(row[end]) else None
    return last if _is_verbatim(row[last]) and last > at else None


def _around(row: tuple[Part, ...], first: int, at: int, last: int) -> tuple[Part, ...]:
    return (*row[first:at], *row[at + 1 : last + 1])


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A stretch to move. `blank` is 1 where it is a paragraph, which takes the empty line behind it along; `trailing`
    blanks behind a sentence are dropped. `is_line`: it ends with its line."""

    taken: Span
    blank: int
    trailing: int
    is_line: bool


def _sentence(row: tuple[Part, ...], first: int, at: int, last: int) -> _Sentence | None:
    """The sentence or line around a part, with the heading or the tags that belong to it."""
    span = row[at].span
    if span is None:
        return None
    before = "".join(part.text or "" for part in row[first:at])
    after = "".join(part.text or "" for part in row[at + 1 : last + 1])
    start, end = _START.match(before), _END.match(after)
    begin = start.end() if start else 0
    stop = end.end() if end else 0
    stop += 2 if after.startswith("\r\n", stop) else after.startswith("\n", stop)
    lead = _LEAD.search(before, 0, begin)
    if lead and (tag := lead["tag"]):
        close = re.compile(rf"\s*</{re.escape(tag)}>(?:\r?\n)?").match(after, stop)
        if close is None:
            return None
        stop = close.end()
    begin = lead.start() if lead else begin
    stands_alone = not before[:begin].strip("\n") or before[:begin].endswith("\n\n")
    blank = int(stands_alone and after.startswith("\n", stop) and after[:stop].endswith("\n"))
    trailing = stop - len(after[:stop].rstrip(" \t"))
    taken = Span(span.start - (len(before) - begin), span.end + stop - trailing)
    return _Sentence(taken, blank, trailing, after[:stop].endswith("\n"))
