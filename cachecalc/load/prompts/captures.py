"""Files of recorded requests: one request, a list of them, one a line, with or without a wrapping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Prompt
from cachecalc.load.prompts import json_text, payload
from cachecalc.load.prompts.located import copied
from cachecalc.load.prompts.places import Path, Places


def read_json(path: str, text: str) -> list[Prompt]:
    """The requests in a JSON file."""
    try:
        value = json_text.parse(text, path)
    except InputError:
        if '"messages"' in text or '"contents"' in text:
            raise
        return []
    return list(requests(value, json_text.JsonPlaces(text), path))


def read_lines(path: str, text: str) -> list[Prompt]:
    """The requests in a file of one JSON object a line."""
    found: list[Prompt] = []
    position = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.strip():
            value = json_text.parse(line, path, number)
            found += requests(value, json_text.JsonPlaces(copied(line, position)), path, name=f"line {number}")
        position += len(line)
    return found


def requests(value: Any, places: Places, path: str, at: Path = (), name: str = "") -> Iterator[Prompt]:
    """Every request in a document: at its top, in a list, or wrapped by whoever recorded it."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from requests(item, places, path, (*at, index), f"request {index + 1}")
    elif isinstance(value, dict):
        prompt = payload.read(value, path=path, at=at, places=places, name=name)
        if prompt:
            yield prompt
