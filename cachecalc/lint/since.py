"""What a revision already had: the same files as they were then, linted with the same settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cachecalc.lint import gather, run
from cachecalc.lint.check import Checked
from cachecalc.lint.walk import Target
from cachecalc.load import git


def known_at(revision: str, result: run.Result, request: run.Request) -> frozenset[str]:
    """The fingerprints of the findings at the commit where the current branch left `revision`.

    Only files that changed, or have a finding now, are looked at again. A renamed file keeps its findings. Raises
    InputError outside a git repository and for an unknown revision.
    """
    root = git.top(request.root)
    base = git.merge_base(root, revision)
    changed = {str(root / change.path): change.before for change in git.changes(root, base)}
    if not changed:
        return frozenset(each.finding.fingerprint for each in result.found)
    by_path = {each.path: str(Path(each.path).resolve()) for each in result.checked}
    before = git.read(root, base, [name for name in changed.values() if name])
    contents = {path: before[name] for path, real in by_path.items() if (name := changed.get(real)) in before and name}
    old = replace(request, settings=replace(request.settings, contents=contents))
    with_findings = {each.finding.place.path for each in result.found}
    again = [path for path in by_path if path in contents or (path in with_findings and by_path[path] not in changed)]
    rechecked = {
        each.path: each for each in gather.gather([Target(path, 0, named=True) for path in again], old.settings)
    }
    opened = [rechecked.get(each.path, each) for each in result.checked if _was_there(each, by_path, changed)]
    return frozenset(each.finding.fingerprint for each in run.judged(opened, old).found)


def _was_there(checked: Checked, by_path: dict[str, str], changed: dict[str, str | None]) -> bool:
    return changed.get(by_path[checked.path], "unchanged") is not None
