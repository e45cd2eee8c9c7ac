"""Python source as prompts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Confidence, Evidence, Part, Prompt, Section
from cachecalc.load.python import shape
from cachecalc.load.python.attributes import decorator_name
from cachecalc.load.python.drafts import Draft, Rank
from cachecalc.load.python.flow import Interpreter
from cachecalc.load.python.frame import MAX_STEPS, Arguments, Frame, Run
from cachecalc.load.python.module import Module, parse
from cachecalc.load.python.parts import places, written
from cachecalc.load.python.prefilter import may_matter
from cachecalc.load.python.project import Project
from cachecalc.load.python.sinks import DECORATORS
from cachecalc.load.python.values import Function, Instance, Klass, Moment, Place, Text, as_text


def read_python(path: str, text: str, project: Project | None = None) -> list[Prompt]:
    """The prompts that a source file builds, sends or keeps, with spans into `text`.

    Raises InputError where the text is not Python.
    """
    module = parse(path, text)
    run = Run(module, project, Interpreter())
    try:
        follow(run)
    except RecursionError:
        raise InputError([Problem("nested too deeply to follow", path)]) from None
    return [candidate.prompt for candidate in select([*candidates(run)])]


def follow(run: Run) -> None:
    """Run through the module, then through each function in it as if somebody called it."""
    module = run.root
    names = run.machine.load(run, module)
    for value in list(names.values()):
        if isinstance(value, Function) and value.module is module:
            _enter(run, value, None)
        elif isinstance(value, Klass) and value.module is module:
            for inner in run.machine.open_class(run, value).values():
                if isinstance(inner, Function) and inner.owner is value:
                    _enter(run, inner, value)


def _enter(run: Run, function: Function, klass: Klass | None) -> None:
    place = run.root.place(function.node) if not isinstance(function.node, ast.Lambda) else None
    source = run.root.text[place.start : place.end] if place else ""
    if place and not may_matter(source):
        return
    run.steps = MAX_STEPS + len(source) // 10
    frame = Frame(run, run.root, {}, Moment.CALL)
    decorators = {decorator_name(node) for node in getattr(function.node, "decorator_list", ())}
    bound = klass is not None and "staticmethod" not in decorators
    receiver = (klass if "classmethod" in decorators else Instance(klass)) if klass and bound else None
    arguments = Arguments((receiver,) if receiver else (), rest=True)
    result, _ = run.machine.invoke(frame, function, arguments)
    if decorators & set(DECORATORS):
        run.drafts.append(
            Draft(Rank.STORED, run.root.place(function.node), Moment.CALL, system=result, names=(function.name,))
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A prompt, and what it takes to choose between it and others of the same text."""

    prompt: Prompt
    draft: Draft
    places: frozenset[Place]

    @property
    def worth(self) -> tuple[int, int, int]:
        return (self.draft.rank, len(self.prompt.parts), sum(part.text is not None for part in self.prompt.parts))


def candidates(run: Run) -> Iterator[Candidate]:
    seen: set[tuple[Part, ...]] = set()
    path = run.root.path
    for draft in run.drafts:
        parts = written(draft, path)
        if not parts or parts in seen or not any(part.span and not part.file for part in parts):
            continue
        seen.add(parts)
        confidence = _confidence(draft, parts)
        if confidence is not None:
            yield Candidate(_prompt(run.root, draft, parts, confidence), draft, places(parts, path))


def _confidence(draft: Draft, parts: tuple[Part, ...]) -> Confidence | None:
    """How sure it is that this is a prompt at all; None where it is too unlikely to mention."""
    if draft.rank is not Rank.TEXT:
        return draft.confidence
    text = "".join(part.text if part.text is not None else "{}" for part in parts)
    points = shape.points(text, draft.names)
    if points >= shape.SURE:
        return Confidence.LIKELY
    return Confidence.POSSIBLE if points >= shape.PROBABLE else None


def _prompt(module: Module, draft: Draft, parts: tuple[Part, ...], confidence: Confidence) -> Prompt:
    if draft.rank is Rank.TEXT and shape.is_system("".join(part.text or "" for part in parts), draft.names):
        parts = tuple(_as_system(part) for part in parts)
    settings = dict(draft.settings)
    model = as_text(settings.get("model", Text())).literal or None
    return Prompt(
        tuple(_no_surer(part, confidence) for part in parts),
        name=".".join(name for name in draft.names[1:] if name),
        path=module.path,
        model=model,
        provider=draft.provider,
        fragment=draft.rank < Rank.STORED,
        evidence=Evidence.SOURCE,
    )


def _as_system(part: Part) -> Part:
    return replace(part, section=Section.SYSTEM, role="system", path="system[0]")


def _no_surer(part: Part, confidence: Confidence) -> Part:
    return replace(part, confidence=min(part.confidence, confidence)) if part.confidence > confidence else part


def _within(small: Candidate, large: Candidate) -> bool:
    """Whether each place of one lies within the other, whole or cut at its placeholders."""
    return all(place in large.places or _is_cut(place, large.places) for place in small.places)


def _is_cut(place: Place, places: frozenset[Place]) -> bool:
    return any(other.path == place.path and place.start <= other.start and other.end <= place.end for other in places)


def select(found: list[Candidate]) -> list[Candidate]:
    """The candidates less those whose text another one holds, in the order of the file."""
    kept: list[Candidate] = []
    for candidate in sorted(found, key=lambda one: one.worth, reverse=True):
        if not any(_within(candidate, other) for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda one: (one.draft.place.path, one.draft.place.start))
