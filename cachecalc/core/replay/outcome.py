"""From token counts to the bill of every scheme."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from cachecalc.core.pricing import MTOK
from cachecalc.core.replay.measured import Heads, Repeats, Sessions
from cachecalc.core.replay.scheme import Policy, Price, Rule, Scheme

NOT_MEASURED: Mapping[Rule, Repeats] = MappingProxyType({})


class Cell(NamedTuple):
    """The tokens of some of the requests: those of one long-prompt tier (how many thresholds their prompts exceed) in
    one of the slices that the requests are dealt into. `read` and `written` are parts of `input`; `pinged` are what
    `pings` read besides."""

    tier: int
    slice: int
    requests: int
    input: int
    output: int
    read: int = 0
    written: int = 0
    pings: int = 0
    pinged: int = 0


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

    `read_share` is the share of all input tokens that were read from the cache, `input_usd_per_mtok` what an input
    token cost on average; the errors are their standard errors, None where the log is too short to tell. `price` is
    that of short prompts. `guaranteed` False: the provider promises no hit, so this is the best it can come to.
    `pings` read `pinged` tokens to keep entries alive: no request's input, but part of the costs. `has_tiers`: long
    prompts have other prices.
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
    input_usd_per_mtok: Decimal
    input_usd_per_mtok_error: float | None
    price: Price
    guaranteed: bool
    repeats: Repeats | None = None
    pings: int = 0
    pinged: int = 0
    has_tiers: bool = False


@dataclass(frozen=True, slots=True)
class Baseline:
    """The same requests on a model without caching."""

    model: str
    input_cost: Decimal
    total_cost: Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """The requests with prompts of more than `above` tokens, up to the next tier."""

    above: int
    requests: int
    input_tokens: int
    output_tokens: int


def tiers(everything: Iterable[Cell], steps: Sequence[int]) -> tuple[Tier, ...]:
    cells: list[list[Cell]] = [[] for _ in (0, *steps)]
    for cell in everything:
        cells[cell.tier].append(cell)
    return tuple(
        Tier(above, sum(c.requests for c in own), sum(c.input for c in own), sum(c.output for c in own))
        for above, own in zip((0, *steps), cells, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Replay:
    """Everything a replay found. `seconds` is the time from the first request to the last, None where the log has no
    common clock. `tiers` are the requests by the length of their prompts. `sessions`, `heads` and `hours` are as in `Measured`."""

    requests: int
    input_tokens: int
    output_tokens: int
    seconds: float | None
    baselines: tuple[Baseline, ...]
    outcomes: tuple[Outcome, ...]
    tiers: tuple[Tier, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    sessions: Sessions | None = None
    heads: Heads | None = None
    hours: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    def baseline(self, model: str) -> Baseline:
        return next(row for row in self.baselines if row.model == model)


def settle(
    schemes: Sequence[Scheme],
    steps: Sequence[int],
    everything: Sequence[Cell],
    cells: Mapping[Rule, Sequence[Cell]],
    repeats: Mapping[Rule, Repeats] = NOT_MEASURED,
) -> tuple[tuple[Baseline, ...], tuple[Outcome, ...]]:
    """The bills. `everything` are all requests without any caching, `cells` what the rule of each scheme makes of them;
    `steps` are the thresholds of the tiers by which both are divided."""
    first = {scheme.model.id: scheme for scheme in schemes}
    baselines = tuple(_baseline(scheme, everything, steps) for scheme in first.values())
    ruled = [(scheme, scheme.rule(steps)) for scheme in schemes]
    outcomes = (replace(_outcome(scheme, cells[rule], steps), repeats=repeats.get(rule)) for scheme, rule in ruled)
    return baselines, tuple(outcomes)


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
        read_share_error=ratio_error([(cell.slice, cell.read, cell.input) for cell in cells]),
        input_usd_per_mtok=cost * MTOK / total if total else Decimal(0),
        input_usd_per_mtok_error=ratio_error([(c.slice, float(_input_cost(scheme, c, steps)), c.input) for c in cells]),
        price=scheme.price(1),
        guaranteed=scheme.mode.guaranteed,
        pings=sum(cell.pings for cell in cells),
        pinged=sum(cell.pinged for cell in cells),
        has_tiers=bool(scheme.period.tiers),
    )


def _costs(scheme: Scheme, cells: Iterable[Cell], steps: Sequence[int]) -> tuple[Decimal, Decimal]:
    """USD for input and for output."""
    cost = output = Decimal(0)
    for cell in cells:
        cost += _input_cost(scheme, cell, steps)
        output += cell.output * _price(scheme, cell, steps).output
    return cost / MTOK, output / MTOK


def _input_cost(scheme: Scheme, cell: Cell, steps: Sequence[int]) -> Decimal:
    """In millionths of a dollar. Where storing is free, `Price.write` is the input price. A ping has one token of its
    own."""
    price = _price(scheme, cell, steps)
    fresh = cell.input - cell.read - cell.written
    pings = cell.pings * price.input + cell.pinged * price.read
    return fresh * price.input + cell.read * price.read + cell.written * price.write + pings


def _price(scheme: Scheme, cell: Cell, steps: Sequence[int]) -> Price:
    return scheme.price((0, *steps)[cell.tier] + 1)


def ratio_error(parts: Iterable[tuple[int, float, int]]) -> float | None:
    """The standard error of a ratio of sums. `parts` are (slice, amount above, amount below); slices are taken as
    independent samples of one ratio."""
    above: dict[int, float] = {}
    below: dict[int, int] = {}
    for part, amount, tokens in parts:
        above[part] = above.get(part, 0) + amount
        below[part] = below.get(part, 0) + tokens
    count, total = len(below), sum(below.values())
    if count < 2 or not total:
        return None
    ratio = sum(above.values()) / total
    spread = sum((above[part] - ratio * tokens) ** 2 for part, tokens in below.items())
    return math.sqrt(spread * count / (count - 1)) / total
