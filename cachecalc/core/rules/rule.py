"""The shape of a rule: data, one pure function, and examples that are its tests and its page."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cachecalc.core.finding import Hit, Level
from cachecalc.core.pricing import Kind, Mode, Model
from cachecalc.core.prompt import Evidence, Prompt


@dataclass(frozen=True, slots=True)
class Target:
    """What may be known of where a prompt is sent. `model` None: unknown, and a rule then reports only what is wrong for
    every family of providers that the prompt could be written for. `today` decides what has been retired."""

    model: Model | None = None
    today: dt.date | None = None

    def mode(self, kind: Kind) -> Mode | None:
        return self.model.caching.of_kind(kind) if self.model else None


Check = Callable[[Prompt, Target], Iterator[Hit]]
Swaps = tuple[tuple[str, str], ...]
Survey = Callable[[Sequence[Prompt], Target], Iterator[tuple[Prompt, Hit]]]


@dataclass(frozen=True, slots=True)
class Bad:
    """A file the rule must report, with its message, and the file after the rule's fix if it has one.

    The reader is chosen by `filename`. A `.jsonl` file of requests is read as one conversation, so each pair of
    neighbours is compared. `[[policy: 6000 words]]` in a source stands for that much text. `mended` is the
    file put right by hand, where no fix does it; it must be clean. Both are a file, or what to replace in `source`.
    """

    source: str
    filename: str
    message: str
    fixed: str | Swaps | None = None
    mended: str | Swaps | None = None
    model: str | None = None

    def put_right(self, by: str | Swaps | None) -> str | None:
        """The file after its fix, or put right by hand."""
        if by is None or isinstance(by, str):
            return by
        return functools.reduce(lambda text, swap: text.replace(*swap, 1), by, self.source)


@dataclass(frozen=True, slots=True)
class Good:
    """A file the rule must leave alone, though it looks like a bad one."""

    source: str
    filename: str
    because: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """A file the rule should report and does not yet; a test fails on the day it does."""

    source: str
    filename: str
    because: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What is wrong (`summary`), how bad at its worst (`level`), from what it can be seen (`sees`), and why it matters.

    `check` looks at one prompt, `survey` at all prompts of a run together. A rule that sees pairs of requests has its
    hits from `pair.check_pair`, which compares once for all rules. `incidents` are the classes of public reports that
    the examples are shaped like.
    """

    code: str
    name: str
    summary: str
    level: Level
    sees: frozenset[Evidence]
    since: str
    doc: str
    check: Check | None = None
    survey: Survey | None = None
    bad: tuple[Bad, ...] = ()
    good: tuple[Good, ...] = ()
    missed: tuple[Missed, ...] = ()
    incidents: tuple[str, ...] = ()

    @property
    def is_fixable(self) -> bool:
        return any(example.fixed is not None for example in self.bad)
