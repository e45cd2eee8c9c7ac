"""A mark stands on text that changes with each request: every request writes, and none reads.

## Why it costs money
An entry is found again only by a request that is the same up to the mark. A mark on a retrieved document, a question or
a clock is written each time, at a premium, and never read; the static text in front of it is written along with it.
OpenAI's GPT-5.6 and later put such a mark at the end of the last message unless told otherwise, and so does Claude's
automatic caching: right for a conversation, wrong for single requests that share their instructions.

## What to do
Move the mark back to the last text that stays the same. On OpenAI put a `prompt_cache_breakpoint` there and set
`prompt_cache_options.mode` to `explicit`. A mark on the last message of a growing conversation is right and is not
reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level, Related
from cachecalc.core.pricing import Kind, Mode
from cachecalc.core.prompt import Confidence, Content, Evidence, Mark, Part, Prompt, Section
from cachecalc.core.rules import mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target
from cachecalc.core.volatility import Clock

_ONE_DOCUMENT = re.compile(
    r"(?:^|[^a-z])(?:doc|document|article|book|paper|page|file)(?:_?(?:text|contents?))?\W*$", re.IGNORECASE
)
_WORTH_STORING = 1024
"""Tokens of static prefix from which on a mark at the end of a single request is a loss, where no minimum is known."""


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    if reach.goes_by_marks(prompt, target):
        for at, part in enumerate(prompt.parts):
            culprit = _culprit(prompt, at) if part.mark else None
            if culprit is not None:
                yield _hit(prompt, at, culprit, target)
    yield from _at_the_tail(prompt, target)
    yield from _on_the_question(prompt, target)


def _culprit(prompt: Prompt, marked: int) -> int | None:
    """The first of the changing parts that the mark stands on or closely behind."""
    static, found = 0, None
    for at in range(marked, -1, -1):
        part = prompt.parts[at]
        if _is_volatile(part) and not _is_rolling(prompt, at):
            found = at
        elif not part.volatility.is_static or static + reach.tokens(part) >= reach.SLIVER:
            break
        else:
            static += reach.tokens(part)
    return found


def _is_volatile(part: Part) -> bool:
    """A mark behind a user's own text is read by that user, and one behind a date for a day. A single document may be
    asked about more than once: that is what such marks are for."""
    volatility = part.volatility
    is_kept = part.content is Content.RETRIEVED and _ONE_DOCUMENT.search(part.origin) is not None
    return (
        part.content is not Content.HISTORY and not is_kept and bool(volatility.fresh or volatility.clock > Clock.HOUR)
    )


def _is_rolling(prompt: Prompt, at: int) -> bool:
    """Whether the mark may be one that moves with the end of a conversation: with a history before it, or another
    mark that holds the static text."""
    if prompt.parts[at].section is not Section.MESSAGES:
        return False
    is_held = any(part.mark for part in prompt.parts[:at])
    return is_held or reach.has_history(prompt) or prompt.evidence is Evidence.PAYLOAD


def _hit(prompt: Prompt, marked: int, culprit: int, target: Target) -> Hit:
    part, mark = prompt.parts[culprit], prompt.parts[marked].mark
    lost = reach.lost(prompt, culprit, target)
    return Hit(
        span=(mark.span if mark else None) or prompt.parts[marked].span,
        message=f"the mark follows {reach.named(part)}, {_pace(part)}: it is never read",
        level=Level.ERROR if lost >= reach.SMALL else Level.WARNING,
        confidence=part.confidence,
        lost_tokens=lost,
        mended=_moved_back(prompt, marked, culprit),
        related=(Related("this text changes", part.span, part.file),),
        group=reach.group(prompt),
        path=prompt.parts[marked].file,
    )


def _moved_back(prompt: Prompt, marked: int, culprit: int) -> Prompt:
    """The mark on the last text in front that stays the same; without it, where there is none or it has one."""
    mended = mend.with_mark(prompt, marked, None)
    places = range(culprit - 1, -1, -1)
    place = next((at for at in places if prompt.parts[at].mark or _culprit(prompt, at) is None), None)
    if place is None or prompt.parts[place].mark or not prompt.parts[place].volatility.is_static:
        return mended
    return mend.with_mark(mended, place, prompt.parts[marked].mark)


def _pace(part: Part) -> str:
    if part.volatility.fresh:
        return f"new on every {part.volatility.fresh.name.lower()}"
    return f"new {reach.EVERY[part.volatility.clock]}"


def _at_the_tail(prompt: Prompt, target: Target) -> Iterator[Hit]:
    """The provider's own mark behind the last message of a request that continues no conversation.

    Who asks for such a mark may be about to begin one; who merely did not forbid it is less likely to.
    """
    mode = _tail_mode(prompt, target)
    if (
        mode is None
        or not prompt.parts
        or prompt.fragment
        or any(part.mark for part in prompt.parts)
        or reach.has_history(prompt)
    ):
        return
    static = reach.static_prefix(prompt)
    size = reach.weight(static)
    last = prompt.parts[-1]
    if size < (mode.min_tokens or _WORTH_STORING) or not last.volatility.fresh:
        return
    yield Hit(
        span=(prompt.automatic.span if prompt.automatic else None) or static[-1].span,
        message=f"the only mark is behind the last message: {reach.amount(size)} are written and never read",
        level=Level.WARNING,
        confidence=Confidence.POSSIBLE if prompt.automatic else Confidence.LIKELY,
        lost_tokens=size,
        mended=mend.with_mark(prompt, len(static) - 1, Mark()),
        related=(Related("this text is new on every request", last.span, last.file),),
        path=static[-1].file,
    )


def _on_the_question(prompt: Prompt, target: Target) -> Iterator[Hit]:
    """The only mark of a request that continues no conversation, put on its question. A conversation that begins here
    will read it, and no other one."""
    if (
        prompt.evidence is not Evidence.PAYLOAD
        or prompt.automatic
        or not reach.goes_by_marks(prompt, target)
        or reach.has_history(prompt)
        or reach.marks(prompt) != [len(prompt.parts) - 1]
        or prompt.parts[-1].section is not Section.MESSAGES
    ):
        return
    static, question, mode = reach.static_prefix(prompt), prompt.parts[-1], target.mode(Kind.MARKS)
    size = reach.weight(static)
    if len(static) < len(prompt.parts) and size >= ((mode.min_tokens if mode else None) or _WORTH_STORING):
        yield Hit(
            span=(question.mark.span if question.mark else None) or question.span,
            message=f"the only mark is on the question: no other conversation reads the {reach.amount(size)} in front",
            level=Level.WARNING,
            confidence=Confidence.LIKELY,
            lost_tokens=size,
            mended=mend.with_mark(prompt, len(static) - 1, Mark()),
            related=(Related("this text could be shared", static[-1].span, static[-1].file),),
            group=reach.group(prompt),
            path=question.file,
        )


def _tail_mode(prompt: Prompt, target: Target) -> Mode | None:
    """The mode in which the provider puts the mark, where it is at work for this prompt."""
    mode = target.mode(Kind.TAIL)
    if mode is None or target.model is None:
        return None
    options = prompt.parameters.get("prompt_cache_options")
    if isinstance(options, dict) and options.get("mode") == "explicit":
        return None
    return mode if prompt.automatic or target.model.caching.default == mode.name else None


RULE = Rule(
    code="CC203",
    name="mark-on-volatile",
    summary="a mark on text that changes with each request",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You look after a house. [[rules: 2000 words]]"},
                        {"type": "text", "text": "It is 2026-11-21T09:14:07Z.", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "turn the lights off"}]}
            """,
            filename="house.json",
            message="the mark follows `2026-11-21T09:14:07Z`, new every second: it is never read",
            mended="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You look after a house. [[rules: 2000 words]]",
                         "cache_control": {"type": "ephemeral"}},
                        {"type": "text", "text": "It is 2026-11-21T09:14:07Z."}],
             "messages": [{"role": "user", "content": "turn the lights off"}]}
            """,
        ),
        Bad(
            source=r'''
            import anthropic

            RULES = """You answer from documents. [[rules: 2000 words]]"""


            def answer(documents: list[str], question: str) -> object:
                context = "\n".join(documents)
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=500,
                    system=[
                        {"type": "text", "text": RULES},
                        {"type": "text", "text": context, "cache_control": {"type": "ephemeral"}},
                    ],
                    messages=[{"role": "user", "content": question}],
                )
            ''',
            filename="rag.py",
            message="the mark follows `documents`, new on every turn: it is never read",
            mended=r'''
            import anthropic

            RULES = """You answer from documents. [[rules: 2000 words]]"""


            def answer(documents: list[str], question: str) -> object:
                context = "\n".join(documents)
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=500,
                    system=[
                        {"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}},
                        {"type": "text", "text": context},
                    ],
                    messages=[{"role": "user", "content": question}],
                )
            ''',
        ),
        Bad(
            source="""\
            {"model": "gpt-6-sol", "input": [
              {"role": "developer", "content": "You sort mail. [[rules: 2000 words]]"},
              {"role": "user", "content": "from the bank: your statement"}]}
            """,
            filename="mail.json",
            message="the only mark is behind the last message: 2,008 tokens are written and never read",
            mended="""\
            {"model": "gpt-6-sol", "prompt_cache_options": {"mode": "explicit"}, "input": [
              {"role": "developer", "content": [{"type": "input_text", "text": "You sort mail. [[rules: 2000 words]]",
                                                 "prompt_cache_breakpoint": {"mode": "explicit"}}]},
              {"role": "user", "content": "from the bank: your statement"}]}
            """,
        ),
        Bad(
            source="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You sort mail. [[rules: 2000 words]]"}],
             "messages": [{"role": "user", "content": [
               {"type": "text", "text": "from the bank: your statement", "cache_control": {"type": "ephemeral"}}]}]}
            """,
            filename="question.json",
            message="the only mark is on the question: no other conversation reads the 2,730 tokens in front",
            mended=(
                ('words]]"}', 'words]]", "cache_control": {"type": "ephemeral"}}'),
                ('statement", "cache_control": {"type": "ephemeral"}', 'statement"'),
            ),
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500, "system": "You answer from a report. [[rules: 2000 words]]",
             "messages": [{"role": "user", "content": [
               {"type": "text", "text": "[[report: 4000 words]]", "cache_control": {"type": "ephemeral"}},
               {"type": "text", "text": "what does it cost?"}]}]}
            """,
            filename="report.json",
            because="the mark stands behind a document, and more questions may follow",
        ),
        Good(
            source="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a tutor. [[rules: 2000 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "what is a prime?"},
                          {"role": "assistant", "content": "which numbers divide 7?"},
                          {"role": "user", "content": [{"type": "text", "text": "1 and 7", "cache_control": {"type": "ephemeral"}}]}]}
            """,
            filename="rolling.json",
            because="a mark at the end of a growing conversation is read on the next turn",
        ),
        Good(
            source="""\
            {"model": "gpt-6-sol", "prompt_cache_options": {"mode": "explicit"}, "input": [
              {"role": "developer", "content": [{"type": "input_text", "text": "You sort mail. [[rules: 2000 words]]",
                                                 "prompt_cache_breakpoint": {"mode": "explicit"}}]},
              {"role": "user", "content": "from the bank: your statement"}]}
            """,
            filename="explicit.json",
            because="the mark stands behind the text that stays the same",
        ),
    ),
    incidents=("C06", "C11"),
)
