"""From token counts to the bill of every scheme."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from cachecalc.core.pricing import MTOK
from cachecalc.core.replay.scheme import Policy, Rule, Scheme, thresholds


class Cell(NamedTuple):
    """The tokens of some of the requests: those of one long-prompt tier (how many thresholds their prompts exceed) in
    one of the slices that the requests are dealt into. `read` and `written` are parts of `input`."""

    tier: int
    slice: int
    requests: int
    input: int
    output: int
    read: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """Records that were set aside, or kept with a reserve; `line` is the first of them (0: not a matter of lines)."""

    path: str
    reason: str
    count: int
    line: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scheme would have cost. `cache_write` is by TTL label; tokens that are stored for nothing are `input`.

    `read_share` is the share of all input tokens that were read from the cache, `read_share_error` its standard
    error, None where the log is too short to tell. `guaranteed` False: the provider promises no hit, so the read share
    is the most there can be.
    """

    model: str
    policy: Policy
    ttl: str
    input: int
    cache_read: int
    cache_write: Mapping[str, int]
    output: int
    input_cost: Decimal
    total_cost: Decimal
    read_share: float
    read_share_error: float | None
    guaranteed: bool

    @property
    def input_tokens(self) -> int:
        return self.input + self.cache_read + sum(self.cache_write.values())


@dataclass(frozen=True, slots=True)
class Baseline:
    """The same requests on a model without caching."""

    model: str
    input_cost: Decimal
    total_cost: Decimal


@dataclass(frozen=True, slots=True)
class Replay:
    """Everything a replay found. `seconds` is the time from the first request to the last, None where the log has no
    common clock."""

    requests: int
    input_tokens: int
    output_tokens: int
    seconds: float | None
    baselines: tuple[Baseline, ...]
    outcomes: tuple[Outcome, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def baseline(self, model: str) -> Baseline:
        return next(row for row in self.baselines if row.model == model)


def settle(
    schemes: Sequence[Scheme], everything: Sequence[Cell], cells: Mapping[Rule, Sequence[Cell]]
) -> tuple[tuple[Baseline, ...], tuple[Outcome, ...]]:
    """The bills. `everything` are all requests without any caching, `cells` what the rule of each scheme makes of them."""
    steps = thresholds(schemes)
    first = {scheme.model.id: scheme for scheme in schemes}
    baselines = tuple(_baseline(scheme, everything, steps) for scheme in first.values())
    outcomes = tuple(_outcome(scheme, cells[scheme.rule(steps)], steps) for scheme in schemes)
    return baselines, outcomes


def _baseline(scheme: Scheme, everything: Iterable[Cell], steps: Sequence[int]) -> Baseline:
    cost, output = _costs(scheme, everything, steps)
    return Baseline(scheme.model.id, cost, cost + output)


def _outcome(scheme: Scheme, cells: Sequence[Cell], steps: Sequence[int]) -> Outcome:
    cost, output_cost = _costs(scheme, cells, steps)
    total = sum(cell.input for cell in cells)
    read = sum(cell.read for cell in cells)
    written = sum(cell.written for cell in cells) if scheme.mode.bills_writes else 0
    return Outcome(
        model=scheme.model.id,
        policy=scheme.policy,
        ttl=scheme.label,
        input=total - read - written,
        cache_read=read,
        cache_write={scheme.label: written} if scheme.mode.bills_writes else {},
        output=sum(cell.output for cell in cells),
        input_cost=cost,
        total_cost=cost + output_cost,
        read_share=read / total if total else 0.0,
        read_share_error=share_error(cells),
        guaranteed=scheme.mode.guaranteed,
    )


def _costs(scheme: Scheme, cells: Iterable[Cell], steps: Sequence[int]) -> tuple[Decimal, Decimal]:
    """USD for input and for output. Where storing is free, `Price.write` is the input price."""
    cost = output = Decimal(0)
    for cell in cells:
        price = scheme.price((0, *steps)[cell.tier] + 1)
        fresh = cell.input - cell.read - cell.written
        cost += fresh * price.input + cell.read * price.read + cell.written * price.write
        output += cell.output * price.output
    return cost / MTOK, output / MTOK


def share_error(cells: Iterable[Cell]) -> float | None:
    """The standard error of the read share: of a ratio of sums over slices that are taken as independent."""
    reads: dict[int, int] = {}
    inputs: dict[int, int] = {}
    for cell in cells:
        reads[cell.slice] = reads.get(cell.slice, 0) + cell.read
        inputs[cell.slice] = inputs.get(cell.slice, 0) + cell.input
    count, total = len(inputs), sum(inputs.values())
    if count < 2 or not total:
        return None
    share = sum(reads.values()) / total
    spread = sum((reads[part] - share * tokens) ** 2 for part, tokens in inputs.items())
    return math.sqrt(spread * count / (count - 1)) / total
