"""What findings cost a month: the estimate of a prompt with one fault left in, less that of the prompt all mended.

There is no cost formula here. `cost` projects the month of a workload whose prompt is the given one; mending is done by
the rules. Two faults that break one prefix each lose it whole, so what mending both saves is less than their sum: every
finding has its own price with all the rest mended, each group one price, and the total is as it is less all mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core.finding import Hit
from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Prompt, Span
from cachecalc.core.rules.rule import Rule
from cachecalc.lint.check import Found
from cachecalc.lint.claims import claims

Cost = Callable[[Prompt], Decimal]
"""USD a month of a workload whose prompt is this one. Raises InputError where its settings do not fit the prompt."""

Hits = Callable[[Prompt], Iterable[tuple[Rule, Hit]]]
"""What the rules find in a prompt."""

Fault = tuple[str, Span | None]
"""A finding as it is recognised in a prompt that has been mended elsewhere: its rule and its text."""

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class WorkloadCost:
    """A workload as lint sees it: its model, the prompts it sends, and what a month costs with a prompt that is marked
    like the given one. `assumptions` are the numbers nobody gave. `gates` False: its prediction is too far from the bill to fail anything.
    `is_typed`: its hit rate was typed in, so what only moves hits has a price that nobody knows."""

    name: str
    model: str
    sources: tuple[str, ...]
    cost_like: Callable[[Prompt], Cost]
    assumptions: tuple[str, ...] = ()
    gates: bool = True
    is_typed: bool = False

    def claims(self, prompt: Prompt, path: str) -> bool:
        return claims(self.sources, path, prompt)


@dataclass(frozen=True, slots=True)
class Bill:
    """Findings with their prices. `total` is what mending everything saves; None where no workload claims any of it."""

    found: list[Found]
    total: Decimal | None
    unpriced: int
    is_assumed: bool
    warnings: tuple[str, ...]


def bill(found: Sequence[Found], workloads: Sequence[WorkloadCost], hits: Hits, path_of: Callable[[str], str]) -> Bill:
    """Price the findings of every prompt that a workload claims. `path_of` names a file as the sources do."""
    sums = _Sums()
    by_prompt: dict[int, list[Found]] = {}
    for each in found:
        by_prompt.setdefault(id(each.prompt), []).append(each)
    for together in by_prompt.values():
        prompt, priceable = together[0].prompt, [each for each in together if each.hit.mended]
        for workload in workloads if priceable else ():
            if workload.claims(prompt, path_of(prompt.path)):
                sums.add(workload, prompt, priceable, hits)
    result = [sums.applied(each) for each in found]
    unpriced = sum(each.finding.usd_per_month is None for each in result)
    return Bill(result, sums.total(), unpriced, sums.is_assumed, tuple(sums.warnings()))


class _Sums:
    """Prices as they add up over the workloads that send a prompt."""

    def __init__(self) -> None:
        self.each: dict[int, Decimal] = {}
        self.groups: dict[str, Decimal] = {}
        self.names: dict[int, list[str]] = {}
        self.totals: dict[str, dict[str, Decimal]] = {}
        self.is_assumed = False
        self.refused: list[str] = []

    def add(self, workload: WorkloadCost, prompt: Prompt, found: Sequence[Found], hits: Hits) -> None:
        try:
            priced = price(prompt, found, workload.cost_like, hits)
        except InputError as error:
            self.refused.append(f"{workload.name} cannot be priced with {prompt.path}: {error.problems[0].message}")
            return
        for each, usd in zip(found, priced.each, strict=True):
            if workload.is_typed and not usd:
                continue
            self.each[id(each)] = self.each.get(id(each), ZERO) + usd
            self.names.setdefault(id(each), []).append(workload.name)
        for group, usd in priced.by_group.items():
            self.groups[group] = self.groups.get(group, ZERO) + usd
        self.totals.setdefault(workload.name, {})[f"{prompt.path}:{prompt.name}"] = priced.total
        self.is_assumed |= bool(workload.assumptions)

    def applied(self, found: Found) -> Found:
        if id(found) not in self.each:
            return found
        return found.revised(
            usd_per_month=self.each[id(found)],
            group_usd_per_month=self.groups[found.finding.group],
            workload=", ".join(self.names[id(found)]),
        )

    def total(self) -> Decimal | None:
        """Each request of a workload sends one of its prompts, and nobody said how often which: the dearest counts."""
        return sum((max(prompts.values()) for prompts in self.totals.values()), ZERO) if self.totals else None

    def warnings(self) -> Iterator[str]:
        yield from self.refused
        for name, prompts in self.totals.items():
            if len(prompts) > 1:
                yield f"workload {name} claims {len(prompts)} prompts with findings; its total is that of the dearest"


@dataclass(frozen=True, slots=True)
class Priced:
    """Prices for the findings of one prompt, by position, and for their groups; `total` is what mending all saves."""

    each: tuple[Decimal, ...]
    by_group: dict[str, Decimal]
    total: Decimal


def price(prompt: Prompt, found: Sequence[Found], cost_like: Callable[[Prompt], Cost], hits: Hits) -> Priced:
    """The findings of one prompt, in USD a month."""
    faults = [fault(each) for each in found]
    whole = mended(prompt, faults, hits)
    cost = cost_like(whole)
    best = cost(whole)

    def saved_by(left_in: Iterable[Fault]) -> Decimal:
        left = set(left_in)
        with_it = cost(mended(prompt, [each for each in faults if each not in left], hits))
        return max(ZERO, with_it - best)

    groups = dict.fromkeys(each.finding.group for each in found)
    return Priced(
        each=tuple(saved_by([each]) for each in faults),
        by_group={group: saved_by(fault(each) for each in found if each.finding.group == group) for group in groups},
        total=max(ZERO, cost(prompt) - best),
    )


def fault(found: Found) -> Fault:
    return found.finding.rule, found.hit.span


def mended(prompt: Prompt, faults: Iterable[Fault], hits: Hits) -> Prompt:
    """The prompt with these faults put right, one after the other; what one repair puts right by the way is done."""
    left = set(faults)
    while left:
        repair = next(_repairs(prompt, left, hits), None)
        if repair is None:
            break
        done, prompt = repair
        left.discard(done)
    return prompt


def _repairs(prompt: Prompt, wanted: set[Fault], hits: Hits) -> Iterator[tuple[Fault, Prompt]]:
    for rule, hit in hits(prompt):
        if hit.mended is not None and (rule.name, hit.span) in wanted:
            yield (rule.name, hit.span), hit.mended
