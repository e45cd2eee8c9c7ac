"""The forms of block-hash traces, and how to tell them apart."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

_MAX_LINE = 64 * 1024 * 1024
_MAX_LINES = 1000


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write a trace. `keys` are those a record is known by.

    `block` is the tokens of a block and `ticks` the steps of a timestamp in a second, where the form fixes them.
    """

    name: str
    keys: frozenset[str]
    block: int = 0
    ticks: int = 0


SESSIONS = Form("agent sessions", frozenset({"id", "block", "req"}))
RUNS = Form("runs", frozenset({"scope", "t", "block", "blocks", "input", "runs"}))
BAILIAN = Form("Bailian", frozenset({"timestamp", "input_length", "hash_ids", "chat_id"}), block=16, ticks=1)
MOONCAKE = Form("Mooncake", frozenset({"timestamp", "input_length", "hash_ids"}), block=512, ticks=1000)
FORMS = (SESSIONS, RUNS, BAILIAN, MOONCAKE)
"""The most particular one first."""

COLUMNS = ("timestamp", "input_length", "output_length", "hash_ids")
"""The keys that the Mooncake and Bailian forms share."""


def of_keys(keys: Collection[str]) -> Form | None:
    """The form of a record with these keys; None where it is no trace."""
    return next((form for form in FORMS if form.keys <= set(keys)), None)


def of_file(path: Path) -> Form | None:
    """The form of the first record of a file of JSON lines that has one."""
    with path.open("rb") as file:
        for _ in range(_MAX_LINES):
            line = file.readline(_MAX_LINE)
            if not line:
                break
            form = of_keys(_keys(line))
            if form:
                return form
    return None


def _keys(line: bytes) -> Collection[str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return ()
    return record if isinstance(record, dict) else ()
