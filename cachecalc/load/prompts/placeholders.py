"""Placeholders in plain text: `{{ x }}`, `{x}`, `${x}`, `%(x)s`.

Braces also stand in JSON, LaTeX, code and shell samples. A placeholder is a name, alone in its braces, in a text that
does not use those braces for something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cachecalc.core.prompt import Confidence
from cachecalc.load.prompts import variable_names
from cachecalc.load.prompts.split import Stretch

_NAME = r"[A-Za-z_][\w-]*(?:\.[A-Za-z_]\w*|\[(?:\d+|['\"][\w ]+['\"])\])*"
_DOUBLE = re.compile(rf"(?<!\$)\{{\{{\{{?[ \t]*(?P<name>{_NAME})(?P<call>\(\))?[ \t]*(?:\|[^{{}}\n]*)?\}}\}}\}}?")
_DOLLAR = re.compile(rf"(?<![\\$])\$\{{(?P<name>{_NAME})(?P<call>\(\))?\}}")
_SINGLE = re.compile(
    rf"(?<![\\{{$\w}}_^])\{{(?P<name>{_NAME})(?P<call>\(\))?(?:![rsa])?(?::[^{{}}\n]{{0,20}})?\}}(?!\}})"
)
_PERCENT = re.compile(r"%\((?P<name>[A-Za-z_]\w*)\)(?P<call>)[sdrf]")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n.*?(?:^[ \t]*(?:```|~~~)|\Z)", re.DOTALL | re.MULTILINE)
_ALONE = re.compile(r"[ \t\"']*\Z")


def find(text: str) -> list[Stretch]:
    """The placeholders of `text`, in order. What is not sure to be one has a low confidence."""
    fences = [fence.span() for fence in _FENCE.finditer(text)]
    doubles = [match for match in _DOUBLE.finditer(text) if not _is_sample(text, match, fences)]
    others = (match for pattern in (_DOLLAR, _PERCENT, _SINGLE) for match in pattern.finditer(text))
    # A text with {{names}} leaves single braces to its samples.
    singles = [match for match in others if not doubles and not _is_sample(text, match, fences)]
    return sorted((_stretch(match, text) for match in (*doubles, *singles)), key=lambda stretch: stretch.start)


def _is_sample(text: str, match: re.Match[str], fences: list[tuple[int, int]]) -> bool:
    """Inside a fenced block a placeholder is real only where it fills its line: there a block is inserted."""
    if not any(start <= match.start() < end for start, end in fences):
        return False
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    return not (_ALONE.match(line) and _ALONE.match(text[match.end() :].partition("\n")[0]))


def _stretch(match: re.Match[str], text: str) -> Stretch:
    found = variable_names.attribute(chain(match["name"]))
    is_known = found is not variable_names.NOBODY_KNOWS
    confidence = Confidence.LIKELY if is_known or match[0].startswith(("{{", "%")) else Confidence.POSSIBLE
    quoted = text[match.start() - 1 : match.start()] == "`" and not match[0].startswith("{{")
    return Stretch(
        *match.span(),
        match["name"],
        found.volatility,
        match[0],
        found.content,
        Confidence.POSSIBLE if quoted else confidence,
    )


def chain(name: str) -> list[str]:
    """The names of `a.b['c'][0]`: a, b, c."""
    return re.findall(r"[A-Za-z_][\w -]*", name)


def names(text: str) -> Iterator[str]:
    return (stretch.name for stretch in find(text))
