"""A commented profile to start from: what was found filled in, what was not found marked as assumed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

HEAD = """\
# A traffic profile for cachecalc: what is asked of which model, how often, and in what rhythm.
# What stands under `assumed:` is a guess. Put in your own number and take its line away; until then every figure that
# rests on it is starred.
version: 1
"""

POPULATIONS = (
    "# populations: {tenant: {count: 40, skew: zipf 1.1}, build: 5/week}    # where a part changes per tenant, ..."
)
GUESSES = {"build": "5/week", "tenant": "40", "user": "1000", "session": "5000"}

ARRIVALS = (
    "# arrivals: {active_hours: 50/week}    # or poisson, even, {hours: [24 or 168 counts]}, {gaps: {p50: .., p90: ..}}"
)
CACHE = "# cache: 5m    # off, auto, a TTL, {ttl: 5m, breakpoints: rolling}; absent: what the provider does by itself"


@dataclass(frozen=True, slots=True)
class Hole:
    """A placeholder of a prompt file: its name, how often it changes, and a guess at its tokens (None: short)."""

    name: str
    changes: str
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Starter:
    """One workload as far as it is known. `assumed` gives a reason for each number that is a guess."""

    name: str
    model: str
    output: int
    requests: str
    comment: str = ""
    file: str | None = None
    holes: tuple[Hole, ...] = ()
    static: int = 0
    dynamic: int = 0
    scopes: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    observed: tuple[tuple[str, str], ...] = ()
    assumed: dict[str, str] = field(default_factory=dict)


def render(starters: Sequence[Starter]) -> str:
    """The profile as YAML text."""
    workloads = "\n".join("\n".join(_workload(each)) for each in _distinct(starters))
    return f"{HEAD}{_populations(starters)}\nworkloads:\n{workloads}\n"


def _populations(starters: Iterable[Starter]) -> str:
    scopes = sorted({scope for starter in starters for scope in starter.scopes})
    if not scopes:
        return POPULATIONS
    guesses = ", ".join(f"{scope}: {GUESSES[scope]}" for scope in scopes)
    return f"populations: {{{guesses}}}    # guesses: how many there are; {{count: 40, skew: zipf 1.1}} if they differ"


def _distinct(starters: Iterable[Starter]) -> Iterator[tuple[str, Starter]]:
    """Workloads with names of their own."""
    taken: set[str] = set()
    for starter in starters:
        base = re.sub(r"[^A-Za-z0-9_.-]+", "-", starter.name).strip("-") or "workload"
        name = next(each for each in (base, *(f"{base}-{i}" for i in range(2, 10_000))) if each not in taken)
        taken.add(name)
        yield name, starter


def _workload(named: tuple[str, Starter]) -> Iterator[str]:
    name, starter = named
    yield f"  {name}:" + (f"    # {starter.comment}" if starter.comment else "")
    yield f"    model: {_text(starter.model)}"
    if starter.file is not None:
        yield f"    sources: [{_text(starter.file)}]"
    yield from _prompt(starter)
    yield f"    output: {starter.output}"
    yield f"    requests: {starter.requests}"
    yield (
        f"    arrivals: {{hours: {list(starter.hours)}}}    # by hour of the day, UTC"
        if starter.hours
        else f"    {ARRIVALS}"
    )
    yield f"    {CACHE}"
    if starter.observed:
        yield f"    observed: {{{', '.join(f'{key}: {value}' for key, value in starter.observed)}}}"
    if starter.assumed:
        yield "    assumed:"
        yield from (f"      {key}: {reason}" for key, reason in starter.assumed.items())


def _prompt(starter: Starter) -> Iterator[str]:
    if starter.file is None:
        yield f"    prompt: {{static: {starter.static}, dynamic: {starter.dynamic}}}"
        return
    yield "    prompt:"
    yield f"      file: {_text(starter.file)}"
    if starter.holes:
        yield "      bind:"
    for hole in starter.holes:
        size = f"{{tokens: {hole.tokens}, changes: {hole.changes}}}" if hole.tokens is not None else hole.changes
        yield f"        {hole.name}: {size}"
    if starter.dynamic:
        yield f"      dynamic: {starter.dynamic}    # what follows the file in each request"


def _text(value: str) -> str:
    """A YAML scalar; quoted wherever it might be read as something else."""
    return value if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", value) else json.dumps(value, ensure_ascii=False)
