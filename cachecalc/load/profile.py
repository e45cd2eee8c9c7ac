"""Read a traffic profile into workloads: models looked up, prompts read and counted, every number in its unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cachecalc.core import units
from cachecalc.core.estimate.cards import cards
from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.strategy import configured
from cachecalc.core.estimate.workload import Calendar, Observed, Scenario, Workload
from cachecalc.core.pricing import Model, PriceTable
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Prompt
from cachecalc.core.traffic.arrivals import Poisson
from cachecalc.core.volatility import Identity, Volatility
from cachecalc.load import files, yaml_text
from cachecalc.load import profile_values as values

if TYPE_CHECKING:
    from cachecalc.load import profile_schema as spec

T = TypeVar("T")
PromptReader = Callable[[str, Model, Mapping[str, tuple[int | None, Volatility | None]]], Prompt]
"""Reads and counts a prompt file, its placeholders bound to (tokens, volatility)."""

ANY = "*"
"""Stands for every placeholder of unknown size where `dynamic` already counts what fills them."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The workloads of one file. `days_per_month` None: 30, or the days of the month that is projected."""

    workloads: tuple[Workload, ...]
    days_per_month: float | None = None


def read(path: str, prices: PriceTable, prompt_reader: PromptReader) -> Profile:
    """The profile in a file. Raises InputError with every fault, each at its line and column."""
    return parse(files.read_text(path), path, prices, prompt_reader)


def parse(text: str, path: str, prices: PriceTable, prompt_reader: PromptReader) -> Profile:
    """The profile in `text`; file names in it are relative to the folder of `path`."""
    from cachecalc.load.profile_schema import ProfileSpec

    try:
        document, file = yaml_text.read(text, path, ProfileSpec)
    except InputError as error:
        raise InputError([*error.problems, *_unknown_models(text, path, prices)]) from None
    builder = _Builder(document, file.populations, prices, prompt_reader)
    workloads = [builder.workload(name, workload) for name, workload in file.workloads.items()]
    if builder.problems:
        raise InputError(builder.problems)
    return Profile(tuple(workload for workload in workloads if workload), file.defaults.days_per_month)


def _unknown_models(text: str, path: str, prices: PriceTable) -> Iterator[Problem]:
    """Models nobody knows in a file that is wrong otherwise too, so that all faults come at once."""
    try:
        document = yaml_text.compose(text, path)[0]
    except InputError:
        return
    for at, node in document.nodes.items():
        if len(at) == 3 and at[0] == "workloads" and at[2] == "model":
            try:
                prices.find(str(node.value))
            except InputError as error:
                yield from (document.problem(at, problem.message, problem.help) for problem in error.problems)


class _Builder:
    """Turns validated shapes into core values, noting at its place whatever a value cannot mean."""

    def __init__(
        self,
        document: yaml_text.Document,
        populations: spec.Populations,
        prices: PriceTable,
        prompt_reader: PromptReader,
    ) -> None:
        self.document = document
        self.prices = prices
        self.prompt_reader = prompt_reader
        self.populations = dict(values.populations(populations))
        self.builds = units.rate(populations.build) if populations.build else None
        self.problems: list[Problem] = []

    def workload(self, name: str, given: spec.WorkloadSpec) -> Workload | None:
        at = ("workloads", name)
        model = self._try((*at, "model"), lambda: self.prices.find(given.model))
        prompt = self._try((*at, "prompt"), lambda: self._prompt(given.prompt, model)) if model else None
        arrivals = self._try((*at, "arrivals"), lambda: values.arrivals(given.arrivals))
        talk = self._try((*at, "conversation"), lambda: values.conversation(given.conversation))
        caching = self._try((*at, "cache"), lambda: values.caching(given))
        if model is None or prompt is None or caching is None:
            return None
        workload = Workload(
            name=name,
            model=model,
            prompt=prompt,
            output=values.amount(given.output),
            requests=units.rate(given.requests),
            arrivals=arrivals,
            conversation=talk,
            populations=self.populations,
            builds=self.builds,
            caching=caching,
            memo=values.memo(given.memo),
            options=values.options(given.options),
            observed=Observed(**given.observed.model_dump()) if given.observed else None,
            sources=tuple(given.sources),
            assumed=given.assumed,
        )
        self.problems += self._contradictions(at, workload)
        self._try((*at, "options"), lambda: _check_prices(workload))
        self._try((*at, "cache"), lambda: _check_caching(workload))
        return workload

    def _try(self, at: yaml_text.Path, build: Callable[[], T]) -> T | None:
        try:
            return build()
        except InputError as error:
            self.problems += [
                problem if problem.line else self.document.problem(at, problem.message, problem.help)
                for problem in error.problems
            ]
        except ValueError as error:
            self.problems.append(self.document.problem(at, str(error)))
        return None

    def _prompt(self, given: spec.PromptSpec, model: Model) -> Prompt:
        if given.file is not None:
            folder = Path(self.document.path).parent
            bound = {name: values.binding(value) for name, value in given.bind.items()}
            bound |= {ANY: (0, None)} if given.dynamic is not None else {}
            prompt = self.prompt_reader(str(folder / given.file), model, bound)
            return replace(prompt, parts=(*prompt.parts, *values.plain_prompt(0, given.dynamic or 0).parts))
        if given.parts is not None:
            return Prompt(tuple(values.part(part) for part in given.parts))
        return values.plain_prompt(given.static or 0, given.dynamic or 0)

    def _contradictions(self, at: yaml_text.Path, workload: Workload) -> Iterator[Problem]:
        """Values that are fine each by itself and cannot be meant together."""
        scopes = {scope for part in workload.prompt.parts for scope in part.volatility.identities}
        if workload.conversation is not None:
            scopes.discard(Identity.SESSION)
        known = {*self.populations, *([Identity.BUILD] if self.builds else [])}
        for scope in sorted(scopes - known):
            hint = "build: 5/week" if scope is Identity.BUILD else f"{scope}: {{count: 40, skew: zipf 1.1}}"
            message = f"a part of the prompt changes per {scope}, and nobody said how many {scope}s there are"
            yield self.document.problem((*at, "prompt"), message, f"add `populations: {{{hint}}}`")
        if workload.requests.what not in {"requests", "request", "conversations", "conversation"}:
            message = f"{workload.requests.what!r} is nothing to count"
            yield self.document.problem((*at, "requests"), message, "count requests or conversations")
        elif workload.requests.what.startswith("conversation") and workload.conversation is None:
            message = "conversations are counted, and `conversation` does not say how long they are"
            yield self.document.problem((*at, "requests"), message)


def _check_prices(workload: Workload) -> None:
    """Whether every way of buying that the options name has a price."""
    for _ in cards(_typical(workload), workload.prompt.tokens):
        pass


def _check_caching(workload: Workload) -> None:
    """Whether the model has the mode and the TTL, and the prompt the parts, that `cache` names."""
    configured(workload.caching, workload.model, _typical(workload).layout())


def _typical(workload: Workload) -> Case:
    latest = workload.model.periods[-1].since or workload.model.periods[-1].checked
    return Case(workload, Calendar(latest), Scenario(workload.arrivals or Poisson()))
