"""What a log says of its traffic: the numbers of a profile whose estimate comes to what the replay found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cachecalc.core.replay.scheme import Rule


@dataclass(frozen=True, slots=True)
class Repeats:
    """How much of the input could be read again, and how long ago it was last used.

    `rho` is the share of all input tokens that an endless lifetime would let be read; `gaps`, in ascending order, are
    the lifetimes in seconds that they need, each for an equal part of those tokens. `tiers` are the same for the
    requests of each long-prompt tier alone, where there are several.
    """

    rho: float
    gaps: tuple[float, ...]
    tiers: tuple[Repeats, ...] = ()


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions of a log that tells them apart: their number, the requests of one on average, the tokens that a turn
    adds to the prompt, and the tokens of all prompts that another one of the session followed."""

    count: int
    turns: float
    grows_by: float
    followed_tokens: int


@dataclass(frozen=True, slots=True)
class Heads:
    """Prompts up to their last mark: how many different ones there are (of tenants, versions, ...), and the share of
    requests that begin with the commonest."""

    count: int
    largest: float


@dataclass(frozen=True, slots=True)
class Measured:
    """`repeats` by the rule they were measured under. `sessions` and `heads` are None where a log does not tell them
    apart. `hours` are mean requests by hour of the week, from Monday 00:00
    UTC, or of the day; empty where the log is too short or tells no date."""

    repeats: Mapping[Rule, Repeats]
    sessions: Sessions | None = None
    heads: Heads | None = None
    hours: tuple[float, ...] = ()
