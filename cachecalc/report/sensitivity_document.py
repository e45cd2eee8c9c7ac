"""The shapes of a sweep's and a tornado's JSON. Money is an exact string."""

from __future__ import annotations

from typing_extensions import TypedDict


class PointReport(TypedDict):
    """The month at one value."""

    value: float | str
    baseline_usd: str
    cached_usd: str
    plan_usd: str
    plan: str


class CrossingReport(TypedDict):
    """Where the configuration begins or ceases to pay, or another plan is the best from there on."""

    value: float
    what: str
    before: str
    now: str


class SweptWorkload(TypedDict):
    """One workload along the range."""

    name: str
    points: list[PointReport]
    crossings: list[CrossingReport]


class SweepReport(TypedDict):
    """What `cachecalc estimate --sweep ... --format json` prints."""

    version: int
    month: str
    sweep: str
    unit: str
    workloads: list[SweptWorkload]


class SwingReport(TypedDict):
    """The bill at both ends of one input; `given`: the ends are a fifth less and more of what was given."""

    name: str
    low_usd: str
    high_usd: str
    given: bool


class TornadoWorkload(TypedDict):
    """One workload's inputs, the widest swing first."""

    name: str
    cached_usd: str
    swings: list[SwingReport]


class TornadoReport(TypedDict):
    """What `cachecalc estimate --tornado --format json` prints."""

    version: int
    month: str
    tornado: list[TornadoWorkload]
