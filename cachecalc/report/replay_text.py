"""A replay for people: the verdict in one sentence, then what each policy would have cost."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core.replay.check import Change
from cachecalc.report.bars import bar
from cachecalc.report.money import usd
from cachecalc.report.replay_document import PolicyRow, ReplayReport
from cachecalc.report.terminal import Style, visible

BOLD, DIM, RED, GREEN = 1, 2, 31, 32
BAR = 24
MAX_SKIPPED = 10


@dataclass(frozen=True, slots=True)
class View:
    """How it is shown."""

    columns: int
    style: Style


def render(report: ReplayReport, view: View) -> str:
    """The whole report as text."""
    is_saving = any(row["savings_percent"] > 0 and not row["is_bound"] for row in report["policies"])
    blocks = [
        view.style(_wrap(verdict(report), view), BOLD, GREEN if is_saving else 0),
        "\n".join(_table(report, view)),
        "\n".join(_wrap(text, view) for text in _legend(report)),
        "\n".join(_wrap(f"note: {note}", view, indent="  ") for note in report["notes"]),
        "\n".join(_skipped(report, view)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def verdict(report: ReplayReport) -> str:
    """What to do, in one sentence."""
    best = _cheapest(report["policies"])
    if best is None:
        return "No policy of the chosen ones can be carried out; the rows below are bounds of what caching can reach."
    if report["split_by_model"]:
        return _verdict_by_model(report)
    baseline = next(row for row in report["baselines"] if row["model"] == best["model"])
    before, after = usd(Decimal(baseline["total_cost_usd"])), usd(Decimal(best["total_cost_usd"]))
    saved = best["savings_percent"]
    if saved <= 0:
        return (
            f"Caching does not pay on these requests: {_name(best)} would have cost {after}, "
            f"no caching {before} ({-saved:+.1f} %)."
        )
    hedge = "" if best["guaranteed"] else " at best"
    return f"Cheapest is {_name(best)}: {after}{hedge} instead of {before} without caching ({-saved:+.1f} %)."


def _verdict_by_model(report: ReplayReport) -> str:
    """Each model in its cheapest way; those that save the most are named."""
    before = after = Decimal(0)
    saving: list[tuple[Decimal, str]] = []
    for baseline in report["baselines"]:
        cost = Decimal(baseline["total_cost_usd"])
        best = _cheapest(row for row in report["policies"] if row["model"] == baseline["model"])
        saved = max(cost - Decimal(best["total_cost_usd"]), Decimal(0)) if best else Decimal(0)
        before, after = before + cost, after + cost - saved
        if best and saved:
            saving.append((saved, f"{best['policy']} {best['ttl']} on {best['model']}"))
    if not saving:
        return f"Caching does not pay on these requests, on none of {len(report['baselines'])} models."
    names = [name for _, name in sorted(saving, key=lambda pair: -pair[0])]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return (
        f"Cheapest, each model on its own requests: {usd(after)} instead of {usd(before)} without caching "
        f"({100 * float(after / before - 1):+.1f} %), with {', '.join(names[:_MOST_NAMED])}{more}."
    )


_MOST_NAMED = 3


def _cheapest(rows: Iterable[PolicyRow]) -> PolicyRow | None:
    """Of what a caller can choose."""
    real = [row for row in rows if not row["is_bound"]]
    return min(real, key=lambda row: Decimal(row["total_cost_usd"]), default=None)


def _name(row: PolicyRow) -> str:
    return f"{row['policy']} caching at {row['ttl']} on {row['model']}"


def _table(report: ReplayReport, view: View) -> Iterator[str]:
    """Columns in which no row has anything to say are left out, and the chart where there is no room for it."""
    costs, are_best, rows = zip(*_rows(report), strict=True)
    columns = [column for column in zip(_HEADS, *rows, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    lines = [
        "  ".join(
            cell.ljust(width) if column[0] in _LEFT else cell.rjust(width)
            for cell, width, column in zip(cells, widths, columns, strict=True)
        )
        for cells in zip(*columns, strict=True)
    ]
    room = min(view.columns - len(lines[0]) - 2, BAR)
    yield view.style(lines[0].rstrip(), DIM)
    for line, cost, is_best in zip(lines[1:], costs, are_best, strict=True):
        chart = bar(float(cost / max(costs)) if any(costs) else 0.0, room) if room >= _LEAST_BAR else ""
        yield view.style(f"{line}  {chart}".rstrip(), *([BOLD] if is_best else []))


_HEADS = ("policy", "model", "read", "pings", "input cost", "with output", "saved")
_LEFT = frozenset({"policy", "model"})
_LEAST_BAR = 8


def _rows(report: ReplayReport) -> Iterator[tuple[Decimal, bool, tuple[str, ...]]]:
    """Total cost, whether it is the least of a model's choices, and the cells; of one model the name needs no column."""
    is_one = len(report["baselines"]) == 1
    for baseline in report["baselines"]:
        model = "" if is_one else baseline["model"]
        total = Decimal(baseline["total_cost_usd"])
        rows = [row for row in report["policies"] if row["model"] == baseline["model"]]
        best = _cheapest(rows)
        yield total, False, ("no caching", model, "", "", usd(Decimal(baseline["input_cost_usd"])), usd(total), "")
        for row in rows:
            yield Decimal(row["total_cost_usd"]), row is best, _cells(row, model)


def _cells(row: PolicyRow, model: str) -> tuple[str, ...]:
    mark = "" if row["guaranteed"] else "~"
    return (
        f"{row['policy']} {row['ttl']}",
        model,
        f"{mark}{100 * row['read_share']:.1f} %",
        f"{row['pings']:,}" if row["pings"] else "",
        usd(Decimal(row["input_cost_usd"])),
        usd(Decimal(row["total_cost_usd"])),
        f"{row['savings_percent']:.1f} %",
    )


def _legend(report: ReplayReport) -> Iterator[str]:
    span = f" in {_span(report['seconds'])}" if report["seconds"] else ""
    yield (
        f"{report['requests']:,} requests{span}, {report['input_tokens']:,} input and "
        f"{report['output_tokens']:,} output tokens. `read` is the share of input tokens that came from the cache."
    )
    shown = {row["policy"] for row in report["policies"]}
    bounds = []
    if "prefix" in shown:
        bounds.append("`prefix` stores every block, which no caller can")
    if "best" in shown:
        bounds.append("`best` knows the future: without pings nothing costs less")
    if bounds:
        yield f"Bounds, not choices: {'; '.join(bounds)}."
    if any(row["pings"] for row in report["policies"]):
        yield (
            "`+pings` reads what was stored again and again while nobody asks for it, so that it does not expire, and stops "
            "where pings in a row come to what storing it anew costs."
        )
    if any(not row["guaranteed"] for row in report["policies"]):
        yield "~ The provider promises no hit: this is the most it can come to."


def _span(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,.0f} seconds"


def _skipped(report: ReplayReport, view: View) -> Iterator[str]:
    rows = report["skipped"]
    if rows:
        yield view.style("Not all of the log is plain:", BOLD)
    for row in rows[:MAX_SKIPPED]:
        place = ":".join(str(part) for part in (row["path"], row["line"]) if part)
        yield f"  {row['count']:,} x {visible(row['reason'])}" + (f" ({visible(place)})" if place else "")
    if len(rows) > MAX_SKIPPED:
        yield f"  and {len(rows) - MAX_SKIPPED} more kinds; --format json has them all"


def _wrap(text: str, view: View, indent: str = "") -> str:
    width = max(view.columns, 40)
    return textwrap.fill(visible(text), width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def headline(changes: Sequence[Change], fail_under: float | None) -> str:
    """The outcome of a check, in one line that fits a chat message."""
    bad = [change for change in changes if change.is_bad]
    worst = changes[0]
    more = f"; {len(bad) - 1} more worse" if len(bad) > 1 else ""
    return f"cachecalc replay: {'WORSE' if bad else 'ok'}: {worst.key}: {', '.join(_facts(worst, fail_under))}{more}"


def _facts(change: Change, fail_under: float | None) -> Iterator[str]:
    now, last = change.now, change.last
    share, cost = f"{100 * now.read_share:.1f} %", f"{usd(now.usd_per_mtok)} per million tokens"
    if last is None:
        yield f"read share {share}"
    elif change.fell:
        yield f"read share fell from {100 * last.read_share:.1f} % to {share} (noise {100 * change.share_noise:.1f})"
    else:
        noise = f" (noise {100 * change.share_noise:.1f})" if now.read_share != last.read_share else ""
        yield f"read share {share}, {100 * last.read_share:.1f} % before{noise}"
    if change.is_below and fail_under is not None:
        yield f"the limit is {100 * fail_under:g} %"
    if last is None:
        yield f"input {cost}"
    elif change.is_repriced:
        yield f"input {cost}, but prices have changed"
    elif change.rose:
        yield f"input rose from {usd(last.usd_per_mtok)} to {cost}"
    else:
        yield f"input {cost}, {usd(last.usd_per_mtok)} before"
