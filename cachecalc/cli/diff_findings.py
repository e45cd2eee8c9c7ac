"""Lint findings that one git revision has and another has not, priced by the same workloads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from cachecalc.cli import lint_run
from cachecalc.cli.revisions import Revision
from cachecalc.core.estimate.workload import Calendar, Workload
from cachecalc.core.lint_report import Finding
from cachecalc.lint import session, traffic, walk
from cachecalc.lint.money import WorkloadCost
from cachecalc.lint.run import Request
from cachecalc.load import git


def between(
    earlier: Revision, later: Revision, workloads: Sequence[Workload], calendar: Calendar
) -> tuple[list[Finding], list[Finding]]:
    """New and gone findings of the files that the revisions do not have alike. A workload claims the file of its own
    prompt beside its sources."""
    names = git.changed_between(later.root, earlier.commit, later.commit)
    claiming = [replace(workload, sources=_sources(workload, later.root)) for workload in workloads]
    before, after = (_findings(side, names, claiming, calendar) for side in (earlier, later))
    new = [finding for name, finding in after.items() if name not in before]
    return new, [finding for name, finding in before.items() if name not in after]


def _sources(workload: Workload, root: Path) -> tuple[str, ...]:
    path = workload.prompt.path
    return (*workload.sources, walk.lasting_name(path, root.resolve())) if path else workload.sources


def _findings(
    side: Revision, names: Iterable[str], workloads: Sequence[Workload], calendar: Calendar
) -> dict[str, Finding]:
    """By fingerprint, those that cost something or have no price. Paths are those the repository knows."""
    root = side.root.resolve()
    contents = {str(root / name): raw for name, raw in git.read(side.root, side.commit, names).items()}
    if not contents:
        return {}
    costs = traffic.costs(workloads, calendar, None)
    request = _request(root, contents, costs)
    found = session.lint(request, session.Options(workloads=costs, month=calendar.label)).report.findings
    return {each.fingerprint: _named(each, root) for each in found if each.usd_per_month != 0}


def _request(root: Path, contents: dict[str, bytes], costs: Sequence[WorkloadCost]) -> Request:
    """Lint as the project is configured, over texts instead of files on disk."""
    request = lint_run.request(lint_run.Given(paths=(str(root),)))
    models = tuple((cost.sources, cost.model) for cost in costs)
    settings = replace(request.settings, contents=contents, root=str(root), roots=(), models=models)
    return replace(request, paths=(), settings=settings)


def _named(finding: Finding, root: Path) -> Finding:
    return replace(finding, place=replace(finding.place, path=walk.lasting_name(finding.place.path, root)))
