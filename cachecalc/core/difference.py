"""What a change costs: one workload before and after it, at the same prices, in the same month, with the same traffic.

Whatever is not the change's doing is kept apart: other traffic in the profile, and other prices, are amounts of their
own and nobody's fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from cachecalc.core.estimate.estimate import Estimate, estimate
from cachecalc.core.estimate.workload import Calendar, Workload
from cachecalc.core.prompt import Part, Prompt

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that was changed, and the USD a month it makes. `part` is the first part of the prompt that is not as
    it was, in the text after the change (`before`: it is gone, and stands in the text before),
    `path` its file."""

    what: str
    usd: Decimal
    part: Part | None = None
    before: bool = False
    path: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A workload before and after; None where it does not exist. `before` has the traffic of `after`; `traffic` is what
    the other traffic alone makes of the bill. `sources` are edits of code that the profile knows by its tokens only, on
    top of what the profile itself makes of the bill."""

    name: str
    before: Estimate | None
    after: Estimate | None
    causes: tuple[Cause, ...] = ()
    traffic: Decimal = ZERO
    sources: tuple[Cause, ...] = ()

    @property
    def usd_before(self) -> Decimal:
        return self.before.configured.total if self.before else ZERO

    @property
    def usd_after(self) -> Decimal:
        edits = sum((cause.usd for cause in self.sources), ZERO)
        return self.after.configured.total + edits if self.after else ZERO

    @property
    def usd(self) -> Decimal:
        return self.usd_after - self.usd_before


def differences(before: Iterable[Workload], after: Iterable[Workload], calendar: Calendar) -> Iterator[Change]:
    """Every workload of either side, by name, in the order of the later one."""
    old = {workload.name: workload for workload in before}
    new = {workload.name: workload for workload in after}
    for name in dict.fromkeys([*new, *old]):
        yield difference(name, old.get(name), new.get(name), calendar)


def difference(name: str, before: Workload | None, after: Workload | None, calendar: Calendar) -> Change:
    """One workload. Raises InputError where a side cannot be priced."""
    if before is None or after is None:
        was = estimate(before, calendar) if before else None
        return Change(name, was, estimate(after, calendar) if after else None)
    alike = _with_traffic_of(after, before)
    was, is_now = estimate(alike, calendar), estimate(after, calendar)
    moved = estimate(before, calendar).configured.total if alike != before else was.configured.total
    causes = tuple(_causes(alike, after, calendar))
    return Change(name, was, is_now, causes, traffic=was.configured.total - moved)


def _with_traffic_of(other: Workload, workload: Workload) -> Workload:
    return replace(
        workload,
        requests=other.requests,
        arrivals=other.arrivals,
        conversation=other.conversation,
        populations=other.populations,
        builds=other.builds,
        observed=other.observed,
    )


Edit = Callable[[Workload, Workload], Workload]

_EDITS: tuple[tuple[str, Edit], ...] = (
    ("prompt", lambda now, after: replace(now, prompt=after.prompt)),
    ("cache", lambda now, after: replace(now, caching=after.caching)),
    ("model", lambda now, after: replace(now, model=after.model, prompt=after.prompt, caching=after.caching)),
    ("output", lambda now, after: replace(now, output=after.output)),
    ("memo", lambda now, after: replace(now, memo=after.memo)),
    ("options", lambda now, after: replace(now, options=after.options)),
)
"""What can be changed, one after the other, so that the causes add up to the whole change."""


def _causes(before: Workload, after: Workload, calendar: Calendar) -> Iterator[Cause]:
    now, cost = before, estimate(before, calendar).configured.total
    for what, edit in _edits(before, after):
        now = edit(now, after)
        later = estimate(now, calendar).configured.total
        part, gone = first_edit(before.prompt, after.prompt) if what == "prompt" else (None, False)
        path = (part.file if part else "") or (before if gone else after).prompt.path
        yield Cause(what, later - cost, part, gone, path)
        cost = later


def _edits(before: Workload, after: Workload) -> Iterator[tuple[str, Edit]]:
    """The edits that change something. On another model neither the prompt's counts nor the cache's settings mean what
    they did, so they move with it."""
    is_moved = before.model.id != after.model.id
    changed = {
        "prompt": _texts(before.prompt) != _texts(after.prompt) and not is_moved,
        "cache": before.caching != after.caching and not is_moved,
        "model": is_moved,
        "output": before.output != after.output,
        "memo": before.memo != after.memo,
        "options": before.options != after.options,
    }
    yield from ((what, edit) for what, edit in _EDITS if changed[what])


def first_edit(before: Prompt, after: Prompt) -> tuple[Part | None, bool]:
    """The part that tells best what was edited, and whether it is one that is gone: the first changing text that is new,
    else the first that is gone, else the first text that is not as it was."""
    new, gone = _missing(after, before), _missing(before, after)
    for parts, is_gone in ((new, False), (gone, True)):
        changing = next((part for part in parts if not part.volatility.is_static), None)
        if changing is not None:
            return changing, is_gone
    return (new[0], False) if new else (gone[0] if gone else None, bool(gone))


def _missing(prompt: Prompt, other: Prompt) -> list[Part]:
    known = _texts(other)
    return [part for part, key in zip(prompt.parts, _texts(prompt), strict=True) if key not in known]


def _texts(prompt: Prompt) -> list[tuple[object, ...]]:
    """What a part is, wherever it stands."""
    return [(part.text, part.volatility, part.count, part.section, part.mark is not None) for part in prompt.parts]
