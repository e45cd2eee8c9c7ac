"""One parsed Python file: its tree, and the way from a node to character offsets."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from dataclasses import dataclass, field

from cachecalc.core.problem import InputError, Problem
from cachecalc.load.python.values import Place, Value

_LINE_END = re.compile(r"\r\n|\r|\n")
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.Module


@dataclass(slots=True, eq=False)
class Module:
    """A source file. `names` are its global names once its body has been followed; None while it has not."""

    path: str
    text: str
    tree: ast.Module
    starts: list[int]
    ascii: bool
    names: dict[str, Value] | None = None
    fields: dict[int, list[tuple[bool, int, int]]] = field(default_factory=dict)

    def offset(self, line: int, column: int) -> int:
        """Character offset of a 1-based line and a 0-based column in UTF-8 bytes, as the parser counts."""
        start = self.starts[line - 1]
        if self.ascii:
            return start + column
        end = self.starts[line] if line < len(self.starts) else len(self.text)
        return start + len(self.text[start:end].encode()[:column].decode(errors="ignore"))

    def place(self, node: ast.expr | ast.stmt | ast.keyword) -> Place:
        end = self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return Place(self.path, self.offset(node.lineno, node.col_offset), end)

    def source(self, node: ast.expr | ast.stmt) -> str:
        """The node's own text on one line, shortened: something to quote."""
        place = self.place(node)
        return " ".join(self.text[place.start : min(place.end, place.start + 200)].split())

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """The reverse of `offset`."""
        line = bisect_right(self.starts, offset)
        return line, len(self.text[self.starts[line - 1] : offset].encode())


def parse(path: str, text: str) -> Module:
    """Raises InputError with line and column where the text is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        raise InputError(
            [Problem(f"not valid Python: {error.msg}", path, error.lineno or 0, error.offset or 0)]
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        reason = "nested too deeply" if not isinstance(error, ValueError) else str(error)
        raise InputError([Problem(f"not valid Python: {reason}", path)]) from None
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    return Module(path, text, tree, starts, text.isascii())
