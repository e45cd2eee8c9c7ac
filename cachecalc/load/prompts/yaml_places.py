"""The places of the values of a YAML document, down to the characters of its strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cachecalc.core.prompt import Span
from cachecalc.load.prompts.located import Located, bent, copied
from cachecalc.load.prompts.places import Path
from cachecalc.load.yaml_text import Document

if TYPE_CHECKING:
    import yaml

_FOLD = r"[ \t]*(?:\r?\n[ \t]*)+"
_DOUBLE_QUOTED = re.compile(
    rf"\\(?:x[0-9a-fA-F]{{2}}|u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{8}}|\r?\n[ \t]*|.)|{_FOLD}", re.DOTALL
)
_SINGLE_QUOTED = re.compile(rf"''|{_FOLD}")
_WORD = re.compile(r"\S+")


class YamlPlaces:
    """The places of the values of a document. `within` is its text, where that stands in another file."""

    def __init__(self, document: Document, within: Located | None = None) -> None:
        self._nodes = document.nodes
        self._source = within or copied(document.source)

    def text(self, at: Path, value: str) -> Located:
        raw, style = self.raw(at), getattr(self._nodes[at], "style", None)
        if style in ("'", '"'):
            return bent(value, lambda: list(_in_quotes(raw.text, style)), raw)
        return bent(value, lambda: list(_in_block(raw.text, value, is_block=style in ("|", ">"))), raw)

    def raw(self, at: Path) -> Located:
        node: yaml.Node = self._nodes[at]
        return self._source.slice(node.start_mark.index, node.end_mark.index)

    def member(self, _at: Path) -> Span | None:
        """Taking a key out of YAML is not a matter of one range."""
        return None


def _in_quotes(raw: str, style: str) -> Iterator[tuple[int, int]]:
    yield 0, 1
    end = 1
    inner = 0
    for match in (_DOUBLE_QUOTED if style == '"' else _SINGLE_QUOTED).finditer(raw, 1, len(raw) - 1):
        inner += match.start() - end + _length(match[0])
        end = match.end()
        yield inner, end


def _length(written: str) -> int:
    """How many characters an escape or a line fold stands for."""
    lines = written.count("\n")
    if written[0] == "\\":
        return 0 if lines else 1
    return max(1, lines - 1) if lines else 1


def _in_block(raw: str, value: str, *, is_block: bool) -> Iterator[tuple[int, int]]:
    """Block and plain scalars change nothing but white space, so every word is found again in its turn."""
    position = raw.index("\n") + 1 if is_block else 0
    yield 0, position
    for word in _WORD.finditer(value):
        position = raw.index(word[0], position)
        yield word.start(), position
        position += len(word[0])
    yield len(value), len(raw.rstrip()) if is_block else position
