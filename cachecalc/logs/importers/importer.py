"""What an importer is: how its entries look, and how they become records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cachecalc.core.record import Record
from cachecalc.logs.cursor import EMPTY, Cursor
from cachecalc.logs.fields import Json
from cachecalc.logs.usage.counts import Malformed

ReadAll = Callable[[Iterable[Json], Cursor], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Importer:
    """One format. `matches` tells an entry of it from those of every other; `read` turns a run of such entries into
    records, and counts at the cursor what it cannot use."""

    name: str
    summary: str
    matches: Callable[[Json], bool]
    read: ReadAll


def each(read: Callable[[Json, Cursor], Iterable[Record]]) -> ReadAll:
    """The `read` of a format in which every entry stands for itself."""

    def read_all(values: Iterable[Json], at: Cursor) -> Iterator[Record]:
        for value in values:
            told, is_empty = at.told, True
            try:
                for record in read(value, at):
                    is_empty = False
                    yield record
            except Malformed as fault:
                at.skip(str(fault))
            if is_empty and at.told == told:
                at.other(EMPTY)

    return read_all
