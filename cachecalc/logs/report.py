"""What became of everything in a log: what was imported, what was none of a request, what could not be used and where."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Seen:
    """How often something was met, and where first."""

    place: str
    count: int = 0


@dataclass(slots=True)
class Report:
    """A tally of an import. `entries` are the lines, rows and array items read; of them came `records`, by format in
    `formats`. `others` are entries that tell of no request, by kind; `skipped` could not be used, `warnings` could,
    with a doubt; both by reason. `merged` are copies of a request that was there already.
    """

    files: int = 0
    entries: int = 0
    records: int = 0
    merged: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, Seen] = field(default_factory=dict)
    warnings: dict[str, Seen] = field(default_factory=dict)


@dataclass(slots=True)
class Cursor:
    """Where an import stands. `item` is the place within a document that is one JSON value ("interactions[2]")."""

    path: str
    report: Report
    line: int = 0
    item: str = ""

    @property
    def file(self) -> str:
        """What a record gives as its path: the file, with the place inside where a line would not find it."""
        return f"{self.path}#{self.item}" if self.item else self.path

    @property
    def number(self) -> int:
        """What a record gives as its line: 0 within a document, where `file` says the place."""
        return 0 if self.item else self.line

    @property
    def place(self) -> str:
        return f"{self.file}:{self.number}" if self.number else self.file

    def skip(self, reason: str) -> None:
        """Count an entry that cannot be used."""
        self.report.skipped.setdefault(reason, Seen(self.place)).count += 1

    def warn(self, reason: str) -> None:
        """Count a doubt about an entry that is used nevertheless."""
        self.report.warnings.setdefault(reason, Seen(self.place)).count += 1

    def other(self, kind: str) -> None:
        """Count an entry that tells of no request."""
        self.report.others[kind] += 1
