"""One file: read its prompts, count them, run the rules over them. What it gives crosses a process boundary."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cachecalc import tokens
from cachecalc.core import model_names, rules
from cachecalc.core.finding import Hit
from cachecalc.core.lint_report import Finding, PerThousand, RelatedPlace
from cachecalc.core.pricing import MTOK, CacheRules, Kind, Mode, Model
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Evidence, Prompt
from cachecalc.core.rules.rule import Rule, Target
from cachecalc.core.secrets import redact
from cachecalc.lint import read, suppress
from cachecalc.lint.claims import claims, with_builders
from cachecalc.lint.place import Source, Sources
from cachecalc.lint.walk import lasting_name
from cachecalc.load.files import instead_of_disk
from cachecalc.report.terminal import visible
from cachecalc.tokens.prompts import counters

if TYPE_CHECKING:
    from cachecalc.load.python import Project


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is told. `root` is where path patterns and lasting file names start, `roots` are where the project's own
    modules are. `today` decides prices and retirements. A prompt that names no model has that of the workload that claims
    it (`models`: by source), else `model`. `contents` stand in for files on disk, by path: standard input, another
    revision, a file being fixed."""

    codes: frozenset[str]
    today: dt.date
    root: str
    model: str | None = None
    models: tuple[tuple[tuple[str, ...], str], ...] = ()
    pricing: str | None = None
    roots: tuple[str, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict)
    prefilter: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and what it takes to price and to mend it: the prompt it is in and the hit it was made from."""

    finding: Finding
    prompt: Prompt
    hit: Hit

    def revised(self, **changes: Any) -> Found:
        return replace(self, finding=replace(self.finding, **changes))


@dataclass(frozen=True, slots=True)
class Checked:
    """What one file gave. `opened`: it could hold a prompt, so it was read."""

    path: str
    opened: bool = False
    named: bool = False
    prompts: tuple[Prompt, ...] = ()
    found: tuple[Found, ...] = ()
    ignores: tuple[suppress.Ignore, ...] = ()
    problems: tuple[Problem, ...] = ()


def check(path: str, raw: bytes, settings: Settings, project: Callable[[], Project], *, named: bool = False) -> Checked:
    """Look at one file's bytes. A file that cannot be read gives problems, never an exception."""
    try:
        text = read.text_of(path, raw, prefilter=settings.prefilter)
        if text is None:
            return Checked(path)
        with instead_of_disk(settings.contents):
            found_prompts = read.prompts_of(path, text, project, named=named)
    except InputError as error:
        return Checked(path, opened=True, named=named, problems=error.problems)
    counter = counters()
    prompts = tuple(counted(prompt, settings, counter) for prompt in _built(path, text, found_prompts, settings))
    sources = Sources(settings.contents, Source(path, text))
    found = [
        placed(rule, hit, prompt, sources, settings) for prompt in prompts for rule, hit in of_prompt(prompt, settings)
    ]
    found += [
        placed(rule, hit, prompt, sources, settings).revised(evidence=Evidence.PAIR)
        for prompt, rule, hit in of_pairs(prompts, settings)
    ]
    return Checked(
        path, opened=True, named=named, prompts=prompts, found=tuple(found), ignores=suppress.ignores(path, text)
    )


def _built(path: str, text: str, prompts: list[Prompt], settings: Settings) -> list[Prompt]:
    """The prompts with the names that a workload's sources may call them by."""
    return with_builders(prompts, text) if settings.models and path.endswith(".py") and prompts else prompts


def of_pairs(prompts: Sequence[Prompt], settings: Settings) -> Iterator[tuple[Prompt, Rule, Hit]]:
    """What neighbours among a file's recorded requests show; whether they belong together is the comparison's matter."""
    sent = [prompt for prompt in prompts if prompt.evidence is Evidence.PAYLOAD]
    if len(sent) < 2:
        return
    from cachecalc.core.rules import pair

    chosen = {rule.name: rule for rule in rules.ALL if rule.code in settings.codes}
    for previous, current in itertools.pairwise(sent):
        for name, hit in pair.check_pair(previous, current, target_of(current, settings), sent):
            if name in chosen:
                yield current, chosen[name], hit


def of_prompt(prompt: Prompt, settings: Settings) -> Iterator[tuple[Rule, Hit]]:
    """What the chosen rules find in one prompt."""
    target = target_of(prompt, settings)
    for rule in rules.ALL:
        if rule.check and rule.code in settings.codes:
            yield from ((rule, hit) for hit in rule.check(prompt, target))


def target_of(prompt: Prompt, settings: Settings) -> Target:
    """Where the prompt is sent."""
    name = prompt.model or _claimed(prompt, settings) or settings.model
    return Target(model_names.find(name, _models(settings.pricing)) if name else None, settings.today)


def _claimed(prompt: Prompt, settings: Settings) -> str | None:
    path = lasting_name(prompt.path, Path(settings.root)) if settings.models else ""
    return next((model for sources, model in settings.models if claims(sources, path, prompt)), None)


def counted(
    prompt: Prompt, settings: Settings, counter: Callable[[Model], tokens.Counter | None] = lambda _: None
) -> Prompt:
    """The prompt counted for its model; for one that is not known, as its provider's usual tokenizer would."""
    model = target_of(prompt, settings).model or _some_model((prompt.provider or "").lower())
    return tokens.count_prompt(prompt, model, counter(model))


@functools.cache
def _some_model(provider: str) -> Model:
    return Model(f"some {provider}".rstrip(), provider, (), CacheRules(), _TOKENIZERS.get(provider, "unknown"))


_TOKENIZERS = {
    "anthropic": "claude-v4.7",
    "bedrock": "claude-v4.7",
    "openai": "o200k",
    "azure": "o200k",
    "google": "gemma",
}


@functools.cache
def _models(overlay: str | None) -> Mapping[str, Model]:
    from cachecalc.load import pricing

    return model_names.index(pricing.load(overlay))


def placed(rule: Rule, hit: Hit, prompt: Prompt, sources: Sources, settings: Settings) -> Found:
    """A hit as a finding at its place in a file. Text from the prompt loses its secrets and its control characters."""
    source = sources.of(hit.path or prompt.path)
    finding = Finding(
        code=rule.code,
        rule=rule.name,
        level=hit.level,
        confidence=hit.confidence,
        evidence=prompt.evidence,
        place=source.shown(hit.span),
        message=visible(redact(hit.message)),
        fingerprint=source.matched(rule.name, hit.span),
        help=advice(rule.doc),
        related=tuple(
            RelatedPlace(visible(redact(other.message)), sources.of(other.path or prompt.path).shown(other.span))
            for other in hit.related
        ),
        lost_tokens=hit.lost_tokens,
        group=hit.group,
        fix=source.replacement(hit.fix) if hit.fix and source.path == prompt.path else None,
        per_thousand=per_thousand(hit.lost_tokens, prompt, target_of(prompt, settings)),
    )
    return Found(finding, prompt, hit)


@functools.cache
def advice(doc: str) -> str:
    """The first sentence of a rule's "What to do"."""
    section = doc.partition("## What to do\n")[2].partition("\n\n")[0]
    return re.split(r"(?<=[.!?])\s", " ".join(section.split()), maxsplit=1)[0]


def per_thousand(lost: int, prompt: Prompt, target: Target) -> PerThousand | None:
    """What so many tokens cost in 1,000 requests as reads and as misses; None where the model or a price is unknown."""
    if target.model is None or target.today is None or not lost:
        return None
    mode = _mode(prompt, target.model)
    rates = target.model.period_on(target.today).for_prompt(prompt.tokens)
    read_price = rates.read(mode) if mode else None
    if mode is None or read_price is None:
        return None
    marked = [part.mark.ttl for part in prompt.parts if part.mark]
    write_price = rates.write(mode, marked[-1] if marked else None) or rates.input
    return PerThousand(target.model.id, hit=lost * 1000 * read_price / MTOK, miss=lost * 1000 * write_price / MTOK)


def _mode(prompt: Prompt, model: Model) -> Mode | None:
    """The caching that this prompt would have: by marks if it has any or nothing else works, else the default."""
    marks = model.caching.of_kind(Kind.MARKS)
    has_marks = prompt.automatic is not None or any(part.mark for part in prompt.parts)
    return marks if marks and has_marks else model.caching.mode(model.caching.default) or marks
