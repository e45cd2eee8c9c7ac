"""One `cachecalc lint`: findings less those known before, their prices and dates, the fixes, and whether they fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import Finding, LintReport, Summary
from cachecalc.lint import baseline, mend, money, run, walk
from cachecalc.lint.check import Found, of_prompt
from cachecalc.lint.explain import explanations


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run fails. `fail_on` None: from a warning on, but for what `fail_over_usd` (a group's price) can judge.
    A finding whose group costs less than `min_usd` is a note."""

    fail_on: Level | None = None
    never: bool = False
    min_usd: Decimal | None = None
    fail_over_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What to do with findings. `workloads` price them, for the `month` (its label)."""

    workloads: Sequence[money.WorkloadCost] = ()
    month: str = ""
    limits: Limits = Limits()
    base: str | None = None
    baseline: str | None = None
    blame: bool = False
    fixes: mend.Wanted = mend.Wanted.NONE
    prove: bool = False
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The report, whether the run fails, and the files that fixes change (nothing is written here)."""

    report: LintReport
    fails: bool
    rewrites: tuple[mend.Rewrite, ...] = ()


def lint(request: run.Request, options: Options) -> Outcome:
    """Run, and say everything about what is left. Raises InputError as `run.run` does, and for a bad baseline or
    revision."""
    result = run.run(request)
    known = _known(result, request, options)
    rewrites = tuple(mend.rewrites(result, request, known, options.fixes))
    after = run.run(mend.with_rewrites(request, rewrites)) if rewrites else result
    found = [each for each in after.found if each.finding.fingerprint not in known]
    bill = money.bill(found, options.workloads, _hits(request), lambda path: walk.lasting_name(path, request.root))
    priced = [_noted(each, options.limits) for each in bill.found]
    findings = tuple(_sorted(each.finding for each in (_dated(priced, request) if options.blame else priced)))
    summary = Summary(
        files=sum(bool(each.prompts or each.problems) for each in after.checked),
        suppressed=after.suppressed,
        known=len(after.found) - len(found),
        unpriced=bill.unpriced,
        fixed=sum(rewrite.faults for rewrite in rewrites),
        usd_per_month=bill.total,
        assumed=bill.is_assumed,
        month=options.month,
    )
    proofs = tuple(mend.proofs(result, after, rewrites, options.workloads, request)) if options.prove else ()
    warnings = (*bill.warnings, *(text for rewrite in rewrites for text in rewrite.warnings))
    sources = tuple(explanations(found, options.workloads, request.settings)) if options.explain else ()
    report = LintReport(findings, summary, proofs, warnings, sources, _base())
    return Outcome(report, _fails(findings, options), rewrites)


def _known(result: run.Result, request: run.Request, options: Options) -> frozenset[str]:
    known = baseline.read(options.baseline) if options.baseline else frozenset[str]()
    if options.base is None:
        return known
    from cachecalc.lint import since

    return known | since.known_at(options.base, result, request)


def _dated(found: Sequence[Found], request: run.Request) -> list[Found]:
    from cachecalc.lint import blame

    return blame.dated(found, request.root, request.settings.today)


def _hits(request: run.Request) -> money.Hits:
    return lambda prompt: of_prompt(prompt, request.settings)


def _noted(found: Found, limits: Limits) -> Found:
    price = found.finding.group_usd_per_month
    small = price is not None and limits.min_usd is not None and price < limits.min_usd
    return found.revised(level=Level.NOTE) if small else found


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    """By money, then level, then place; the findings of one group together, where the dearest or worst of them is."""
    groups: dict[str, list[Finding]] = {}
    for number, finding in enumerate(findings):
        groups.setdefault(finding.group or str(number), []).append(finding)
    ordered = [sorted(group, key=_rank) for group in groups.values()]
    ordered.sort(key=lambda group: (-(group[0].group_usd_per_month or -1), _rank(group[0])))
    return [finding for group in ordered for finding in group]


def _rank(finding: Finding) -> tuple[Decimal, int, str, int, int, str]:
    usd = finding.usd_per_month if finding.usd_per_month is not None else Decimal(-1)
    place = finding.place
    return -usd, -finding.level, place.path, place.line, place.column, finding.code


def _base() -> str:
    """Where this run's relative paths start, seen from the root of the repository."""
    here = Path.cwd()
    root = walk.repository(here)
    return f"{here.relative_to(root).as_posix()}/".removeprefix("./") if root else ""


def _fails(findings: Iterable[Finding], options: Options) -> bool:
    gating = {workload.name for workload in options.workloads if workload.gates}
    return any(_fails_alone(finding, options.limits, gating) for finding in findings)


def _fails_alone(finding: Finding, limits: Limits, gating: set[str]) -> bool:
    """A price from a workload that is not calibrated judges nothing."""
    price = finding.group_usd_per_month
    if limits.fail_over_usd is not None and price is not None and gating.issuperset(finding.workload.split(", ")):
        if price > limits.fail_over_usd:
            return True
        if limits.fail_on is None:
            return False
    return not limits.never and finding.level >= (limits.fail_on or Level.WARNING)
