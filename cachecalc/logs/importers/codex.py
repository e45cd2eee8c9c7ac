"""Codex's session files, one event a line.

A `token_count` event repeats the session's running totals and says what the last request added. The same event can be
written twice, when only the rate limits changed; then the totals are those of the event before. `input_tokens` include
the cached ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cachecalc.core.record import Record, Usage
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, mapping
from cachecalc.logs.importers.importer import Importer
from cachecalc.logs.importers.wire import service_of
from cachecalc.logs.usage.counts import Malformed, count
from cachecalc.logs.usage.openai import read_responses

TOTALS = ("input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens", "reasoning_output_tokens")
BACKWARDS = "a session's running totals went down: taken as a new start"


@dataclass(slots=True)
class _Session:
    """What earlier lines said."""

    id: str | None = None
    model: str | None = None
    service: str | None = None
    project: str | None = None
    totals: tuple[int, ...] = ()


def _matches(value: Json) -> bool:
    return isinstance(value.get("payload"), dict) and isinstance(value.get("type"), str) and "timestamp" in value


def _read(values: Iterable[Json], at: Cursor) -> Iterator[Record]:
    session = _Session()
    for value in values:
        payload = mapping(value.get("payload"))
        if value.get("type") == "event_msg" and payload.get("type") == "token_count":
            try:
                yield from _counted(value, mapping(payload.get("info")), session, at)
            except Malformed as fault:
                at.skip(str(fault))
        else:
            _learn(value, payload, session)
            at.other(f"event of type {value.get('type')}"[:60])


def _learn(value: Json, payload: Json, session: _Session) -> None:
    if value.get("type") == "session_meta":
        session.id = fields.text(payload.get("id")) or session.id
        session.project = fields.text(payload.get("cwd")) or session.project
    elif value.get("type") == "turn_context":
        session.model = fields.text(payload.get("model")) or session.model
        session.service = service_of(payload.get("service_tier"))


def _counted(value: Json, info: Json, session: _Session, at: Cursor) -> Iterator[Record]:
    last, total = mapping(info.get("last_token_usage")), mapping(info.get("total_token_usage"))
    if not last and not total:
        at.other("event of type token_count without tokens")
        return
    before = session.totals
    totals = tuple(count(total.get(name)) or 0 for name in TOTALS)
    if total:
        if totals == before:
            at.report.merged += 1
            return
        session.totals = totals
    usage = read_responses(last or _added(before, totals, at), at.warn, "")
    yield _record(value, info, usage, session, at)


def _added(before: tuple[int, ...], totals: tuple[int, ...], at: Cursor) -> Json:
    """What the last request added to the totals, for sessions that do not say it."""
    if any(new < old for old, new in zip(before, totals, strict=False)):
        at.warn(BACKWARDS)
        before = ()
    old = before or (0,) * len(TOTALS)
    return {name: new - was for name, new, was in zip(TOTALS, totals, old, strict=True)}


def _record(value: Json, info: Json, usage: Usage, session: _Session, at: Cursor) -> Record:
    moment = fields.moment(value.get("timestamp"))
    spent = (usage.input, usage.cache_read, usage.output)
    return Record(
        usage,
        fields.text(info.get("model")) or session.model,
        moment,
        "openai",
        session.id,
        fields.tags(project=session.project),
        session.service,
        id=f"codex {value.get('timestamp')} {spent} {session.totals}" if moment else None,
        path=at.file,
        line=at.number,
    )


CODEX = Importer("codex", "Codex session files", _matches, _read)
