"""Python source as prompts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Confidence, Content, Evidence, Mark, Part, Prompt, Section, Span
from cachecalc.load.python import shape, templates, texts
from cachecalc.load.python.attributes import decorator_name
from cachecalc.load.python.drafts import Draft, Rank
from cachecalc.load.python.facts import fact, of_file
from cachecalc.load.python.flow import Interpreter
from cachecalc.load.python.frame import MAX_STEPS, Arguments, Frame, Run
from cachecalc.load.python.module import Module, parse
from cachecalc.load.python.notice import MIN_TEXT
from cachecalc.load.python.parts import mark_of, places, written
from cachecalc.load.python.prefilter import has_evidence
from cachecalc.load.python.project import Project
from cachecalc.load.python.serial import plain
from cachecalc.load.python.sinks import DECORATORS
from cachecalc.load.python.values import (
    Function,
    Instance,
    Klass,
    Moment,
    Place,
    Rows,
    Spot,
    Table,
    Text,
    Value,
    as_text,
    options,
    place_of,
)

_TEXT_SETTINGS = frozenset(
    {"model", "system", "messages", "tools", "functions", "input", "instructions", "contents", "cache_control"}
)
_MARKS_LATER = re.compile(
    r"\[[\"']cache_control[\"']\]\s*=|\.update\(\{\s*[\"']cache_control|\*\*\w+, *[\"']cache_control"
)


def read_python(path: str, text: str, project: Project | None = None) -> list[Prompt]:
    """The prompts that a source file builds, sends or keeps, with spans into `text`.

    Tests hold none: what they build is not sent. Raises InputError where the text is not Python.
    """
    if (project or Project(())).is_test(path) or not has_evidence(text):
        return []
    return _read(path, text, project)


def _read(path: str, text: str, project: Project | None) -> list[Prompt]:
    module = project.parsed(path, text) if project else parse(path, text)
    module.names = None
    run = Run(module, project, Interpreter())
    try:
        follow(run)
    except RecursionError:
        raise InputError([Problem("nested too deeply to follow", path)]) from None
    found = select([*candidates(run)])
    facts = tuple(of_file(run, [(candidate.draft, candidate.prompt) for candidate in found]))
    prompts = [candidate.prompt for candidate in found]
    return [*prompts, Prompt((), path=path, evidence=Evidence.SOURCE, facts=facts)] if facts else prompts


def follow(run: Run) -> None:
    """Run through the module, then through each function that may build a prompt as if somebody called it."""
    module = run.root
    names = run.machine.load(run, module)
    found = [*_functions(run, names)]
    building = {function.name for function, _ in found if module.lends(function.node).builds}
    building |= {name for name in names if shape.name_points((name,)) > 1}
    calls_one = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(building)))})\b") if building else None
    for function, klass in found:
        lent = module.lends(function.node)
        if lent.builds or (lent.changes and calls_one and calls_one.search(module.lines(function.node))):
            run.steps = MAX_STEPS + 4 * ((function.node.end_lineno or 0) - function.node.lineno)
            _enter(run, function, klass)


def _functions(run: Run, names: dict[str, Value]) -> Iterator[tuple[Function, Klass | None]]:
    """The functions of the module, replaced ones as well, and the methods of its classes."""
    for value in list(names.values()):
        if isinstance(value, Function) and value.module is run.root:
            yield value, None
        elif isinstance(value, Klass) and value.module is run.root:
            for inner in list(run.machine.open_class(run, value).values()):
                if isinstance(inner, Function) and inner.owner is value:
                    yield inner, value
    for node in run.root.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_replaced(names.get(node.name), node):
            yield Function(run.root, node, name=node.name), None


def _is_replaced(value: Value | None, node: ast.stmt) -> bool:
    """Whether a name has come to stand for another function: in a notebook, each version was run."""
    return isinstance(value, Function) and value.node is not node


def _enter(run: Run, function: Function, klass: Klass | None) -> None:
    frame = Frame(run, run.root, {}, Moment.CALL)
    decorators = {decorator_name(node) for node in getattr(function.node, "decorator_list", ())}
    bound = klass is not None and "staticmethod" not in decorators
    receiver = (klass if "classmethod" in decorators else Instance(klass)) if klass and bound else None
    arguments = Arguments((receiver,) if receiver else (), rest=True)
    result, _ = run.machine.invoke(frame, function, arguments)
    if decorators & set(DECORATORS):
        place = Spot(run.root, function.node)
        run.drafts.append(Draft(Rank.STORED, place, Moment.CALL, system=result, names=(function.name,)))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A prompt, and what it takes to choose between it and others of the same text."""

    prompt: Prompt
    draft: Draft
    places: frozenset[Place]

    @property
    def worth(self) -> tuple[int, bool, int, int, int]:
        """A sent prompt says most; then one whose clocks still tick, which is longer, and better known."""
        parts = self.prompt.parts
        clocks = sum(part.volatility.clock for part in parts)
        return (self.draft.rank, clocks > 0, len(parts), sum(part.text is not None for part in parts), clocks)


def candidates(run: Run) -> Iterator[Candidate]:
    """One candidate for each row of parts, under the names that make most of it."""
    path = run.root.path
    best: dict[tuple[Part, ...], tuple[Confidence, Draft]] = {}
    for draft in run.drafts:
        if draft.rank is Rank.TEXT and _points(draft) < shape.PROBABLE:
            continue
        parts = written(_opened(run.root, draft), path)
        if not _is_of(run.root, draft, parts) or not _is_told(draft, parts):
            continue
        confidence = _confidence(draft, parts)
        known = best.get(parts)
        if confidence is not None and (known is None or (confidence, draft.rank) > (known[0], known[1].rank)):
            best[parts] = (confidence, draft)
    for parts, (confidence, draft) in best.items():
        yield Candidate(_prompt(run.root, draft, parts, confidence), draft, places(parts, path))


def _opened(module: Module, draft: Draft) -> Draft:
    """A global text that nothing in its file fills is a template to others: `{date}` in it is a place for one."""
    if draft.rank is not Rank.TEXT or len(draft.names) != 2 or place_of(draft.place).path != module.path:
        return draft
    is_filled = re.search(rf"\b{re.escape(draft.names[-1])}\b\s*(?:\.\w|%|\))", module.text)
    value = draft.messages
    if (
        is_filled
        or not isinstance(value, Text)
        or not all(texts.is_template(piece.text or "") for piece in value.pieces)
    ):
        return draft
    return replace(draft, messages=templates.opened(value))


def _is_told(draft: Draft, parts: tuple[Part, ...]) -> bool:
    """Whether any of it is written down, or changes. Messages that only pass through say nothing of a prompt."""
    is_written = sum(len(part.text or "") for part in parts) >= MIN_TEXT
    return draft.rank is not Rank.MESSAGES or is_written or any(part.volatility.clock for part in parts)


def _is_of(root: Module, draft: Draft, parts: tuple[Part, ...]) -> bool:
    """Whether a prompt is this file's: sent or kept in it, or, if that happens elsewhere, with words or changes of it."""
    own = [part for part in parts if not part.file]
    if place_of(draft.place).path == root.path:
        return bool(parts or draft.remarks)
    return sum(len(part.text or "") for part in own) >= MIN_TEXT or any(map(_is_made_here, own))


def _is_made_here(part: Part) -> bool:
    """Whether a part changes because of something in this file."""
    return part.origin_span is not None or (bool(part.origin) and not part.volatility.unknown)


def _points(draft: Draft) -> int:
    return max(shape.points(as_text(option).known, draft.names) for option in options(draft.messages or Text()))


def _confidence(draft: Draft, parts: tuple[Part, ...]) -> Confidence | None:
    """How sure it is that this is a prompt at all; None where it is too unlikely to mention."""
    if not _is_doubtful(draft):
        return draft.confidence
    text = "".join(part.text if part.text is not None else "{}" for part in parts)
    points = shape.points(text, draft.names)
    if points >= shape.SURE:
        return Confidence.LIKELY
    return Confidence.POSSIBLE if points >= shape.PROBABLE else None


def _is_doubtful(draft: Draft) -> bool:
    """Whether only the words can tell: of a bare text; of a single message, which may be a prompt's first or be added to
    a conversation later; of an argument called `instructions`, which people read as well."""
    match draft.rank:
        case Rank.TEXT:
            return True
        case Rank.MESSAGES:
            return isinstance(draft.messages, Rows) and len(draft.messages.items) == 1
        case Rank.STORED:
            return draft.confidence is Confidence.LIKELY and draft.messages is None
        case Rank.SENT:
            return False


def _prompt(module: Module, draft: Draft, parts: tuple[Part, ...], confidence: Confidence) -> Prompt:
    if draft.rank is Rank.TEXT and shape.is_system("".join(part.text or "" for part in parts), draft.names):
        role = "system" if shape.is_called_system(draft.names) else ""
        parts = tuple(_as_system(part, role) for part in parts)
    sender = draft.place.module if isinstance(draft.place, Spot) else module
    if draft.rank is Rank.SENT and _MARKS_LATER.search(sender.text):
        parts = _marked_later(parts)
    settings = dict(draft.settings)
    model = as_text(settings.get("model", Text()))
    named = next((place_of(piece.place) for piece in model.pieces if piece.place), None) if model.literal else None
    return Prompt(
        tuple(_no_surer(part, confidence) for part in parts),
        name=".".join(name for name in draft.names[1:] if name),
        path=module.path,
        model=model.literal or None,
        provider=draft.provider,
        fragment=draft.rank < Rank.SENT,
        evidence=Evidence.SOURCE,
        automatic=_automatic(settings),
        parameters=_parameters(settings),
        facts=tuple(fact(remark, module.path) for remark in draft.remarks if sender is module),
        model_span=Span(named.start, named.end) if named else None,
        model_file=named.path if named and named.path != module.path else "",
    )


def _marked_later(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The history with the mark that the file puts on messages somewhere, by a way that was not followed."""
    said = [index for index, part in enumerate(parts) if part.content is Content.HISTORY]
    if not said or any(part.mark for part in parts if part.section is Section.MESSAGES):
        return parts
    last = said[-1]
    return (*parts[:last], replace(parts[last], mark=Mark()), *parts[last + 1 :])


def _automatic(settings: Mapping[str, Value]) -> Mark | None:
    """A mark of the whole request: `cache_control` beside the messages, or OpenAI's implicit mode when stated."""
    if "cache_control" in settings:
        return mark_of(Table((("cache_control", settings["cache_control"]),)))
    choice = settings.get("prompt_cache_options")
    if isinstance(choice, Table) and as_text(choice.get("mode") or Text()).literal == "implicit":
        return Mark(as_text(choice.get("ttl") or Text()).literal or None)
    return None


def _parameters(settings: Mapping[str, Value]) -> dict[str, object]:
    """The settings whose value is written down, as they are sent."""
    known = {name: plain(value) for name, value in settings.items() if name not in _TEXT_SETTINGS}
    return {name: value for name, value in known.items() if value is not ...}


def _as_system(part: Part, role: str) -> Part:
    """A part of a standing instruction. Without a role it may be all there is: nobody knows of a conversation behind it."""
    return replace(part, section=Section.SYSTEM, role=role, path="system[0]")


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
    return sorted(kept, key=lambda one: place_of(one.draft.place))
