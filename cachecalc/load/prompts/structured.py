"""JSON and YAML files: which of the formats that are written in them is this one?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Prompt
from cachecalc.load import yaml_text
from cachecalc.load.prompts import captures, crewai, documents, json_text, langchain, likeness, payload, promptfoo
from cachecalc.load.prompts.places import Places
from cachecalc.load.prompts.yaml_places import YamlPlaces

_CLAIMS = re.compile(r"promptfooconfig|(?:^|\W)(?:agents|tasks)\.ya?ml$|\.har$")
_REQUEST = re.compile(r'"(?:messages|contents|system_prompt|systemInstruction)"\s*:')
_CONTENT = re.compile(r"^\s*[^#\s]", re.MULTILINE)
_HOLE = re.compile(r"\{\{\s*[A-Za-z_]|\{%")


def read_json(path: str, text: str) -> list[Prompt]:
    """The prompts in a JSON file. Raises InputError where it is broken, and its name or text says it holds some."""
    try:
        value = json_text.parse(text, path)
    except InputError:
        if _claims(path) or _REQUEST.search(text):
            raise
        return []
    return list(_prompts(value, json_text.JsonPlaces(text), path))


def read_yaml(path: str, text: str) -> list[Prompt]:
    """The prompts in a YAML file. Raises InputError where it is broken and its name says that it holds some."""
    if not _CONTENT.search(text):
        return []
    try:
        # A number out of range or an unknown tag somewhere else is no business of ours.
        document, _ = yaml_text.compose(text, path)
    except InputError:
        if _claims(path):
            raise
        return []
    return list(_prompts(document.value, YamlPlaces(document), path))


def _claims(path: str) -> bool:
    return likeness.is_named(path) or bool(_CLAIMS.search(PurePath(path.lower()).name))


def _prompts(value: Any, places: Places, path: str) -> Iterator[Prompt]:
    if promptfoo.is_config(value):
        yield from promptfoo.prompts(value, places, path)
    elif crewai.is_crew(value):
        yield from crewai.prompts(value, places, path)
    elif langchain.is_prompt(value):
        yield from langchain.prompts(value, places, path)
    else:
        yield from _requests(value, places, path) or documents.prompts(value, places, path)


def _requests(value: Any, places: Places, path: str) -> list[Prompt]:
    """The requests in a document: recorded ones, or one with holes in its messages, which is still to be made."""
    if not _is_template(value):
        return list(captures.requests(value, places, captures.Sender(path)))
    prompt = payload.read(value, path=path, places=places, name=PurePath(path).stem, is_template=True)
    return [prompt] if prompt and any(part.mark for part in prompt.parts) else []


def _is_template(value: Any) -> bool:
    messages = value.get("messages") if isinstance(value, Mapping) else None
    said = [item.get("content") for item in messages if isinstance(item, dict)] if isinstance(messages, list) else []
    return any(_HOLE.search(text) for content in said for text in _texts(content))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict) and isinstance(text := block.get("text"), str):
            yield text
