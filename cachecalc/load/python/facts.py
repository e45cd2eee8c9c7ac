"""Facts of a file beside the text of its prompts, gathered once all of these are known."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from cachecalc.core.prompt import Confidence, Content, Fact, Prompt, Section, Span, Trait
from cachecalc.load.python import habits, memo
from cachecalc.load.python.drafts import Draft, Rank
from cachecalc.load.python.frame import Run
from cachecalc.load.python.memo import Def, Sender
from cachecalc.load.python.module import Module
from cachecalc.load.python.remarks import Remark
from cachecalc.load.python.values import Spot, place_of

_SIDE = ("summar", "compact", "condense", "compress", "title", "distill", "handoff", "extract_memor")

Written = tuple[Draft, Prompt]


def fact(remark: Remark, path: str) -> Fact:
    place = place_of(remark.where)
    file = place.path if place.path != path else ""
    return Fact(remark.trait, Span(place.start, place.end), remark.origin, remark.names, remark.confidence, file)


def of_file(run: Run, written: Sequence[Written]) -> Iterator[Fact]:
    """What is true of the file as a whole; its sent prompts are what it is judged by."""
    module = run.root
    sent = [one for one in written if one[0].rank is Rank.SENT and place_of(one[0].place).path == module.path]
    if not sent:
        return
    marked = [one for one in sent if _is_marked(one[1])]
    senders = list(_senders(sent))
    found = [
        *habits.of_module(module, frozenset(function.name for function, _ in senders), marked=bool(marked)),
        *(remark for function, sender in senders for remark in memo.of_function(module, function, sender)),
        *_unread(run, marked),
        *_side_calls(module, sent),
    ]
    yield from (fact(remark, module.path) for remark in found)


def _is_marked(prompt: Prompt) -> bool:
    return prompt.automatic is not None or any(part.mark and part.mark.span for part in prompt.parts)


def _senders(sent: Sequence[Written]) -> Iterator[tuple[Def, Sender]]:
    """The functions of the file that hold a sending call."""
    for draft, prompt in sent:
        if draft.function and isinstance(draft.place, Spot) and isinstance(draft.place.node, ast.Call):
            yield draft.function, Sender(draft.place.node, frozenset(part.content for part in prompt.parts))


def _unread(run: Run, marked: Sequence[Written]) -> Iterator[Remark]:
    """Marks are set, and no code of the project looks whether they work. A response that is handed on may be looked at
    by whoever gets it."""
    if not marked or habits.COUNTERS.search(run.root.text) or (run.project and run.project.mentions(habits.COUNTERS)):
        return
    draft, _ = marked[0]
    if isinstance(draft.place, Spot) and isinstance(draft.place.node, ast.Call):
        call = draft.place.node
        handed_on = _is_returned(draft.function, call)
        sure = Confidence.POSSIBLE if handed_on else Confidence.LIKELY
        yield Remark(Trait.USAGE_UNREAD, Spot(run.root, call.func), run.root.source(call.func), (), sure)


def _is_returned(function: Def | None, call: ast.Call) -> bool:
    """Whether the response leaves the function whole."""
    nodes = list(ast.walk(function)) if function else []
    names = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and any(inner is call for inner in ast.walk(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    returned = [_bare(node.value) for node in nodes if isinstance(node, ast.Return | ast.Yield) and node.value]
    return any(value is call or (isinstance(value, ast.Name) and value.id in names) for value in returned)


def _bare(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node


def _side_calls(module: Module, sent: Sequence[Written]) -> Iterator[Remark]:
    """A helper that sends the history of a conversation without what the conversation itself sends before it."""
    main = [prompt for draft, prompt in sent if _sends_history(prompt) and not _is_side(draft)]
    if not main:
        return
    tools = any(part.section is Section.TOOLS for prompt in main for part in prompt.parts)
    system = {_system(prompt) for prompt in main} - {()}
    for draft, prompt in sent:
        if not _is_side(draft) or not _sends_history(prompt) or not isinstance(draft.place, Spot):
            continue
        own_tools = any(part.section is Section.TOOLS for part in prompt.parts)
        missing = (("tools",) if tools and not own_tools else ()) + (
            ("system",) if system and _system(prompt) not in system else ()
        )
        node = draft.place.node
        if missing and isinstance(node, ast.Call):
            yield Remark(Trait.SIDE_CALL, Spot(module, node.func), module.source(node.func), missing)


def _is_side(draft: Draft) -> bool:
    function = draft.names[-2].lower() if len(draft.names) > 1 else ""
    return any(word in function for word in _SIDE)


def _sends_history(prompt: Prompt) -> bool:
    return any(part.content is Content.HISTORY for part in prompt.parts)


def _system(prompt: Prompt) -> tuple[tuple[str | None, str], ...]:
    return tuple((part.text, part.origin) for part in prompt.parts if part.section is Section.SYSTEM)
