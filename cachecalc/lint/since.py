"""What a revision already had: the same files as they were then, linted with the same settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cachecalc.lint import gather, run
from cachecalc.lint.walk import Target
from cachecalc.load import git


def known_at(revision: str, result: run.Result, request: run.Request) -> frozenset[str]:
    """The fingerprints of the findings at the commit where the current branch left `revision`.

    Only files that changed, or have a finding now, are looked at again, with the files that they name as those were
    then. A renamed file keeps its findings, under its new name. Raises InputError outside a git repository and for an
    unknown revision.
    """
    root = git.top(request.root)
    base = git.merge_base(root, revision)
    changed = {str(root / change.path): change.before for change in git.changes(root, base)}
    if not changed:
        return frozenset(each.finding.fingerprint for each in result.found)
    shown = {str(Path(each.path).resolve()): each.path for each in result.checked}
    before = git.read(root, base, [name for name in changed.values() if name])
    contents = {str(root / name): raw for name, raw in before.items()}  # what is renamed has its old name, too
    contents |= {shown.get(path, path): before[name] for path, name in changed.items() if name and name in before}
    old = replace(request, settings=replace(request.settings, contents=contents))
    there = [each for path, each in zip(shown, result.checked, strict=True) if changed.get(path, "unchanged")]
    with_findings = {path for each in result.found for path in (each.finding.place.path, each.prompt.path)}
    again = [each for each in there if each.path in contents or each.path in with_findings]
    found = gather.gather([Target(each.path, 0, each.named) for each in again], old.settings)
    rechecked = {each.path: each for each in found}
    opened = [rechecked.get(each.path, each) for each in there]
    return frozenset(each.finding.fingerprint for each in run.judged(opened, old).found)
