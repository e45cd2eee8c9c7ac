"""Ways to cache a prompt with a model: what the provider does by itself, and what a caller can ask for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from cachecalc.core.estimate.rows import HISTORY, Layout, Slot
from cachecalc.core.estimate.walk import Boundary
from cachecalc.core.estimate.workload import Caching, Named, Wanted
from cachecalc.core.pricing import Kind, Mode, Model, Ttl
from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.core.volatility import Freshness


@dataclass(frozen=True, slots=True)
class Strategy:
    """A mode and the boundaries it stores. No mode: no caching. `hit_rate` overrides the derived hits."""

    mode: Mode | None = None
    ttl: Ttl | None = None
    boundaries: tuple[Boundary, ...] = ()
    named: Named | None = None
    hit_rate: float | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """How people call it: "no caching", "marks 5m", "automatic 24h", "named"."""
        if self.mode is None:
            return "no caching"
        ttls = dict.fromkeys(boundary.ttl.label for boundary in self.boundaries)
        shown = "+".join(ttls) if len(self.mode.ttls) > 1 and self.mode.kind is not Kind.NAMED else ""
        return f"{self.label or self.mode.name} {shown}".strip()


NO_CACHING = Strategy()


def configured(caching: Caching, model: Model, layout: Layout) -> Strategy:
    """What a profile's `cache:` means for a model. Raises InputError for a mode or TTL the model does not have."""
    mode = _mode(caching, model)
    if mode is None:
        return NO_CACHING
    ttl = _ttl(mode, caching.ttl, model)
    if mode.kind is Kind.NAMED:
        return Strategy(mode, ttl, _stable(layout.slots, mode, ttl)[-1:], caching.named, caching.hit_rate)
    boundaries = _boundaries(caching, mode, ttl, layout, model)
    return Strategy(mode, ttl, boundaries, hit_rate=caching.hit_rate)


def choices(model: Model, layout: Layout, named: Named | None = None) -> Iterator[Strategy]:
    """No caching, and each mode of the model with each of its TTLs, marks where one would put them first."""
    yield NO_CACHING
    for mode in model.caching.modes:
        if mode.kind is Kind.NAMED:
            ttl = _ttl(mode, None, model)
            yield Strategy(mode, ttl, _stable(layout.slots, mode, ttl)[-1:], named or Named())
            continue
        for ttl in _offered(mode):
            yield Strategy(mode, ttl, _default_boundaries(layout, mode, ttl))


def _offered(mode: Mode) -> tuple[Ttl, ...]:
    """A caller chooses the TTL of what is billed for it; a provider's own retention is not for choosing."""
    default = mode.ttl(None)
    return mode.ttls if mode.bills_writes or default is None else (default,)


def _mode(caching: Caching, model: Model) -> Mode | None:
    rules = model.caching
    default = rules.mode(rules.default)
    match caching.wanted:
        case Wanted.DEFAULT:
            return default
        case Wanted.OFF:
            return None if rules.can_disable else default
        case Wanted.AUTO:
            return rules.of_kind(Kind.TAIL) or default or _refuse(model, "has no automatic caching")
        case Wanted.NAMED:
            return rules.of_kind(Kind.NAMED) or _refuse(model, "has no named (explicit) cache objects")
        case Wanted.MARKS:
            candidates = (rules.of_kind(Kind.MARKS), default, *rules.modes)
            offering = (mode for mode in candidates if mode and (caching.ttl is None or mode.ttl(caching.ttl)))
            return next(offering, None) or _refuse_ttl(model, caching.ttl or "")


def _ttl(mode: Mode, label: str | None, model: Model) -> Ttl:
    return mode.ttl(label) or _refuse_ttl(model, label or mode.default_ttl)


def _refuse(model: Model, what: str) -> NoReturn:
    offered = ", ".join(mode.name for mode in model.caching.modes) or "none"
    raise InputError([Problem(f"{model.id} {what}", help=f"caching it offers: {offered}")])


def _refuse_ttl(model: Model, label: str) -> NoReturn:
    offered = dict.fromkeys(ttl.label for mode in model.caching.modes for ttl in mode.ttls)
    raise InputError([Problem(f"{model.id} has no cache TTL {label!r}", help=f"it has {', '.join(offered) or 'none'}")])


def _boundaries(caching: Caching, mode: Mode, ttl: Ttl, layout: Layout, model: Model) -> tuple[Boundary, ...]:
    if mode.kind is not Kind.MARKS and (caching.part_ttls or caching.breakpoints not in {(), ("rolling",)}):
        _refuse(model, f"takes no marks in its mode {mode.name!r}: it finds prefixes by itself")
    if mode.kind is not Kind.MARKS or not (caching.breakpoints or caching.part_ttls):
        return _default_boundaries(layout, mode, ttl)
    if caching.breakpoints == ("none",):
        return ()
    if caching.breakpoints == ("rolling",):
        return _default_boundaries(layout, mode, ttl)
    if caching.breakpoints == ("system",):
        return tuple(mark for mark in _stable(layout.slots, mode, ttl) if not layout.slots[mark.slot].own)[-1:]
    wanted = {name: caching.part_ttls.get(name) for name in (*caching.breakpoints, *caching.part_ttls)}
    slots = {name: _slot_of(name, layout.slots) for name in wanted}
    marks = [Boundary(slots[name], _ttl(mode, label, model) if label else ttl) for name, label in wanted.items()]
    if len(marks) > mode.max_marks:
        _refuse(model, f"takes at most {mode.max_marks} breakpoints, and {len(marks)} are set")
    marks.sort(key=lambda mark: mark.slot)
    if any(earlier.ttl.typical < later.ttl.typical for earlier, later in itertools.pairwise(marks)):
        _refuse(model, "takes longer TTLs first, and a shorter one stands before a longer one")
    return tuple(marks)


def _slot_of(name: str, slots: Sequence[Slot]) -> int:
    for index, slot in enumerate(slots):
        if name in slot.parts:
            return index
    known = [part for slot in slots for part in slot.parts]
    hint = did_you_mean(name, known) or f"the parts are {', '.join(known)}"
    raise InputError([Problem(f"no part is called {name!r}", help=hint)])


def _default_boundaries(layout: Layout, mode: Mode, ttl: Ttl) -> tuple[Boundary, ...]:
    match mode.kind:
        case Kind.PREFIX:
            return tuple(Boundary(index, ttl) for index in range(len(layout.slots)))
        case Kind.TAIL:
            return (Boundary(len(layout.slots) - 1, ttl),) if layout.slots else ()
        case Kind.MARKS | Kind.NAMED:
            return _stable(layout.slots, mode, ttl)


def _stable(slots: Sequence[Slot], mode: Mode, ttl: Ttl) -> tuple[Boundary, ...]:
    """Marks wherever the prefix becomes more volatile, the deepest first if there are too many: behind each slot in
    front of fresh text. A named cache outlives no conversation, so history is not for it."""
    stable = [
        Boundary(index, ttl)
        for index, slot in enumerate(slots)
        if slot.volatility.fresh is Freshness.NONE and not (mode.kind is Kind.NAMED and slot.name == HISTORY)
    ]
    return tuple(stable[-mode.max_marks :])
