"""Short ways to say a workload in a test."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.estimate import Estimate, estimate
from cachecalc.core.estimate.projection import Projection, project
from cachecalc.core.estimate.strategy import configured
from cachecalc.core.estimate.workload import Calendar, Scenario, Workload
from cachecalc.core.prompt import Prompt
from cachecalc.core.traffic.arrivals import Poisson
from cachecalc.load import pricing, profile

TODAY = dt.date(2026, 11, 21)
THIRTY_DAYS = Calendar(TODAY)


def workload(text: str, populations: str = "{}") -> Workload:
    """The workload that a few lines of a profile describe."""
    lines = "\n".join(f"    {line}" for line in text.strip().splitlines())
    whole = f"version: 1\npopulations: {populations}\nworkloads:\n  it:\n{lines}\n"
    return profile.parse(whole, "profile.yaml", pricing.bundled(), no_files).workloads[0]


def estimated(text: str, populations: str = "{}", calendar: Calendar = THIRTY_DAYS) -> Estimate:
    """The estimate of a few lines of a profile."""
    return estimate(workload(text, populations), calendar)


def projected(given: Workload, calendar: Calendar = THIRTY_DAYS) -> Projection:
    """The expected month of a workload as it is configured."""
    case = Case(given, calendar, Scenario(given.arrivals or Poisson()))
    layout = case.layout()
    return project(case, configured(given.caching, given.model, layout), layout)


def at(given: Workload, requests: float) -> Workload:
    """The same workload at another number of requests a month."""
    from cachecalc.core.units import Range, Rate

    return replace(given, requests=Rate(Range.exactly(requests), "month"))


def no_files(path: str, *_: object) -> Prompt:
    """A prompt reader for profiles that name no file."""
    raise AssertionError(path)
