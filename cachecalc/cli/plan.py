"""`cachecalc plan`: the cheapest legal marks, and what else could make a workload cheaper."""

from __future__ import annotations

import enum
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cachecalc.cli import output, profiles
from cachecalc.core.problem import InputError

if TYPE_CHECKING:
    from cachecalc.core.estimate.estimate import Estimate
    from cachecalc.report.plan_document import PlansReport

BOM = b"\xef\xbb\xbf"
_EXAMPLE = "cachecalc plan --model claude-sonnet-5-5 --in 90000+10000 --out 500 --requests 10/hour"


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"


def plan(
    file: Annotated[
        Path | None, typer.Argument(metavar="[PROFILE|PROMPT]", help="A traffic profile, or a prompt with flags.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model id or alias, without a profile.")] = None,
    prompt: Annotated[str | None, typer.Option("--in", help="Tokens: static+dynamic (1500+100), or @FILE+100.")] = None,
    out: Annotated[str | None, typer.Option("--out", help="Output tokens of a request, or a range 150..300.")] = None,
    requests: Annotated[str | None, typer.Option(help="How often: 5000/day, 300 conversations/day.")] = None,
    like: Annotated[str | None, typer.Option(help="Start from cited numbers: support, rag, agent, chat.")] = None,
    month: Annotated[str | None, typer.Option(help="A calendar month, 2026-12, at its dated prices.")] = None,
    pricing: Annotated[str | None, typer.Option(help="Your own prices (YAML), over the bundled table.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Put the marks into the recorded request.")] = False,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
    to: output.OutputOption = None,
) -> None:
    """Find the cheapest legal marks and TTLs; weigh pings, warm-ups, memo layers and another order against them."""
    from cachecalc.cli import calendar
    from cachecalc.core.estimate.estimate import estimate
    from cachecalc.load import pricing as price_table
    from cachecalc.load.quick import Flags
    from cachecalc.report import plan as report

    prices = price_table.load(pricing)
    flags = Flags(model, prompt, out, requests, None, like)
    if file is not None and flags.any:
        if prompt is not None:
            raise InputError("give the prompt once: as a file or with --in")
        flags, file = Flags(model, f"@{file}", out, requests, None, like), None
    found = profiles.of(file, flags, prices, what="planned", example=_EXAMPLE)
    span = calendar.of_month(month, found.days_per_month)
    estimates = [estimate(workload, span) for workload in found.workloads]
    output.write(_render(report.document(estimates, span), format, to), to)
    if write:
        _write(estimates)


def _render(document: PlansReport, format: Format, to: Path | None) -> str:
    if format is Format.JSON:
        return json.dumps(document, indent=2, ensure_ascii=False)
    from cachecalc.report import plan_text
    from cachecalc.report.terminal import Style

    columns, color = output.terminal(to)
    return plan_text.render(document, columns, Style(color))


def _write(estimates: list[Estimate]) -> None:
    """Put each plan's marks into the file its prompt was read from."""
    from cachecalc.core.pricing import Kind
    from cachecalc.load import files, mark_edits

    for found in estimates:
        workload, strategy = found.case.workload, found.plan.strategy
        path = workload.prompt.path
        if not path.endswith(".json"):
            raise InputError(
                f"{workload.name}: --write needs a recorded request (JSON)", help="paste the lines instead"
            )
        if strategy.mode is not None and strategy.mode.kind is not Kind.MARKS:
            raise InputError(
                f"{workload.name}: the plan, {strategy.name}, sets no marks", help="paste the lines instead"
            )
        default = strategy.mode.default_ttl if strategy.mode else None
        marks = {
            found.layout.slots[mark.slot].name: None if mark.ttl.label == default else mark.ttl.label
            for mark in strategy.boundaries
            if not found.layout.slots[mark.slot].own
        }
        raw = Path(path).read_bytes()
        before = files.decode(raw, path)
        after = mark_edits.marked(before, path, workload.prompt, marks, workload.model.provider)
        if after != before:
            output.write_atomically(Path(path), ("\ufeff" if raw.startswith(BOM) else "") + after)
        sys.stderr.write(f"cachecalc: {path}: {len(marks)} marks{'' if after != before else ', as they were'}\n")
