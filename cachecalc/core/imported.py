"""What became of everything in a log: what was imported, what was none of a request, what could not be used and where."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Met:
    """How often something was met, and where first."""

    place: str
    count: int = 0


@dataclass(slots=True)
class Imported:
    """A tally that grows with an import. `entries` are the lines, rows and array items read; of them came `records`, by
    format in `formats`. `others` are entries that tell of no request, by kind; `skipped` could not be used, `warnings`
    could, with a doubt; both by reason. `merged` are copies of a request that was there already.
    """

    files: int = 0
    entries: int = 0
    records: int = 0
    merged: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, Met] = field(default_factory=dict)
    warnings: dict[str, Met] = field(default_factory=dict)
