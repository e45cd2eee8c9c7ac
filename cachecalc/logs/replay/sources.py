"""Find out what the files of a log are, and bring them to forms that an engine reads as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.replay.outcome import Skipped
from cachecalc.logs import open as opening
from cachecalc.logs.replay.engine import Engine, Source
from cachecalc.logs.traces import forms
from cachecalc.logs.traces.forms import Sniffed
from cachecalc.logs.traces.sessions import Flattener
from cachecalc.logs.traces.stage import DAMAGED, is_parquet, stage

NO_TRACE = "not a block-hash trace"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the files of a log are to be read: `block` tokens to a block id where the form leaves it open (0: as usual
    for the form), and `marks`, in tokens, for requests whose own are not recorded."""

    block: int = 0
    marks: tuple[int, ...] = ()


@dataclass(slots=True)
class Sources:
    """Files ready to be read, and what was set aside on the way."""

    ready: list[Source] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def gather(names: Sequence[str], folder: Path, engine: Engine, reading: Reading) -> Sources:
    """`folder` takes what has to be unpacked or rewritten. Addresses such as `s3a://bucket/log` are left to the engine.

    Raises InputError where a named file is no trace, or nothing is found; files of a named folder are skipped instead.
    """
    sources, flattener = Sources(), Flattener(reading.marks)
    problems: list[Problem] = []
    remote = [name for name in names if "://" in name]
    local = opening.files(name for name in names if "://" not in name)
    for number, name in enumerate([*remote, *local]):
        try:
            _add(name, folder / f"log-{number}", engine, reading, flattener, sources)
        except InputError as error:
            if name in names:
                problems += error.problems
            else:
                sources.skipped += (Skipped(name, problem.message, 1) for problem in error.problems)
    if not sources.ready and not problems:
        problems = [Problem("no block-hash trace found", name) for name in names]
    if problems:
        raise InputError(problems)
    return sources


def _add(name: str, spare: Path, engine: Engine, reading: Reading, flattener: Flattener, sources: Sources) -> None:
    """`spare` is a path that can be written to."""
    if "://" in name:
        sources.ready.append(_remote(name, engine, reading))
        return
    plain = stage(name, spare)
    if plain.is_damaged:
        sources.skipped.append(Skipped(name, DAMAGED, 1))
    if is_parquet(plain.path):
        sources.ready.append(_parquet(name, str(plain.path), engine, reading))
        return
    path, found = plain.path, forms.of_lines(forms.first_lines(plain.path))
    if found and found.form is forms.SESSIONS:
        path, found = spare.with_suffix(".runs"), Sniffed(forms.RUNS)
        sources.skipped += flattener.flatten(plain.path, name, path)
    sources.ready.append(_lines(name, str(path), found, reading))


def _remote(name: str, engine: Engine, reading: Reading) -> Source:
    head = engine.head(name)
    if head and head[0].startswith(b"PAR1"):
        return _parquet(name, name, engine, reading)
    found = forms.of_lines(head)
    return _lines(name, name, None if found and found.form is forms.SESSIONS else found, reading)


def _parquet(name: str, path: str, engine: Engine, reading: Reading) -> Source:
    columns = engine.columns(path)
    form = forms.of_keys(columns)
    if form is None or form is forms.SESSIONS:
        raise _no_trace(name)
    ids = columns.get("hash_ids", "")
    has_names = not re.fullmatch(r"(array<)?(tinyint|smallint|int|integer|bigint)(\[]|>)", ids, re.IGNORECASE)
    return Source(name, path, form, reading.block or form.block, columns, has_names and bool(ids))


def _lines(name: str, path: str, found: Sniffed | None, reading: Reading) -> Source:
    if found is None:
        raise _no_trace(name)
    return Source(name, path, found.form, reading.block or found.form.block, has_names=found.has_names)


def _no_trace(name: str) -> InputError:
    return InputError([Problem(NO_TRACE, name, help="docs/replay.md shows the forms that are read")])
