"""The forms of block-hash traces, and how to tell them apart."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

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


MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a record shows of its log. `has_names`: block ids are texts, or numbers too large to be counted with."""

    form: Form
    has_names: bool = False


def of_keys(keys: Collection[str]) -> Form | None:
    """The form of a record with these keys; None where it is no trace."""
    return next((form for form in FORMS if form.keys <= set(keys)), None)


def of_lines(lines: Iterable[bytes]) -> Sniffed | None:
    """By the first line that is a record of a trace."""
    for record in map(_record, itertools.islice(lines, _MAX_LINES)):
        form = of_keys(record)
        if form:
            return Sniffed(form, has_names=_has_names(record.get("hash_ids")))
    return None


def first_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.readline, _MAX_LINE), b"")


def _record(line: bytes) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _has_names(ids: Any) -> bool:
    values = [value for value in ids if value is not None] if isinstance(ids, list) else []
    return any(isinstance(value, str) or (isinstance(value, int) and abs(value) > MAX_ID) for value in values)
