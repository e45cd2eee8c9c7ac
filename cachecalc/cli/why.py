"""`cachecalc why`: what keeps a request from reading what the one before it stored, and what that costs."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cachecalc.cli import errors, output

if TYPE_CHECKING:
    from cachecalc.core.why.request import Request
    from cachecalc.report.why_document import WhyReport


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def why(
    requests: Annotated[list[str], typer.Argument(help="Payloads, captures or logs, in the order they were sent.")],
    session: Annotated[str | None, typer.Option(help="Only the session of this id.")] = None,
    model: Annotated[str | None, typer.Option(help="The model of requests that name none.")] = None,
    ttl: Annotated[
        str | None, typer.Option(help="How long entries live, 5m or 1h, if not as the requests say.")
    ] = None,
    ready_after: Annotated[str, typer.Option(help="Until an entry can be read, from the start of its request.")] = "2s",
    source: Annotated[str | None, typer.Option("--from", help="The format of logs, if not by content.")] = None,
    pricing: Annotated[Path | None, typer.Option(help="Your own prices (YAML), over the bundled table.")] = None,
    gate: Annotated[bool, typer.Option("--gate", help="Exit 1 if a request does not continue the one before.")] = False,
    format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TEXT,
    to: output.OutputOption = None,
) -> None:
    """Why requests missed the cache: every divergence, its cause, the tokens and dollars lost, what to do."""
    from cachecalc.core.problem import InputError

    report = _report(requests, session, model, ttl, ready_after, source, pricing)
    if gate and report["requests"] < 2:
        raise InputError("the gate has one request and nothing to compare it with", help="name two requests or more")
    output.write(_render(report, format, to), to)
    if gate and report["is_gate_closed"]:
        raise typer.Exit(errors.FOUND)


def _report(
    names: list[str],
    session: str | None,
    model: str | None,
    ttl: str | None,
    ready_after: str,
    source: str | None,
    pricing: Path | None,
) -> WhyReport:
    from cachecalc.cli import calendar
    from cachecalc.core.why import explain, spend
    from cachecalc.core.why.request import Settings
    from cachecalc.load import pricing as price_table
    from cachecalc.logs import requests as reading
    from cachecalc.report import why as report
    from cachecalc.tokens.prompts import counting

    prices = price_table.load(str(pricing) if pricing else None)
    fallback = prices.find(model).id if model else None
    found = reading.read(names, prices, model=fallback, source=source)
    settings = Settings(counting(), calendar.today(), ttl, _seconds(ready_after))
    explained = list(explain.explain(_of_session(found.requests, session), settings))
    return report.document(explained, spend.spend(explained, settings), found.imported, found.texts)


def _of_session(requests: list[Request], session: str | None) -> list[Request]:
    """The requests of one session, or all of them. Raises InputError where there is no such session."""
    from cachecalc.core.problem import InputError, did_you_mean

    if session is None:
        return requests
    found = [request for request in requests if request.session == session]
    if not found:
        known = sorted({request.session for request in requests if request.session})
        hint = did_you_mean(session, known) or f"the sessions are {', '.join(known[:5]) or 'not named'}"
        raise InputError(f"no request of session {session!r}", help=hint)
    return found


def _seconds(text: str) -> float:
    from cachecalc.core import units
    from cachecalc.core.problem import InputError

    try:
        return units.duration(text)
    except ValueError as error:
        raise InputError(f"--ready-after {error}") from None


def _render(report: WhyReport, format: Format, to: Path | None) -> str:
    from cachecalc.report import why_text
    from cachecalc.report.terminal import Style

    match format:
        case Format.JSON:
            import json

            return json.dumps(report, indent=2, ensure_ascii=False)
        case Format.MARKDOWN:
            return why_text.markdown(report)
        case Format.TEXT:
            columns, color = output.terminal(to)
            return why_text.render(report, why_text.View(columns, Style(color)))
