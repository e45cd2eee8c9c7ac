"""Fixes applied to a file's text until nothing is left to fix; everything they do not touch stays byte for byte.

A round counts only if fewer faults are left after it, whether they have a fix or not, and the file can still be read: so
it ends, fixing a fixed file changes nothing, and text is not moved in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cachecalc.core.finding import Edit, Fix, apply
from cachecalc.core.problem import InputError


@dataclass(frozen=True, slots=True)
class Left:
    """How many faults a text still has, and the fixes there are for them."""

    faults: int
    fixes: Sequence[Fix]


Look = Callable[[str], Left]
"""What is left in a text. Raises InputError where it can no longer be read."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text after its fixes: how many faults they took away, and the titles of fixes that would have broken it."""

    text: str
    faults: int = 0
    refused: tuple[str, ...] = ()


def fixed(text: str, look: Look) -> Fixed:
    """Apply what can be applied, round after round."""
    start = left = look(text)
    while left.fixes:
        better = _better(text, left, look)
        if better is None:
            break
        text, left = better
    return Fixed(text, start.faults - left.faults, tuple(dict.fromkeys(fix.title for fix in left.fixes)))


def _better(text: str, now: Left, look: Look) -> tuple[str, Left] | None:
    """The text after as many fixes as go together, or after one of them if together they do harm."""
    for chosen in _attempts(now.fixes):
        changed = apply([edit for fix in chosen for edit in fix.edits], text)
        left = _left(changed, look)
        if left is not None and left.faults < now.faults:
            return changed, left
    return None


def _left(text: str, look: Look) -> Left | None:
    try:
        return look(text)
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
