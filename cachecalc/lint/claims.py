"""Whose prompt is it: the `sources` of a profile's workloads, `GLOB` or `GLOB:NAME`, relative to the project's root."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from cachecalc.core.prompt import Prompt


def claims(sources: Iterable[str], path: str, prompt: Prompt) -> bool:
    """Whether one of the sources means a prompt of the file `path` (seen from the root).

    A name is a pattern for the prompt's whole name, for a step of it, or for a function that holds text of it.
    """
    names = {prompt.name, *prompt.name.split("."), *prompt.builders}
    return any(_claims(source, path, names) for source in sources)


def _claims(source: str, path: str, names: Iterable[str]) -> bool:
    glob, _, wanted = source.partition(":")
    return _matches(path, glob) and (not wanted or any(fnmatchcase(name, wanted) for name in names))


def _matches(path: str, glob: str) -> bool:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([f"/{glob.removeprefix('./').removeprefix('/')}"]).match_file(path)


def with_builders(prompts: Iterable[Prompt], source: str) -> list[Prompt]:
    """Prompts of a Python file, each with the functions and classes that its text stands in."""
    around = _Definitions(source)
    return [replace(prompt, builders=tuple(dict.fromkeys(around.names(_lines(prompt, source))))) for prompt in prompts]


def _lines(prompt: Prompt, source: str) -> set[int]:
    own = (part.span.start for part in prompt.parts if part.span and not part.file)
    return {source.count("\n", 0, offset) + 1 for offset in own}


class _Definitions:
    """The functions and classes of a file, with the lines they take."""

    def __init__(self, source: str) -> None:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
        self.spans = [(node.lineno, node.end_lineno or node.lineno, node.name) for node in found]

    def names(self, lines: Iterable[int]) -> Iterator[str]:
        wanted = list(lines)
        return (name for first, last, name in self.spans if any(first <= line <= last for line in wanted))
