"""Import logs: from what a user names to records, with an account of everything that was there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from cachecalc.core.imported import Imported
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.record import NOTHING, Record, Usage
from cachecalc.logs import entries as framing
from cachecalc.logs import importers
from cachecalc.logs import open as opening
from cachecalc.logs.cursor import EMPTY, Cursor
from cachecalc.logs.importers.importer import Importer

UNKNOWN_FORMAT = "in no format that cachecalc knows"
DAMAGED = "compressed data is cut short or damaged"

Find = Callable[[Any], Importer | None]

_WRAPPERS = ("data", "items", "events", "observations", "requests", "records", "spans", "logs", "results", "logEvents")
"""Where interfaces that answer in pages keep their entries."""


def read_logs(
    names: Iterable[str],
    report: Imported,
    source: str | None = None,
    columns: Mapping[str, str] | None = None,
    *,
    unanswered: bool = False,
) -> Iterator[Record]:
    """Every request in files, folders and standard input (`-`), each once, in the order of the files.

    `source` names the format where it should not be found out; `columns` names the columns of rows. `unanswered`: requests without a
    response are records, too, that count nothing. `report` is told of
    everything else that is met. Raises InputError for names that are not there, and where no file could be read at all.
    """
    find = importers.finder(source, columns or {}, unanswered=unanswered)
    return distinct(_all_records(opening.files(names), report, find), report)


def _all_records(files: list[str], report: Imported, find: Find) -> Iterator[Record]:
    problems: list[Problem] = []
    for name in files:
        try:
            yield from _file_records(name, report, find)
        except OSError as error:
            problems.append(Problem(f"cannot be read: {error.strerror or error}", name))
            Cursor(name, report).skip(problems[-1].message)
    if problems and not report.files:
        raise InputError(problems)


def _file_records(name: str, report: Imported, find: Find) -> Iterator[Record]:
    with opening.stream(name) as file:
        yield from records_in(file, Cursor(name, report), find)
    report.files += 1


def records_in(file: BinaryIO, at: Cursor, find: Find) -> Iterator[Record]:
    """The requests in an opened file, copies among them; where its compression is damaged, those before the damage."""
    try:
        yield from _records(_counted(framing.entries(at.path, file, at), at.report), at, find)
    except opening.damage():
        at.skip(DAMAGED)


def _counted(values: Iterator[Any], report: Imported) -> Iterator[Any]:
    for value in values:
        report.entries += 1
        yield value


def _records(values: Iterable[Any], at: Cursor, find: Find) -> Iterator[Record]:
    """Runs of entries of one format go to its importer together, for formats in which entries belong together."""
    for importer, run in itertools.groupby(values, key=find):
        if importer is not None:
            before = at.report.records
            yield from importer.read(run, at)
            at.report.formats[importer.name] += at.report.records - before
            continue
        for value in run:
            yield from _unwrapped(value, at, find)


def _unwrapped(value: Any, at: Cursor, find: Find) -> Iterator[Record]:
    """The entries inside a page; or nothing, and the count of what nobody knows."""
    pages = [key for key in _WRAPPERS if isinstance(value, Mapping) and isinstance(value.get(key), list)]
    if not pages:
        at.skip(UNKNOWN_FORMAT)
        return
    if not value[pages[0]]:
        at.other(EMPTY)
    yield from _records(_items(value[pages[0]], pages[0], at), at, find)
    at.item = ""


def _items(values: list[Any], key: str, at: Cursor) -> Iterator[Any]:
    for number, item in enumerate(values):
        at.item = f"{key}[{number}]"
        yield item


def distinct(records: Iterator[Record], report: Imported) -> Iterator[Record]:
    """Each request once. A copy that counts more output than the first, which was written before the answer was
    complete, becomes a correction: the difference, for no request."""
    seen: dict[str, int] = {}
    for record in records:
        identity = record.id
        output = record.usage.output or 0 if record.usage else 0
        before = None if identity is None else seen.get(identity)
        if before is None:
            report.records += 1
            if identity is not None:
                seen[identity] = output
            yield record
            continue
        report.merged += 1
        if identity is not None and record.usage and output > before:
            seen[identity] = output
            yield _correction(record, record.usage, output - before)


def _correction(record: Record, usage: Usage, output: int) -> Record:
    more = usage._replace(
        input=0, output=output, cache_read=0, cache_write=NOTHING, storage=None, prompt=usage.prompt_tokens
    )
    return record._replace(usage=more, requests=0, charged=None, request=None)
