"""Files with YAML settings between two lines of dashes and a template below: `.prompty` and `.prompt`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from cachecalc.core.prompt import Part, Prompt, Section
from cachecalc.load import yaml_text
from cachecalc.load.prompts import pieces, roles, template
from cachecalc.load.prompts.located import copied

_ANYTHING = re.compile(r"[^\r\n]")
_SETTINGS = re.compile(r"\s*---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def split(text: str, path: str) -> tuple[dict[str, Any], int]:
    """The settings and where the template begins. Raises InputError where the settings are not valid YAML."""
    found = _SETTINGS.match(text)
    if found is None:
        return {}, 0
    # Blank lines in front keep the line numbers of faults.
    source = "\n" * text.count("\n", 0, found.start("yaml")) + found["yaml"]
    value = yaml_text.compose(source, path)[0].value if found["yaml"].strip() else {}
    return (value if isinstance(value, dict) else {}), found.end()


def read_prompty(path: str, text: str) -> list[Prompt]:
    """A `.prompty` file: Jinja or Mustache, with a line such as `system:` in front of each message."""
    settings, start = split(text, path)
    stated = settings.get("template")
    syntax = _find(stated, "format", "type") if isinstance(stated, dict) else stated
    syntax = "handlebars" if syntax in ("mustache", "handlebars") else "jinja"
    parts = _parts(text, start, path, syntax, roles.PROMPTY)
    return [Prompt(parts, _name(settings, path), path, _model(settings), _find(settings, "provider"))]


def read_dotprompt(path: str, text: str) -> list[Prompt]:
    """A `.prompt` file: Handlebars, with `{{role "system"}}` in front of each message; the user's without one."""
    settings, start = split(text, path)
    parts = _parts(text, start, path, "handlebars", roles.DOTPROMPT)
    fragment = PurePath(path).name.startswith("_")
    return [Prompt(parts, _name(settings, path), path, _model(settings), fragment=fragment)]


def _parts(text: str, start: int, path: str, syntax: str, style: roles.Style) -> tuple[Part, ...]:
    """The parts of the template behind the settings. Blanks in their place keep all offsets and line numbers."""
    blanked = _ANYTHING.sub(" ", text[:start]) + text[start:]
    row = (replace(piece, start=max(start, piece.start)) for piece in template.pieces(blanked, path, syntax))
    return pieces.parts(
        copied(blanked),
        [piece for piece in row if piece.within or piece.start < piece.end],
        Section.MESSAGES,
        styles=(style,),
    )


def _name(settings: Mapping[str, Any], path: str) -> str:
    return str(settings.get("name") or PurePath(path).stem)


def _model(settings: Mapping[str, Any]) -> str | None:
    """The model's name, without the prefix that says who serves it."""
    stated = settings.get("model")
    found = _find(stated, "azure_deployment", "model", "id", "name") if isinstance(stated, dict) else stated
    return found.rpartition("/")[2] if isinstance(found, str) else None


def _find(table: Mapping[str, Any], *keys: str) -> str | None:
    """The first text under one of the keys, at any depth."""
    for key in keys:
        if isinstance(found := table.get(key), str):
            return found
    tables = (value for value in table.values() if isinstance(value, dict))
    return next((found for inner in tables if (found := _find(inner, *keys))), None)
