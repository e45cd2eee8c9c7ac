"""Fixes applied to a file's text until nothing is left to fix; everything they do not touch stays byte for byte.

A round counts only if fewer faults are left after it and the file can still be read, so it ends, and fixing a fixed
file changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cachecalc.core.finding import Edit, Fix, apply
from cachecalc.core.problem import InputError

Faults = Callable[[str], Sequence[Fix]]
"""The fixes that a text still asks for. Raises InputError where it can no longer be read."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text after its fixes: how many faults they took away, and the titles of fixes that would have broken it."""

    text: str
    faults: int = 0
    refused: tuple[str, ...] = ()


def fixed(text: str, faults: Faults) -> Fixed:
    """Apply what can be applied, round after round."""
    start = left = faults(text)
    while left:
        better = _better(text, left, faults)
        if better is None:
            break
        text, left = better
    return Fixed(text, len(start) - len(left), tuple(dict.fromkeys(fix.title for fix in left)))


def _better(text: str, fixes: Sequence[Fix], faults: Faults) -> tuple[str, Sequence[Fix]] | None:
    """The text after as many fixes as go together, or after one of them if together they do harm."""
    for chosen in _attempts(fixes):
        changed = apply([edit for fix in chosen for edit in fix.edits], text)
        left = _left(changed, faults)
        if left is not None and len(left) < len(fixes):
            return changed, left
    return None


def _left(text: str, faults: Faults) -> Sequence[Fix] | None:
    try:
        return faults(text)
    except InputError:
        return None


def _attempts(fixes: Sequence[Fix]) -> Iterator[list[Fix]]:
    together = _compatible(fixes)
    yield together
    if len(fixes) > 1:
        yield from ([fix] for fix in fixes)


def _compatible(fixes: Sequence[Fix]) -> list[Fix]:
    """The first of any fixes that touch the same text."""
    chosen: list[Fix] = []
    for fix in fixes:
        if not any(_overlap(edit, other) for edit in fix.edits for kept in chosen for other in kept.edits):
            chosen.append(fix)
    return chosen


def _overlap(one: Edit, other: Edit) -> bool:
    """Two insertions at one place overlap as well, since their order would be a guess."""
    return one.span == other.span or (one.span.start < other.span.end and other.span.start < one.span.end)
