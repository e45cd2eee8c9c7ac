"""Which rules run: by code, by name, or by family (`CC1` is every CC1xx)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.core.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Selection:
    """The codes of the rules that run, and those that do not count in some files, by path pattern."""

    codes: frozenset[str]
    ignored_in: Mapping[str, frozenset[str]]


def selection(
    rules: Sequence[Rule], select: Iterable[str], ignore: Iterable[str], per_path: Mapping[str, Iterable[str]]
) -> Selection:
    """Resolve what the user wrote. Raises InputError with every word that names no rule."""
    per_path = {pattern: tuple(words) for pattern, words in per_path.items()}
    select, ignore = tuple(select), tuple(ignore)
    words = [*select, *ignore, *(word for words in per_path.values() for word in words)]
    problems = [_unknown(word, rules) for word in dict.fromkeys(words) if not codes(word, rules)]
    if problems:
        raise InputError(problems)
    chosen = _all(select, rules) if select else frozenset(rule.code for rule in rules)
    ignored_in = {pattern: _all(words, rules) for pattern, words in per_path.items()}
    return Selection(chosen - _all(ignore, rules), ignored_in)


def codes(word: str, rules: Sequence[Rule]) -> frozenset[str]:
    """The codes that a word means; none where it names no rule."""
    if word == "ALL":
        return frozenset(rule.code for rule in rules)
    is_family = word.startswith("CC") and len(word) > 2
    return frozenset(
        rule.code for rule in rules if word in {rule.code, rule.name} or (is_family and rule.code.startswith(word))
    )


def _all(words: Iterable[str], rules: Sequence[Rule]) -> frozenset[str]:
    return frozenset[str]().union(*(codes(word, rules) for word in words))


def _unknown(word: str, rules: Sequence[Rule]) -> Problem:
    known = [name for rule in rules for name in (rule.code, rule.name)]
    hint = did_you_mean(word, known) or "`cachecalc rule` lists them all"
    return Problem(f"no rule is called {word!r}", help=hint)
