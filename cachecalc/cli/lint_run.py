"""`cachecalc lint` behind its flags: the configuration merged in, the session run, its result written."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from cachecalc.cli import calendar, errors, output
from cachecalc.cli.lint import FailOn, Format, Sureness
from cachecalc.core import rules
from cachecalc.core.finding import Level
from cachecalc.core.lint_report import LintReport
from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Confidence
from cachecalc.lint import baseline, mend, select, session, walk
from cachecalc.lint.check import Settings
from cachecalc.lint.money import WorkloadCost
from cachecalc.lint.run import Request
from cachecalc.load import config as configuration
from cachecalc.report.terminal import Style

DEFAULT_BASELINE = "cachecalc-baseline.json"


@dataclass(frozen=True, slots=True)
class Given:
    """The command line as it was given."""

    paths: tuple[str, ...] = (".",)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    confidence: Sureness | None = None
    model: str | None = None
    traffic: Path | None = None
    workload: str | None = None
    month: str | None = None
    pricing: Path | None = None
    fail_on: FailOn | None = None
    min_usd: str | None = None
    fail_over_usd: str | None = None
    base: str | None = None
    baseline: Path | None = None
    write_baseline: bool = False
    blame: bool = False
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    prove: bool = False
    statistics: bool = False
    explain: bool = False
    use_ignores: bool = True
    as_found: bool = False
    stdin_filename: str = "stdin.txt"
    config: Path | None = None
    format: Format = Format.AUTO
    to: Path | None = None


def run(given: Given) -> int:
    """Lint as told; the exit code."""
    _check(given)
    config = _config(given)
    workloads, month = _workloads(given, config)
    request = _request(given, config, workloads)
    options = _options(given, config, workloads, month)
    outcome = session.lint(request, options)
    if given.write_baseline:
        return _write_baseline(outcome.report, given, config)
    if given.diff:
        output.write(_diff(outcome.rewrites, given.to), given.to)
        return errors.FOUND if outcome.rewrites or outcome.fails else errors.CLEAN
    if given.fix:
        for rewrite in outcome.rewrites:
            output.write_atomically(Path(rewrite.path).resolve(), rewrite.after)
    output.write(_render(outcome.report, given), given.to)
    return errors.FOUND if outcome.fails else errors.CLEAN


def request(given: Given) -> Request:
    """What to read and with which rules, for commands that only want the prompts."""
    config = _config(given)
    return _request(given, config, _workloads(given, config)[0])


def _config(given: Given) -> configuration.Config:
    return configuration.load(given.config) if given.config else configuration.discover(_start(given))


def _check(given: Given) -> None:
    """Flags that make no sense together, or alone."""
    if "-" in given.paths and (len(given.paths) > 1 or given.fix):
        raise InputError("standard input cannot be fixed in place or mixed with files", help="use --diff")
    if given.unsafe_fixes and not (given.fix or given.diff or given.prove):
        raise InputError("--unsafe-fixes says which fixes, not what to do with them", help="add --fix or --diff")
    if given.fix and given.diff:
        raise InputError("--fix writes files and --diff does not", help="use one of them")


def _start(given: Given) -> Path:
    """Where the search for a configuration begins."""
    first = Path(given.paths[0])
    return Path() if given.paths[0] == "-" else first if first.is_dir() else first.parent


def _request(given: Given, config: configuration.Config, workloads: Sequence[WorkloadCost]) -> Request:
    here = Path.cwd()
    root = config.directory.resolve() if config.path else walk.repository(here) or here
    ignored = {pattern: tuple(words) for pattern, words in config.per_path_ignores.items()}
    chosen = select.selection(rules.ALL, given.select or config.select, (*given.ignore, *config.ignore), ignored)
    contents = {given.stdin_filename: sys.stdin.buffer.read()} if "-" in given.paths else {}
    prices = _file(given.pricing, config.pricing, config)
    settings = Settings(
        codes=chosen.codes,
        today=calendar.today(),
        root=str(root),
        model=_model(given.model or config.model, prices),
        models=tuple((workload.sources, workload.model) for workload in workloads),
        pricing=prices,
        roots=_roots(given.paths, root),
        contents=contents,
    )
    return Request(
        paths=tuple(path for path in given.paths if path != "-"),
        settings=settings,
        exclude=config.exclude,
        as_found=given.as_found,
        ignored_in=chosen.ignored_in,
        confidence=_confidence(given, config),
        use_ignores=given.use_ignores,
    )


def _model(name: str | None, prices: str | None) -> str | None:
    """The model that prompts without one are sent to. Raises InputError for a name nobody knows."""
    if name is None:
        return None
    from cachecalc.core import model_names
    from cachecalc.load import pricing

    table = pricing.load(prices)
    return name if model_names.find(name, model_names.index(table)) else table.find(name).id


def _roots(paths: Sequence[str], root: Path) -> tuple[str, ...]:
    """Where imports are looked up, spelled as the paths are: the project, and what lies outside it by itself."""
    given = [Path(path) for path in paths if path != "-"]
    outside = [path for path in given if not path.resolve().is_relative_to(root)]
    inside = [path for path in given if path not in outside]
    roots = [str(root)] if any(path.is_absolute() for path in inside) else []
    roots += [".", os.path.relpath(root)] if not all(path.is_absolute() for path in inside) else []
    return tuple(dict.fromkeys([*roots, *map(str, outside)]))


def _confidence(given: Given, config: configuration.Config) -> Confidence:
    if given.confidence is not None:
        return Confidence[given.confidence.name]
    return config.confidence or Confidence.LIKELY


def _file(given: Path | None, configured: str | None, config: configuration.Config) -> str | None:
    """A file named on the command line, else in the configuration, relative to it."""
    if given is not None:
        return str(given)
    return str(config.directory / configured) if configured else None


def _options(
    given: Given, config: configuration.Config, workloads: Sequence[WorkloadCost], month: str
) -> session.Options:
    known = _file(given.baseline, config.baseline, config)
    return session.Options(
        workloads=workloads,
        month=month,
        limits=_limits(given, config),
        base=given.base,
        baseline=None if given.write_baseline else known,
        blame=given.blame,
        fixes=_fixes(given),
        prove=given.prove,
        explain=given.explain,
    )


def _fixes(given: Given) -> mend.Wanted:
    if not (given.fix or given.diff or given.prove):
        return mend.Wanted.NONE
    return mend.Wanted.ALL if given.unsafe_fixes else mend.Wanted.SAFE


def _limits(given: Given, config: configuration.Config) -> session.Limits:
    word = given.fail_on or config.fail_on
    return session.Limits(
        fail_on=Level[word.upper()] if word and word != FailOn.NEVER else None,
        never=word == FailOn.NEVER,
        min_usd=_usd("--min-usd", given.min_usd) if given.min_usd else config.min_usd,
        fail_over_usd=_usd("--fail-over-usd", given.fail_over_usd) if given.fail_over_usd else config.fail_over_usd,
    )


def _usd(option: str, text: str) -> Decimal:
    try:
        amount = Decimal(text.lstrip("$").replace(",", ""))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise InputError(f"{option} {text!r} is not an amount of USD")
    return amount


def _workloads(given: Given, config: configuration.Config) -> tuple[Sequence[WorkloadCost], str]:
    """The workloads of the traffic profile, if there is one, and the month they are projected to."""
    path = _file(given.traffic, config.traffic, config)
    if path is None:
        if given.workload or given.min_usd or given.fail_over_usd:
            raise InputError("without traffic nothing has a price", help="add --traffic PROFILE")
        return (), ""
    from cachecalc.cli import prompt_files
    from cachecalc.lint import traffic
    from cachecalc.load import pricing, profile

    prices = pricing.load(_file(given.pricing, config.pricing, config))
    found = profile.read(path, prices, prompt_files.read)
    span = calendar.of_month(given.month, found.days_per_month)
    return traffic.costs(found.workloads, span, given.workload or config.workload), span.label


def _write_baseline(report: LintReport, given: Given, config: configuration.Config) -> int:
    path = _file(given.baseline, config.baseline or DEFAULT_BASELINE, config)
    assert path is not None
    output.write(baseline.render(report.findings), Path(path))
    number = len(report.findings)
    sys.stderr.write(f"cachecalc: {number} finding{'' if number == 1 else 's'} written to {path}\n")
    return errors.CLEAN


def _diff(rewrites: Sequence[mend.Rewrite], to: Path | None) -> str:
    """Exact, so that it can be applied; but nothing in it steers a terminal or shows a secret there."""
    from cachecalc.core.secrets import redact
    from cachecalc.report import lint_diff

    text = "".join(lint_diff.render(rewrite.path, rewrite.before, rewrite.after) for rewrite in rewrites)
    return errors.printable(redact(text)) if to is None and sys.stdout.isatty() else text


def _render(report: LintReport, given: Given) -> str:
    chosen = _format(given)
    if chosen in _RENDERERS:
        return str(importlib.import_module(_RENDERERS[chosen]).render(report))
    from cachecalc.report import lint_text

    columns, color = output.terminal(given.to)
    return lint_text.render(report, lint_text.View(columns, Style(color)), statistics=given.statistics)


_RENDERERS = {
    Format.JSON: "cachecalc.report.lint_json",
    Format.SARIF: "cachecalc.report.sarif",
    Format.GITHUB: "cachecalc.report.github",
    Format.GITLAB: "cachecalc.report.gitlab",
    Format.RDJSON: "cachecalc.report.rdjson",
    Format.JUNIT: "cachecalc.report.junit",
}
"""Each loaded when it is asked for."""


def _format(given: Given) -> Format:
    if given.format is not Format.AUTO:
        return given.format
    on_github = os.environ.get("GITHUB_ACTIONS") == "true" and given.to is None
    return Format.GITHUB if on_github else Format.TEXT
