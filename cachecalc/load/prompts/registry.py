"""Which reader reads which file: by its name first, then by what it looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePath

from cachecalc.core.prompt import Prompt
from cachecalc.load.prompts import baml, captures, front_matter, likeness, structured, text


@dataclass(frozen=True, slots=True)
class Reader:
    """A file format. `names` are patterns of file names, in lower case. `general`: files of this format mostly hold
    something else, so that the text must look like a prompt."""

    name: str
    names: tuple[str, ...]
    read: Callable[[str, str], list[Prompt]]
    general: bool = False


TEXT = Reader("text", ("*.txt", "*.md", "*.markdown", "*.mdc", "*.tmpl", "*.tpl"), text.read, general=True)
JSON = Reader("JSON", ("*.json", "*.har"), structured.read_json)
JSON_LINES = Reader("JSON lines", ("*.jsonl", "*.ndjson"), captures.read_lines)
READERS = (
    Reader("prompty", ("*.prompty",), front_matter.read_prompty),
    Reader("dotprompt", ("*.prompt",), front_matter.read_dotprompt),
    Reader("BAML", ("*.baml",), baml.read),
    Reader("Jinja", ("*.j2", "*.jinja", "*.jinja2"), text.read_jinja, general=True),
    Reader("Handlebars", ("*.hbs", "*.handlebars", "*.mustache"), text.read_handlebars, general=True),
    JSON_LINES,
    JSON,
    Reader("YAML", ("*.yaml", "*.yml"), structured.read_yaml),
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
