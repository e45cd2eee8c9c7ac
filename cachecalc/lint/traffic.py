"""Workloads of a profile as costs that price findings, through the one estimate there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.estimate import ASSUMED_ARRIVALS, estimate
from cachecalc.core.estimate.notices import is_uncalibrated
from cachecalc.core.estimate.projection import project
from cachecalc.core.estimate.rows import Layout
from cachecalc.core.estimate.strategy import Strategy, configured
from cachecalc.core.estimate.walk import Boundary
from cachecalc.core.estimate.workload import Calendar, Scenario, Wanted, Workload
from cachecalc.core.pricing import Kind, Ttl
from cachecalc.core.problem import InputError, did_you_mean
from cachecalc.core.prompt import Mark, Part, Prompt, Span
from cachecalc.lint.money import Cost, WorkloadCost

Key = tuple[str, Span | None, str | None]
"""A part as it is recognised in another reading of its prompt: mending changes where it stands, not what it is."""


def costs(workloads: Sequence[Workload], calendar: Calendar, chosen: str | None) -> list[WorkloadCost]:
    """Every workload with its own sources; with `chosen`, that one alone and for everything."""
    if chosen is None:
        return [_cost_of(workload, calendar, workload.sources) for workload in workloads]
    named = [workload for workload in workloads if workload.name == chosen]
    if not named:
        names = [workload.name for workload in workloads]
        hint = did_you_mean(chosen, names) or f"the profile has {', '.join(names)}"
        raise InputError(f"no workload is called {chosen!r}", help=hint)
    return [_cost_of(named[0], calendar, ("**",))]


def _cost_of(workload: Workload, calendar: Calendar, sources: tuple[str, ...]) -> WorkloadCost:
    return WorkloadCost(
        name=workload.name,
        model=workload.model.id,
        sources=sources,
        cost_like=lambda mended: cost_like(workload, calendar, mended),
        assumptions=tuple(_assumptions(workload)),
        is_typed=workload.caching.hit_rate is not None,
        gates=workload.observed is None or not is_uncalibrated(estimate(workload, calendar)),
    )


def _assumptions(workload: Workload) -> Iterator[str]:
    yield from (f"{name}: {source}" for name, source in workload.assumed.items())
    if workload.arrivals is None:
        yield "arrivals: nobody said when requests come; Poisson at a constant rate"


def cost_like(workload: Workload, calendar: Calendar, mended: Prompt) -> Cost:
    """USD a month of the workload with a prompt that is marked where `mended` is.

    Marks stand at a text, and mending moves other text away from under them: so the profile's strategy puts its marks
    on the mended prompt, and every other reading of the prompt has them on the same parts.
    """
    case = _case(workload, calendar, mended)
    layout = case.layout()
    strategy = _strategy(case, layout)
    if strategy.mode is None or strategy.mode.kind is not Kind.MARKS:
        return lambda prompt: _as_configured(_case(workload, calendar, prompt))
    ends = dict(_ends(mended, layout))
    marks = {_key(ends[it.slot]): it.ttl for it in strategy.boundaries if it.slot in ends}
    on_history = next((it.ttl for it in strategy.boundaries if layout.slots[it.slot].own), None)
    return lambda prompt: _at_marks(_case(workload, calendar, _marked(prompt, marks)), strategy, marks, on_history)


def _case(workload: Workload, calendar: Calendar, prompt: Prompt) -> Case:
    arrivals = workload.arrivals or ASSUMED_ARRIVALS[0]
    return Case(replace(workload, prompt=prompt), calendar, Scenario(arrivals))


def _strategy(case: Case, layout: Layout) -> Strategy:
    """The prompt's own marks where it has any and the profile puts none; else as the profile says."""
    caching, model = case.workload.caching, case.workload.model
    mode = model.caching.of_kind(Kind.MARKS)
    is_open = caching.wanted in (Wanted.DEFAULT, Wanted.MARKS) and not (caching.breakpoints or caching.part_ttls)
    own = [(index, part.mark) for index, part in _ends(case.workload.prompt, layout) if part.mark]
    default = (mode.ttl(caching.ttl) or mode.ttl(None)) if mode else None
    if mode is None or default is None or not is_open or not own:
        return configured(caching, model, layout)
    marks = tuple(Boundary(index, (mode.ttl(mark.ttl) if mark.ttl else None) or default) for index, mark in own)
    return Strategy(mode, default, marks, hit_rate=caching.hit_rate)


def _as_configured(case: Case) -> Decimal:
    """Without marks to hold on to: what the provider stores follows from the prompt."""
    layout = case.layout()
    return project(case, configured(case.workload.caching, case.workload.model, layout), layout).total


def _at_marks(case: Case, strategy: Strategy, marks: Mapping[Key, Ttl], on_history: Ttl | None) -> Decimal:
    layout = case.layout()
    ends = dict(_ends(case.workload.prompt, layout))
    boundaries = [Boundary(index, marks[_key(part)]) for index, part in ends.items() if _key(part) in marks]
    own = [Boundary(index, on_history) for index, slot in enumerate(layout.slots) if slot.own and on_history]
    ordered = tuple(sorted((*boundaries, *own), key=lambda boundary: boundary.slot))
    return project(case, replace(strategy, boundaries=ordered), layout).total


def _marked(prompt: Prompt, marks: Mapping[Key, Ttl]) -> Prompt:
    """Marks on the parts concerned and on no others, so that a slot ends behind each of them."""
    parts = (
        replace(part, mark=Mark(marks[_key(part)].label) if _key(part) in marks else None) for part in prompt.parts
    )
    return replace(prompt, parts=tuple(parts))


def _key(part: Part) -> Key:
    return part.name, part.span, part.text


def _ends(prompt: Prompt, layout: Layout) -> Iterator[tuple[int, Part]]:
    """Each slot with the part it ends with, but for the history, which is nobody's part."""
    at = 0
    for index, slot in enumerate(layout.slots):
        if not slot.own:
            at += len(slot.parts)
            yield index, prompt.parts[at - 1]
