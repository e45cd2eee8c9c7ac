"""Read a traffic profile into workloads: models looked up, prompts read and counted, every number in its unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cachecalc.core import units, volatility
from cachecalc.core.estimate.cards import cards
from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.strategy import configured
from cachecalc.core.estimate.workload import (
    Caching,
    Calendar,
    Cohort,
    Conversation,
    Memo,
    Named,
    Observed,
    Options,
    Scenario,
    Wanted,
    Workload,
)
from cachecalc.core.pricing import Model, PriceTable
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Count, Mark, Part, Prompt, Section
from cachecalc.core.traffic.arrivals import Arrivals, Even, Gapped, Hours, Poisson, active_hours
from cachecalc.core.traffic.gaps import Gaps, MeasuredGaps, QuantileGaps
from cachecalc.core.traffic.population import Population
from cachecalc.core.units import Range, Rate
from cachecalc.core.volatility import PER_REQUEST, Identity, Volatility
from cachecalc.load import files, yaml_text

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
        self.populations = dict(_populations(populations))
        self.builds = units.rate(populations.build) if populations.build else None
        self.problems: list[Problem] = []

    def workload(self, name: str, given: spec.WorkloadSpec) -> Workload | None:
        at = ("workloads", name)
        model = self._try((*at, "model"), lambda: self.prices.find(given.model))
        prompt = self._try((*at, "prompt"), lambda: self._prompt(given.prompt, model)) if model else None
        arrivals = self._try((*at, "arrivals"), lambda: _arrivals(given.arrivals))
        talk = self._try((*at, "conversation"), lambda: _conversation(given.conversation))
        caching = self._try((*at, "cache"), lambda: _caching(given))
        if model is None or prompt is None or caching is None:
            return None
        workload = Workload(
            name=name,
            model=model,
            prompt=prompt,
            output=_amount(given.output),
            requests=units.rate(given.requests),
            arrivals=arrivals,
            conversation=talk,
            populations=self.populations,
            builds=self.builds,
            caching=caching,
            memo=_memo(given.memo),
            options=_options(given.options),
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
            bound = {name: _binding(value) for name, value in given.bind.items()}
            bound |= {ANY: (0, None)} if given.dynamic is not None else {}
            prompt = self.prompt_reader(str(folder / given.file), model, bound)
            return replace(prompt, parts=(*prompt.parts, *plain_prompt(0, given.dynamic or 0).parts))
        if given.parts is not None:
            return Prompt(tuple(_part(part) for part in given.parts))
        return plain_prompt(given.static or 0, given.dynamic or 0)

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


def plain_prompt(static: int, dynamic: int) -> Prompt:
    """The smallest description of a prompt: tokens that never change, then tokens that differ in each request."""
    parts = [Part("static", Section.SYSTEM, count=Count(static))] if static else []
    parts += [Part("dynamic", Section.MESSAGES, PER_REQUEST, Count(dynamic))] if dynamic else []
    return Prompt(tuple(parts))


def caching_of(text: str | None) -> Caching:
    """What a plain `cache:` value means: a TTL, or one of off, auto, none."""
    if text is None:
        return Caching()
    words = {
        "off": Wanted.OFF,
        "none": Wanted.OFF,
        "auto": Wanted.AUTO,
        "default": Wanted.DEFAULT,
        "named": Wanted.NAMED,
    }
    if text in words:
        return Caching(words[text])
    if not re.fullmatch(r"\d+[smhd]|in_memory", text):
        raise ValueError(f"{text!r} is not a cache setting: write off, auto, named or a TTL such as 5m")
    return Caching(Wanted.MARKS, text)


def _caching(given: spec.WorkloadSpec) -> Caching:
    part_ttls = {part.name: part.cache for part in given.prompt.parts or () if part.cache}
    cache = given.cache
    if cache is None or isinstance(cache, str):
        plain = caching_of(cache)
        marked = Caching(Wanted.MARKS, part_ttls=_labels(part_ttls))
        return marked if part_ttls and plain.wanted is Wanted.DEFAULT else plain
    named = Named()
    if cache.named is not None:
        from cachecalc.load.profile_schema import alive_share

        alive = alive_share(cache.named.alive) if cache.named.alive else 1.0
        named = Named(alive, units.rate(cache.named.creations) if cache.named.creations else None)
    breakpoints = cache.breakpoints if isinstance(cache.breakpoints, list) else [cache.breakpoints or ""]
    asked = cache.ttl or cache.breakpoints or part_ttls
    wanted = Wanted.NAMED if cache.named is not None else Wanted.MARKS if asked else Wanted.DEFAULT
    chosen = tuple(filter(None, breakpoints))
    return Caching(wanted, cache.ttl, chosen, _labels(part_ttls), named, cache.hit_rate)


def _labels(part_ttls: Mapping[str, str]) -> dict[str, str]:
    return {name: "" if ttl == "on" else ttl for name, ttl in part_ttls.items()}


def _part(given: spec.PartSpec) -> Part:
    mark = Mark(None if given.cache == "on" else given.cache) if given.cache else None
    changes = volatility.parse(given.changes)
    amount = _amount(given.tokens)
    error = amount.high / amount.expected - 1 if amount.expected else 0.0
    return Part(given.name, Section.SYSTEM, changes, Count(round(amount.expected), error), mark=mark)


def _binding(given: str | spec.Binding) -> tuple[int | None, Volatility | None]:
    if isinstance(given, str):
        return None, volatility.parse(given)
    return given.tokens, volatility.parse(given.changes) if given.changes else None


def _amount(given: object) -> Range:
    return units.range_of(given) if isinstance(given, str) else Range.exactly(float(str(given)))


def _arrivals(given: str | spec.ArrivalsSpec | None) -> Arrivals | None:
    if given is None:
        return None
    if isinstance(given, str):
        return Even() if given == "even" else Poisson()
    if given.gaps is not None:
        return Gapped(_gaps(given.gaps))
    if given.hours is not None:
        return Hours(tuple(given.hours))
    hours = units.rate(given.active_hours or "")
    return active_hours(hours.count.expected * 7 * units.UNITS["day"] / units.UNITS[hours.unit])


def _gaps(given: spec.GapQuantiles | list[float]) -> Gaps:
    if isinstance(given, list):
        if not given or min(given) < 0:
            raise ValueError("measured gaps must be a list of durations, none negative")
        return MeasuredGaps.of(given)
    points = [(0.5, given.p50), (0.9, given.p90), *([(0.99, given.p99)] if given.p99 else [])]
    return QuantileGaps(tuple((share, units.duration(gap)) for share, gap in points))


def _conversation(given: spec.ConversationSpec | None) -> Conversation | None:
    if given is None:
        return None
    cohorts = tuple(cohort for size in _sizes(given) for cohort in _whole_turns(*size))
    return Conversation(_gaps(given.gaps), cohorts, given.retention, given.rho)


def _sizes(given: spec.ConversationSpec) -> Iterator[tuple[float, float, Range]]:
    """Share, turns and growth of each kind of conversation."""
    for cohort in given.cohorts or ():
        yield cohort.share, cohort.turns, _amount(cohort.grows_by)
    turns = given.turns if isinstance(given.turns, dict) else {given.turns: 1.0} if given.turns else {}
    for count, share in turns.items():
        yield share, count, _amount(given.grows_by)


def _whole_turns(share: float, turns: float, grows_by: Range) -> Iterator[Cohort]:
    """A mean of 3.5 turns is half conversations of 3 and half of 4."""
    whole, part = int(turns), turns - int(turns)
    if part < 1:
        yield Cohort(share * (1 - part), whole, grows_by)
    if part > 0:
        yield Cohort(share * part, whole + 1, grows_by)


def _populations(given: spec.Populations) -> Iterator[tuple[Identity, Population]]:
    for scope in (Identity.TENANT, Identity.USER, Identity.SESSION):
        value = getattr(given, scope)
        if isinstance(value, int):
            yield scope, Population(value)
        elif value is not None:
            counts = tuple(value.counts or ())
            exponent = float(value.skew.split()[1]) if value.skew else 0.0
            yield scope, Population(value.count or len(counts), exponent, counts)


def _memo(given: spec.MemoSpec) -> Memo:
    return Memo(
        given.exact,
        given.semantic,
        given.embedding_usd_per_mtok,
        given.store_usd_per_month,
        given.wrong_answer_rate,
        given.wrong_answer_usd,
    )


def _options(given: spec.OptionsSpec) -> Options:
    return Options(
        batch=given.batch,
        service_tier=given.service_tier,
        geo=given.geo,
        ready_after=units.duration(given.ready_after),
        concurrent=given.concurrent,
        separate_caches=given.separate_caches,
        cold_starts=_rate(given.cold_starts),
    )


def _rate(text: str | None) -> Rate | None:
    return units.rate(text) if text else None
