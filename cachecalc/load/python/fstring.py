"""Where the literal runs and the `{fields}` of an f-string stand.

The tree says what an f-string holds, but until Python 3.12 not where; and no version says where one literal of an
implicit concatenation ends and the next begins. So the source text is walked once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPENING = re.compile(r"(?P<prefix>[A-Za-z]{0,3})(?P<quote>'''|\"\"\"|'|\")")
_BETWEEN = re.compile(r"(?:\s|\\\r?\n|#[^\n]*|[()])+")
_CLOSERS = {"(": ")", "[": "]", "{": "}"}

Run = tuple[bool, int, int]
"""Whether it is a field, and its offsets: a field's include its braces, a literal's leave out its quotes."""


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


def _literal(source: str, start: int, quote: str, prefix: str) -> tuple[int, list[Run]]:
    """One literal from behind its opening quote: the offset behind its closing quote, and its runs."""
    found: list[Run] = []
    position = begun = start
    while position < len(source):
        char = source[position]
        if source.startswith(quote, position):
            return position + len(quote), [*found, (False, begun, position)]
        if char == "\\":
            position += 2
        elif char == "{" and "f" in prefix and source[position + 1] != "{":
            end = _field_end(source, position)
            found += [(False, begun, position), (True, position, end)]
            position = begun = end
        elif char in "{}" and "f" in prefix:
            position += 2
        else:
            position += 1
    return position, found


def _field_end(source: str, start: int) -> int:
    """The offset behind the brace that closes the one at `start`. A quote is one in the expression, not in its format."""
    expected: list[str] = []
    position, in_format = start, False
    while position < len(source):
        char = source[position]
        if char in "'\"" and not in_format and (opening := _OPENING.match(source, position)):
            nested = "f" if source[position - 1] in "fF" or source[position - 2 : position].lower() == "fr" else ""
            position, _ = _literal(source, opening.end(), opening["quote"], nested)
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
    return position


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
