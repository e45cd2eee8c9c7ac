"""Has caching become worse since an earlier replay, or is that only noise?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from cachecalc.core.problem import InputError

LEAST_SHARE_NOISE = 0.01
LEAST_COST_NOISE = 0.02
"""Of the cost. Smaller changes are never told, however large the logs."""

_DEVIATIONS = 2.0


class Key(NamedTuple):
    """What two replays can be compared by."""

    model: str
    policy: str
    ttl: str

    def __str__(self) -> str:
        return f"{self.policy} {self.ttl} on {self.model}"


@dataclass(frozen=True, slots=True)
class Figures:
    """What is watched of one policy. Errors are standard errors, None where unknown; `prices` in USD per MTok."""

    read_share: float
    read_share_error: float | None
    usd_per_mtok: Decimal
    usd_per_mtok_error: float | None
    prices: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Change:
    """One policy now and in the replay it is compared with (None: there is none).

    `is_below` says that the read share is under the limit, `fell` and `rose` that read share and cost got worse by
    more than the noise. `is_repriced`: costs cannot be compared, for prices have moved.
    """

    key: Key
    now: Figures
    last: Figures | None = None
    share_noise: float = 0.0
    is_below: bool = False
    fell: bool = False
    rose: bool = False
    is_repriced: bool = False

    @property
    def is_bad(self) -> bool:
        return self.is_below or self.fell or self.rose


def check(
    now: Mapping[Key, Figures], last: Mapping[Key, Figures] | None, fail_under: float | None
) -> tuple[Change, ...]:
    """Every policy that can be judged, the worst first. Raises InputError where the two replays share no policy."""
    if last is None:
        return _worst_first(
            Change(key, figures, is_below=_is_below(figures, fail_under)) for key, figures in now.items()
        )
    shared = [key for key in now if key in last]
    if not shared:
        known = ", ".join(map(str, last)) or "none"
        raise InputError("the replays have no policy in common", help=f"the earlier one has {known}")
    return _worst_first(_change(key, now[key], last[key], fail_under) for key in shared)


def _change(key: Key, now: Figures, last: Figures, fail_under: float | None) -> Change:
    share_noise = max(LEAST_SHARE_NOISE, _noise(now.read_share_error, last.read_share_error))
    cost_noise = max(
        LEAST_COST_NOISE * float(last.usd_per_mtok), _noise(now.usd_per_mtok_error, last.usd_per_mtok_error)
    )
    is_repriced = now.prices != last.prices
    return Change(
        key,
        now,
        last,
        share_noise,
        is_below=_is_below(now, fail_under),
        fell=now.read_share < last.read_share - share_noise,
        rose=not is_repriced and float(now.usd_per_mtok - last.usd_per_mtok) > cost_noise,
        is_repriced=is_repriced,
    )


def _noise(*errors: float | None) -> float:
    """How far two samples of the same thing differ at most, nearly always."""
    return _DEVIATIONS * math.hypot(*(error or 0.0 for error in errors))


def _is_below(figures: Figures, fail_under: float | None) -> bool:
    return fail_under is not None and figures.read_share < fail_under


def _worst_first(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=_badness))


def _badness(change: Change) -> tuple[bool, float]:
    gain = change.now.read_share - (change.last.read_share if change.last else 0.0)
    return not change.is_bad, gain


def is_bad(changes: Sequence[Change]) -> bool:
    return any(change.is_bad for change in changes)
