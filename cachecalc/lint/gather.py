"""Every file to what was found in it: in this process, or in two where there is enough to do. Order is the files'."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cachecalc.core.problem import InputError
from cachecalc.lint import read
from cachecalc.lint.check import Checked, Settings, check
from cachecalc.lint.walk import Target

if TYPE_CHECKING:
    from cachecalc.load.python import Project

ENOUGH_BYTES = 1_500_000
"""Below this, starting processes costs more than they save."""

CHUNKS_PER_PROCESS = 16


def gather(targets: Sequence[Target], settings: Settings, processes: int = 2) -> Iterator[Checked]:
    """Check every file, in order."""
    with _without_collection():
        yield from _gather(targets, settings, processes)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Syntax trees are many objects and no garbage: the collector would only walk them again and again. Worker processes
    inherit this."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _gather(targets: Sequence[Target], settings: Settings, processes: int) -> Iterator[Checked]:
    if processes < 2 or len(targets) < 2 or sum(target.bytes for target in targets) < ENOUGH_BYTES:
        modules = project(settings)
        yield from (_check_file(target, settings, modules) for target in targets)
        return
    from concurrent.futures import ProcessPoolExecutor

    import cachecalc.load.python  # noqa: F401  # workers inherit what is loaded before they are forked

    chunks = list(_chunks(targets, processes * CHUNKS_PER_PROCESS))
    with ProcessPoolExecutor(min(processes, len(chunks))) as pool:
        started = [pool.submit(_check_chunk, chunk, settings) for chunk in chunks]
        for done in started:
            yield from done.result()


def _check_chunk(targets: Sequence[Target], settings: Settings) -> list[Checked]:
    """A worker's share. Workers live as long as one run, so what they keep cannot grow old."""
    contents = tuple(settings.contents.items())
    return [_check_file(target, settings, lambda: _shared(settings.roots, contents)) for target in targets]


@functools.cache
def _shared(roots: tuple[str, ...], contents: tuple[tuple[str, bytes], ...]) -> Project:
    return _project(roots, dict(contents))


def project(settings: Settings) -> Callable[[], Project]:
    """Where imports are looked up, made when the first Python file is read: the reader is slow to load."""
    return functools.cache(lambda: _project(settings.roots, settings.contents))


def _project(roots: tuple[str, ...], contents: Mapping[str, bytes]) -> Project:
    from cachecalc.load.python import Project

    return Project(roots, contents)


def _check_file(target: Target, settings: Settings, modules: Callable[[], Project]) -> Checked:
    try:
        if not target.named and read.is_python(target.path) and modules().is_test(target.path):
            return Checked(target.path)
        raw = settings.contents.get(target.path)
        raw = read.raw_of(target.path, named=target.named) if raw is None else raw
        if raw is None:
            return Checked(target.path)
        return check(target.path, raw, settings, modules, named=target.named)
    except InputError as error:
        return Checked(target.path, opened=True, named=target.named, problems=error.problems)
    except Exception as error:
        error.add_note(f"while linting {target.path}")
        raise


def _chunks(targets: Sequence[Target], number: int) -> Iterator[Sequence[Target]]:
    """Neighbouring files together, in pieces of about the same size."""
    share = sum(target.bytes for target in targets) / number
    start, size = 0, 0
    for index, target in enumerate(targets, 1):
        size += target.bytes
        if size >= share or index == len(targets):
            yield targets[start:index]
            start, size = index, 0
