"""The edits of a file that mend a finding: they move text whole, and keep every other byte.

A sentence moves only where the file shows the text as it is, character for character, and where nothing that is not text
(a loop, a condition, the end of a literal) stands between; and only to where little is left behind it that it breaks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cachecalc.core.finding import Edit, Fix
from cachecalc.core.prompt import Evidence, Part, Prompt, Span
from cachecalc.core.rules import reach

_START = re.compile(r".*(?:[.!?][ \t]+|\n)", re.DOTALL)
_END = re.compile(r"[^\r\n]*?[.!?](?=\s|\Z)[ \t]*|[^\r\n]*")
STILL_STRANDED = 0.2
"""A sentence that would still stand in front of more than this share of what it strands is not worth moving."""

_LEAD = re.compile(r"^(?:#+ [^\r\n]*|[^\r\n]*:|<(?P<tag>[\w-]+)[^>\r\n]*>)[ \t]*\r?\n\Z", re.MULTILINE)
"""A heading, a line that announces what follows, or an opening tag, right above the text."""


def removal(stretch: Span) -> Edit:
    return Edit(stretch, "")


def wrapped(prompt: Prompt, part: Part, title: str, before: str, after: str) -> Fix | None:
    """Put the Python expression that a part comes from into a call. None where the file does not show it whole."""
    span = origin_span(prompt, part)
    if span is None:
        return None
    edits = (Edit(Span(span.start, span.start), before), Edit(Span(span.end, span.end), after))
    return Fix(title, edits, safe=True)


def origin_span(prompt: Prompt, part: Part) -> Span | None:
    """Where the Python expression that a part comes from stands, if the file shows the whole of it."""
    span = part.origin_span if part.origin_span and not part.origin_file else part.span
    is_python = (part.file or prompt.path).endswith(".py")
    return span if span and is_python and span.end - span.start == len(part.origin) else None


@dataclass(frozen=True, slots=True)
class _Run:
    """The text around a part that stands side by side with it in the file and in one block, as it is there."""

    part: Span
    before: str
    after: str

    @property
    def line_end(self) -> str:
        return "\r\n" if "\r\n" in self.before + self.after else "\n"


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A stretch to move: `hole` is what goes from its old place, `taken` the same without the blanks behind it."""

    taken: Span
    hole: Span
    is_line: bool


def sentence_moved(prompt: Prompt, at: int, title: str) -> Fix | None:
    """Move the sentence or line around a part to the end of the last user message, or of the text it stands in."""
    if prompt.evidence is Evidence.PAYLOAD:
        return None
    first, last = _neighbours(prompt.parts, at)
    goal = _goal(prompt, at, last)
    run = _run(prompt.parts, first, at, last)
    sentence = _sentence(run) if run else None
    aim = goal.span if goal else None
    if goal is None or run is None or sentence is None or aim is None or sentence.hole.end >= aim.end:
        return None
    if _stranded(prompt, at, _place(prompt.parts, goal)) > STILL_STRANDED * _stranded(prompt, at, at):
        return None
    place, text = Span(aim.end, aim.end), goal.text or ""
    edits = [Edit(sentence.hole, ""), Edit(place, _glue(text, run.line_end)), Edit(place, sentence.taken)]
    if text.endswith("\n") and not sentence.is_line:
        edits.append(Edit(place, run.line_end))
    return Fix(title, tuple(edits), safe=False)


def _stranded(prompt: Prompt, at: int, place: int) -> int:
    """Tokens behind a place that could be shared, were it not for the part."""
    changed = prompt.parts[at].volatility
    return sum(reach.tokens(part) for part in prompt.parts[place + 1 :] if reach.is_lost(part, changed))


def _place(row: tuple[Part, ...], wanted: Part) -> int:
    return next(index for index, part in enumerate(row) if part is wanted)


def _neighbours(row: tuple[Part, ...], at: int) -> tuple[int, int]:
    """The first and last of the parts that stand side by side with one in the file and in one block."""
    first = last = at
    while first and row[first - 1].block == row[at].block and _follows(row[first - 1], row[first]):
        first -= 1
    while last + 1 < len(row) and row[last + 1].block == row[at].block and _follows(row[last], row[last + 1]):
        last += 1
    return first, last


def _follows(part: Part, other: Part) -> bool:
    """Whether `other` begins in the file where `part` ends."""
    return part.span is not None and other.span is not None and part.span.end == other.span.start


def _run(row: tuple[Part, ...], first: int, at: int, last: int) -> _Run | None:
    before, after = row[first:at], row[at + 1 : last + 1]
    span = row[at].span
    if span is None or not all(map(_is_verbatim, (*before, *after))):
        return None
    return _Run(span, "".join(part.text or "" for part in before), "".join(part.text or "" for part in after))


def _is_verbatim(part: Part) -> bool:
    return part.span is not None and part.text is not None and part.span.end - part.span.start == len(part.text)


def _goal(prompt: Prompt, at: int, last: int) -> Part | None:
    """Behind which part the text goes: the end of the last message, if a user's, else of its own run.

    In source code another message is another literal, in which the text might mean something else.
    """
    row = prompt.parts
    end = row[-1]
    is_whole_block = last + 1 == len(row) or row[last + 1].block != row[at].block
    is_other_message = end.block != row[at].block and end.file == row[at].file
    if is_other_message and end.role == "user" and prompt.evidence is not Evidence.SOURCE:
        return end if is_whole_block and _is_verbatim(end) else None
    return row[last] if _is_verbatim(row[last]) and last > at else None


def _glue(text: str, line_end: str) -> str:
    """What parts a moved sentence from the text in front: a new line only in text that is written on several."""
    return "" if text.endswith(("\n", " ")) else line_end if "\n" in text else " "


def _sentence(run: _Run) -> _Sentence | None:
    """The sentence or line around the part, with the heading or the tags that belong to it."""
    start, end = _START.match(run.before), _END.match(run.after)
    begin, stop = start.end() if start else 0, end.end() if end else 0
    if begin == 0 or run.before[begin - 1] == "\n":  # nothing is left on the line, so it goes
        stop += len(run.line_end) if run.after.startswith(run.line_end, stop) else 0
    lead = _LEAD.search(run.before, 0, begin)
    if lead and (tag := lead["tag"]):
        close = re.compile(rf"\s*</{re.escape(tag)}>(?:\r?\n)?").match(run.after, stop)
        if close is None:
            return None
        stop = close.end()
    return _cut(run, lead.start() if lead else begin, stop)


def _cut(run: _Run, begin: int, stop: int) -> _Sentence:
    text = run.after[:stop]
    start = run.part.start - len(run.before) + begin
    end = run.part.end + len(text.rstrip(" \t"))
    is_last_on_line = run.after[stop : stop + 1] in {"\r", "\n"}
    blanks = len(run.before[:begin]) - len(run.before[:begin].rstrip(" \t")) if is_last_on_line else 0
    return _Sentence(Span(start, end), Span(start - blanks, run.part.end + stop), text.endswith("\n"))
