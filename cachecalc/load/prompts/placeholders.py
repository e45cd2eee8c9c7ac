"""Placeholders in plain text: `{{ x }}`, `{x}`, `${x}`, `%(x)s`.

Braces also stand in JSON, LaTeX, code and shell samples. A placeholder is a name, alone in its braces, in a text that
does not use those braces for something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import PER_REQUEST, Clock, Volatility
from cachecalc.load.prompts import variable_names
from cachecalc.load.prompts.split import Stretch
from cachecalc.load.prompts.variable_names import Meaning

_NAME = r"[A-Za-z_][\w-]*(?:\.[A-Za-z_]\w*|\[(?:\d+|['\"][\w ]+['\"])\])*"
# Go templates write {{ .Name }}.
_DOUBLE = re.compile(rf"\{{\{{\{{?[ \t]*\.?(?P<name>{_NAME})(?:\(\))?[ \t]*\}}\}}\}}?")
_DOLLAR = re.compile(rf"\$\{{(?P<name>{_NAME})(?:\(\))?\}}")
_SINGLE = re.compile(rf"\{{(?P<name>{_NAME})(?:\(\))?(?:![rsa])?(?::[^{{}}\n]{{0,20}})?\}}(?!\}})")
# `string.Template` writes names without braces; a shell's are in capitals.
_BARE = re.compile(r"\$(?P<name>[a-z][a-z0-9_]*)\b(?![({\[])")
_PERCENT = re.compile(r"%\((?P<name>[A-Za-z_]\w*)\)[sdrf]")
# Templates of JavaScript that were saved as text.
_SCRIPT: Mapping[Meaning, str] = {
    Meaning(Volatility(Clock.SUBSECOND)): r"new Date\(\)(?:\.(?:toISOString|getTime|valueOf)\(\))?|Date\.now\(\)",
    Meaning(
        Volatility(Clock.SECOND)
    ): r"new Date\(\)\.to(?:String|UTCString|GMTString|Locale(?:Time)?String)\([^{}\n]*\)",
    Meaning(Volatility(Clock.DAY)): r"new Date\(\)\.to(?:Locale)?DateString\([^{}\n]*\)",
    Meaning(PER_REQUEST, Content.NONCE): r"crypto\.randomUUID\(\)|uuid(?:v4)?\(\)|Math\.random\(\)[^{}\n]{0,30}",
}
_CODE = [(meaning, re.compile(rf"\$\{{\s*(?:{pattern})\s*\}}")) for meaning, pattern in _SCRIPT.items()]
# What in front of it says that it is no placeholder. A look-behind in the patterns would be ten times as slow.
_REFUSED = {
    _DOUBLE: re.compile(r"[$\\{]"),
    _DOLLAR: re.compile(r"[\\$]"),
    _BARE: re.compile(r"[\\$\w{]"),
    _SINGLE: re.compile(r"[\\{$\w}_^]"),
    _PERCENT: re.compile(r"%"),
}
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n.*?(?:^[ \t]*(?:```|~~~)|\Z)", re.DOTALL | re.MULTILINE)
_GLUE_BEFORE = re.compile(r"[/?&=@~]\Z")
_GLUE_BEHIND = re.compile(r"[/?&=@_]|\.\w")
_SAMPLE_VALUE = re.compile(r"\s*(?:- )?[\"']?[a-z_]+[\"']?: ?\"[^\"]*\Z")
_SAMPLE = re.compile(r"\b(?:e\.g|for example|for instance|such as|example:)[^\n]{0,60}\Z", re.IGNORECASE)
_BLANK = re.compile(r"[ \t\"']*\Z")


def find(text: str) -> list[Stretch]:
    """The placeholders of `text`, in order. What is not sure to be one has a low confidence."""
    within = fences(text)
    doubles = [] if is_format_string(text) else _real(_DOUBLE, text, within)
    # A text with {{names}} leaves single braces to its samples.
    singles = [] if doubles else [match for form in (_DOLLAR, _PERCENT, _SINGLE) for match in _real(form, text, within)]
    found: list[Stretch] = []
    bare = [] if doubles else [match for match in _real(_BARE, text, within) if _is_known(match)]
    known = (_stretch(match, text) for match in (*doubles, *singles, *bare))
    for stretch in sorted((*_code(text), *known), key=lambda stretch: stretch.start):
        if not found or stretch.start >= found[-1].end:
            found.append(stretch)
    return found


def _code(text: str) -> Iterator[Stretch]:
    """`${new Date().toISOString()}`."""
    for meaning, form in _CODE if "${" in text else ():
        for match in form.finditer(text):
            name = match[0].strip("${} ")
            yield Stretch(*match.span(), name, meaning.volatility, match[0], meaning.content, Confidence.LIKELY)


def is_format_string(text: str) -> bool:
    """A text for `str.format`: it has `{question}`, and its doubled braces are meant to stay as single ones."""
    known = any(_is_known(match) for match in _matches(_SINGLE, text))
    return known and not any(_is_known(match) for match in _matches(_DOUBLE, text))


def fences(text: str) -> list[tuple[int, int]]:
    """The ranges of fenced code."""
    return [fence.span() for fence in _FENCE.finditer(text)] if "```" in text or "~~~" in text else []


def is_sample(text: str, start: int, end: int, fenced: list[tuple[int, int]]) -> bool:
    """Inside a fenced block a placeholder is real only where it fills its line: there a block is inserted."""
    if not any(first <= start < last for first, last in fenced):
        return False
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return not (_BLANK.match(line) and _BLANK.match(text[end:].partition("\n")[0]))


def chain(name: str) -> list[str]:
    """The names of `a.b['c'][0]`: a, b, c."""
    return re.findall(r"[A-Za-z_][\w -]*", name)


def _real(form: re.Pattern[str], text: str, within: list[tuple[int, int]]) -> list[re.Match[str]]:
    return [match for match in _matches(form, text) if not is_sample(text, *match.span(), within)]


def _matches(form: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    refused = _REFUSED[form]
    return (match for match in form.finditer(text) if not match.start() or not refused.match(text, match.start() - 1))


def _is_known(match: re.Match[str]) -> bool:
    return variable_names.attribute(chain(match["name"])) is not variable_names.NOBODY_KNOWS


def _stretch(match: re.Match[str], text: str) -> Stretch:
    found = variable_names.attribute(chain(match["name"]))
    is_sure = found is not variable_names.NOBODY_KNOWS and not is_quoted(text, *match.span())
    sure = Confidence.LIKELY if is_sure else Confidence.POSSIBLE
    return Stretch(*match.span(), match["name"], found.volatility, match[0], found.content, sure)


def is_quoted(text: str, start: int, end: int) -> bool:
    """Whether a placeholder may be part of something that is shown: within back-ticks, in an address or a path, in the
    quoted value of a sample of YAML or JSON, or behind "for example"."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    in_code = line.count("`") % 2 and "`" in text[end:].partition("\n")[0]
    if in_code or _SAMPLE_VALUE.match(line) or _SAMPLE.search(line):
        return True
    is_double = text.startswith("{{", start)
    return not is_double and bool(_GLUE_BEFORE.search(line) or _GLUE_BEHIND.match(text, end))
