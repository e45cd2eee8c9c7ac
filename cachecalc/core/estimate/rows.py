"""A workload's requests as rows of tokens along the boundaries of its prompt.

A slot is a stretch of the prompt that ends at a boundary a provider can store. In a conversation the history is a slot
that grows: what the previous turn already sent (`old`) can be read back, what has come since (`new`) cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cachecalc.core.estimate.workload import Cohort, Conversation, Scenario, at
from cachecalc.core.prompt import Part, Prompt
from cachecalc.core.volatility import PER_REQUEST, STATIC, Freshness, Identity, Volatility

HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of prompt up to a boundary. `volatility` is that of the whole prefix; `own`: only the conversation
    itself can have stored it; `parts` are the names of the parts it holds."""

    name: str
    volatility: Volatility
    own: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Requests that look alike: their share of all, whether they open a conversation, and tokens by slot."""

    share: float
    first: bool
    old: tuple[float, ...]
    new: tuple[float, ...]

    @property
    def tokens(self) -> float:
        return sum(self.old) + sum(self.new)


@dataclass(frozen=True, slots=True)
class Layout:
    """The slots of a prompt and the rows of requests over them."""

    slots: tuple[Slot, ...]
    rows: tuple[Row, ...]

    @property
    def mean_tokens(self) -> float:
        """Input tokens of an average request."""
        return sum(row.share * row.tokens for row in self.rows)


def lay_out(
    prompt: Prompt, conversation: Conversation | None, scenario: Scenario, keep: Collection[str] = ()
) -> Layout:
    """Slots and rows of a prompt in a scenario. `keep` names parts that must end a slot of their own. The slots are the
    same in every scenario, so that one row of marks can be priced in all of them."""
    groups = list(_groups(prompt, keep))
    sizes = [float(sum(_tokens(part, scenario.tokens) for part in group)) for group in groups]
    slots = _slots(groups, scenario.unknown)
    if conversation is None:
        return Layout(slots, (Row(share=1.0, first=True, old=tuple(sizes), new=(0.0,) * len(sizes)),))
    index = _history_at(_slots(groups, PER_REQUEST))
    history = slots[index - 1].volatility if index else STATIC
    own = Slot(HISTORY, history | Volatility(identities=frozenset({Identity.SESSION})), own=True, parts=(HISTORY,))
    measured = conversation.rho is not None
    rows = _measured(sizes, index, conversation) if measured else _turns(sizes, index, conversation, scenario.amounts)
    return Layout((*slots[:index], own, *slots[index:]), tuple(rows))


def _groups(prompt: Prompt, keep: Collection[str]) -> Iterator[list[Part]]:
    """Neighbouring parts that no choice of boundary would tell apart: the prefix changes no more often behind the
    later one, so a boundary there is as warm and covers more."""
    group: list[Part] = []
    prefix = STATIC
    for part in prompt.parts:
        joined = prefix | part.volatility
        if group and (joined != prefix or group[-1].name in keep or group[-1].mark):
            yield group
            group = []
        prefix = joined
        group.append(part)
    if group:
        yield group


def _slots(groups: list[list[Part]], unknown: Volatility) -> tuple[Slot, ...]:
    slots, prefix = [], STATIC
    for group in groups:
        for part in group:
            prefix |= _known(part.volatility, unknown)
        slots.append(Slot(group[-1].name, prefix, parts=tuple(part.name for part in group)))
    return tuple(slots)


def _known(volatility: Volatility, unknown: Volatility) -> Volatility:
    if not volatility.unknown:
        return volatility
    return Volatility(volatility.clock, volatility.identities, volatility.fresh) | unknown


def _tokens(part: Part, at: int) -> int:
    if part.count is None:
        raise ValueError(f"part {part.name} was not counted")
    return (part.count.tokens, part.count.high, part.count.low)[at]


def _history_at(slots: tuple[Slot, ...]) -> int:
    """Where the history goes: in front of what is replaced on each turn, which stands last."""
    at = len(slots)
    while at and slots[at - 1].volatility.fresh is not Freshness.NONE:
        at -= 1
    return at


def _turns(sizes: list[float], index: int, conversation: Conversation, amounts: int) -> Iterator[Row]:
    turns = conversation.mean_turns
    for cohort in conversation.cohorts:
        for turn in range(1, cohort.turns + 1):
            old, new = _history(sum(sizes[:index]), turn, cohort, conversation.retention, amounts)
            yield Row(
                share=cohort.share / turns,
                first=turn == 1,
                old=(*sizes[:index], old, *sizes[index:]),
                new=(*(0.0,) * index, new, *(0.0,) * (len(sizes) - index)),
            )


def _history(static: float, turn: int, cohort: Cohort, retention: float, amounts: int) -> tuple[float, float]:
    """Tokens of history at a turn: those that survive from the previous prompt, and the rest. Pruning eats history
    before it eats the static text in front of it."""
    growth = at(cohort.grows_by, amounts)
    length, before = (turn - 1) * growth, max(turn - 2, 0) * growth
    old = min(max(retention * (static + before) - static, 0.0), before)
    return old, length - old


def _measured(sizes: list[float], index: int, conversation: Conversation) -> Iterator[Row]:
    """One average request of which the measured share repeats its conversation; static text in front of the history
    is part of what repeats."""
    total = sum(sizes)
    old = (conversation.rho or 0.0) * total
    before, behind = (0.0,) * index, (0.0,) * (len(sizes) - index)
    yield Row(share=1.0, first=False, old=(*before, old, *behind), new=(*before, total - old, *behind))
