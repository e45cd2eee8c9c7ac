"""One parsed Python file: its tree, and the way from a node to character offsets."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from dataclasses import dataclass

from cachecalc.core.problem import InputError, Problem
from cachecalc.load.python import modern
from cachecalc.load.python.outline import Lending, Outline
from cachecalc.load.python.values import Place, Value

_LINE_END = re.compile(r"\r\n|\r|\n")
_NEWLINE = re.compile(r"\n")
Node = ast.expr | ast.stmt | ast.arg | ast.keyword


@dataclass(slots=True, eq=False)
class Module:
    """A source file. `names` are its global names once its body has been followed; None while it has not."""

    path: str
    text: str
    tree: ast.Module
    starts: list[int]
    ascii: bool
    outline: Outline
    names: dict[str, Value] | None = None

    def offset(self, line: int, column: int) -> int:
        """Character offset of a 1-based line and a 0-based column in UTF-8 bytes, as the parser counts."""
        start = self.starts[line - 1]
        if self.ascii:
            return start + column
        end = self.starts[line] if line < len(self.starts) else len(self.text)
        return start + len(self.text[start:end].encode()[:column].decode(errors="ignore"))

    def place(self, node: Node) -> Place:
        end = self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return Place(self.path, self.offset(node.lineno, node.col_offset), end)

    def source(self, node: Node) -> str:
        """The node's own text on one line, shortened: something to quote."""
        place = self.place(node)
        return " ".join(self.text[place.start : min(place.end, place.start + 200)].split())

    def lines(self, node: ast.stmt | ast.expr) -> str:
        """The whole lines that a node takes up, its decorators with it."""
        start, end = self.extent(node)
        return self.text[start:end]

    def extent(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Where those lines start and end."""
        first = min((inner.lineno for inner in getattr(node, "decorator_list", ())), default=node.lineno)
        return self.starts[first - 1], self.line_end(node.end_lineno or node.lineno)

    def line_end(self, line: int) -> int:
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def lends(self, node: ast.stmt | ast.expr) -> Lending:
        """What a function of the module may have to do with prompts, told from its text alone."""
        return self.outline.lending(*self.extent(node))

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """The reverse of `offset`."""
        line = bisect_right(self.starts, offset)
        return line, len(self.text[self.starts[line - 1] : offset].encode())


def dotted(node: ast.expr) -> str:
    """The names of an attribute chain, as far as it is one."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return ".".join(reversed(names))


def _tree(text: str) -> tuple[str, ast.Module]:
    """The tree, and the text it was made from: for newer syntax than this Python's, an older form of it."""
    try:
        return text, ast.parse(text)
    except SyntaxError:
        plain = modern.rewritten(text)
        if plain == text:
            raise
        try:
            return plain, ast.parse(plain)
        except SyntaxError:
            pass
        raise


def parse(path: str, text: str, outline: Outline | None = None) -> Module:
    """Raises InputError with line and column where the text is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain, tree = _tree(text)
    except SyntaxError as error:
        raise InputError(
            [Problem(f"not valid Python: {error.msg}", path, error.lineno or 0, error.offset or 0)]
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        reason = "nested too deeply" if not isinstance(error, ValueError) else str(error)
        raise InputError([Problem(f"not valid Python: {reason}", path)]) from None
    line_end = _LINE_END if "\r" in plain else _NEWLINE
    starts = [0, *(match.end() for match in line_end.finditer(plain))]
    return Module(path, text, tree, starts, text.isascii(), outline or Outline(text))
