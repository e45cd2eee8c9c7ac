"""Plain text and Markdown, and templates that are one text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

from cachecalc.core.prompt import Prompt, Section
from cachecalc.load.prompts import handlebars, jinja, likeness, pieces, slots, template
from cachecalc.load.prompts.located import copied

_USER = re.compile(r"(?:^|[\W_])(?:user|human|query|question)(?:$|[\W_])")
_FRAGMENT = re.compile(r"(?:^|[\W_])(?:partials?|includes?|snippets?|fragments?|shared|common|macros?)(?:$|[\W_])")


def default_section(path: str) -> Section:
    """Where a text without roles belongs: to the user's message if its file says so, else to the system prompt."""
    return Section.MESSAGES if _USER.search(PurePath(path).stem.lower()) else Section.SYSTEM


def is_fragment(path: str) -> bool:
    """Whether the file's name says that it is a piece of other prompts."""
    name = PurePath(path.lower())
    return (
        likeness.is_verbatim(path)
        or name.name.startswith("_")
        or any(_FRAGMENT.search(word) for word in (name.stem, *name.parts[-2:-1]))
    )


def read(path: str, text: str) -> list[Prompt]:
    """The whole file as one prompt, its turns told apart where it marks them."""
    row = [pieces.Piece(0, len(text))] if likeness.is_verbatim(path) else template.pieces(text, path)
    return [_prompt(path, text, row)]


def read_jinja(path: str, text: str) -> list[Prompt]:
    """A Jinja file. One that defines nothing but macros gives a fragment for each."""
    row, macros = jinja.read(text, path)
    if macros and not any(text[piece.start : piece.end].strip() for piece in row):
        return [_prompt(path, text, slots.informed(text, body), name) for name, body in macros.items()]
    return [_prompt(path, text, slots.informed(text, row))]


def read_handlebars(path: str, text: str) -> list[Prompt]:
    return [_prompt(path, text, slots.informed(text, handlebars.read(text, path)))]


def _prompt(path: str, text: str, row: Iterable[pieces.Piece], macro: str = "") -> Prompt:
    parts = pieces.parts(copied(text), row, default_section(macro or path))
    return Prompt(parts, macro or PurePath(path).stem, path, fragment=bool(macro) or is_fragment(path))
