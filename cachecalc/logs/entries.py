"""The entries of a log file, whatever its form: JSON Lines, JSON documents, CSV, YAML cassettes, Parquet.

Everything streams: memory holds one entry, never a file (a JSON or YAML document that is one value is one entry).
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO, cast

from cachecalc.core.problem import InputError
from cachecalc.load import yaml_text
from cachecalc.logs import json_text
from cachecalc.logs import open as opening
from cachecalc.logs.cursor import Cursor

MAX_ENTRY = 256 * 1024 * 1024
"""Bytes beyond which one entry is given up."""

NOT_JSON = "not valid JSON"
CUT_SHORT = "the file ends within an entry"
TOO_LONG = "an entry longer than 256 MiB"
TOO_DEEP = "nested too deeply"
NOT_YAML = "not valid YAML"
NOT_CSV = "not a valid CSV row"
NOT_PARQUET = "not a valid Parquet file"
UTF_16 = "UTF-16 text: save it as UTF-8"
PIPED_PARQUET = "Parquet cannot be read from a pipe or compressed: save it to a plain file"

_CHUNK = 1 << 20
_SPACE = re.compile(r"[\s,]*")


def entries(name: str, file: BinaryIO, at: Cursor) -> Iterator[Any]:
    """Every entry of an opened file as plain values; what cannot be read is counted at the cursor."""
    head = cast("io.BufferedReader", file).peek(4096)[:4096]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        at.skip(UTF_16)
        return
    if head.startswith(codecs.BOM_UTF8):
        file.read(len(codecs.BOM_UTF8))
    yield from _form(name, head.removeprefix(codecs.BOM_UTF8))(file, at)


def _form(name: str, head: bytes) -> Callable[[BinaryIO, Cursor], Iterator[Any]]:
    """How to read a file, by its first bytes, and by its name where they do not tell."""
    suffix = opening.suffix(name)
    if head.startswith(b"PAR1"):
        return _parquet_entries
    if suffix in {".yaml", ".yml"} or head.startswith((b"interactions:", b"version:")):
        return _yaml_entries
    looks_json = any(line.lstrip().startswith((b"{", b"[")) for line in head.splitlines()[:5])
    if suffix in {".csv", ".tsv"} or (not looks_json and suffix not in {".json", ".jsonl", ".ndjson", ".har"}):
        return _csv_entries
    return json_entries


def json_entries(file: BinaryIO, at: Cursor) -> Iterator[Any]:
    """Entries of JSON Lines; or of JSON documents that run over several lines, where neither of the first two lines is
    a value by itself."""
    decode = json_text.decoder()
    head = list(itertools.islice(_lines(file, at), 2))
    if not any(_is_value(line, decode) for _, line in head):
        at.line = 0
        text = codecs.iterdecode(_chunks([line for _, line in head], file), "utf-8", errors="replace")
        yield from document_entries(text, at)
        return
    for number, line in itertools.chain(head, _lines(file, at)):
        at.line = number
        try:
            value = decode(line)
        except ValueError:
            at.skip(NOT_JSON if line.endswith(b"\n") else CUT_SHORT)
        except RecursionError:
            at.skip(TOO_DEEP)
        else:
            yield from _unlisted(value, at) if type(value) is list else (value,)


def _lines(file: BinaryIO, at: Cursor) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers."""
    numbers = itertools.count(at.line + 1)
    for number, line in zip(numbers, iter(partial(file.readline, MAX_ENTRY), b""), strict=False):
        if len(line) == MAX_ENTRY and not line.endswith(b"\n"):
            at.line = number
            at.skip(TOO_LONG)
            _skip_line(file)
        elif len(line) > 2 or not line.isspace():
            yield number, line


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(_CHUNK)) and not rest.endswith(b"\n"):
        pass


def _is_value(line: bytes, decode: Callable[[bytes], Any]) -> bool:
    try:
        return isinstance(decode(line), (dict, list))
    except (ValueError, RecursionError):
        return False


def _unlisted(value: list[Any], at: Cursor) -> Iterator[Any]:
    for number, item in enumerate(value):
        at.item = f"[{number}]"
        yield item
    at.item = ""


def _chunks(head: Iterable[bytes], file: BinaryIO) -> Iterator[bytes]:
    yield from head
    yield from iter(partial(file.read, _CHUNK), b"")


def document_entries(text: Iterator[str], at: Cursor) -> Iterator[Any]:
    """Every JSON value in a text, the elements of an outermost list one by one. What stands behind a fault is lost."""
    scan = json.JSONDecoder().raw_decode
    buffer, position, is_whole, wanted = "", 0, False, 0
    at.line = 1
    while True:
        start = _next_value(buffer, position)
        at.line += buffer.count("\n", position, start)
        position = start
        try:
            value, end = scan(buffer, position)
        except RecursionError:
            at.skip(TOO_DEEP)
            return
        except ValueError:
            value, end = None, -1
        if end >= 0 and (end < len(buffer) or is_whole):
            yield value
            at.line += buffer.count("\n", position, end)
            position = end
            continue
        if is_whole or len(buffer) - position > MAX_ENTRY:
            if position < len(buffer):
                at.skip(TOO_LONG if not is_whole else CUT_SHORT if buffer[position] in "{[" else NOT_JSON)
            return
        # Read on by as much as is there already, so that a long value is scanned few times.
        buffer, position, wanted = buffer[position:], 0, max(_CHUNK, len(buffer) - position)
        buffer, is_whole = _read_on(buffer, text, wanted)


def _next_value(buffer: str, position: int) -> int:
    """Where the next value begins: behind space, commas and the brackets of an outermost list."""
    while True:
        found = _SPACE.match(buffer, position)
        position = found.end() if found else position
        if position < len(buffer) and buffer[position] in "[]":
            position += 1
        else:
            return position


def _read_on(buffer: str, text: Iterator[str], wanted: int) -> tuple[str, bool]:
    """More of the text, and whether that was all of it."""
    pieces, gained = [buffer], 0
    for piece in text:
        pieces.append(piece)
        gained += len(piece)
        if gained >= wanted:
            return "".join(pieces), False
    return "".join(pieces), True


def _yaml_entries(file: BinaryIO, at: Cursor) -> Iterator[Any]:
    raw = file.read(MAX_ENTRY + 1)
    if len(raw) > MAX_ENTRY:
        at.skip(TOO_LONG)
        return
    try:
        yield yaml_text.parse(raw.decode("utf-8", errors="replace"), at.path).value
    except InputError:
        at.skip(NOT_YAML)


def _csv_entries(file: BinaryIO, at: Cursor) -> Iterator[Any]:
    csv.field_size_limit(MAX_ENTRY)
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    try:
        header = text.readline(_CHUNK)
        separator = max("\t;,", key=header.count)
        names = next(csv.reader([header], delimiter=separator), [])
        yield from _rows(csv.reader(text, delimiter=separator), names, at)
    finally:
        text.detach()  # the file is closed by whoever opened it


def _rows(rows: Any, names: list[str], at: Cursor) -> Iterator[Any]:
    """Each row of a csv reader by the names of its columns, without its empty cells. The header was line 1."""
    while True:
        at.line = rows.line_num + 2
        try:
            row = next(rows, None)
        except csv.Error:
            at.skip(NOT_CSV)
            continue
        if row is None:
            return
        if row:
            yield {name: cell for name, cell in zip(names, row, strict=False) if cell and name}


def _parquet_entries(file: BinaryIO, at: Cursor) -> Iterator[Any]:
    try:
        import duckdb
    except ImportError:
        raise InputError("Parquet files need the logs extra", help="pip install 'cachecalc[logs]'") from None
    if getattr(file, "name", None) != at.path:
        at.skip(PIPED_PARQUET)
        return
    with duckdb.connect() as connection:
        try:
            rows = connection.execute("select * from read_parquet(?)", [at.path])
            names = [column[0] for column in rows.description or ()]
            while batch := rows.fetchmany(10_000):
                for row in batch:
                    at.line += 1
                    yield {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
        except duckdb.Error:
            at.skip(NOT_PARQUET)
