"""`cachecalc lock`: a committed record of every prompt's static prefix, and what a change to one costs."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from cachecalc.cli import errors, output


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"


DEFAULT = Path("cachecalc.lock")


def lock(
    paths: Annotated[list[str] | None, typer.Argument(help="Files or directories.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the lock file; exit 1 if it differs.")] = False,
    file: Annotated[Path, typer.Option("--output", "-o", help="The lock file.")] = DEFAULT,
    model: Annotated[str | None, typer.Option(help="The model of prompts that name none.")] = None,
    traffic: Annotated[Path | None, typer.Option(help="A traffic profile: its workloads say who sends what.")] = None,
    pricing: Annotated[Path | None, typer.Option(help="Your own prices (YAML), over the bundled table.")] = None,
    config: Annotated[Path | None, typer.Option(help="The configuration file; found upward by itself.")] = None,
    format: Annotated[Format, typer.Option(help="How to print what --check finds.")] = Format.TEXT,
) -> None:
    """Record the static prefix of every prompt, or say which ones a change invalidates."""
    from cachecalc.cli import lint_run, lock_run
    from cachecalc.core.prefix_lock import State
    from cachecalc.report import lock as report

    given = lint_run.Given(tuple(paths or ["."]), model=model, traffic=traffic, pricing=pricing, config=config)
    if not check:
        typer.echo(lock_run.write(given, file))
        return
    differences = lock_run.compare(given, file)
    output.write(report.as_json(differences) if format is Format.JSON else report.as_text(differences), None)
    raise typer.Exit(errors.CLEAN if all(each.state is State.SAME for each in differences) else errors.FOUND)
