"""`cachecalc replay`: the bill of recorded requests, and what other caching policies would have cost on them."""

from __future__ import annotations

import enum
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cachecalc.cli import errors, output, replay_bill, replay_policies, replay_texts, watch
from cachecalc.core.problem import InputError

if TYPE_CHECKING:
    from cachecalc.core.replay.check import Figures, Key
    from cachecalc.core.replay.outcome import Replay
    from cachecalc.logs.replay.run import Settings
    from cachecalc.report.bill_document import BillReport
    from cachecalc.report.replay_document import ReplayReport


AT_ONCE = "0s"


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    LINE = "line"


class EngineName(enum.StrEnum):
    DUCKDB = "duckdb"
    SPARK = "spark"


def replay(
    logs: Annotated[list[str], typer.Argument(help="Request logs or block-hash traces: files, folders; - for stdin.")],
    model: Annotated[list[str] | None, typer.Option(help="Model id or alias; may be given again.")] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="prefix, rolling, marks, system, rolling+pings, system+pings, automatic, best; all that fit without it."
        ),
    ] = None,
    ttl: Annotated[list[str] | None, typer.Option(help="Lifetimes, 5m,1h; all that the model has without it.")] = None,
    mark: Annotated[list[int] | None, typer.Option(help="Tokens before a mark, where the log tells of none.")] = None,
    ready_after: Annotated[
        str, typer.Option(help="Until an entry can be read, from the start of its request.")
    ] = AT_ONCE,
    block_size: Annotated[int, typer.Option(min=0, help="Tokens of a block, if not those usual for the form.")] = 0,
    engine: Annotated[EngineName, typer.Option(help="What runs the queries.")] = EngineName.DUCKDB,
    memory: Annotated[str, typer.Option(help="What the engine may take; the rest goes to disk.")] = "1GB",
    source: Annotated[str | None, typer.Option("--from", help="The format of request logs, if not by content.")] = None,
    columns: Annotated[list[str] | None, typer.Option(help="Columns of a table: prompt=in_tok,output=out_tok.")] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Tables of the bill: model, day, month, hour, session, provider, or a tag."),
    ] = None,
    pricing: Annotated[Path | None, typer.Option(help="Your own prices (YAML), over the bundled table.")] = None,
    compare: Annotated[Path | None, typer.Option(help="An earlier report (JSON); exit 1 if it got worse.")] = None,
    fail_under: Annotated[
        float | None, typer.Option(min=0, max=1, help="The least read share, 0 to 1; exit 1 below it.")
    ] = None,
    write_profile: Annotated[Path | None, typer.Option(help="Write a profile of the traffic to this file.")] = None,
    format: Annotated[Format, typer.Option(help="How to print it; line is one sentence.")] = Format.TEXT,
    to: output.OutputOption = None,
) -> None:
    """The bill of request logs; and what each caching policy would have cost, on block-hash traces, or if --policy,
    --ttl, a second --model or the like asks for it."""
    last = _earlier(compare)
    requests, models = _request_logs(logs), _split(model)
    wants_policies = policy or ttl or mark or write_profile or ready_after != AT_ONCE or len(models) > 1
    if requests and not wants_policies:
        only = models[0] if models else None
        options = replay_bill.Options(source, tuple(columns or ()), tuple(_split(by)), only, pricing)
        with watch.watching() as told:
            bill = replay_bill.run(requests, options, told)
        _finish(bill, replay_bill.render(bill, format, options, to), last, fail_under, format, to)
        return
    if by or columns:
        raise InputError("--by and --columns are of the bill of request logs, and no policies can be played with them")
    wishes = replay_policies.Wishes(models, replay_policies.policies(_split(policy)), _split(ttl), pricing, source)
    settings = _settings(engine, memory, ready_after, wishes, write_profile, block_size, mark)
    with watch.watching() as told:
        play = replay_texts.replay if requests else replay_policies.replay
        results = play(requests or logs, wishes, settings, told)
    report = _document(results, write_profile, settings)
    _finish(report, replay_policies.render(report, format, to), last, fail_under, format, to)


def _settings(
    engine: EngineName,
    memory: str,
    ready_after: str,
    wishes: replay_policies.Wishes,
    write_profile: Path | None,
    block_size: int,
    marks: Sequence[int] | None,
) -> Settings:
    from cachecalc.logs.replay.run import Settings
    from cachecalc.logs.replay.sources import Reading

    return Settings(
        engine.value,
        memory,
        _seconds(ready_after),
        markless=not wishes.policies,
        measure=write_profile is not None,
        reading=Reading(block_size, tuple(marks or ())),
    )


def _document(results: Sequence[Replay], write_profile: Path | None, settings: Settings) -> ReplayReport:
    """The report; the profile, if one is wanted, is written on the way."""
    from cachecalc.report import replay, replay_profile

    if write_profile is not None:
        output.write(replay_profile.render(results, settings.ready_after), write_profile)
    return replay.document(results)


def _finish(
    report: ReplayReport | BillReport,
    text: str,
    last: Mapping[Key, Figures] | None,
    fail_under: float | None,
    format: Format,
    to: Path | None,
) -> None:
    """Write the result, and end the run as the comparison wants it."""
    line, is_bad = _check(report, last, fail_under)
    output.write(line if line and format is Format.LINE else text, to)
    if line and format is not Format.LINE:
        sys.stderr.write(f"{line}\n")
    if is_bad:
        raise typer.Exit(errors.FOUND)


def _request_logs(logs: Sequence[str]) -> list[str]:
    """The logs that count tokens; none where all are traces. Raises InputError for a mixture of logs that were named;
    whatever else lies in a folder of traces is skipped, and told."""
    from cachecalc.logs import kind

    traces, requests = kind.split(logs)
    named = next((log for log in requests if log in logs), None)
    if traces and named:
        raise InputError(
            f"block-hash traces and request logs in one run: {traces[0]}, {named}", help="replay them one by one"
        )
    return [] if traces else requests


def _earlier(path: Path | None) -> Mapping[Key, Figures] | None:
    """The report to compare with, read before anything that takes long."""
    from cachecalc.load import replay as earlier

    return earlier.read(str(path)) if path else None


def _check(
    report: ReplayReport | BillReport, last: Mapping[Key, Figures] | None, fail_under: float | None
) -> tuple[str, bool]:
    """What to say of the comparison, if one was asked for, and whether it fails the run."""
    if last is None and fail_under is None:
        return "", False
    from cachecalc.core.replay import check
    from cachecalc.load import replay as earlier
    from cachecalc.report import replay_text

    changes = check.check(earlier.figures(report), last, fail_under)
    return replay_text.headline(changes, fail_under), check.is_bad(changes)


def _split(values: Sequence[str] | None) -> list[str]:
    return [word for value in values or () for part in value.split(",") if (word := part.strip())]


def _seconds(text: str) -> float:
    from cachecalc.core import units

    try:
        return units.duration(text)
    except ValueError as error:
        raise InputError(f"--ready-after {error}") from None
