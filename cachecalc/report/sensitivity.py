"""Sweeps and tornados: documents, tables and curves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TypeGuard

from cachecalc.core.estimate.workload import Calendar
from cachecalc.core.sensitivity import CONFIGURED, Crossing, Point, Swing
from cachecalc.report import sensitivity_document as doc
from cachecalc.report.bars import bar
from cachecalc.report.cells import csv_cell
from cachecalc.report.estimate import money
from cachecalc.report.money import usd
from cachecalc.report.terminal import Style, visible

VERSION = 1
BOLD, DIM = 1, 2

Report = doc.SweepReport | doc.TornadoReport


def sweep(
    name: str, unit: str, found: Sequence[tuple[str, Sequence[Point], Sequence[Crossing]]], calendar: Calendar
) -> doc.SweepReport:
    """The document of a sweep; `unit` is that of its values."""
    return {
        "version": VERSION,
        "month": calendar.label,
        "sweep": name,
        "unit": unit,
        "workloads": [
            {"name": each, "points": [_point(point, name) for point in points], "crossings": [*map(_crossing, turns)]}
            for each, points, turns in found
        ],
    }


def _point(point: Point, name: str) -> doc.PointReport:
    return {
        "value": point.label if name in {"ttl", "model"} else point.value,
        "baseline_usd": money(point.baseline),
        "cached_usd": money(point.configured),
        "plan_usd": money(point.plan),
        "plan": point.plan_name,
    }


def _crossing(turn: Crossing) -> doc.CrossingReport:
    return {"value": turn.value, "what": turn.what, "before": turn.before, "now": turn.now}


def tornado(found: Sequence[tuple[str, Decimal, Sequence[Swing]]], calendar: Calendar) -> doc.TornadoReport:
    """The document of a tornado."""
    return {
        "version": VERSION,
        "month": calendar.label,
        "tornado": [
            {"name": name, "cached_usd": money(now), "swings": [*map(_swing, swings)]} for name, now, swings in found
        ],
    }


def _swing(swing: Swing) -> doc.SwingReport:
    return {
        "name": swing.name,
        "low_usd": money(swing.low),
        "high_usd": money(swing.high),
        "given": swing.given,
    }


def _is_sweep(report: Report) -> TypeGuard[doc.SweepReport]:
    return "sweep" in report


def as_csv(report: Report) -> str:
    """A row a value, or a row an input; amounts with all their digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([csv_cell(str(cell)) for cell in row] for row in _rows(report))
    return out.getvalue()


def _rows(report: Report) -> Iterator[Sequence[object]]:
    if _is_sweep(report):
        yield ("workload", report["sweep"], "unit", "baseline_usd", "cached_usd", "plan_usd", "plan")
        for workload in report["workloads"]:
            for at in workload["points"]:
                amounts = (at["baseline_usd"], at["cached_usd"], at["plan_usd"], at["plan"])
                yield (workload["name"], at["value"], report["unit"], *amounts)
        return
    yield ("workload", "input", "low_usd", "high_usd", "given")
    for each in report["tornado"]:  # type: ignore[typeddict-item]  # what is no sweep is a tornado
        for swing in each["swings"]:
            yield (each["name"], swing["name"], swing["low_usd"], swing["high_usd"], "yes" if swing["given"] else "no")


def as_text(report: Report, columns: int, style: Style) -> str:
    """A curve along the range, or bars around the bill."""
    if _is_sweep(report):
        blocks = ["\n".join(_swept(workload, report, columns, style)) for workload in report["workloads"]]
    else:
        blocks = ["\n".join(_torn(each, report["month"], columns, style)) for each in report["tornado"]]  # type: ignore[typeddict-item]  # see above
    return "\n\n".join(blocks) + "\n"


def _swept(workload: doc.SweptWorkload, report: doc.SweepReport, columns: int, style: Style) -> Iterator[str]:
    yield style(f"{visible(workload['name'])} by {_title(report)}, {report['month']}", DIM)
    points = workload["points"]
    cells = [
        (
            _value(at["value"]),
            usd(Decimal(at["baseline_usd"])),
            usd(Decimal(at["cached_usd"])),
            usd(Decimal(at["plan_usd"])),
            at["plan"],
        )
        for at in points
    ]
    header = (_title(report), "without", "configured", "plan", "")
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    room = max(8, min(30, columns - sum(widths) - 14))
    yield style("  " + _line(header, widths), DIM)
    for at, row in zip(points, cells, strict=True):
        plain = Decimal(at["baseline_usd"]) or Decimal(1)
        share = Decimal(at["cached_usd"]) / plain
        yield f"  {_line(row, widths)}  {bar(min(float(share) / 2, 1.0), room):<{room}} {share:>5.0%}"
    yield style("  bars: as configured against without caching; half of the width is the same cost", DIM)
    yield from (_turn(turn, report) for turn in workload["crossings"])


def _turn(turn: doc.CrossingReport, report: doc.SweepReport) -> str:
    value = _value(turn["value"])
    place = f"{value} {_title(report)}" if report["sweep"] == "requests" else f"{report['sweep']} {value}"
    if turn["what"] == "plan":
        return f"  from {place}: {turn['now']} is the best plan, up to there {turn['before']}"
    return f"  from {place}: the configuration {'begins' if turn['now'] == CONFIGURED else 'ceases'} to pay"


def _title(report: doc.SweepReport) -> str:
    unit = report["unit"]
    return f"{report['sweep']} a {unit}" if report["sweep"] == "requests" else " ".join([report["sweep"], unit]).strip()


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(
        f"{cell:<{size}}" if i == 4 else f"{cell:>{size}}"
        for i, (cell, size) in enumerate(zip(cells, widths, strict=True))
    )


def _value(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"


def _torn(each: doc.TornadoWorkload, month: str, columns: int, style: Style) -> Iterator[str]:
    yield style(f"{visible(each['name'])}: {usd(Decimal(each['cached_usd']))} as configured, {month}", DIM)
    swings = each["swings"]
    if not swings:
        yield "  nothing moves it"
        return
    most = max(abs(Decimal(swing["high_usd"]) - Decimal(swing["low_usd"])) for swing in swings)
    names = [swing["name"] + (" +-20 %" if swing["given"] else "") for swing in swings]
    width = max(map(len, names))
    room = max(10, min(40, columns - width - 34))
    for name, swing in zip(names, swings, strict=True):
        low, high = Decimal(swing["low_usd"]), Decimal(swing["high_usd"])
        drawn = bar(float(abs(high - low) / most), room)
        yield f"  {name:<{width}}  {drawn:<{room}}  {usd(low)} to {usd(high)}"
    yield style(f"  {names[0]} moves the bill most", BOLD)
