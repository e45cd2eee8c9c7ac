"""A mark asks to store a prefix that is shorter than the model's minimum.

## Why it costs money
Below the minimum a mark is ignored without a word: no error, no entry, and both cache counters stay at zero. The
minimum is 512 to 4,096 tokens, depends on the model, and does not fall steadily from one generation to the next.

## What to do
Mark a longer prefix, choose a model with a lower minimum, or drop the mark. Padding a prompt up to the minimum pays
when it is read often enough; `cachecalc plan` works that out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from cachecalc.core.finding import Fix, Hit, Level
from cachecalc.core.pricing import Kind
from cachecalc.core.prompt import Confidence, Count, Evidence, Part, Prompt, Section
from cachecalc.core.rules import edits, mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target


@dataclass(frozen=True, slots=True)
class _Prefix:
    """A mark, and the range in which the tokens up to it lie."""

    at: int
    expected: int
    low: int
    high: int


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    if prompt.fragment or (target.model and not target.mode(Kind.MARKS)):
        return
    mode = target.mode(Kind.MARKS)
    minimum = mode.min_tokens if mode else reach.LOWEST_MINIMUM
    prefixes = list(_prefixes(prompt))
    if minimum is None or not prefixes:
        return
    is_any_stored = prefixes[-1].high >= minimum
    for prefix in prefixes:
        if prefix.low < minimum:
            yield _hit(prompt, prefix, minimum, is_any_stored=is_any_stored)


def _prefixes(prompt: Prompt) -> Iterator[_Prefix]:
    """The marks whose prefix is wholly known. A mark on the last block moves with a conversation, which grows."""
    counts = [part.count or Count(0) for part in prompt.parts]
    sums = zip(
        accumulate(count.tokens for count in counts),
        accumulate(count.low for count in counts),
        accumulate(count.high for count in counts),
        strict=True,
    )
    last = prompt.parts[-1].block if prompt.parts else 0
    for (at, part), (expected, low, high) in zip(enumerate(prompt.parts), sums, strict=True):
        if not _is_known(part, prompt):
            return
        if part.mark and not (part.section is Section.MESSAGES and part.block == last):
            yield _Prefix(at, expected, low, high)


def _is_known(part: Part, prompt: Prompt) -> bool:
    """A placeholder stands for a text of any length."""
    is_written = part.volatility.is_static and part.text is not None
    return part.count is not None and (prompt.evidence is Evidence.PAYLOAD or is_written)


def _hit(prompt: Prompt, prefix: _Prefix, minimum: int, *, is_any_stored: bool) -> Hit:
    mark = prompt.parts[prefix.at].mark
    is_sure = prefix.high < minimum
    verb = "is" if is_sure else "may be"
    whole = mark.whole if mark else None
    return Hit(
        span=(mark.span if mark else None) or prompt.parts[prefix.at].span,
        message=f"the mark {verb} ignored: {reach.amount(prefix.expected)} stand before it, the minimum is {minimum:,}",
        level=Level.NOTE if is_any_stored else Level.WARNING,
        confidence=Confidence.CERTAIN if is_sure else Confidence.POSSIBLE,
        lost_tokens=0 if is_any_stored else prefix.expected,
        mended=mend.with_mark(prompt, prefix.at, None),
        fix=Fix("drop the mark", (edits.removal(whole),), safe=True) if whole and is_sure else None,
        path=prompt.parts[prefix.at].file,
    )


RULE = Rule(
    code="CC201",
    name="below-minimum",
    summary="a mark on a prefix shorter than the model's minimum",
    level=Level.WARNING,
    sees=frozenset({Evidence.PAYLOAD, Evidence.PAIR, Evidence.SOURCE, Evidence.TEMPLATE}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-haiku-4-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You sort mail. [[rules: 1500 words]]",
                         "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "from the bank: your statement"}]}
            """,
            filename="mail.json",
            message="the mark is ignored: 1,550 tokens stand before it, the minimum is 4,096",
            fixed="""\
            {"model": "claude-haiku-4-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You sort mail. [[rules: 1500 words]]"}],
             "messages": [{"role": "user", "content": "from the bank: your statement"}]}
            """,
        ),
        Bad(
            source="""\
            import anthropic

            RULES = "You sort mail. Name the folder, and nothing else. Bills go to money, letters to people, the rest to later."


            def sort(letter: str) -> object:
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-4-6",
                    max_tokens=50,
                    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": letter}],
                )
            """,
            filename="mail.py",
            message="the mark is ignored: 27 tokens stand before it, the minimum is 1,024",
            fixed=((', "cache_control": {"type": "ephemeral"}', ""),),
        ),
        Bad(
            source="""\
            {"model": "claude-haiku-4-5",
             "system": [{"type": "text", "text": "You are a tutor. [[rules: 300 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "{{ question }}"}]}
            """,
            filename="tutor_request.json",
            message="the mark is ignored: 314 tokens stand before it, the minimum is 4,096",
            fixed=((', "cache_control": {"type": "ephemeral"}', ""),),
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You sort mail. [[rules: 1500 words]]",
                         "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "from the bank: your statement"}]}
            """,
            filename="lower_minimum.json",
            because="this model caches from 512 tokens",
        ),
        Good(
            source="""\
            {"model": "claude-sonnet-4-6", "max_tokens": 500,
             "messages": [{"role": "user", "content": [{"type": "text", "text": "from the bank: your statement",
                                                        "cache_control": {"type": "ephemeral"}}]}]}
            """,
            filename="first_turn.json",
            because="a mark on the last message moves with a conversation that is still short",
        ),
    ),
    incidents=("C14",),
)
