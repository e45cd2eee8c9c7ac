"""BAML functions: a Jinja template between `#"` and `"#`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from cachecalc.core.prompt import Prompt, Section
from cachecalc.load.prompts import pieces, roles, template
from cachecalc.load.prompts.located import copied

_FUNCTION = re.compile(
    r"^\s*function\s+(?P<name>\w+)\s*\([^)]*\)\s*->[^{]*\{(?P<head>(?:(?!^\}).)*?)\bprompt\s+(?P<hashes>#+)\"(?P<text>.*?)\"(?P=hashes)",
    re.DOTALL | re.MULTILINE,
)
_CLIENT = re.compile(r"\bclient\s+\"(?P<provider>[\w-]+)/(?P<model>[^\"]+)\"")


def read(path: str, text: str) -> list[Prompt]:
    """One prompt for each function."""
    return [_prompt(path, text, found) for found in _FUNCTION.finditer(text)]


def _prompt(path: str, text: str, found: re.Match[str]) -> Prompt:
    client = _CLIENT.search(found["head"])
    inside = copied(text).slice(*found.span("text"))
    row = pieces.parts(inside, _pieces(inside.text, path), Section.MESSAGES, styles=(roles.TEMPLATE_CALL,))
    model, provider = (client["model"], client["provider"]) if client else (None, None)
    return Prompt(row, found["name"], path, model, provider)


def _pieces(text: str, path: str) -> Iterator[pieces.Piece]:
    """`_.role()` puts out nothing; what `ctx` has (the output's format) is the same each time."""
    for piece in template.pieces(text, path):
        root = piece.name.partition(".")[0]
        if root != "_":
            yield replace(piece, value=pieces.FIXED) if root == "ctx" else piece
