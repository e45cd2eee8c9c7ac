"""Whose prompt is it: the `sources` of a profile's workloads, `GLOB` or `GLOB:NAME`, relative to the project's root."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def claims(sources: Iterable[str], path: str, name: str) -> bool:
    """Whether one of the sources means the prompt called `name` in the file `path` (seen from the root).

    A name is a pattern for the prompt's whole name or for its last part: `build_prompt` is `Bot.build_prompt`.
    """
    return any(_claims(source, path, name) for source in sources)


def _claims(source: str, path: str, name: str) -> bool:
    glob, _, wanted = source.partition(":")
    last = name.rsplit(".", maxsplit=1)[-1]
    return _matches(path, glob) and (not wanted or fnmatchcase(name, wanted) or fnmatchcase(last, wanted))


def _matches(path: str, glob: str) -> bool:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([f"/{glob.removeprefix('./').removeprefix('/')}"]).match_file(path)
