"""Where an import stands, and the account it keeps of what it meets there."""

from __future__ import annotations

from dataclasses import dataclass

from cachecalc.core.imported import Imported, Met

MOST_KINDS = 1000
MORE_KINDS = "entry of another kind"
EMPTY = "entry with nothing in it"


@dataclass(slots=True)
class Cursor:
    """A place in a file. `item` is the place within a document that is one JSON value ("interactions[2]"). `told` counts
    what was skipped or told of no request."""

    path: str
    report: Imported
    line: int = 0
    item: str = ""
    told: int = 0

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
        self.told += 1
        self.report.skipped.setdefault(reason, Met(self.place)).count += 1

    def warn(self, reason: str) -> None:
        """Count a doubt about an entry that is used nevertheless."""
        self.report.warnings.setdefault(reason, Met(self.place)).count += 1

    def other(self, kind: str) -> None:
        """Count an entry that tells of no request. Kinds come out of the log, so there may be no end to them."""
        self.told += 1
        others = self.report.others
        others[kind if kind in others or len(others) < MOST_KINDS else MORE_KINDS] += 1
