"""Notebooks: the code cells in order as one source, whose places still count in the notebook's own file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Prompt, Span
from cachecalc.load.files import line_and_column
from cachecalc.load.prompts import json_text
from cachecalc.load.prompts.located import Located
from cachecalc.load.python.project import Project
from cachecalc.load.python.reader import read_python

_MAGIC = re.compile(r"^[ \t]*[%!?].*$|^.*\?{1,2}[ \t]*$", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(?!time|capture|timeit|prun)")
_SHELL = re.compile(r"^([ \t]*)\w+[ \t]*=[ \t]*[!%].*$", re.MULTILINE)


def read_notebook(path: str, text: str, project: Project | None = None) -> list[Prompt]:
    """The prompts in a notebook's Python cells. Raises InputError where it is no notebook or its code not Python."""
    value = json_text.parse(text, path)
    if not isinstance(value, dict) or not isinstance(value.get("cells", []), list):
        raise InputError([Problem("not a notebook: it has no list of cells", path)])
    lines = list(_lines(value, json_text.JsonPlaces(text)))
    code = "".join(line.text for line in lines)
    try:
        found = read_python(path, code, project)
    except InputError as error:
        raise InputError([_moved(problem, lines, text) for problem in error.problems]) from None
    return [_placed(prompt, lines) for prompt in found]


def _lines(notebook: dict[str, Any], places: json_text.JsonPlaces) -> Iterator[Located]:
    """The source lines of all cells. A line that is not Python becomes a comment of the same length."""
    for index, cell in enumerate(notebook.get("cells", [])):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", [])
        rows = [source] if isinstance(source, str) else [row for row in source if isinstance(row, str)]
        if _CELL_MAGIC.match("".join(rows)):
            continue
        for number, row in enumerate(rows):
            at = ("cells", index, "source") if isinstance(source, str) else ("cells", index, "source", number)
            yield replace(places.text(at, row), text=_plain(row))
        yield Located("\n")


def _plain(source: str) -> str:
    commented = _MAGIC.sub(lambda match: _comment(match[0]), source)
    return _SHELL.sub(lambda match: _comment(match[0]), commented)


def _comment(line: str) -> str:
    """A comment as long as the line; a statement where a block might be left empty."""
    body = line.lstrip(" \t")
    indent = line[: len(line) - len(body)]
    return indent + ("pass" + " " * (len(body) - 4) if len(body) >= 4 and indent else "#" * len(body))


def _span(span: Span | None, lines: list[Located]) -> Span | None:
    """A span of the joined code as one of the notebook's file."""
    if span is None:
        return None
    start, end = _through(lines, span.start), _through(lines, max(span.end - 1, span.start))
    return (
        Span(start.start, max(end.end if span.end > span.start else start.start, start.start))
        if start and end
        else None
    )


def _through(lines: list[Located], offset: int) -> Span | None:
    for line in lines:
        if offset < len(line.text):
            return line.span(offset, offset + 1)
        offset -= len(line.text)
    return None


def _placed(prompt: Prompt, lines: list[Located]) -> Prompt:
    parts = []
    for part in prompt.parts:
        mark = (
            replace(part.mark, span=_span(part.mark.span, lines), whole=_span(part.mark.whole, lines))
            if part.mark
            else None
        )
        parts.append(replace(part, span=part.span if part.file else _span(part.span, lines), mark=mark))
    facts = tuple(replace(fact, span=fact.span if fact.file else _span(fact.span, lines)) for fact in prompt.facts)
    return replace(prompt, parts=tuple(parts), facts=facts)


def _moved(problem: Problem, lines: list[Located], text: str) -> Problem:
    """A fault in the code at its line of the notebook."""
    row = max(problem.line - 1, 0)
    code = "".join(line.text for line in lines).splitlines(keepends=True)
    place = _through(lines, sum(map(len, code[:row])) + max(problem.column - 1, 0)) if row < len(code) else None
    line, column = line_and_column(text, place.start) if place else (0, 0)
    return replace(problem, line=line, column=column)
