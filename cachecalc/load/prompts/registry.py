"""Which reader reads which file: by its name first, then by what it looks like.

Readers are imported when they first read: of the many formats a run mostly meets one or two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePath

from cachecalc.core.prompt import Prompt
from cachecalc.load.prompts import likeness, text


@dataclass(frozen=True, slots=True)
class Reader:
    """A file format. `names` are patterns of file names, in lower case. `general`: files of this format mostly hold
    something else, so that the text must look like a prompt."""

    name: str
    names: tuple[str, ...]
    read: Callable[[str, str], list[Prompt]]
    general: bool = False


def _prompty(path: str, source: str) -> list[Prompt]:
    from cachecalc.load.prompts import front_matter

    return front_matter.read_prompty(path, source)


def _dotprompt(path: str, source: str) -> list[Prompt]:
    from cachecalc.load.prompts import front_matter

    return front_matter.read_dotprompt(path, source)


def _baml(path: str, source: str) -> list[Prompt]:
    from cachecalc.load.prompts import baml

    return baml.read(path, source)


def _json(path: str, source: str) -> list[Prompt]:
    from cachecalc.load.prompts import structured

    return structured.read_json(path, source)


def _json_lines(path: str, source: str) -> list[Prompt]:
    from cachecalc.load.prompts import captures

    return captures.read_lines(path, source)


def _yaml(path: str, source: str) -> list[Prompt]:
    from cachecalc.load.prompts import structured

    return structured.read_yaml(path, source)


TEXT = Reader("text", ("*.txt", "*.md", "*.markdown", "*.mdc", "*.tmpl", "*.tpl"), text.read, general=True)
JSON = Reader("JSON", ("*.json", "*.har"), _json)
JSON_LINES = Reader("JSON lines", ("*.jsonl", "*.ndjson"), _json_lines)
READERS = (
    Reader("prompty", ("*.prompty",), _prompty),
    Reader("dotprompt", ("*.prompt",), _dotprompt),
    Reader("BAML", ("*.baml",), _baml),
    Reader("Jinja", ("*.j2", "*.jinja", "*.jinja2"), text.read_jinja, general=True),
    Reader("Handlebars", ("*.hbs", "*.handlebars", "*.mustache"), text.read_handlebars, general=True),
    JSON_LINES,
    JSON,
    Reader("YAML", ("*.yaml", "*.yml"), _yaml),
    TEXT,
)


def read(path: str, source: str, *, named: bool) -> list[Prompt]:
    """The prompts in a file, by the first reader that knows its name, or else its looks. A file that the user `named`
    is a prompt whatever it looks like."""
    reader = by_name(path) or (_by_looks(source) if named or "." not in PurePath(path).name else None)
    if reader is None or (reader.general and not named and not likeness.is_prompt(path, source)):
        return []
    return reader.read(path, source)


def by_name(path: str) -> Reader | None:
    """The reader for a file's name."""
    name = PurePath(path.lower()).name
    return next((reader for reader in READERS if any(fnmatch(name, pattern) for pattern in reader.names)), None)


def _by_looks(source: str) -> Reader:
    """The format of a file whose name says nothing, such as standard input."""
    if source.lstrip()[:1] not in ("{", "["):
        return TEXT
    lines = [line for line in source.splitlines()[:3] if line.strip()]
    return (
        JSON_LINES
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines) and "}" in lines[0]
        else JSON
    )
