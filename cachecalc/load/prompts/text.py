"""Plain text and Markdown, with placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from cachecalc.core.prompt import Part, Prompt, Section
from cachecalc.load.prompts import placeholders, roles, volatile_text
from cachecalc.load.prompts.located import Located, copied
from cachecalc.load.prompts.split import Stretch, split

_USER = re.compile(r"(?:^|[\W_])(?:user|human|query|question)(?:$|[\W_])")


def read(path: str, text: str) -> list[Prompt]:
    """The whole file as one prompt, its turns told apart where it marks them."""
    return [Prompt(parts(copied(text), default_section(path)), PurePath(path).stem, path)]


def default_section(path: str) -> Section:
    """Where a text without roles belongs: to the user's message if its file says so, else to the system prompt."""
    return Section.MESSAGES if _USER.search(PurePath(path).stem.lower()) else Section.SYSTEM


def parts(text: Located, section: Section = Section.SYSTEM) -> tuple[Part, ...]:
    """The parts of a text, each turn a block."""
    found = [part for block, turn in enumerate(roles.turns(text.text)) for part in _turn(text, turn, section, block)]
    return tuple(found)


def _turn(text: Located, turn: roles.Turn, section: Section, block: int) -> Iterator[Part]:
    role = turn.role or ("user" if section is Section.MESSAGES else "system")
    like = Part(
        f"{role} text", roles.section(role), role=role, block=block, path=f"messages[{block}]" if turn.role else ""
    )
    inner = text.slice(turn.start, turn.end)
    return split(inner, stretches(inner.text), like)


def stretches(text: str) -> Sequence[Stretch]:
    """Everything in a text that changes: placeholders, and literals that look made for one request."""
    return [*placeholders.find(text), *volatile_text.find(text)]
