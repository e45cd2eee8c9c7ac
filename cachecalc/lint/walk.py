"""From paths on a command line to the files to look at, in a stable order."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cachecalc.core.problem import InputError, Problem

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SKIPPED_DIRECTORIES = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})


@dataclass(frozen=True, slots=True)
class Target:
    """A file to look at. `named`: the user named it, so no ignore pattern applies, and it is a prompt whatever it looks
    like."""

    path: str
    bytes: int
    named: bool = False


@dataclass(frozen=True, slots=True)
class _Ignore:
    """The patterns of one ignore file, and the absolute directory they are relative to, with a slash at its end."""

    base: str
    patterns: GitIgnoreSpec


def files(
    paths: Iterable[str], exclude: tuple[str, ...] = (), root: Path = Path(), *, as_found: bool = False
) -> list[Target]:
    """Every file named in `paths` or found below a directory in it, each once, sorted within a directory.

    Hidden entries, virtual environments, `node_modules`, symbolic links and what `.gitignore` files or `exclude`
    (gitignore patterns relative to `root`) name are passed over, unless named themselves; `as_found` says that nobody
    named them: then `exclude` holds for them as well. Raises InputError with every path that does not exist.
    """
    paths = list(paths)
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise InputError([Problem("no such file or directory", path) for path in missing])
    excluded = (_Ignore(_directory(root.resolve()), _compile(exclude)),) if exclude else ()
    found = {target.path: target for path in paths for target in _below(Path(path), excluded)}
    if not as_found:
        return list(found.values())
    return [replace(it, named=False) for it in found.values() if not _is_excluded(it, excluded)]


def _is_excluded(target: Target, excluded: tuple[_Ignore, ...]) -> bool:
    return target.named and _is_ignored(Path(target.path).resolve().as_posix(), excluded)


def repository(start: Path) -> Path | None:
    """The nearest directory at or above `start` that holds a `.git`."""
    return next((path for path in (start, *start.parents) if (path / ".git").exists()), None)


def lasting_name(path: str, root: Path) -> str:
    """A file's name that does not depend on where the command is run: relative to the root, if it is below it."""
    real = Path(path).absolute()
    return real.relative_to(root).as_posix() if real.is_relative_to(root) else path


def _below(path: Path, excluded: tuple[_Ignore, ...]) -> Iterator[Target]:
    if path.is_dir():
        real = path.resolve()
        yield from _walk("" if path == Path() else _directory(path), _directory(real), (*excluded, *_above(real)))
    else:
        yield Target(path.as_posix(), path.stat().st_size, named=True)


def _walk(shown: str, real: str, ignores: tuple[_Ignore, ...]) -> Iterator[Target]:
    try:
        entries = {entry.name: entry for entry in os.scandir(real)}
    except OSError:
        return  # a directory that may not be listed hides its files; it breaks nothing
    if "pyvenv.cfg" in entries:
        return
    if ".gitignore" in entries:
        ignores = (*ignores, *_read(Path(real)))
    for name, entry in sorted(entries.items()):
        if name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if name not in SKIPPED_DIRECTORIES and not _is_ignored(f"{real}{name}/", ignores):
                yield from _walk(f"{shown}{name}/", f"{real}{name}/", ignores)
        elif entry.is_file(follow_symlinks=False) and not _is_ignored(real + name, ignores):
            yield Target(shown + name, entry.stat(follow_symlinks=False).st_size)


def _above(directory: Path) -> tuple[_Ignore, ...]:
    """The ignore files between the root of the repository and `directory`, unless they ignore it: then the user asked
    for it all the same."""
    root = repository(directory)
    if root is None or root == directory:
        return ()
    between = [root, *reversed([parent for parent in directory.parents if root in parent.parents])]
    ignores = tuple(ignore for parent in between for ignore in _read(parent))
    ignored = any(_is_ignored(_directory(path), ignores) for path in (*between[1:], directory))
    return () if ignored else ignores


def _read(directory: Path) -> tuple[_Ignore, ...]:
    try:
        lines = (directory / ".gitignore").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return (_Ignore(_directory(directory), _compile(lines)),)


def _directory(path: Path) -> str:
    return path.as_posix().rstrip("/") + "/"


def _compile(lines: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _is_ignored(path: str, ignores: tuple[_Ignore, ...]) -> bool:
    """Git's rule: the innermost file with an opinion decides. A directory's path ends in a slash."""
    for ignore in reversed(ignores):
        if path.startswith(ignore.base):
            verdict = ignore.patterns.check_file(path.removeprefix(ignore.base)).include
            if verdict is not None:
                return verdict
    return False
