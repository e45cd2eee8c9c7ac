"""Find out what the files of a log are, and bring them to forms that an engine reads as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.replay.outcome import Skipped
from cachecalc.logs import open as opening
from cachecalc.logs.replay.engine import Engine, Source
from cachecalc.logs.traces import forms
from cachecalc.logs.traces.forms import Form
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
        form = forms.of_keys(engine.keys(name))
        sources.ready.append(_source(name, name, form, reading, is_parquet=name.endswith(".parquet")))
        return
    plain = stage(name, spare)
    if plain.is_damaged:
        sources.skipped.append(Skipped(name, DAMAGED, 1))
    path, in_parquet = plain.path, is_parquet(plain.path)
    form = forms.of_keys(engine.keys(str(path))) if in_parquet else forms.of_file(path)
    if form is forms.SESSIONS and not in_parquet:
        path, form = spare.with_suffix(".runs"), forms.RUNS
        sources.skipped += flattener.flatten(plain.path, name, path)
    sources.ready.append(_source(name, str(path), form, reading, is_parquet=in_parquet))


def _source(name: str, path: str, form: Form | None, reading: Reading, *, is_parquet: bool) -> Source:
    if form is None or form is forms.SESSIONS:
        raise InputError([Problem(NO_TRACE, name, help="docs/replay.md shows the forms that are read")])
    return Source(name, path, form, reading.block or form.block, is_parquet=is_parquet)
