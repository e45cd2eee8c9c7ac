"""JSON whose values can be found again in the text.

The values come from the standard library's fast parser. A place is looked up afterwards, one level at a time, with the
same parser skipping over siblings: only what a reader asks for costs anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # documented nowhere, there since 2.6
from typing import Any

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Span
from cachecalc.load.files import line_and_column
from cachecalc.load.prompts.located import Located, bent, copied
from cachecalc.load.prompts.places import Path

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,?[ \t\n\r]*")
# A surrogate pair is two escapes and one character.
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")


def parse(source: str, path: str, line: int = 1) -> Any:
    """The value of a JSON text that begins on line `line` of its file. Raises InputError where it is not JSON."""
    try:
        return json.loads(source)
    except json.JSONDecodeError as error:
        raise InputError([_problem(source, error.msg, path, line, error.pos)]) from None
    except RecursionError:
        raise InputError([Problem("nested too deeply", path, line)]) from None
    except ValueError:
        raise InputError([Problem("holds a number with thousands of digits", path, line)]) from None


def _problem(source: str, message: str, path: str, line: int, position: int) -> Problem:
    row, column = line_and_column(source, position)
    return Problem(f"not valid JSON: {message[0].lower() + message[1:]}", path, line + row - 1, column)


@dataclass(frozen=True, slots=True)
class _Member:
    """Where an item of an object or array stands: from its key (or value) to the end of its value."""

    first: int
    start: int
    end: int


class JsonPlaces:
    """The places of the values of `source`, a text that `parse` has accepted."""

    def __init__(self, source: Located | str) -> None:
        self._source = copied(source) if isinstance(source, str) else source
        self._found: dict[Path, _Member] = {}
        self._levels: dict[int, dict[str | int, _Member]] = {}

    def text(self, at: Path, value: str) -> Located:
        found = self._find(at)
        inside = self._source.slice(found.start + 1, found.end - 1)
        return bent(value, lambda: list(_bends(inside.text)), inside) if "\\" in inside.text else inside

    def raw(self, at: Path) -> Located:
        found = self._find(at)
        return self._source.slice(found.start, found.end)

    def member(self, at: Path) -> Span | None:
        siblings = sorted(self._level(at[:-1]).values(), key=lambda member: member.first)
        found = self._find(at)
        index = siblings.index(found)
        if index:
            return self._source.span(siblings[index - 1].end, found.end)
        return self._source.span(found.first, siblings[1].first if siblings[1:] else found.end)

    def _find(self, at: Path) -> _Member:
        if at not in self._found:
            start = _behind(_BLANK, self._source.text, 0)
            top = _Member(start, start, len(self._source.text))
            self._found[at] = self._level(at[:-1])[at[-1]] if at else top
        return self._found[at]

    def _level(self, at: Path) -> dict[str | int, _Member]:
        start = self._find(at).start
        if start not in self._levels:
            self._levels[start] = dict(_members(self._source.text, start))
        return self._levels[start]


def _members(text: str, start: int) -> Iterator[tuple[str | int, _Member]]:
    """The keys or indices of the object or array at `start`, each with its place."""
    is_object, index = text[start] == "{", 0
    at = _behind(_BLANK, text, start + 1)
    while text[at] not in "]}":
        key: str | int = index
        first = at
        if is_object:
            key, at = scanstring(text, at + 1, True)  # noqa: FBT003  # the C function takes positions only
            at = _behind(_COLON, text, at)
        _, end = _DECODER.scan_once(text, at)  # type: ignore[attr-defined]  # the parser behind `decode`
        yield key, _Member(first, at, end)
        at, index = _behind(_COMMA, text, end), index + 1


def _behind(pattern: re.Pattern[str], text: str, at: int) -> int:
    return pattern.match(text, at).end()  # type: ignore[union-attr]  # the text is known to be JSON


def _bends(raw: str) -> Iterator[tuple[int, int]]:
    yield 0, 0
    shorter = 0
    for escape in _ESCAPE.finditer(raw):
        shorter += len(escape[0]) - 1
        yield escape.end() - shorter, escape.end()
