"""A measured response cache for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from cachecalc.core.memo import LAST, SHARED
from cachecalc.report.memo_document import ExactRow, MemoReport, SemanticReport
from cachecalc.report.terminal import width
from cachecalc.report.why_text import BOLD, DIM, RED, View


def render(report: MemoReport, view: View) -> str:
    """The whole report as text."""
    blocks = [
        view.style(_wrapped(verdict(report), view), BOLD),
        "\n".join(_exact(report["exact"], view)),
        "\n".join(_duplicates(report)),
        "\n".join(_semantic(report["semantic"], view)) if report["semantic"] else "",
        f"For the profile:\n\n{textwrap.indent(report['profile'].rstrip(), '  ')}",
        "\n".join(_wrapped(f"note: {note}", view) for note in report["notes"]),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def verdict(report: MemoReport) -> str:
    chosen, semantic = report["chosen"], report["semantic"]
    text = (
        f"{report['queries']:,} queries: {percent(chosen['share'])} are asked again as they were "
        f"({chosen['scope']}, {chosen['normalisation']}, {chosen['sharing']}"
        f"{', within ' + lifetime(chosen['ttl']) if chosen['ttl'] else ''})"
    )
    if semantic and semantic["threshold"] is not None:
        text += (
            f"; another {percent(report['memo']['semantic'])} are near enough to one before ({semantic['threshold']:g})"
        )
    return f"{text}."


def lifetime(seconds: float | None) -> str:
    if seconds is None:
        return "for ever"
    size, unit = next(((size, unit) for unit, size in _UNITS if seconds >= size), (1.0, "s"))
    return f"{seconds / size:g}{unit}"


_UNITS = (("d", 86400.0), ("h", 3600.0), ("m", 60.0))


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _exact(rows: Sequence[ExactRow], view: View) -> Iterator[str]:
    """Normalisations down; lifetimes, and keys of other kinds, across."""
    columns = list(dict.fromkeys((row["scope"], row["sharing"], row["ttl"]) for row in rows))
    names = list(dict.fromkeys(row["normalisation"] for row in rows))
    shares = {(row["normalisation"], row["scope"], row["sharing"], row["ttl"]): row["share"] for row in rows}
    table = [("exact hits", *map(_title, columns))]
    for name in names:
        found = [shares.get((name, *column)) for column in columns]
        table.append((name, *("" if share is None else percent(share) for share in found)))
    yield from _table(table, view)


def _title(column: tuple[str, str, float | None]) -> str:
    scope, sharing, ttl = column
    words = [] if scope == LAST else [scope]
    words += [] if sharing == SHARED else [sharing]
    return ", ".join([*words, lifetime(ttl)])


def _table(rows: Sequence[Sequence[str]], view: View) -> Iterator[str]:
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [
            row[0] + " " * (widths[0] - width(row[0])),
            *(f"{cell:>{size}}" for cell, size in zip(row[1:], widths[1:], strict=True)),
        ]
        text = "  ".join(cells).rstrip()
        yield view.style(text, DIM) if number == 0 else text


def _duplicates(report: MemoReport) -> Iterator[str]:
    if report["duplicates"]:
        yield "asked most often"
    for row in report["duplicates"]:
        spellings = f"  ({row['spellings']} spellings)" if row["spellings"] > 1 else ""
        yield f"{row['count']:>8,}  {row['text']}{spellings}"


def _semantic(found: SemanticReport, view: View) -> Iterator[str]:
    rows = [("threshold", "hits", "of all queries", "likely wrong")]
    for row in found["thresholds"]:
        name = f"{row['threshold']:g}" + (" *" if row["threshold"] == found["threshold"] else "")
        wrong = percent(row["likely_wrong_share"]) if row["hits"] else "-"
        rows.append((name, f"{row['hits']:,}", percent(row["share"]), wrong))
    yield f"semantic hits beyond the exact ones, {found['encoder']}, the {found['asked']:,} queries left over"
    yield from _table(rows, view)
    if found["samples"]:
        yield ""
        yield "a sample, up to half of it flagged: would you give the second the answer of the first?"
    for pair in found["samples"]:
        flags = view.style(f"  likely wrong: {', '.join(pair['suspicions'])}", RED) if pair["suspicions"] else ""
        yield f"  {pair['cosine']:.3f}{flags}"
        yield f"    {pair['match']}"
        yield f"    {pair['query']}"


def _wrapped(text: str, view: View) -> str:
    return textwrap.fill(text, max(min(view.columns, 100), 40))
