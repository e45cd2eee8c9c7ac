"""Lint findings that one git revision has and another has not, priced by the same workloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cachecalc.cli import lint_run
from cachecalc.cli.revisions import Revision
from cachecalc.core.difference import Cause, first_edit
from cachecalc.core.estimate.workload import Calendar, Workload
from cachecalc.core.lint_report import Finding
from cachecalc.core.prompt import Prompt
from cachecalc.lint import run, session, traffic, walk
from cachecalc.lint.money import WorkloadCost
from cachecalc.lint.run import Request
from cachecalc.load import git


@dataclass(frozen=True, slots=True)
class Edits:
    """Findings that came and went, and by workload what edits of the code it claims make a month."""

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    sources: Mapping[str, tuple[Cause, ...]]


def between(earlier: Revision, later: Revision, workloads: Sequence[Workload], calendar: Calendar) -> Edits:
    """The findings of the files that the revisions do not have alike, and the cost of their prompts where a workload
    claims them and has no prompt file of its own. A workload claims the file of its own prompt beside its sources."""
    names = git.changed_between(later.root, earlier.commit, later.commit)
    claiming = [replace(workload, sources=_sources(workload, later.root)) for workload in workloads]
    costs = traffic.costs(claiming, calendar, None)
    requests = [_request(side, names, costs) for side in (earlier, later)]
    before, after = (_findings(request, costs, calendar) for request in requests)
    was, is_now = (_prompts(request) for request in requests)
    typed = [cost for cost, workload in zip(costs, workloads, strict=True) if not workload.prompt.path]
    return Edits(
        new=tuple(finding for name, finding in after.items() if name not in before),
        gone=tuple(finding for name, finding in before.items() if name not in after),
        sources={cost.name: tuple(_dearest_edit(cost, was, is_now)) for cost in typed},
    )


def _prompts(request: Request) -> dict[tuple[str, str], Prompt]:
    """By file and name."""
    if not request.settings.contents:
        return {}
    root = Path(request.settings.root)
    found = ((walk.lasting_name(prompt.path, root), prompt) for prompt in run.run(request).prompts)
    return {(name, prompt.name): prompt for name, prompt in found}


def _dearest_edit(
    cost: WorkloadCost, before: Mapping[tuple[str, str], Prompt], after: Mapping[tuple[str, str], Prompt]
) -> Iterator[Cause]:
    """Each request sends one of the prompts that a workload claims, and nobody said how often which: of their edits the
    one that moves the bill most counts."""
    causes = []
    for key, now in after.items():
        if key in before and cost.claims(now, key[0]):
            part, gone = first_edit(before[key], now)
            usd = cost.cost_like(now)(now) - cost.cost_like(before[key])(before[key])
            causes.append(Cause("source", usd, part, gone, (before[key] if gone else now).path))
    moving = [cause for cause in causes if cause.usd]
    if moving:
        yield max(moving, key=lambda cause: abs(cause.usd))


def _sources(workload: Workload, root: Path) -> tuple[str, ...]:
    path = workload.prompt.path
    return (*workload.sources, walk.lasting_name(path, root.resolve())) if path else workload.sources


def _findings(request: Request, costs: Sequence[WorkloadCost], calendar: Calendar) -> dict[str, Finding]:
    """By fingerprint, those that cost something or have no price. Paths are those the repository knows."""
    if not request.settings.contents:
        return {}
    found = session.lint(request, session.Options(workloads=costs, month=calendar.label)).report.findings
    root = Path(request.settings.root)
    return {each.fingerprint: _named(each, root) for each in found if each.usd_per_month != 0}


def _request(side: Revision, names: Iterable[str], costs: Sequence[WorkloadCost]) -> Request:
    """Lint as the project is configured, over texts of a revision instead of files on disk."""
    root = side.root.resolve()
    contents = {str(root / name): raw for name, raw in git.read(side.root, side.commit, names).items()}
    request = lint_run.request(lint_run.Given(paths=(str(root),)))
    models = tuple((cost.sources, cost.model) for cost in costs)
    settings = replace(request.settings, contents=contents, root=str(root), roots=(), models=models)
    return replace(request, paths=(), settings=settings)


def _named(finding: Finding, root: Path) -> Finding:
    return replace(finding, place=replace(finding.place, path=walk.lasting_name(finding.place.path, root)))
