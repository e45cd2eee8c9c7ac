"""Newer syntax than the running Python's, rewritten to the older form without moving a character.

Most code that Python 3.11 refuses holds type parameters, or an f-string whose fields hold its own quotes or a
backslash. Neither matters to what a prompt says, so what stands in the way is blanked out and the rest can be read.
"""

from __future__ import annotations

import re

from cachecalc.load.python.fstring import literals

_GENERIC = re.compile(r"^([ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+)(\[[^\n()]*?\])(?=[ \t]*[(:])", re.MULTILINE)
_ALIAS = re.compile(r"^([ \t]*)type([ \t]+\w+)(\[[^\n=]*\])?([ \t]*=)", re.MULTILINE)
_EXCEPT = re.compile(r"^([ \t]*except\*?) ([\w.]+(?:, ?[\w.]+)+)(:)", re.MULTILINE)


def rewritten(source: str) -> str:
    """The source in the older form; each character stands where it stood."""
    source = _GENERIC.sub(lambda match: match[1] + " " * len(match[2]), source)
    source = _ALIAS.sub(_plain_alias, source)
    source = _EXCEPT.sub(_one_exception, source)
    return _plain_fields(source)


def _plain_alias(match: re.Match[str]) -> str:
    name = match[2].strip()
    return match[1] + name.ljust(len(match[0]) - len(match[1]) - 1) + "="


def _one_exception(match: re.Match[str]) -> str:
    first = re.split(r", ?", match[2], maxsplit=1)[0]
    return f"{match[1]} {first.ljust(len(match[2]))}{match[3]}"


def _plain_fields(source: str) -> str:
    """F-strings with other quotes than their own, and no backslash, within their fields."""
    rows, position = [], 0
    for quote, fields in literals(source):
        for start, end in fields:
            if start < position:
                continue
            rows += [source[position:start], _requoted(source[start:end], quote)]
            position = end
    return "".join((*rows, source[position:]))


def _requoted(field: str, quote: str) -> str:
    """The field as it might stand in an older f-string."""
    field = re.sub(r"\\.", "  ", field, flags=re.DOTALL)
    if len(quote) > 1:
        return field
    return field.replace("\n", " ").replace(quote, "'" if quote == '"' else '"')
