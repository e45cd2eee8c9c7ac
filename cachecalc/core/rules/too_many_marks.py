"""A request carries more marks than the provider allows.

## Why it matters
Claude takes four marks over tools, system and messages together, and automatic caching uses one of them. One more and
the API refuses the request with status 400, so there is nothing to price: an agent that puts a mark on each message
fails for good once its conversation is long enough.

## What to do
Keep a budget of four for the whole request: one behind the tools, one behind the system prompt, and two that move with
the end of the conversation. Take the oldest mark in the messages away whenever a new one is set.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Fix, Hit, Level, Related
from cachecalc.core.pricing import Kind
from cachecalc.core.prompt import Evidence, Prompt, Section, Span, Trait
from cachecalc.core.rules import edits, facts, mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target

_ALLOWED = 4
"""Marks that every provider which takes marks allows."""


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt,
        Trait.MARKS_UNBOUNDED,
        Level.ERROR,
        lambda fact: f"{reach.quoted(fact.origin)} marks every message and takes none away: four are allowed",
    )
    marked = [at for at, part in enumerate(prompt.parts) if part.mark]
    count, allowed = len(marked) + bool(prompt.automatic), _allowed(prompt, target)
    if allowed is not None and count > allowed:
        yield _hit(prompt, _surplus(prompt, marked, count - allowed), count, allowed)


def _allowed(prompt: Prompt, target: Target) -> int | None:
    """OpenAI ignores marks beyond its own limit and refuses nothing."""
    if reach.is_openai(prompt):
        return None
    mode = target.mode(Kind.MARKS)
    if target.model and mode is None:
        return None
    return mode.max_marks if mode else _ALLOWED


def _surplus(prompt: Prompt, marked: list[int], number: int) -> list[int]:
    """The marks to give up: the oldest in the messages first, then in tools and system, the last of each kept longest."""
    by_section = {section: [at for at in marked if prompt.parts[at].section is section] for section in Section}
    movable = [*by_section[Section.MESSAGES][:-1]]
    movable += [*by_section[Section.SYSTEM][:-1], *by_section[Section.TOOLS][:-1]]
    return [*movable, *(at for at in marked if at not in movable)][:number]


def _hit(prompt: Prompt, surplus: list[int], count: int, allowed: int) -> Hit:
    places = [(part.mark.span or part.span, part) for part in (prompt.parts[at] for at in surplus) if part.mark]
    wholes = [part.mark.whole for _, part in places if part.mark]
    mended = prompt
    for at in surplus:
        mended = mend.with_mark(mended, at, None)
    return Hit(
        span=places[0][0],
        message=f"{count} marks where {allowed} are allowed: the API refuses the request",
        level=Level.ERROR,
        mended=mended,
        related=tuple(Related("this mark is one too many", span, part.file) for span, part in places[1:]),
        fix=_fix(wholes),
        path=places[0][1].file,
    )


def _fix(wholes: list[Span | None]) -> Fix | None:
    drops = tuple(edits.removal(whole) for whole in wholes if whole)
    return Fix("drop the oldest marks", drops, safe=True) if len(drops) == len(wholes) else None


RULE = Rule(
    code="CC204",
    name="too-many-marks",
    summary="more marks than the provider allows",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": [
               {"type": "text", "text": "[[one: 900 words]]", "cache_control": {"type": "ephemeral"}},
               {"type": "text", "text": "[[two: 900 words]]", "cache_control": {"type": "ephemeral"}},
               {"type": "text", "text": "[[three: 900 words]]", "cache_control": {"type": "ephemeral"}},
               {"type": "text", "text": "compare them", "cache_control": {"type": "ephemeral"}}]}]}
            """,
            filename="files.json",
            message="5 marks where 4 are allowed: the API refuses the request",
            fixed="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": [
               {"type": "text", "text": "[[one: 900 words]]"},
               {"type": "text", "text": "[[two: 900 words]]", "cache_control": {"type": "ephemeral"}},
               {"type": "text", "text": "[[three: 900 words]]", "cache_control": {"type": "ephemeral"}},
               {"type": "text", "text": "compare them", "cache_control": {"type": "ephemeral"}}]}]}
            """,
        ),
        Bad(
            source='''\
            import anthropic

            RULES = """You are a coding agent. [[rules: 900 words]]"""
            client = anthropic.Anthropic()


            def mark(messages: list[dict]) -> None:
                for message in messages:
                    message["content"][-1]["cache_control"] = {"type": "ephemeral"}


            def say(messages: list[dict]) -> object:
                mark(messages)
                return client.messages.create(
                    model="claude-opus-5-5",
                    max_tokens=900,
                    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                    messages=messages,
                )
            ''',
            filename="agent.py",
            message='`message["content"][-1]["cache_contr…` marks every message and takes none away: four are allowed',
            mended='''\
            import anthropic

            RULES = """You are a coding agent. [[rules: 900 words]]"""
            client = anthropic.Anthropic()


            def mark(messages: list[dict]) -> None:
                messages[-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}


            def say(messages: list[dict]) -> object:
                mark(messages)
                return client.messages.create(
                    model="claude-opus-5-5",
                    max_tokens=900,
                    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                    messages=messages,
                )
            ''',
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": [
               {"type": "text", "text": "[[one: 900 words]]", "cache_control": {"type": "ephemeral"}},
               {"type": "text", "text": "[[two: 900 words]]", "cache_control": {"type": "ephemeral"}},
               {"type": "text", "text": "compare them", "cache_control": {"type": "ephemeral"}}]}]}
            """,
            filename="four.json",
            because="four marks are allowed",
        ),
    ),
    incidents=("C10",),
)
