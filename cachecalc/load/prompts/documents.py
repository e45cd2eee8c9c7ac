"""Prompts in YAML and JSON files: messages with roles, and texts under keys such as `system_prompt` or `template`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from cachecalc.core.prompt import Mark, Part, Prompt, Section
from cachecalc.load.prompts import likeness, pieces, roles, template, variable_names
from cachecalc.load.prompts.places import Path, Places, shown

_SYSTEM = frozenset(
    {
        *("system", "system prompt", "system message", "system instruction", "system instructions", "sys prompt"),
        *("system template", "developer", "developer prompt", "developer message", "instructions", "instruction"),
        *("preamble", "persona", "base prompt", "prefix"),
    }
)
_USER = frozenset(
    {
        *(
            "user",
            "user prompt",
            "user message",
            "user template",
            "human",
            "human prompt",
            "human message",
            "input template",
        )
    }
)
_WORDS = frozenset({"prompt", "prompts", "template", "instructions", "instruction"})
_ALWAYS = frozenset(
    {
        "prompt",
        "prompt template",
        "system prompt",
        "system message",
        "system instruction",
        "system instructions",
        "user prompt",
        "developer message",
    }
)
_SYNTAX = {
    "jinja2": "jinja",
    "jinja": "jinja",
    "mustache": "handlebars",
    "handlebars": "handlebars",
    "f-string": "braces",
}
_HOLE = re.compile(r"\{\{?\s*[$.]?[A-Za-z_][\w.]*\s*\}?\}|\{%")

_HOLE_WHOLE = re.compile(r"\$?\{\{?[^{}]*\}?\}")
_LETTER = re.compile(r"[^\W\d_]")


_DATA_SET = 500
"""Items from which on a list is a set of data, not of prompts that somebody wrote."""


def prompts(value: Any, places: Places, path: str, at: Path = ()) -> Iterator[Prompt]:
    """The prompts in a document, wherever they are nested."""
    if isinstance(value, dict):
        texts = _texts(value, path)
        chats = [key for key, item in value.items() if is_chat(item)]
        yield from _of_texts(value, texts, places, path, at)
        for key in chats:
            row = chat_parts(value[key], places, (*at, key), path)
            yield _prompt(row, value, path, (*at, key))
        for key, item in value.items():
            if key not in texts and key not in chats:
                yield from prompts(item, places, path, (*at, key))
    elif is_chat(value):
        yield _prompt(chat_parts(value, places, at, path), {}, path, at)
    elif isinstance(value, list) and len(value) <= _DATA_SET:
        for index, item in enumerate(value):
            yield from prompts(item, places, path, (*at, index))


def _of_texts(
    value: Mapping[str, Any], texts: Mapping[str, Section], places: Places, path: str, at: Path
) -> Iterator[Prompt]:
    """A system text and the user's text beside it are one prompt; any other text is one of its own."""
    groups = [list(texts)] if len(texts) == 2 and len(set(texts.values())) == 2 else [[key] for key in texts]
    for keys in groups:
        row: list[Part] = []
        for key in sorted(keys, key=lambda key: texts[key] is Section.MESSAGES):
            row += text_parts(value, key, places, at, texts[key], path, row[-1].block + 1 if row else 0)
        yield _prompt(tuple(row), value, path, at if len(keys) > 1 else (*at, keys[0]))


def text_parts(
    value: Mapping[str, Any], key: str, places: Places, at: Path, section: Section, path: str, block: int = 0
) -> tuple[Part, ...]:
    """The text under a key of an object, as a template."""
    place = (*at, key)
    syntax = _SYNTAX.get(str(value.get("template_format") or value.get("templateFormat")))
    found = template.pieces(value[key], path, syntax)
    return pieces.parts(places.text(place, value[key]), found, section, block=block, path=shown(place))


def _texts(value: Mapping[str, Any], path: str) -> dict[str, Section]:
    """The keys of an object under which a prompt's text stands, each with its section."""
    in_prompt_file = likeness.is_named(path)
    found = {}
    for key, text in value.items():
        words = " ".join(variable_names.words(key))
        if isinstance(text, str) and _is_prompt(words, text, in_prompt_file=in_prompt_file):
            is_user = words in _USER or (words not in _SYSTEM and words.startswith("user"))
            found[key] = Section.MESSAGES if is_user else Section.SYSTEM
    return found


def _is_prompt(key: str, text: str, *, in_prompt_file: bool) -> bool:
    """Whether a text is a prompt: the less its key says, the more the text must show."""
    words = key.split()
    is_named = key in _ALWAYS or key in _SYSTEM or key in _USER or "prompt" in words or not _WORDS.isdisjoint(words)
    if not (is_named or (in_prompt_file and len(text) >= 40)) or not _LETTER.search(_HOLE_WHOLE.sub("", text)):
        return False
    signs, has_hole = likeness.signs(text), bool(_HOLE.search(text))
    if key in _ALWAYS:
        return len(text) >= 60 or signs > 0 or has_hole
    if "prompt" in words:
        return len(text) >= 200 or signs > 0 or (in_prompt_file and has_hole)
    if is_named:
        return (
            signs >= 2
            or (signs == 1 and (has_hole or len(text) >= 200))
            or (in_prompt_file and (signs > 0 or has_hole))
        )
    return signs > 0


def is_chat(value: Any) -> bool:
    """A list of messages: `{role, content}`, or `{system: text}`, or `[role, text]`."""
    return isinstance(value, list) and bool(value) and all(_message(item) for item in value)


def _message(item: Any) -> tuple[str, Path, str | list[Any]] | None:
    """The role, the place within the item, and the content of a message."""
    match item:
        case {"role": str(role), "content": str() | list() as content}:
            return role, ("content",), content
        case {"role": str(role), "text": str(content)}:
            return role, ("text",), content
        case [str(role), str(content)] if role.lower() in roles.ROLES:
            return role, (1,), content
        case dict() if len(item) == 1 and (role := str(next(iter(item)))).lower() in roles.ROLES:
            content = item[role]
            return (role, (role,), content) if isinstance(content, str) else None
        case _:
            return None


def chat_parts(messages: list[Any], places: Places, at: Path, path: str) -> tuple[Part, ...]:
    """The parts of a list of messages, each text a block."""
    row: list[Part] = []
    section = Section.SYSTEM
    for index, item in enumerate(messages):
        role, step, content = _message(item) or ("user", (), "")
        role = roles.ROLES.get(role.lower(), role)
        section = section if role == "system" else Section.MESSAGES
        for place, text in _content((*at, index, *step), content):
            block = row[-1].block + 1 if row else 0
            found = template.pieces(text, path)
            row += pieces.parts(places.text(place, text), found, section, block=block, path=shown(place), role=role)
            row[-1:] = [replace(part, mark=_mark(content, place, places)) for part in row[-1:]]
    return tuple(row)


def _mark(content: str | list[Any], at: Path, places: Places) -> Mark | None:
    """The mark on the block whose text stands at a path."""
    block = content[at[-2]] if isinstance(content, list) and isinstance(at[-2], int) else {}
    control = block.get("cache_control")
    if not isinstance(control, dict):
        return None
    ttl = control.get("ttl")
    place = (*at[:-1], "cache_control")
    return Mark(ttl if isinstance(ttl, str) else None, places.raw(place).span(), places.member(place))


def _content(at: Path, content: str | list[Any]) -> Iterator[tuple[Path, str]]:
    """The texts of a message."""
    if isinstance(content, str):
        yield at, content
    else:
        for index, block in enumerate(content):
            if isinstance(block, dict) and isinstance(text := block.get("text"), str):
                yield (*at, index, "text"), text


def _prompt(row: tuple[Part, ...], value: Mapping[str, Any], path: str, at: Path) -> Prompt:
    model = value.get("model")
    name = shown(at) or PurePath(path).stem
    return Prompt(row, name, path, model if isinstance(model, str) else None)
