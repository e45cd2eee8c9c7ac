"""Files of another revision and the age of a line, read through `git`; nothing is checked out or written."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cachecalc.core.problem import InputError, Problem

_UNCOMMITTED = "0" * 40


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs from a revision, or is gone. `before` is its path there, None where it is new."""

    path: str
    before: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """The commit that last changed a line; None where the line is not committed."""

    commit: str | None
    date: dt.date | None


def top(start: Path) -> Path:
    """The root of the work tree that holds `start`. Raises InputError where there is none."""
    directory = start if start.is_dir() else start.parent
    return Path(_git(directory, "rev-parse", "--show-toplevel").decode().rstrip("\n"))


def commit(root: Path, revision: str) -> str:
    """The full hash of the commit that a name means. Raises InputError for an unknown name."""
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except InputError:
        hint = "in CI, fetch it first: a shallow clone has only the newest commit"
        raise InputError([Problem(f"git knows no revision {revision!r}", help=hint)]) from None
    return found.decode().strip()


def merge_base(root: Path, revision: str) -> str:
    """Where the current branch left `revision`: what the branch changed is what differs from there. The revision
    itself where the two share no history."""
    try:
        return _git(root, "merge-base", commit(root, revision), "HEAD").decode().strip()
    except InputError:
        return commit(root, revision)


def changes(root: Path, revision: str) -> tuple[Change, ...]:
    """The files of the work tree that differ from a revision, untracked and deleted ones too."""
    diff = _git(root, "diff", "--name-status", "-z", "-M", "--no-ext-diff", revision)
    untracked = _git(root, "ls-files", "-z", "--others", "--exclude-standard")
    fields = iter(_names(diff))
    found = [_change(status, fields) for status in fields]
    return (*found, *(Change(path, None) for path in _names(untracked)))


def changed_between(root: Path, before: str, after: str) -> tuple[str, ...]:
    """The files that two revisions do not have alike, under either revision's name."""
    return tuple(_names(_git(root, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", before, after)))


def _change(status: str, fields: Iterable[str]) -> Change:
    following = iter(fields)
    first = next(following)
    if status[0] in "RC":
        return Change(next(following), first)
    return Change(first, None if status == "A" else first)


def files(root: Path, revision: str) -> tuple[str, ...]:
    """Every file of a revision, relative to the root."""
    return tuple(_names(_git(root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", revision)))


def read(root: Path, revision: str, paths: Iterable[str]) -> dict[str, bytes]:
    """The content of those of `paths` that are files of the revision."""
    wanted = [path for path in paths if "\n" not in path]  # the batch protocol has no way to name the others
    request = "".join(f"{revision}:{path}\n" for path in wanted).encode()
    answer = _git(root, "cat-file", "--batch", stdin=request) if wanted else b""
    found: dict[str, bytes] = {}
    position = 0
    for path in wanted:
        end = answer.index(b"\n", position)
        header = answer[position:end].split(b" ")
        position = end + 1
        if header[-1] == b"missing":
            continue
        size = int(header[-1])
        if header[-2] == b"blob":
            found[path] = answer[position : position + size]
        position += size + 1
    return found


def blame(root: Path, path: Path, line: int) -> Origin:
    """The commit that last changed a line. Who wrote it is not read."""
    try:
        answer = _git(root, "blame", "--porcelain", "-L", f"{line},{line}", "--", str(path.resolve()))
    except InputError:
        return Origin(None, None)  # an untracked file has no history
    lines = answer.decode("utf-8", "replace").splitlines()
    found = lines[0].split(" ")[0]
    if found == _UNCOMMITTED:
        return Origin(None, None)
    seconds = next(int(text.split(" ")[1]) for text in lines if text.startswith("committer-time "))
    return Origin(found, dt.datetime.fromtimestamp(seconds, dt.UTC).date())


def _names(answer: bytes) -> list[str]:
    return [name.decode("utf-8", "surrogateescape") for name in answer.split(b"\0") if name]


def _git(directory: Path, *arguments: str, stdin: bytes | None = None) -> bytes:
    command = ["git", "-C", str(directory), "-c", "core.fsmonitor=false", "-c", "core.quotepath=off", *arguments]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)  # noqa: S603  # no shell, no user text as option
    except FileNotFoundError:
        raise InputError("git is not installed", help="it is needed for --base and --blame") from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["git failed"]
        raise InputError([Problem(reason[0].removeprefix("fatal: "), str(directory))])
    return done.stdout
