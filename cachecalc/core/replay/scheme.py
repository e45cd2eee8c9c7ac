"""The caching policies that can be replayed, and what each of them needs of a model."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core import units
from cachecalc.core.pricing import Kind, Mode, Model, Period, Rates, Ttl
from cachecalc.core.problem import InputError, Problem


class Policy(enum.StrEnum):
    """Where entries are stored. A request reads the longest entry that is alive and a prefix of its prompt."""

    PREFIX = "prefix"  # after every full block: what caching can reach at most without knowing the future
    ROLLING = "rolling"  # one at the end of each prompt
    MARKS = "marks"  # at the marks of the request, and at its end
    SYSTEM = "system"  # at the marks of the request alone
    ROLLING_PINGS = "rolling+pings"  # as `rolling`, and kept alive while nobody asks
    SYSTEM_PINGS = "system+pings"  # as `system`, and kept alive while nobody asks
    AUTOMATIC = "automatic"  # by the provider itself: every block, read in the provider's steps
    BEST = "best"  # knowing the future: a block is stored only where its reads pay for it


KINDS: Mapping[Policy, tuple[Kind, ...]] = {
    Policy.PREFIX: (Kind.MARKS, Kind.TAIL, Kind.PREFIX),
    Policy.ROLLING: (Kind.MARKS, Kind.TAIL),
    Policy.MARKS: (Kind.MARKS,),
    Policy.SYSTEM: (Kind.MARKS,),
    Policy.ROLLING_PINGS: (Kind.MARKS, Kind.TAIL),
    Policy.SYSTEM_PINGS: (Kind.MARKS,),
    Policy.AUTOMATIC: (Kind.PREFIX,),
    Policy.BEST: (Kind.MARKS, Kind.TAIL, Kind.PREFIX),
}
"""The kinds of caching that can carry out a policy, best first."""

PINGED: Mapping[Policy, Policy] = {Policy.ROLLING_PINGS: Policy.ROLLING, Policy.SYSTEM_PINGS: Policy.SYSTEM}
"""Policies with pings, and where those store."""

MARKED = frozenset({Policy.MARKS, Policy.SYSTEM})
"""Where to store that needs to know where the requests' marks stand."""

MOST_PINGS = 1000

FITTED = frozenset({Policy.ROLLING, Policy.MARKS, Policy.AUTOMATIC})
"""Policies that a profile describes, so that one can be fitted to them."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD per MTok of a stored, a read and a plain input token, and of an output token."""

    input: Decimal
    read: Decimal
    write: Decimal
    output: Decimal


@dataclass(frozen=True, slots=True)
class Rule:
    """All that decides which tokens are read and written: two schemes with one rule have the same token counts.

    `ttl` is in seconds. A request shorter than `min_tokens` takes no part, and a read shorter than that is none; a read
    is rounded down to `increment`. An entry can be read once `requests_to_store` requests have stored it. Only `best`
    looks at `prices`: by the long-prompt tier of a request. An entry that nobody asks for is read by `pings` in a row, a
    TTL apart, before it is given up.
    """

    policy: Policy
    ttl: float
    min_tokens: int
    increment: int = 1
    requests_to_store: int = 1
    prices: tuple[Price, ...] = ()
    pings: int = 0

    @property
    def life(self) -> float:
        """Seconds from the last request for an entry to its end."""
        return self.ttl * (self.pings + 1)


@dataclass(frozen=True, slots=True)
class Scheme:
    """A policy on a model at a TTL. `label` names the TTL as the price list does, or as the user did."""

    model: Model
    policy: Policy
    mode: Mode
    ttl: float
    label: str
    period: Period

    @property
    def rounded(self) -> bool:
        """Reads come in the provider's steps where the provider finds the prefix; `prefix` and `best` are bounds."""
        return self.policy is Policy.AUTOMATIC

    @property
    def needs_marks(self) -> bool:
        """Whether it does nothing on requests without marks."""
        return PINGED.get(self.policy, self.policy) in MARKED

    @property
    def pings(self) -> int:
        """How many pings in a row cost less than to store the entry anew: who stops there pays at most twice what the
        future, had it been known, would have cost."""
        price = self.price(1)
        if self.policy not in PINGED:
            return 0
        return min(int((price.write - price.read) / price.read), MOST_PINGS) if price.read else MOST_PINGS

    @property
    def min_tokens(self) -> int:
        return self.mode.min_tokens or max(self.mode.increment, 1)

    def price(self, prompt_tokens: int) -> Price:
        """What the tokens of a request with a prompt of this length cost."""
        rates = self.period.for_prompt(prompt_tokens)
        read, write = rates.read(self.mode), _write(rates, self.mode, self.ttl)
        assert read is not None
        assert write is not None
        return Price(rates.input, read, write, rates.output)

    def rule(self, thresholds: Sequence[int]) -> Rule:
        """`thresholds` are the prompt lengths above which another tier begins, in order."""
        best = self.policy is Policy.BEST
        return Rule(
            policy=PINGED.get(self.policy, self.policy),
            ttl=self.ttl,
            min_tokens=self.min_tokens,
            increment=self.mode.increment if self.rounded else 1,
            requests_to_store=self.mode.requests_to_store if self.rounded or best else 1,
            prices=tuple(self.price(length + 1) for length in (0, *thresholds)) if best else (),
            pings=self.pings,
        )


def thresholds(schemes: Iterable[Scheme]) -> tuple[int, ...]:
    """Every prompt length above which one of the models has other prices."""
    return tuple(sorted({tier.above_tokens for scheme in schemes for tier in scheme.period.tiers}))


def schemes(
    models: Sequence[Model], policies: Sequence[Policy], ttls: Sequence[str], day: dt.date
) -> tuple[tuple[Scheme, ...], tuple[str, ...]]:
    """Every combination that the models offer, and a sentence on each wish that cannot be met.

    Without `policies`, all that tell something of a model; without `ttls`, all that it has: where the provider promises a range
    only, its ends. Raises InputError where nothing is left, or a TTL is none.
    """
    wanted = [_duration(ttl) for ttl in ttls]
    found: list[Scheme] = []
    refused: dict[str, dict[str, None]] = {}
    for model in models:
        for policy in policies or _telling(model):
            new, reasons = _schemes(model, policy, wanted, model.period_on(day))
            found += new
            for reason in reasons:
                refused.setdefault(reason, {})[model.id] = None
    notes = tuple(f"{', '.join(names)}: {reason}" for reason, names in refused.items())
    if not found:
        raise InputError(Problem(note) for note in notes or ["no caching of these models can be replayed"])
    return tuple(found), notes


def _schemes(
    model: Model, policy: Policy, ttls: Sequence[tuple[str, float]], period: Period
) -> tuple[list[Scheme], list[str]]:
    """The schemes of one policy, and why others are none."""
    mode = next((mode for kind in KINDS[policy] if (mode := model.caching.of_kind(kind))), None)
    if mode is None:
        return [], [f"cannot be played with `{policy}`, but with {', '.join(_allowed(model)) or 'nothing'}"]
    found, refused = [], []
    for label, seconds in ttls or _lifetimes(mode):
        scheme = Scheme(model, policy, mode, seconds, _label(mode, label, seconds), period)
        if reason := _unpriced(scheme):
            refused.append(reason)
        else:
            found.append(scheme)
    return found, refused


def _unpriced(scheme: Scheme) -> str | None:
    mode = scheme.mode
    if mode.bills_writes and _sold(mode, scheme.ttl) is None:
        return f"no cache TTL of {scheme.label} is sold, but {', '.join(ttl.label for ttl in mode.ttls)}"
    rows = (scheme.period.rates, *(tier.rates for tier in scheme.period.tiers))
    if any(row.read(mode) is None or _write(row, mode, scheme.ttl) is None for row in rows):
        return f"no cache prices are known at {scheme.label}"
    if scheme.policy in PINGED and not scheme.pings:
        return f"a ping costs more than to store an entry of {scheme.label} anew"
    return None


def _telling(model: Model) -> list[Policy]:
    """The policies worth a row: where the provider stores every block itself, `prefix` is `automatic` once more."""
    allowed = _allowed(model)
    return [policy for policy in allowed if not (policy is Policy.PREFIX and Policy.AUTOMATIC in allowed)]


def _allowed(model: Model) -> list[Policy]:
    return [policy for policy, kinds in KINDS.items() if any(map(model.caching.of_kind, kinds))]


def _lifetimes(mode: Mode) -> Iterator[tuple[str, float]]:
    """What the mode offers: its TTLs, or the ends of the range that stands for its default one."""
    if mode.bills_writes or all(ttl.low == ttl.high for ttl in mode.ttls):
        yield from ((ttl.label, ttl.typical) for ttl in mode.ttls)
    elif ttl := mode.ttl(None):
        yield from ((units.spell(seconds), seconds) for seconds in (ttl.low, ttl.high))


def _label(mode: Mode, label: str, seconds: float) -> str:
    sold = _sold(mode, seconds)
    return sold.label if sold else label


def _sold(mode: Mode, seconds: float) -> Ttl | None:
    """The TTL of exactly this length that a mode has a name for."""
    return next((ttl for ttl in mode.ttls if ttl.low == ttl.high == seconds), None)


def _write(rates: Rates, mode: Mode, seconds: float) -> Decimal | None:
    sold = _sold(mode, seconds)
    return rates.write(mode, sold.label if sold else None)


def _duration(text: str) -> tuple[str, float]:
    try:
        seconds = units.duration(text)
    except ValueError as error:
        raise InputError([Problem(f"TTL {error}")]) from None
    if seconds <= 0:
        raise InputError([Problem("a TTL must be longer than nothing")])
    return text.strip(), seconds
