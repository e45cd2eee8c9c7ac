"""Recorded requests with their texts: from request logs and captures, or from bare payloads as they were sent."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from cachecalc.core import model_names
from cachecalc.core.imported import Imported
from cachecalc.core.pricing import Model, PriceTable
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Prompt
from cachecalc.core.record import Record
from cachecalc.core.why.request import Request
from cachecalc.load import files
from cachecalc.load.prompts import read_payload, read_prompts
from cachecalc.logs import fields
from cachecalc.logs import open as opening
from cachecalc.logs.fields import mapping
from cachecalc.logs.importers import wire
from cachecalc.logs.read import read_logs
from cachecalc.logs.shelf import Sender, Shelf

_PAYLOADS = frozenset({".json", ".jsonl", ".ndjson"})
_SESSIONS = ("session_id", "session", "conversation_id", "thread_id")
_TIMES = ("timestamp", "time", "created_at", "startedDateTime")


@dataclass(slots=True)
class Read:
    """The requests in the order in which they were sent, the texts of the files whose places are known, and what was
    met besides. A request out of a log is about a kilobyte; its prompt is read when it is asked for."""

    requests: list[Request] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    imported: Imported = field(default_factory=Imported)


def read(names: Sequence[str], prices: PriceTable, *, model: str | None = None, source: str | None = None) -> Read:
    """Every request in files and folders. `model` stands in where a request names none.

    Several files with one request each are taken in the order given, as one conversation. Otherwise what names no session
    is of its file's, and requests come in the order of their times, if all have one. Raises InputError where no request
    is found.
    """
    found, index = Read(), model_names.index(prices)
    listed = opening.files(names)
    placed = [name for name in listed if _is_plain(name)]
    by_file = _recorded(
        listed, placed, found.imported, source, partial(of_record, model=model, index=index, shelf=Shelf())
    )
    unread = found.imported
    if not by_file:
        found.imported = Imported()
    for name in placed:
        if name not in by_file:
            by_file[name] = list(_bare(name, found, model, index))
    requests = list(_in_order([by_file[name] for name in listed if by_file.get(name)], len(listed)))
    if not requests:
        raise InputError(_nothing(unread, names), help="why reads payloads, captures and request logs")
    found.requests = [replace(request, number=number) for number, request in enumerate(requests, 1)]
    return found


def _recorded(
    listed: Iterable[str],
    placed: Sequence[str],
    imported: Imported,
    source: str | None,
    request: Callable[[Record], Request],
) -> dict[str, list[Request]]:
    """The requests in logs, by file. Payloads alone are read here only from files that are not `placed`."""
    by_file: dict[str, list[Request]] = {}
    rest = [name for name in listed if name not in placed]
    for record in itertools.chain(
        read_logs(placed, imported, source), read_logs(rest, imported, source, unanswered=True)
    ):
        if record.until is None:
            by_file.setdefault(record.path.partition("#")[0], []).append(request(record))
    return by_file


def _in_order(files: Sequence[Sequence[Request]], listed: int) -> Iterable[Request]:
    """The requests of several files in the order of sending, with what names no session put to its file."""
    if listed > 1 and len(files) == listed and all(len(requests) == 1 for requests in files):
        return [replace(request, session="") for (request,) in files]
    found = [
        request if request.session else replace(request, thread=f"file {number}")
        for number, requests in enumerate(files)
        for request in requests
    ]
    return sorted(found, key=_sent_at) if all(request.at for request in found) else found


def _sent_at(request: Request) -> float:
    return request.at.timestamp() if request.at else 0.0


def _is_plain(name: str) -> bool:
    """Whether a file is one whose payloads can be shown with their lines: neither piped nor compressed."""
    return Path(name).suffix in _PAYLOADS and Path(name).is_file()


def of_payload(
    value: Mapping[str, Any], number: int, index: Mapping[str, Model], model: str | None = None
) -> Request | None:
    """One request as it was sent, already parsed; None where the object is no request. `model` stands in where it names
    none; `index` comes from `model_names.index`."""
    prompt = read_payload(value, path=f"requests[{number - 1}]", model=model)
    if prompt is None:
        return None
    named = prompt.model or ""
    found = model_names.find(named, index) if named else None
    return Request(number, place=prompt.path, load=partial(_same, prompt), model=found, model_name=named)


def of_record(record: Record, model: str | None, index: Mapping[str, Model], shelf: Shelf | None = None) -> Request:
    """A record with its prompt, where the log keeps it: at hand, or on the shelf. `model` stands in where the record
    names none."""
    body = _body(record)
    sender = Sender(record.place, record.model or model, record.provider)
    name = record.model or fields.text(body.get("model")) or fields.text(body.get("modelId")) or model or ""
    return Request(
        number=0,
        session=record.session or "",
        place=record.place,
        load=_load(body, sender, shelf) if wire.asks(body) else None,
        model=model_names.find(name, index) if name else None,
        model_name=name,
        usage=record.usage,
        at=record.at,
        service=record.service,
        geo=record.geo,
        is_correction=record.requests == 0,
        thread=record.thread or "",
        is_compacted=record.is_compacted,
        is_rebuilt=callable(record.request) and not wire.declared_ttls(body),
    )


def _body(record: Record) -> Mapping[str, Any]:
    """The request that a record was of; empty where the log does not keep it."""
    body = record.request() if callable(record.request) else record.request
    if isinstance(body, bytes):
        body = body.decode("utf-8", errors="replace")
    return mapping(body.lstrip() if isinstance(body, str) else body)


def _load(body: Mapping[str, Any], sender: Sender, shelf: Shelf | None) -> Callable[[], Prompt | None] | None:
    if shelf:
        return shelf.put(body, sender)
    prompt = sender.prompt(body)
    return partial(_same, prompt) if prompt else None


def _same(prompt: Prompt) -> Prompt:
    return prompt


def _bare(name: str, found: Read, model: str | None, index: Mapping[str, Model]) -> Iterator[Request]:
    """The payloads in a file that is no log: with places, as the file's text is at hand."""
    text = files.read_text(name)
    lines = text.split("\n") if opening.suffix(name) != ".json" else []
    prompts = read_prompts(name, text, named=True)
    if prompts:
        found.texts[name] = text
    for prompt in prompts:
        span = next((part.span for part in prompt.parts if part.span), None)
        line = files.line_and_column(text, span.start)[0] if span else 0
        wrapping = _wrapping(lines[line - 1]) if lines and line else {}
        named = prompt.model or model or ""
        yield Request(
            number=0,
            session=next((str(wrapping[key]) for key in _SESSIONS if wrapping.get(key)), ""),
            place=f"{name}:{line}" if lines else name,
            load=partial(_same, prompt if prompt.model or not model else replace(prompt, model=model)),
            model=model_names.find(named, index) if named else None,
            model_name=named,
            at=next((at for key in _TIMES if (at := fields.moment(wrapping.get(key)))), None),
        )


def _wrapping(line: str) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(line))
    except (ValueError, RecursionError):
        return {}


def _nothing(imported: Imported, names: Iterable[str]) -> list[Problem]:
    reasons = Counter({f"{reason} ({met.place})": met.count for reason, met in imported.skipped.items()})
    why = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(3))
    return [Problem("no request was found" + (f": {why}" if why else ""), ", ".join(list(names)[:3]))]
