"""`cachecalc lint`: what breaks the prompt cache, and what it costs."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from cachecalc.cli import output


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    RDJSON = "rdjson"
    JUNIT = "junit"
    AUTO = "auto"


class FailOn(enum.StrEnum):
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"
    NEVER = "never"


class Sureness(enum.StrEnum):
    POSSIBLE = "possible"
    LIKELY = "likely"
    CERTAIN = "certain"


def lint(
    paths: Annotated[list[str] | None, typer.Argument(help="Files or directories; - for standard input.")] = None,
    select: Annotated[
        list[str] | None, typer.Option(metavar="RULES", help="Rules to run: codes, names, families (CC1).")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Rules not to run.")] = None,
    confidence: Annotated[Sureness | None, typer.Option(help="The least sure findings to show.")] = None,
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="The model of prompts that name none.")] = None,
    traffic: Annotated[
        Path | None, typer.Option(metavar="PROFILE", help="A traffic profile that prices the findings.")
    ] = None,
    workload: Annotated[
        str | None, typer.Option(metavar="NAME", help="The workload of the profile that everything belongs to.")
    ] = None,
    month: Annotated[
        str | None, typer.Option(metavar="MONTH", help="A calendar month, 2026-12, at its dated prices.")
    ] = None,
    pricing: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own prices (YAML), over the bundled table.")
    ] = None,
    fail_on: Annotated[FailOn | None, typer.Option(help="The least level that fails the run: warning.")] = None,
    min_usd: Annotated[
        str | None, typer.Option(metavar="USD", help="Findings that cost less than this a month are notes.")
    ] = None,
    fail_over_usd: Annotated[
        str | None, typer.Option(metavar="USD", help="Fail if a priced finding costs more a month.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="REV", help="Only findings that are new since a git revision.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file of known findings that are not shown.")
    ] = None,
    write_baseline: Annotated[bool, typer.Option("--write-baseline", help="Write the baseline file.")] = False,
    blame: Annotated[bool, typer.Option("--blame", help="Since when, and what it has cost, through git.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Apply fixes that do not change what the model is told.")] = False,
    unsafe_fixes: Annotated[bool, typer.Option("--unsafe-fixes", help="Fixes that move text, too.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the fixes as a diff; write nothing.")] = False,
    prove: Annotated[bool, typer.Option("--prove", help="Show prompts before and after the fixes.")] = False,
    statistics: Annotated[bool, typer.Option("--statistics", help="Count the findings by rule.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which counter, prices and assumptions the numbers rest on.")
    ] = False,
    no_ignores: Annotated[bool, typer.Option("--no-ignores", help="Look through ignore comments.")] = False,
    as_found: Annotated[
        bool, typer.Option("--as-found", help="Nobody named the files: judge and exclude them.")
    ] = False,
    stdin_filename: Annotated[str, typer.Option(metavar="NAME", help="What standard input is called.")] = "stdin.txt",
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The configuration file; found upward by itself.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print it; auto: text, on GitHub annotations.")] = Format.AUTO,
    to: output.OutputOption = None,
) -> None:
    """Find what breaks the prompt cache in templates, payloads and source, and what it costs."""
    from cachecalc.cli import lint_run

    given = lint_run.Given(
        paths=tuple(paths or ["."]),
        select=_words(select),
        ignore=_words(ignore),
        confidence=confidence,
        model=model,
        traffic=traffic,
        workload=workload,
        month=month,
        pricing=pricing,
        fail_on=fail_on,
        min_usd=min_usd,
        fail_over_usd=fail_over_usd,
        base=base,
        baseline=baseline,
        write_baseline=write_baseline,
        blame=blame,
        fix=fix,
        unsafe_fixes=unsafe_fixes,
        diff=diff,
        prove=prove,
        statistics=statistics,
        explain=explain,
        use_ignores=not no_ignores,
        as_found=as_found,
        stdin_filename=stdin_filename,
        config=config,
        format=format,
        to=to,
    )
    raise typer.Exit(lint_run.run(given))


def _words(given: list[str] | None) -> tuple[str, ...]:
    """Options may be repeated, or hold several words with commas."""
    return tuple(word.strip() for text in given or () for word in text.split(",") if word.strip())
