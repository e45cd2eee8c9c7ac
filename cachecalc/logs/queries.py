"""The queries in a file, whatever it is: lines of text, a table, JSON, or a log of whole requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from cachecalc.core.imported import Imported
from cachecalc.core.memo import Query
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Form, Prompt, Section
from cachecalc.load.prompts import read_payload
from cachecalc.logs import entries as framing
from cachecalc.logs import fields
from cachecalc.logs import open as opening
from cachecalc.logs.cursor import Cursor

TEXTS = ("query", "question", "text", "input", "prompt", "content", "message", "q", "user_input", "utterance")
TENANTS = ("tenant", "tenant_id", "customer_id", "organization_id", "org_id", "user_id", "user")
TIMES = ("timestamp", "time", "created_at", "at", "ts", "date", "datetime", "startTime")
_BODIES = ("request", "body", "kwargs", "params", "input", "requestBody", "raw_request")
_LINES = frozenset({".txt", ".log", ".md", ""})

NO_QUERY = "no query in it: --key names the field"
EMPTY = "an empty query"


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields to read, dotted where they lie deeper; None: the usual names are tried."""

    key: str | None = None
    timestamp: str | None = None
    tenant: str | None = None


def read(names: Sequence[str], columns: Columns, report: Imported) -> Iterator[Query]:
    """Every query in files, folders and standard input, one by one. `report` is told of what holds none.

    Raises InputError for names that are not there or cannot be read.
    """
    for name in opening.files(names):
        at = Cursor(name, report)
        try:
            with opening.stream(name) as file:
                report.files += 1
                yield from _of_file(name, file, columns, at)
        except OSError as error:
            raise InputError([Problem(f"cannot be read: {error.strerror or error}", name)]) from None
        except opening.damage():
            at.skip("compressed data is cut short or damaged")


def _of_file(name: str, file: BinaryIO, columns: Columns, at: Cursor) -> Iterator[Query]:
    if opening.suffix(name) in _LINES and not _is_json(file):
        yield from _lines(file, at)
        return
    for value in framing.entries(name, file, at):
        for item in value if isinstance(value, list) else (value,):
            at.report.entries += 1
            query = _query(item, columns)
            if query is None:
                at.skip(NO_QUERY)
            elif not query.text.strip():
                at.skip(EMPTY)
            else:
                at.report.records += 1
                yield query


def _is_json(file: BinaryIO) -> bool:
    head: bytes = file.peek(64)[:64]  # type: ignore[attr-defined]  # every stream that opening makes is buffered
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _lines(file: BinaryIO, at: Cursor) -> Iterator[Query]:
    for number, line in enumerate(file, 1):
        at.line = number
        at.report.entries += 1
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        if text.strip():
            at.report.records += 1
            yield Query(text)


def _query(value: Any, columns: Columns) -> Query | None:
    if isinstance(value, str):
        return Query(value) if columns.key is None else None
    if not isinstance(value, Mapping):
        return None
    body = _body(value)
    text = _text(value, body, columns.key)
    if text is None:
        return None
    whole = json.dumps(body[0], sort_keys=True, ensure_ascii=False, default=str) if body else None
    tenant = _first(value, columns.tenant, TENANTS)
    return Query(
        text, whole, None if tenant is None else str(tenant), fields.moment(_first(value, columns.timestamp, TIMES))
    )


def _text(value: Mapping[str, Any], body: tuple[Mapping[str, Any], Prompt] | None, key: str | None) -> str | None:
    if key is not None:
        found = _deep(value, key)
        return None if found is None else found if isinstance(found, str) else json.dumps(found, sort_keys=True)
    if body is not None:
        return last_message(body[1])
    return next((text for name in TEXTS if isinstance(text := value.get(name), str)), None)


def _body(value: Mapping[str, Any]) -> tuple[Mapping[str, Any], Prompt] | None:
    """The request in an entry, as sent and as a prompt."""
    for candidate in (value, *(value.get(name) for name in _BODIES)):
        body = _decoded(candidate)
        if isinstance(body, Mapping) and (prompt := read_payload(body, path="")):
            return body, prompt
    return None


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def last_message(prompt: Prompt) -> str:
    """What the user of the application said last."""
    said = [part for part in prompt.parts if part.section is Section.MESSAGES and part.form is Form.TEXT]
    asked = [part for part in said if part.role == "user"]
    if not asked:
        return ""
    message = asked[-1].path.partition(".")[0]
    return "".join(part.text or "" for part in asked if part.path.partition(".")[0] == message)


def _first(value: Mapping[str, Any], named: str | None, usual: Sequence[str]) -> Any:
    if named is not None:
        return _deep(value, named)
    return next((value[name] for name in usual if value.get(name) is not None), None)


def _deep(value: Any, path: str) -> Any:
    """The field at a dotted path; a key that has dots itself goes first."""
    if isinstance(value, Mapping) and path in value:
        return value[path]
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.lstrip("-").isdigit() and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
