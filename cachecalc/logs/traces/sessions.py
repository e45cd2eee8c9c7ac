"""Flatten traces of agent sessions into one record a request: the form `runs`, which an engine reads as it is.

A session is one line: `{"id", "block", "tool", "sys", "req": [[seconds, input, output, [[first, last], ...], ...], ...]}`.
Its times and its block ids are its own, so a session is a scope: nothing matches across two of them. `tool` and `sys`
are the tokens of the tools and of the system prompt: where a client would put its marks.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from cachecalc.core.replay.outcome import Skipped

MICROSECONDS = 1_000_000
MAX_TOKENS = 10**12
MAX_SECONDS = 10**11


@dataclass(slots=True)
class Flattener:
    """Numbers the sessions over all files of a log, and knows those it has seen. `marks` stand for sessions that say
    nothing of their own marks (tokens from the start of the prompt)."""

    marks: Sequence[int] = ()
    scopes: dict[str, int] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)

    def flatten(self, path: Path, name: str, target: Path) -> list[Skipped]:
        """Write the requests of a file of sessions to `target`; returns what could not be used."""
        faults: Counter[str] = Counter()
        first: dict[str, int] = {}
        with path.open("rb") as lines, target.open("wb") as out:
            for number, line in enumerate(lines, 1):
                for reason in self._flatten_line(line, out):
                    faults[reason] += 1
                    first.setdefault(reason, number)
        return [Skipped(name, reason, count, first[reason]) for reason, count in faults.items()]

    def _flatten_line(self, line: bytes, out: IO[bytes]) -> Iterator[str]:
        import msgspec

        if not line.strip():
            return
        digest = hashlib.blake2b(line.strip(), digest_size=16).digest()
        if digest in self.seen:
            yield "session written twice"
            return
        self.seen.add(digest)
        try:
            session = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            yield "not a JSON object"
            return
        if not _is_session(session):
            yield "not an agent session"
            return
        scope = self.scopes.setdefault(str(session["id"]), len(self.scopes) + 1)
        marks = _marks(session) or self.marks
        for request in session["req"]:
            record = _record(request, scope, session["block"], marks)
            if record is None:
                yield "request with impossible numbers or blocks"
            else:
                out.write(msgspec.json.encode(record) + b"\n")


def _is_session(session: Any) -> bool:
    return (
        isinstance(session, dict)
        and "id" in session
        and isinstance(session.get("req"), list)
        and _is_count(session.get("block"))
        and session["block"] > 0
    )


def _marks(session: Mapping[str, Any]) -> list[int]:
    """The ends of the tools and of the system prompt behind them, in tokens."""
    lengths: list[Any] = [session.get("tool"), session.get("sys")]
    return sorted({*itertools.accumulate(lengths)} - {0}) if all(map(_is_count, lengths)) else []


def _record(request: Any, scope: int, block: int, marks: Sequence[int]) -> dict[str, Any] | None:
    """One request as a record of `RUNS`; None where it cannot be one."""
    if not isinstance(request, list) or len(request) < 4:
        return None
    seconds, tokens, output, ranges = request[:4]
    if not (_is_time(seconds) and _is_count(tokens) and _is_count(output) and _are_ranges(ranges)):
        return None
    runs, blocks = _runs(ranges, tokens // block)
    depths = [depth for mark in marks if 0 < (depth := mark // block) <= blocks]
    return {
        "scope": scope,
        "session": scope,
        "t": round(seconds * MICROSECONDS),
        "block": block,
        "blocks": blocks,
        "input": tokens,
        "output": output,
        "tail": runs[-1]["last"] if runs else None,
        "marks": depths,
        "system": max(depths, default=0),
        "runs": runs,
    }


def _runs(ranges: Sequence[Sequence[int]], full: int) -> tuple[list[dict[str, Any]], int]:
    """Ranges of ids as runs with their positions, and how many blocks they hold: at most the `full` ones."""
    runs: list[dict[str, Any]] = []
    position, before = 0, None
    for low, high in ranges:
        last = min(high, low + full - position - 1)
        if last < low:
            break
        runs.append({"pos": position, "before": before, "lo": low, "last": last})
        position, before = position + last - low + 1, last
    return runs, position


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_TOKENS


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= MAX_SECONDS


def _are_ranges(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_range, value))


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_count, value)) and value[0] <= value[1]
