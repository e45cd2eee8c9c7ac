"""Where the literal runs and the `{fields}` of an f-string stand.

The tree says what an f-string holds, but until Python 3.12 not where; and no version says where one literal of an
implicit concatenation ends and the next begins. So the source text is walked once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPENING = re.compile(r"(?P<prefix>[A-Za-z]{0,3})(?P<quote>'''|\"\"\"|'|\")")
_BETWEEN = re.compile(r"(?:\s|\\\r?\n|#[^\n]*|[()])+")
_TOKEN = re.compile(rf"#[^\n]*|(?<![A-Za-z0-9_]){_OPENING.pattern}")
_SPECIAL = re.compile(r"[\\{}'\"]")
_NESTING = re.compile(r"[()\[\]{}'\":]")
_CLOSERS = {"(": ")", "[": "]", "{": "}"}

Run = tuple[bool, int, int, bool]
"""Whether it is a field, its offsets, and whether its literal is raw: a field's offsets include its braces, a literal's
leave out its quotes."""


def runs(source: str, start: int, end: int) -> list[Run]:
    """The runs of the string literals between two offsets, in order. Empty where the text is not what was expected."""
    found: list[Run] = []
    while start < end:
        if gap := _BETWEEN.match(source, start, end):
            start = gap.end()
            continue
        opening = _OPENING.match(source, start, end)
        if opening is None:
            return []
        body = opening.end()
        start, parts = _literal(source, body, opening["quote"], opening["prefix"].lower())
        found += parts
    return found


def literals(source: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each f-string literal of a file: its quote, and the offsets of its fields."""
    position = 0
    while match := _TOKEN.search(source, position):
        if match["quote"] is None:
            position = match.end()
            continue
        prefix = match["prefix"].lower()
        position, found = _literal(source, match.end(), match["quote"], prefix)
        if "f" in prefix:
            yield match["quote"], [(start, end) for is_field, start, end, _ in found if is_field]


def _literal(source: str, start: int, quote: str, prefix: str) -> tuple[int, list[Run]]:
    """One literal from behind its opening quote: the offset behind its closing quote, and its runs."""
    found: list[Run] = []
    position = begun = start
    while match := _SPECIAL.search(source, position):
        position, char = match.start(), match[0]
        if char == quote[0]:
            if source.startswith(quote, position):
                return position + len(quote), [*found, (False, begun, position, "r" in prefix)]
            position += 1
        elif char == "\\":
            position = _behind_escape(source, position, prefix)
        elif "f" not in prefix or char not in "{}":
            position += 1
        elif char == "}" or source.startswith("{{", position):
            position += 2
        else:
            end = _field_end(source, position)
            found += [(False, begun, position, "r" in prefix), (True, position, end, False)]
            position = begun = end
    return len(source), found


def _behind_escape(source: str, position: int, prefix: str) -> int:
    if "r" in prefix:
        return position + (2 if source[position + 1 : position + 2] in ("'", '"', "\\") else 1)
    if source.startswith("\\N{", position) and "b" not in prefix:
        return max(source.find("}", position), position) + 1
    return position + 2


def _field_end(source: str, start: int) -> int:
    """The offset behind the brace that closes the one at `start`. A quote is one in the expression, not in its format."""
    expected: list[str] = []
    position, in_format = start, False
    while match := _NESTING.search(source, position):
        position, char = match.start(), match[0]
        if char in "'\"":
            position = position + 1 if in_format else _behind_string(source, position)
            continue
        if char in _CLOSERS:
            expected.append(_CLOSERS[char])
        elif expected and char == expected[-1]:
            expected.pop()
            if not expected:
                return position + 1
        elif char == ":" and len(expected) == 1:
            in_format = True
        position += 1
    return len(source)


def _behind_string(source: str, position: int) -> int:
    quote = source[position] * 3 if source.startswith(source[position] * 3, position) else source[position]
    prefix = re.split(r"[^A-Za-z]", source[max(position - 3, 0) : position])[-1].lower()
    return _literal(source, position + len(quote), quote, prefix)[0]


def groups(found: list[Run]) -> Iterator[tuple[list[Run], Run | None]]:
    """The literal runs before each field, with the field; at last those behind the last field, with None."""
    literals: list[Run] = []
    for run in found:
        if run[0]:
            yield literals, run
            literals = []
        elif run[2] > run[1]:
            literals.append(run)
    yield literals, None
