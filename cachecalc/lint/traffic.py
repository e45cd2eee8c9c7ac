"""Workloads of a profile as costs that price findings, through the one estimate there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from cachecalc.core.pricing import Kind
from cachecalc.core.problem import InputError, did_you_mean
from cachecalc.core.prompt import Prompt
from cachecalc.lint.money import WorkloadCost


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
        cost=lambda prompt: cost(workload, calendar, prompt),
        is_assumed=workload.arrivals is None or bool(workload.assumed),
        gates=workload.observed is None or not is_uncalibrated(estimate(workload, calendar)),
    )


def cost(workload: Workload, calendar: Calendar, prompt: Prompt) -> Decimal:
    """USD a month of the workload if this were its prompt."""
    case = Case(replace(workload, prompt=prompt), calendar, Scenario(workload.arrivals or ASSUMED_ARRIVALS[0]))
    layout = case.layout()
    return project(case, _strategy(case, layout), layout).total


def _strategy(case: Case, layout: Layout) -> Strategy:
    """The prompt's own marks where it has any and the profile puts none; else as the profile says."""
    caching, model, prompt = case.workload.caching, case.workload.model, case.workload.prompt
    mode = model.caching.of_kind(Kind.MARKS)
    is_open = caching.wanted in (Wanted.DEFAULT, Wanted.MARKS) and not (caching.breakpoints or caching.part_ttls)
    if mode is None or not is_open or not any(part.mark for part in prompt.parts):
        return configured(caching, model, layout)
    ttl = mode.ttl(caching.ttl) or mode.ttl(None)
    assert ttl is not None
    boundaries = tuple(
        Boundary(slot, mode.ttl(label) or ttl if label else ttl) for slot, label in _marked(prompt, layout)
    )
    return Strategy(mode, ttl, boundaries, hit_rate=caching.hit_rate)


def _marked(prompt: Prompt, layout: Layout) -> Iterator[tuple[int, str | None]]:
    """The slots that end at a mark, with its TTL. A slot ends behind every marked part; the history that a conversation
    inserts is nobody's part."""
    at = 0
    for index, slot in enumerate(layout.slots):
        if slot.own:
            continue
        at += len(slot.parts)
        mark = prompt.parts[at - 1].mark
        if mark:
            yield index, mark.ttl
