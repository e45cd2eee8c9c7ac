"""Notebooks: the code cells in order as one source, whose places still count in the notebook's own file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Prompt, Span
from cachecalc.load.prompts import json_text
from cachecalc.load.prompts.located import Located
from cachecalc.load.python.module import parse
from cachecalc.load.python.project import Project
from cachecalc.load.python.reader import read_python

_MAGIC = re.compile(r"^[ \t]*[%!?].*$|^.*\?{1,2}[ \t]*$", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(?!time|capture|timeit|prun)")
_SHELL = re.compile(r"^([ \t]*)\w+[ \t]*=[ \t]*[!%].*$", re.MULTILINE)


def read_notebook(path: str, text: str, project: Project | None = None) -> list[Prompt]:
    """The prompts in a notebook's Python cells. Cells that are not Python are passed over.

    Raises InputError where the file is no notebook, or none of its cells Python.
    """
    value = json_text.parse(text, path)
    if not isinstance(value, dict) or not isinstance(value.get("cells", []), list):
        raise InputError([Problem("not a notebook: it has no list of cells", path)])
    if not _is_python(value):
        return []
    places = json_text.JsonPlaces(text)
    found = [_cell(index, cell, places) for index, cell in enumerate(value.get("cells", []))]
    cells = [cell for cell in found if cell]
    lines = [line for cell in cells for line in (cell if _parses(cell) else ())]
    if cells and not lines:
        parse(path, "".join(line.text for line in cells[0]))
    return [_placed(prompt, lines) for prompt in read_python(path, "".join(line.text for line in lines), project)]


def _is_python(notebook: dict[str, Any]) -> bool:
    metadata = notebook.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language") if isinstance(kernel, dict) else None
    return language in (None, "python")


def _cell(index: int, cell: Any, places: json_text.JsonPlaces) -> list[Located]:
    """The source lines of a cell of Python code. A line that is not Python becomes a comment of the same length."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return []
    source = cell.get("source", [])
    rows = [source] if isinstance(source, str) else [row for row in source if isinstance(row, str)]
    if _CELL_MAGIC.match("".join(rows)):
        return []
    ats = (
        [("cells", index, "source")]
        if isinstance(source, str)
        else [("cells", index, "source", n) for n in range(len(rows))]
    )
    found = [replace(places.text(at, row), text=_plain(row)) for at, row in zip(ats, rows, strict=True)]
    return [*found, Located("\n")]


def _parses(cell: list[Located]) -> bool:
    """Whether a cell is Python at all: a notebook may hold shell lines and notes, and its other cells still run."""
    try:
        parse("", "".join(line.text for line in cell))
    except InputError:
        return False
    return True


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
        span = part.span if part.file else _span(part.span, lines)
        made = part.origin_span if part.file or part.origin_file else _span(part.origin_span, lines)
        parts.append(replace(part, span=span, origin_span=made, mark=mark))
    facts = tuple(replace(fact, span=fact.span if fact.file else _span(fact.span, lines)) for fact in prompt.facts)
    model_span = prompt.model_span if prompt.model_file else _span(prompt.model_span, lines)
    return replace(prompt, parts=tuple(parts), facts=facts, model_span=model_span)
