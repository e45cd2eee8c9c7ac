"""`estimate --sweep NAME=LOW..HIGH` and `--tornado`: what is varied, as it was typed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cachecalc.cli import output
from cachecalc.core import sensitivity, units
from cachecalc.core.estimate.workload import Caching, Calendar, Wanted, Workload
from cachecalc.core.problem import InputError, did_you_mean
from cachecalc.core.prompt import Part
from cachecalc.core.units import Range, Rate

if TYPE_CHECKING:
    from cachecalc.core.pricing import PriceTable
    from cachecalc.load.profile import Profile
    from cachecalc.report.sensitivity_document import SweepReport, TornadoReport

POINTS = 13
LOG_FROM = 20
"""A range whose ends are so many times apart is walked by factors, a shorter one by steps."""

NAMES = ("requests", "output", "static", "dynamic", "hit_rate", "ttl", "model")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to vary: over `low` to `high`, or over the words that were listed."""

    name: str
    low: float = 0.0
    high: float = 0.0
    words: tuple[str, ...] = ()
    unit: str = ""

    @property
    def is_log(self) -> bool:
        return bool(self.low) and self.high / self.low >= LOG_FROM

    def values(self) -> list[float]:
        steps = [step / (POINTS - 1) for step in range(POINTS)]
        if self.is_log:
            return [self.low * (self.high / self.low) ** step for step in steps]
        return [self.low + (self.high - self.low) * step for step in steps]


def asked(text: str) -> Asked:
    """`requests=10/day..100000/day`, `hit_rate=0..1`, `ttl=5m..1h`, `model=a,b`. Raises InputError for anything else."""
    name, is_there, value = text.partition("=")
    name = name.strip().replace("-", "_")
    if name not in NAMES or not is_there:
        hint = did_you_mean(name, NAMES) or f"it is one of {', '.join(NAMES)}"
        raise InputError(f"--sweep {text!r}: nothing to vary is called {name!r}", help=hint)
    if name in {"ttl", "model"}:
        words = value.replace("..", ",").split(",")
        return Asked(name, words=tuple(word.strip() for word in words if word.strip()))
    ends = value.split("..")
    if len(ends) != 2:
        raise InputError(f"--sweep {text!r} is not a range", help=f"write for example {_EXAMPLES[name]}")
    try:
        return _rates(ends) if name == "requests" else _numbers(name, ends)
    except ValueError as error:
        raise InputError(f"--sweep {text!r}: {error}", help=f"write for example {_EXAMPLES[name]}") from None


_EXAMPLES = {
    "requests": "requests=10/day..100000/day",
    "output": "output=50..2000",
    "static": "static=500..100000",
    "dynamic": "dynamic=50..5000",
    "hit_rate": "hit_rate=0..1",
}


def _rates(ends: Sequence[str]) -> Asked:
    """Both ends in the unit of the second."""
    high = units.rate(ends[1])
    low = units.rate(ends[0] if "/" in ends[0] else f"{ends[0]}/{high.unit}")
    factor = units.UNITS[high.unit] / units.UNITS[low.unit]
    return _ordered(Asked("requests", low.count.expected * factor, high.count.expected, unit=high.unit))


def _numbers(name: str, ends: Sequence[str]) -> Asked:
    low, high = (units.number(end.strip()) for end in ends)
    if name == "hit_rate" and not 0 <= low <= high <= 1:
        raise ValueError("a hit rate is between 0 and 1")
    return _ordered(Asked(name, low, high, unit="" if name == "hit_rate" else "tokens"))


def _ordered(found: Asked) -> Asked:
    if found.low >= found.high:
        raise ValueError("it must run from less to more")
    return found


def document(profile: Profile, what: Asked, prices: PriceTable, calendar: Calendar) -> SweepReport:
    """Every workload along the range."""
    from cachecalc.report import sensitivity as report

    found = [(workload.name, *_walk(workload, what, prices, calendar)) for workload in profile.workloads]
    return report.sweep(what.name, what.unit, found, calendar)


def _walk(
    workload: Workload, what: Asked, prices: PriceTable, calendar: Calendar
) -> tuple[list[sensitivity.Point], list[sensitivity.Crossing]]:
    if what.words:
        points = [
            sensitivity.point(_named(workload, what.name, word, prices, calendar), calendar, number, word)
            for number, word in enumerate(_between(workload, what))
        ]
        return points, []

    def vary(value: float) -> Workload:
        return _varied(workload, what, value)

    points = [sensitivity.point(vary(value), calendar, value, f"{value:,.6g}") for value in what.values()]
    return points, [*sensitivity.crossings(points, vary, calendar, is_log=what.is_log)]


def _between(workload: Workload, what: Asked) -> Sequence[str]:
    """The TTLs of the model from the first named one to the last; models as they were listed."""
    if what.name == "model":
        return what.words
    offered = {ttl.label: ttl.typical for mode in workload.model.caching.modes for ttl in mode.ttls}
    missing = [word for word in what.words if word not in offered]
    if missing:
        raise InputError(f"{workload.model.id} has no cache TTL {missing[0]!r}", help=f"it has {', '.join(offered)}")
    ends = [offered[word] for word in what.words]
    return [
        label for label, life in sorted(offered.items(), key=lambda item: item[1]) if min(ends) <= life <= max(ends)
    ]


def _named(workload: Workload, name: str, word: str, prices: PriceTable, calendar: Calendar) -> Workload:
    """With a TTL, or on a model: there with the same caching if it has that, else with the model's default."""
    if name == "ttl":
        return replace(workload, caching=replace(workload.caching, wanted=Wanted.MARKS, ttl=word))
    from cachecalc.cli.recount import recounter

    model = prices.find(word)
    moved = replace(workload, model=model, prompt=recounter(workload.model)(workload.prompt, model))
    try:
        sensitivity.point(moved, calendar, 0.0, "")
    except InputError:
        return replace(moved, caching=Caching(named=workload.caching.named))
    return moved


def _varied(workload: Workload, what: Asked, value: float) -> Workload:
    match what.name:
        case "requests":
            return replace(workload, requests=Rate(Range.exactly(value), what.unit, workload.requests.what))
        case "output":
            return replace(workload, output=Range.exactly(value))
        case "hit_rate":
            return replace(workload, caching=replace(workload.caching, hit_rate=value))
        case _:
            return _with_tokens(workload, round(value), is_static=what.name == "static")


def _with_tokens(workload: Workload, tokens: int, *, is_static: bool) -> Workload:
    """The largest part that never changes, or the largest that always does, made so long."""
    parts = workload.prompt.parts
    chosen = [part for part in parts if (part.volatility.is_static if is_static else bool(part.volatility.fresh))]
    if not chosen:
        raise InputError(f"{workload.name}: the prompt has no {'static' if is_static else 'dynamic'} part to vary")
    largest = max(chosen, key=lambda part: part.tokens)
    return replace(workload, prompt=replace(workload.prompt, parts=tuple(_or(part, largest, tokens) for part in parts)))


def _or(part: Part, largest: Part, tokens: int) -> Part:
    return sensitivity.resized(part, tokens) if part is largest else part


def tornado(profile: Profile, calendar: Calendar) -> TornadoReport:
    """What moves each workload's bill most."""
    from cachecalc.report import sensitivity as report

    found = []
    for workload in profile.workloads:
        now = sensitivity.point(workload, calendar, 0.0, "")
        found.append((workload.name, now.configured, sensitivity.tornado(workload, calendar)))
    return report.tornado(found, calendar)


def write(report: SweepReport | TornadoReport, format: str, to: Path | None) -> None:
    """Print it as text, JSON or CSV."""
    from cachecalc.report import sensitivity as render
    from cachecalc.report.terminal import Style

    if format == "json":
        output.write(json.dumps(report, indent=2, ensure_ascii=False), to)
    elif format == "csv":
        output.write(render.as_csv(report), to)
    elif format == "text":
        columns, color = output.terminal(to)
        output.write(render.as_text(report, columns, Style(color)), to)
    else:
        raise InputError(f"--format {format} is not for --sweep or --tornado", help="it is text, json or csv")
