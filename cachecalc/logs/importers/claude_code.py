"""Claude Code's session files, one JSON object a line.

An answer is written once for each of its content blocks, each time with the usage so far, so lines of one message are
merged: counting them all is the commonest error of tools that read these files, by a factor of 1.8 and more. The number
of output tokens is final only on the last line.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cachecalc.core.record import Record
from cachecalc.logs import fields
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.fields import Json, mapping
from cachecalc.logs.importers.importer import Importer
from cachecalc.logs.importers.wire import consulted, geo_of, service_of
from cachecalc.logs.usage import read_runs
from cachecalc.logs.usage.counts import Malformed

SYNTHETIC = "<synthetic>"
"""The model of messages that Claude Code writes itself, such as errors: nobody is billed for them."""


def _matches(value: Json) -> bool:
    """Other formats name a `sessionId`, too, but none has a message beside it, or a type in small letters."""
    kind = value.get("type")
    if "sessionId" in value:
        return isinstance(value.get("message"), dict) or (isinstance(kind, str) and kind.islower())
    return kind in _OWN_LINES if isinstance(kind, str) else False


_OWN_LINES = frozenset({"summary", "file-history-snapshot", "queue-operation"})


@dataclass(slots=True)
class _Threads:
    """Which conversation a line belongs to: the main one (""), or a side agent's, which older versions of Claude Code tell
    only by the line before each line; and those that were summed up since their last request."""

    roots: dict[str, str] = field(default_factory=dict)
    compacted: set[tuple[str | None, str]] = field(default_factory=set)

    def of(self, value: Json) -> str:
        if not value.get("isSidechain"):
            return ""
        if agent := fields.text(value.get("agentId")):
            return agent
        own, above = fields.text(value.get("uuid")) or "", fields.text(value.get("parentUuid")) or ""
        root = self.roots.get(above, own)
        self.roots[own] = root
        return root

    def learn(self, value: Json, thread: str) -> None:
        """Take note of a line that tells of no request."""
        if value.get("subtype") == "compact_boundary" or value.get("isCompactSummary") is True:
            self.compacted.add((fields.text(value.get("sessionId")), thread))

    def is_compacted(self, value: Json, thread: str) -> bool:
        """Whether a request is the first since its history was summed up."""
        key = fields.text(value.get("sessionId")), thread
        is_first = key in self.compacted
        self.compacted.discard(key)
        return is_first


def _read(values: Iterable[Json], at: Cursor) -> Iterator[Record]:
    held: Record | None = None
    threads = _Threads()
    for value in values:
        message = mapping(value.get("message"))
        raw = mapping(message.get("usage"))
        thread = threads.of(value)
        if not raw or message.get("model") == SYNTHETIC:
            threads.learn(value, thread)
            at.other(f"line of type {value.get('type') or 'unknown'}"[:60])
            continue
        is_compacted = bool(threads.compacted) and threads.is_compacted(value, thread)
        try:
            record, others = _record(value, message, raw, at, thread, is_compacted=is_compacted)
        except Malformed as fault:
            at.skip(str(fault))
            continue
        if held and held.id is not None and held.id == record.id:
            at.report.merged += 1
            held = max(record._replace(is_compacted=True) if held.is_compacted else record, held, key=_tokens)
            continue
        if held:
            yield held
        yield from others
        held = record
    if held:
        yield held


def _tokens(record: Record) -> int:
    return record.usage.input_tokens + (record.usage.output or 0) if record.usage else 0


def _record(
    value: Json, message: Json, raw: Json, at: Cursor, thread: str, *, is_compacted: bool
) -> tuple[Record, list[Record]]:
    """The request that a line tells of, and what models did that were consulted within it."""
    model = fields.text(message.get("model"))
    identity = _identity(value, message)
    usage, others = read_runs(raw, at.warn, model)
    record = Record(
        usage,
        model,
        fields.moment(value.get("timestamp")),
        "anthropic",
        fields.text(value.get("sessionId")),
        _tags(fields.text(value.get("cwd")), fields.text(value.get("gitBranch"))),
        service_of(raw.get("service_tier"), raw.get("speed")),
        geo_of(raw.get("inference_geo")),
        fields.usd(value.get("costUSD"), at.warn),
        1,
        None,
        identity,
        None,
        at.file,
        at.number,
        thread,
        is_compacted,
    )
    return record, [consulted(record, name, usage, number) for number, (name, usage) in enumerate(others, 1)]


@functools.lru_cache(1024)
def _tags(project: str | None, branch: str | None) -> Mapping[str, str]:
    return fields.tags(project=project, branch=branch)


def _identity(value: Json, message: Json) -> str | None:
    """The message and the request; gateways leave the request out."""
    written, request = message.get("id"), value.get("requestId")
    if isinstance(written, str):
        return f"{written} {request}" if isinstance(request, str) else written
    return fields.text(request) or fields.text(value.get("uuid"))


CLAUDE_CODE = Importer("claude-code", "Claude Code session files", _matches, _read)
