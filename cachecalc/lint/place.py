"""From character offsets to lines, columns and a short excerpt without secrets."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cachecalc.core.finding import Fix, apply
from cachecalc.core.lint_report import Place, Replacement
from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Span
from cachecalc.core.secrets import redact
from cachecalc.load.files import decode, read_text

BEFORE, AFTER = 80, 160
"""Characters of a line shown on either side of where a finding starts."""


@dataclass(frozen=True)
class Source:
    """A file's text, with the offsets of its lines."""

    path: str
    text: str

    @cached_property
    def starts(self) -> tuple[int, ...]:
        return (0, *(match.end() for match in re.finditer("\n", self.text)))

    def place(self, span: Span | None) -> Place:
        """The place of a span; of the start of the file where there is none."""
        start, end = (span.start, span.end) if span else (0, 0)
        line, column, byte_column = self._position(start)
        end_line, end_column, end_byte_column = self._position(end)
        excerpt, excerpt_column = self._excerpt(line, column)
        return Place(
            self.path, line, column, end_line, end_column, byte_column, end_byte_column, excerpt, excerpt_column
        )

    def shown(self, span: Span | None) -> Place:
        """The place of what can be seen of a span: blanks and line ends in front of it are left out."""
        if span is None:
            return self.place(None)
        text = self.text[span.start : span.end]
        blanks = len(text) - len(text.lstrip()) if text.strip() else 0
        return self.place(Span(span.start + blanks, span.end))

    def matched(self, rule: str, span: Span | None) -> str:
        """A name for "this rule at this text" that survives moved lines and changed white space."""
        text = self.text[span.start : span.end] if span else ""
        return hashlib.sha256("\0".join((rule, *text.split())).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def replacement(self, fix: Fix) -> Replacement:
        """A fix as one replacement of the stretch from its first edit to its last."""
        start = min(edit.span.start for edit in fix.edits)
        end = max(edit.span.end for edit in fix.edits)
        text = apply(fix.edits, self.text)
        kept = len(self.text) - end
        return Replacement(fix.title, fix.safe, self.place(Span(start, end)), text[start : len(text) - kept])

    def _position(self, offset: int) -> tuple[int, int, int]:
        offset = min(offset, len(self.text))
        line = bisect_right(self.starts, offset)
        start = self.starts[line - 1]
        return line, offset - start + 1, len(self.text[start:offset].encode("utf-8", "surrogatepass")) + 1

    def _excerpt(self, line: int, column: int) -> tuple[str, int]:
        """Secrets are blotted out before the line is cut, so that half of one is not mistaken for text."""
        start = self.starts[line - 1]
        end = self.starts[line] if line < len(self.starts) else len(self.text)
        first = max(start, start + column - 1 - BEFORE)
        content = redact(self.text[max(start, first - 500) : min(end, first + BEFORE + AFTER + 500)])
        cut = min(first - start, 500)
        return content[cut : cut + BEFORE + AFTER].rstrip("\r\n"), first - start + 1


class Sources:
    """Texts by path: findings of one file may point into another."""

    def __init__(self, contents: Mapping[str, bytes], *known: Source) -> None:
        self._contents = contents
        self._known = {source.path: source for source in known}

    def of(self, path: str) -> Source:
        """The text of a file; an empty one where it cannot be read (any more)."""
        if path not in self._known:
            self._known[path] = Source(path, self._read(path))
        return self._known[path]

    def _read(self, path: str) -> str:
        try:
            return decode(self._contents[path], path) if path in self._contents else read_text(path)
        except InputError:
            return ""
