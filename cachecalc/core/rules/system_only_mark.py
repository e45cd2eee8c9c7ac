"""A conversation grows, and only its tools or system prompt carry a mark.

## Why it costs money
The history is the larger part of a long conversation, and it is the same on the next turn but for what was added. With
the last mark on the system prompt none of it is stored: every turn pays for the whole history again, and the bill grows
with the square of the number of turns.

## What to do
Put a mark on the last block of the last message as well, moving with the conversation, or switch automatic caching on.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level, Related
from cachecalc.core.prompt import Confidence, Content, Evidence, Mark, Part, Prompt, Section
from cachecalc.core.rules import mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target

_LONG, _WORTH_CACHING = 1024, 256
"""Tokens of recorded history from which on it is worth a mark, and of one that has gone on for several turns."""

_SEVERAL = 3
"""Replies after which a conversation is likely to go on."""


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    if not reach.goes_by_marks(prompt, target) or _has_own_tail(prompt):
        return
    stored = reach.marks(prompt)
    if prompt.parts[stored[-1]].section is Section.MESSAGES:
        return
    history = [part for part in prompt.parts if reach.is_history(part)]
    size = reach.weight(tuple(history))
    is_recorded = prompt.evidence is Evidence.PAYLOAD
    if _grows(history, size) if is_recorded else any(part.content is Content.HISTORY for part in history):
        yield _hit(prompt, stored[-1], size if is_recorded else 0)


def _grows(history: list[Part], size: int) -> bool:
    replies = {part.path.partition(".")[0] for part in history if part.role in {"assistant", "model"}}
    return size >= _LONG or (size >= _WORTH_CACHING and len(replies) >= _SEVERAL)


def _has_own_tail(prompt: Prompt) -> bool:
    """OpenAI marks the last message by itself, unless it is told not to."""
    options = prompt.parameters.get("prompt_cache_options")
    return reach.is_openai(prompt) and not (isinstance(options, dict) and options.get("mode") == "explicit")


def _hit(prompt: Prompt, mark: int, size: int) -> Hit:
    row = prompt.parts
    first = next(part for part in row if reach.is_history(part))
    what = f"{reach.amount(size)} of history are" if size else "the history is"
    return Hit(
        span=(row[mark].mark or Mark()).span or row[mark].span,
        message=f"the last mark is on the {row[mark].section} text: {what} billed in full on every turn",
        level=Level.WARNING if not size or size >= _LONG else Level.NOTE,
        confidence=min(first.confidence, Confidence.CERTAIN if size else Confidence.LIKELY),
        lost_tokens=size,
        mended=mend.with_mark(prompt, len(row) - 1, Mark()),
        related=(Related("the history begins here", first.span, first.file),),
        path=row[mark].file,
    )


RULE = Rule(
    code="CC206",
    name="system-only-mark",
    summary="a growing conversation with no mark behind its system prompt",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [
               {"role": "user", "content": "read the files"},
               {"role": "assistant", "content": "[[first: 900 words]]"}, {"role": "user", "content": "go on"},
               {"role": "assistant", "content": "[[second: 900 words]]"}, {"role": "user", "content": "what did you find?"}]}
            """,
            filename="long.json",
            message="the last mark is on the system text: 2,473 tokens of history are billed in full on every turn",
            mended="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [
               {"role": "user", "content": "read the files"},
               {"role": "assistant", "content": "[[first: 900 words]]"}, {"role": "user", "content": "go on"},
               {"role": "assistant", "content": "[[second: 900 words]]"}, {"role": "user", "content": [
                 {"type": "text", "text": "what did you find?", "cache_control": {"type": "ephemeral"}}]}]}
            """,
        ),
        Bad(
            source='''\
            import anthropic

            client = anthropic.Anthropic()
            RULES = """You are a coding agent. [[rules: 900 words]]"""


            class Agent:
                def __init__(self) -> None:
                    self.messages: list[dict] = []

                def say(self, text: str) -> object:
                    self.messages.append({"role": "user", "content": text})
                    response = client.messages.create(
                        model="claude-opus-5-5",
                        max_tokens=900,
                        system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                        messages=self.messages,
                    )
                    self.messages.append({"role": "assistant", "content": response.content})
                    return response
            ''',
            filename="agent.py",
            message="the last mark is on the system text: the history is billed in full on every turn",
            mended='''\
            import anthropic

            client = anthropic.Anthropic()
            RULES = """You are a coding agent. [[rules: 900 words]]"""


            class Agent:
                def __init__(self) -> None:
                    self.messages: list[dict] = []

                def say(self, text: str) -> object:
                    self.messages.append({"role": "user", "content": text})
                    response = client.messages.create(
                        model="claude-opus-5-5",
                        max_tokens=900,
                        cache_control={"type": "ephemeral"},
                        system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                        messages=self.messages,
                    )
                    self.messages.append({"role": "assistant", "content": response.content})
                    return response
            ''',
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "read the files"}]}
            """,
            filename="single.json",
            because="there is no history yet",
        ),
    ),
    incidents=("C11",),
)
