"""What is wrong with an input: where, what, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in an input. `line` and `column` are 1-based; 0 where there is no position."""

    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    help: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}\n  help: {self.help}" if self.help else text


class InputError(ValueError):
    """An input cannot be used. Carries every fault found, not only the first."""

    def __init__(self, problems: Iterable[Problem] | str, help: str = "") -> None:
        found = (Problem(problems, help=help),) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(map(str, found)))
        self.problems = found


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion to print behind an unknown name, or an empty string."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    near = near or [name for name in known if len(word) > 3 and word.lower() in name.lower()][:3]
    return f"did you mean {' or '.join(near)}?" if near else ""
