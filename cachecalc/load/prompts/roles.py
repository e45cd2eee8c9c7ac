"""Who speaks in a plain-text prompt: `System:` and `User:` lines, `<system>` tags, chat templates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cachecalc.core.prompt import Section

ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "ai", "model", "bot"), "assistant"),
    **dict.fromkeys(("tool", "function"), "tool"),
}
_ROLE = "|".join(ROLES)


@dataclass(frozen=True, slots=True)
class Style:
    """A way to mark who speaks. `anywhere`: it means nothing else, so text may stand in front of the first marker.
    `silent`: the program that reads the file takes the marker out."""

    marker: re.Pattern[str]
    anywhere: bool = False
    silent: bool = False


CHAT_TEMPLATE = Style(
    re.compile(rf"<\|im_start\|>[ \t]*(?P<role>{_ROLE})\b|<\|start_header_id\|>(?P<other>{_ROLE})<\|end_header_id\|>"),
    anywhere=True,
)
TEMPLATE_CALL = Style(
    re.compile(
        rf"\{{\{{[#~]*\s*(?:_\.)?(?:role[ (]+[\"'](?P<role>{_ROLE})[\"']\)?|(?<=[#~])(?P<other>{_ROLE}))\s*~?\}}\}}"
    ),
    anywhere=True,
)
# dotprompt puts the messages so far where `{{history}}` stands.
DOTPROMPT = Style(re.compile(rf"{TEMPLATE_CALL.marker.pattern}|\{{\{{\s*(?P<turns>history)\s*\}}\}}"), anywhere=True)
MESSAGE_TAG = Style(re.compile(rf"<message role=[\"'](?P<role>{_ROLE})[\"']>", re.IGNORECASE))
TAG = Style(re.compile(rf"^[ \t]*<(?P<role>{_ROLE})(?:_prompt|_message)?>", re.IGNORECASE | re.MULTILINE))
LINE = Style(
    # A loop that writes turns begins with a line end, which is theirs.
    re.compile(
        rf"(?:(?<=\}})\s+)?^[ \t]*(?:#{{1,4}} ?|\*\*|\[)?(?P<role>{_ROLE})(?: prompt| message)?(?:\]|\*\*)?"
        r"[ \t]*(?::(?:\*\*)?(?=[ \t]|$)|(?<=[\]*])[ \t]*$)",
        re.IGNORECASE | re.MULTILINE,
    )
)
PROMPTY = Style(
    re.compile(
        rf"(?:(?<=\}})\s+)?^[ \t]*#?[ \t]*(?P<role>{_ROLE})[ \t]*(?:\[[^\]\n]*\])?[ \t]*:[ \t]*(?:\r?\n|\Z)",
        re.IGNORECASE | re.MULTILINE,
    ),
    anywhere=True,
    silent=True,
)
_BLANK = re.compile(r"(?:[ \t]*\r?\n)*")
STYLES = (CHAT_TEMPLATE, TEMPLATE_CALL, MESSAGE_TAG, TAG, LINE)


@dataclass(frozen=True, slots=True)
class Turn:
    """A range of a text that one role speaks, its marker included; role "" where nothing says who, "history" for the
    messages so far."""

    start: int
    end: int
    role: str = ""


def turns(text: str, styles: Sequence[Style] = STYLES) -> list[Turn]:
    """The turns of a text. Most markers count only in a text that opens with one: within a prompt, `User:` may be an
    example of a dialogue."""
    opening = _BLANK.match(text)
    for style in styles:
        if style.anywhere or (opening and style.marker.match(text, opening.end())):
            markers = list(style.marker.finditer(text))
            if markers:
                return list(_between(text, markers, style))
    return [Turn(0, len(text))]


def _between(text: str, markers: list[re.Match[str]], style: Style) -> Iterator[Turn]:
    first = markers[0].start()
    opens = not text[:first].strip()
    if not opens:
        yield Turn(0, first)
    starts = [0 if opens else first, *(marker.start() for marker in markers[1:]), len(text)]
    for marker, (start, end) in zip(markers, pairwise(starts), strict=True):
        word = next(word for word in marker.groups() if word)
        yield Turn(marker.end() if style.silent else start, end, ROLES.get(word.lower(), word))


def section(role: str) -> Section:
    """Where a role's text stands in a request."""
    return Section.SYSTEM if role in ("", "system") else Section.MESSAGES
