"""Which reader reads which file: by its name first, then by what it looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePath

from cachecalc.core.prompt import Prompt
from cachecalc.load.prompts import captures, text


@dataclass(frozen=True, slots=True)
class Reader:
    """A file format. `names` are patterns of file names, in lower case."""

    name: str
    names: tuple[str, ...]
    read: Callable[[str, str], list[Prompt]]


READERS = (
    Reader("JSON lines", ("*.jsonl", "*.ndjson"), captures.read_lines),
    Reader("JSON", ("*.json", "*.har"), captures.read_json),
    Reader("Jinja", ("*.j2", "*.jinja", "*.jinja2"), text.read_jinja),
    Reader("Handlebars", ("*.hbs", "*.handlebars", "*.mustache"), text.read_handlebars),
    Reader("text", ("*.txt", "*.md", "*.markdown"), text.read_likely),
)


def reader_of(path: str, source: str) -> Reader | None:
    """The reader for a file, or None where no format fits."""
    name = PurePath(path.lower()).name
    named = next((reader for reader in READERS if any(fnmatch(name, pattern) for pattern in reader.names)), None)
    return named or (_sniffed(source) if "." not in name else None)


def _sniffed(source: str) -> Reader:
    """The format of a file without an extension, such as standard input."""
    opening = source.lstrip()[:1]
    wanted = "text" if opening not in ("{", "[") else "JSON lines" if _is_lines(source) else "JSON"
    return next(reader for reader in READERS if reader.name == wanted)


def _is_lines(source: str) -> bool:
    lines = [line for line in source.splitlines() if line.strip()]
    return len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines[:3])
