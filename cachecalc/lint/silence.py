"""Ignore comments applied to findings, and the comments that silence nothing reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cachecalc.core.finding import Edit, Fix, Hit
from cachecalc.core.problem import did_you_mean
from cachecalc.core.prompt import Span
from cachecalc.core.rules import unused_ignore
from cachecalc.core.rules.rule import Rule
from cachecalc.lint.check import Found
from cachecalc.lint.suppress import Ignore

Ignores = Mapping[str, Sequence[Ignore]]


@dataclass(frozen=True, slots=True)
class Silenced:
    """Findings that stay and that do not, and the words of comments that silenced nothing, by file."""

    kept: list[Found]
    gone: list[Found]
    idle: list[tuple[str, Ignore, tuple[str, ...]]]


def silenced(found: Sequence[Found], ignores: Ignores, rules: Sequence[Rule], ran: frozenset[str]) -> Silenced:
    """Apply the ignore comments of each file. A word that names no rule silences nothing; one that names a rule which
    did not run is not idle."""
    used: set[tuple[str, Ignore, str]] = set()
    kept: list[Found] = []
    gone: list[Found] = []
    for each in found:
        matches = list(_matches(each, ignores))
        used.update(matches)
        (gone if matches else kept).append(each)
    return Silenced(kept, gone, list(_idle(used, ignores, _codes(rules), ran)))


def _matches(found: Found, ignores: Ignores) -> Iterator[tuple[str, Ignore, str]]:
    finding = found.finding
    for ignore in ignores.get(finding.place.path, ()):
        if ignore.covers(finding.place.line, finding.place.end_line):
            for word in {finding.code, finding.rule}.intersection(ignore.rules):
                yield finding.place.path, ignore, word


def _codes(rules: Sequence[Rule]) -> dict[str, str]:
    return {word: rule.code for rule in rules for word in (rule.code, rule.name)}


def _idle(
    used: set[tuple[str, Ignore, str]], ignores: Ignores, codes: Mapping[str, str], ran: frozenset[str]
) -> Iterator[tuple[str, Ignore, tuple[str, ...]]]:
    for path, comments in ignores.items():
        for ignore in comments:
            judged = [word for word in ignore.rules if word not in codes or codes[word] in ran]
            words = tuple(word for word in judged if (path, ignore, word) not in used)
            if words or not ignore.rules:
                yield path, ignore, words


def complaint(ignore: Ignore, words: tuple[str, ...], rules: Sequence[Rule], text: str) -> Hit:
    """What the rule `unused-ignore` says of a comment."""
    known = _codes(rules)
    if not ignore.rules:
        message = "the comment names no rule, so it silences nothing"
    elif unknown := [word for word in words if word not in known]:
        hint = did_you_mean(unknown[0], known)
        message = f"no rule is called `{unknown[0]}`{f'; {hint}' if hint else ''}"
    else:
        message = f"nothing to ignore here for {', '.join(f'`{word}`' for word in words)}"
    return Hit(ignore.span, message, unused_ignore.RULE.level, fix=_removal(ignore, words, text))


def _removal(ignore: Ignore, words: tuple[str, ...], text: str) -> Fix:
    """Take the idle words out of the comment; the comment with its line if nothing else is left on it."""
    rest = [word for word in ignore.rules if word not in words]
    if rest:
        start = text.index("[", ignore.span.start) + 1
        span = Span(start, text.index("]", start))
        return Fix("name only rules that are broken here", (Edit(span, ", ".join(rest)),), safe=True)
    return Fix("remove the comment", (Edit(_whole(ignore.span, text), ""),), safe=True)


def _whole(span: Span, text: str) -> Span:
    """A comment with the space in front of it, or with its line where it stands alone."""
    line_start = text.rfind("\n", 0, span.start) + 1
    line_end = text.find("\n", span.end) + 1 or len(text)
    before, after = text[line_start : span.start], text[span.end : line_end]
    if not before.strip() and not after.strip():
        return Span(line_start, line_end)
    return Span(span.start - (len(before) - len(before.rstrip())) * (not after.strip()), span.end)
