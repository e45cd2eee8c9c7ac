"""Prompts as LangChain writes them to JSON and YAML: `_type: prompt`, and constructors with their arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from cachecalc.core.prompt import Content, Part, Prompt, Section
from cachecalc.core.volatility import PER_TURN
from cachecalc.load.prompts import documents
from cachecalc.load.prompts.places import Path, Places, shown

_ROLES = {"System": Section.SYSTEM, "Human": Section.MESSAGES, "AI": Section.MESSAGES, "Chat": Section.MESSAGES}


def is_prompt(value: Any) -> bool:
    """A saved template, or a constructor of one."""
    return isinstance(value, dict) and (
        value.get("_type") in ("prompt", "few_shot", "chat") or "Prompt" in _class(value)
    )


def prompts(value: Mapping[str, Any], places: Places, path: str, at: Path = ()) -> Iterator[Prompt]:
    row = tuple(_parts(value, places, path, at, 0))
    if row:
        yield Prompt(row, shown(at) or PurePath(path).stem, path)


def _class(value: Mapping[str, Any]) -> str:
    """The class that a constructor names."""
    names = value.get("id")
    return str(names[-1]) if value.get("lc") and isinstance(names, list) and names else ""


def _parts(value: Mapping[str, Any], places: Places, path: str, at: Path, block: int) -> Iterator[Part]:
    """The parts of a template, of whatever class: its own text, or those of the templates it is made of."""
    given, place = (value["kwargs"], (*at, "kwargs")) if isinstance(value.get("kwargs"), dict) else (value, at)
    name = _class(value)
    if name == "MessagesPlaceholder":
        yield _history(given, places, place, block)
        return
    section = next((section for role, section in _ROLES.items() if name.startswith(role)), Section.SYSTEM)
    for key in ("prefix", "template", "content", "suffix"):
        if isinstance(given.get(key), str):
            yield from documents.text_parts(given, key, places, place, section, path, block)
    for key in ("prompt", "messages"):
        for inner, where in _inner(given.get(key), (*place, key)):
            row = list(_parts(inner, places, path, where, block))
            block = row[-1].block + 1 if row else block
            yield from (_as(part, section) for part in row) if key == "prompt" and name else row


def _inner(value: Any, at: Path) -> list[tuple[dict[str, Any], Path]]:
    listed = (
        [(value, at)] if not isinstance(value, list) else [(item, (*at, index)) for index, item in enumerate(value)]
    )
    return [(item, where) for item, where in listed if isinstance(item, dict)]


def _as(part: Part, section: Section) -> Part:
    """A template within a message template takes its section."""
    role = "system" if section is Section.SYSTEM else "user"
    return replace(part, section=section, role=role)


def _history(given: Mapping[str, Any], places: Places, at: Path, block: int) -> Part:
    name = str(given.get("variable_name") or "history")
    span = places.raw(at).span()
    return Part(
        name, Section.MESSAGES, PER_TURN, span=span, block=block, path=shown(at), origin=name, content=Content.HISTORY
    )
