"""In what two requests differ, so that the later one cannot read what the earlier one stored: every cause, not the first.

Forms that mean the same to a provider are no difference: a text and a list of one text block, a mark that moves with
the end of the conversation, separate calls that share a prefix, a conversation that only grows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cachecalc.core.divergence import marks, messages, settings, tools
from cachecalc.core.divergence.found import Divergence, Verdict, of_text
from cachecalc.core.divergence.lost import ledger
from cachecalc.core.divergence.relation import Relation, is_shuffled, relation
from cachecalc.core.divergence.rows import Block, blocks, common_prefix, of_section
from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Prompt, Section

__all__ = ["Divergence", "Verdict", "divergences"]

_SLIVER = 16
"""Tokens. What separate calls lose by less is no prefix worth sharing."""


@dataclass(frozen=True, slots=True)
class _Request:
    prompt: Prompt
    row: list[Block]

    def of(self, section: Section) -> list[Block]:
        return of_section(self.row, section)


def divergences(previous: Prompt, current: Prompt, model: Model | None = None) -> tuple[Divergence, ...]:
    """Every divergence of a request from the one before it, in the order in which the prefix is hashed.

    `model` is the current request's, for its cache rules; None where it is not known. Both prompts are requests as sent;
    counted, if `lost_tokens` are to mean anything. Linear in the length of the two.
    """
    before, after = _Request(previous, blocks(previous)), _Request(current, blocks(current))
    related = relation(before.row, after.row, is_same_model=previous.model == current.model)
    costs = ledger(previous, before.row, after.row, model)
    found = [
        divergence if divergence.lost_tokens else replace(divergence, lost_tokens=costs.lost(divergence))
        for divergence in _all(before, after, related, model)
    ]
    is_counted = any(part.count for part in previous.parts)
    return tuple(divergence for divergence in found if not is_counted or _costs(divergence, related))


def _costs(found: Divergence, related: Relation) -> bool:
    """Whether a divergence that is sure to be seen has lost anything: a setting may concern nothing that was stored."""
    if found.kind == "switched-parameter":
        return found.lost_tokens > 0
    return related is not Relation.SIBLING or found.lost_tokens >= _SLIVER


def _all(before: _Request, after: _Request, related: Relation, model: Model | None) -> Iterator[Divergence]:
    match related:
        case Relation.SIDE_CALL:
            yield _side_call(before, after)
        case Relation.SIBLING:
            yield from tools.differences(before.of(Section.TOOLS), after.of(Section.TOOLS), is_one_session=False)
            yield from _system(before.of(Section.SYSTEM), after.of(Section.SYSTEM), is_one_session=False)
            yield from _same_question(before.of(Section.MESSAGES), after.of(Section.MESSAGES))
        case Relation.CONTINUED:
            yield from _switched(before, after)
            if before.prompt.provider != after.prompt.provider:
                return  # another provider writes the same conversation in another form: nothing else can be told
            yield from tools.differences(before.of(Section.TOOLS), after.of(Section.TOOLS), is_one_session=True)
            yield from _system(before.of(Section.SYSTEM), after.of(Section.SYSTEM), is_one_session=True)
            yield from _messages(before.of(Section.MESSAGES), after.of(Section.MESSAGES))
            yield from marks.differences(before.prompt, after.prompt, before.row, after.row, model)
        case Relation.NONE:
            return


def _switched(before: _Request, after: _Request) -> Iterator[Divergence]:
    """Settings that changed. What they concern begins with the first block of the section they invalidate."""
    previous, current = before.prompt, after.prompt
    if previous.model and current.model and previous.model != current.model:
        yield Divergence("switched-model", f"the model changes from `{previous.model}` to `{current.model}`")
    if settings.both_differ(previous, current, "prompt_cache_key"):
        yield Divergence("no-cache-key", "`prompt_cache_key` changes within the conversation")
    if settings.both_differ(previous, current, "cachedContent") or settings.both_differ(
        previous, current, "cached_content"
    ):
        yield Divergence("named-cache-per-call", "each request names another cache")
    for name, section in settings.switched(previous, current):
        was, now = settings.shown(previous, current, name)
        message = f"`{name}` changes from {was} to {now}"
        yield Divergence("switched-parameter", message, next(iter(before.of(section)), None))


def _system(previous: list[Block], current: list[Block], *, is_one_session: bool) -> Iterator[Divergence]:
    """Compare system blocks one by one where their number is the same; else say which were put in or taken out."""
    if Counter(block.key for block in previous) == Counter(block.key for block in current):
        shared = common_prefix(previous, current)
        if shared < len(previous):
            message = "the same system blocks stand in another order"
            yield Divergence("shuffled-content", message, previous[shared], current[shared])
    elif len(previous) == len(current):
        for block, other in zip(previous, current, strict=True):
            if block.key != other.key:
                yield from of_text(block, other, "dynamic-before-static", f"the text changes in {other.path}")
    elif is_one_session:
        yield _grown(previous, current)


def _grown(previous: list[Block], current: list[Block]) -> Divergence:
    shared, number = common_prefix(previous, current), abs(len(current) - len(previous))
    old = previous[shared] if shared < len(previous) else None
    new = current[shared] if shared < len(current) else None
    verb = "put into" if len(current) > len(previous) else "taken out of"
    message = f"{number} {'block is' if number == 1 else 'blocks are'} {verb} the system prompt"
    return Divergence("dynamic-before-static", message, old, new)


def _messages(previous: list[Block], current: list[Block]) -> Iterator[Divergence]:
    if not is_shuffled(previous, current):
        yield from messages.differences(previous, current)
        return
    shared = common_prefix(previous, current)
    message = "the same earlier messages stand in another order"
    yield Divergence("shuffled-content", message, previous[shared], current[shared])


def _same_question(previous: list[Block], current: list[Block]) -> Iterator[Divergence]:
    """Separate calls whose first message is nearly the same: a template with something that changes in its first half."""
    shared = common_prefix(previous, current)
    if not shared < len(previous) == len(current) or not messages.resembles(previous[shared], current[shared]):
        return
    block, other = previous[shared], current[shared]
    for found in of_text(block, other, "", ""):
        if found.kind and found.hole and 2 * found.hole.end < len(block.text):
            yield found


def _side_call(before: _Request, after: _Request) -> Divergence:
    missing = [
        words
        for words, section in (("tools", Section.TOOLS), ("system prompt", Section.SYSTEM))
        if before.of(section)
        and [block.key for block in before.of(section)] != [block.key for block in after.of(section)]
    ]
    message = f"it continues the conversation without its {' and '.join(missing)}"
    lost = sum(block.tokens for block in after.of(Section.MESSAGES))
    return Divergence("side-call-prefix", message, before.row[0], after.row[0], lost_tokens=lost)
