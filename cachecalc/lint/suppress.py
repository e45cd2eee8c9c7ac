"""Comments that silence a rule: `cachecalc: ignore[rule, ...] reason`, in the comment syntax of the file they stand in.

A comment on a line of its own speaks for the next line, any other for its own line; where that line begins or ends a
longer construct (a Python statement, a YAML scalar), for all of it. `ignore-file[...]` speaks for the file.
"""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from cachecalc.core.prompt import Span

MARKER = "cachecalc:"

_DIRECTIVE = r"cachecalc:[ \t]*(?P<kind>ignore(?:-file)?)\b(?:[ \t]*\[(?P<rules>[^\]\r\n]*)\])?"
_HASH = re.compile(rf"(?<!\S)#+[ \t]*{_DIRECTIVE}[^\r\n]*")
_NOTEBOOK = re.compile(rf"(?<![^\s\"])#+[ \t]*{_DIRECTIVE}[^\r\n\"\\]*")
_SLASHES = re.compile(rf"//+[ \t]*{_DIRECTIVE}[^\r\n]*")
_MARKUP = (
    re.compile(rf"\{{#[-+]?\s*{_DIRECTIVE}.*?#\}}", re.DOTALL),  # Jinja
    re.compile(rf"<!--\s*{_DIRECTIVE}.*?-->", re.DOTALL),  # Markdown, HTML
    re.compile(rf"\{{\{{~?!(?:--)?\s*{_DIRECTIVE}.*?\}}\}}", re.DOTALL),  # Handlebars
)
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n.*?^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)

_ONE_COMMENT_FORM = {
    ".toml": _HASH,
    ".ipynb": _NOTEBOOK,
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"), _SLASHES),
}

Lines = tuple[int, int]
"""First and last line, 1-based, both included."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment. `rules` are the names as written; `lines` is what it speaks for, None for the whole file."""

    span: Span
    rules: tuple[str, ...]
    lines: Lines | None

    def covers(self, first: int, last: int) -> bool:
        return self.lines is None or (first <= self.lines[1] and self.lines[0] <= last)


def ignores(path: str, text: str) -> tuple[Ignore, ...]:
    """The ignore comments of a file, in order."""
    if MARKER not in text:
        return ()
    lines = _Lines(text)
    comments, constructs = _read(PurePath(path).suffix.lower(), text, lines)
    comments.sort(key=re.Match.start)
    alone = {lines.number(found.start()) for found in comments if lines.holds_only(found)}
    return tuple(_ignore(found, lines.number(found.start()), alone, constructs) for found in comments)


class _Lines:
    """Offsets to line numbers, without counting from the start each time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in re.finditer("\n", text)), len(text)]

    def number(self, offset: int) -> int:
        return bisect_right(self.starts, offset, hi=len(self.starts) - 1)

    def holds_only(self, comment: re.Match[str]) -> bool:
        """Nothing else stands on the comment's line; a notebook's line of source is a JSON string."""
        line = self.number(comment.start())
        before = self.text[self.starts[line - 1] : comment.start()]
        after = self.text[comment.end() : self.starts[line]]
        return before.strip() in {"", '"'} and after.strip() in {"", '\\n",', '"', '",'}


def _ignore(found: re.Match[str], line: int, alone: set[int], constructs: list[Lines]) -> Ignore:
    rules = tuple(word for word in re.split(r"[\s,]+", found["rules"] or "") if word)
    span = Span(found.start(), found.end())
    if found["kind"] == "ignore-file":
        return Ignore(span, rules, None)
    while line in alone:
        line += 1
    construct = (lines for lines in constructs if line in lines and found.re is _HASH)  # its first line, or its last
    return Ignore(span, rules, next(construct, (line, line)))


def _read(suffix: str, text: str, lines: _Lines) -> tuple[list[re.Match[str]], list[Lines]]:
    """The comments of a file, and its constructs of several lines."""
    if suffix == ".py":
        return _python(text, lines)
    if suffix in {".yaml", ".yml"}:
        scalars = _yaml_scalars(text)
        return [*_outside(scalars, text, lines), *_markup(text)], scalars
    if suffix in _ONE_COMMENT_FORM:
        return list(_ONE_COMMENT_FORM[suffix].finditer(text)), []
    return [*_in_front_matter(text), *_markup(text)], []


def _python(text: str, lines: _Lines) -> tuple[list[re.Match[str]], list[Lines]]:
    """Real comments only: text in a string that looks like one is prompt text. Constructs are logical lines."""
    comments: list[re.Match[str]] = []
    constructs: list[Lines] = []
    first = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type == tokenize.COMMENT:
                found = _HASH.match(text, lines.starts[token.start[0] - 1] + token.start[1])
                comments += [found] if found else []
            elif token.type == tokenize.NEWLINE:
                constructs.append((first or token.start[0], token.end[0]))
                first = 0
            elif token.type not in {tokenize.NL, tokenize.INDENT, tokenize.DEDENT}:
                first = first or token.start[0]
    except (tokenize.TokenError, SyntaxError):
        pass  # what comes behind cannot be told from strings; the reader reports the fault
    return comments, constructs


def _yaml_scalars(text: str) -> list[Lines]:
    """Scalars of several lines. A block scalar's end mark stands on the first line behind it."""
    import yaml

    try:
        tokens = list(yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError:
        return []  # the reader reports the fault
    scalars = [(token.start_mark, token.end_mark) for token in tokens if isinstance(token, yaml.ScalarToken)]
    return [(start.line + 1, end.line + bool(end.column)) for start, end in scalars if end.line > start.line]


def _outside(scalars: list[Lines], text: str, lines: _Lines) -> Iterator[re.Match[str]]:
    """Comments that are not text of a scalar; the header line of a block scalar is not yet its text."""
    for found in _HASH.finditer(text):
        line = lines.number(found.start())
        if not any(first < line <= last for first, last in scalars):
            yield found


def _markup(text: str) -> Iterator[re.Match[str]]:
    for pattern in _MARKUP:
        yield from pattern.finditer(text)


def _in_front_matter(text: str) -> Iterator[re.Match[str]]:
    block = _FRONT_MATTER.match(text)
    return _HASH.finditer(text, 0, block.end()) if block else iter(())
