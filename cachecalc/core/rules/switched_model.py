"""The model changes within a conversation.

## Why it costs money
No provider shares entries between models. The first request to another model pays for the whole context, and so does
the way back once the first model's entry has expired. A router that picks a cheaper model for an easy turn can cost more
than it saves.

## What to do
Route whole conversations, not turns. Where a turn must go elsewhere, send the other model only what it needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Evidence, Prompt, Trait
from cachecalc.core.rules import facts, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target


def check(prompt: Prompt, _target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt,
        Trait.MODEL_SWITCHED,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} switches the model within a conversation",
    )


RULE = Rule(
    code="CC504",
    name="switched-model",
    summary="the model changes within a conversation",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "[[task: 900 words]]"}]}
            {"model": "claude-haiku-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "[[task: 900 words]]"}, {"role": "assistant", "content": "which file?"}, {"role": "user", "content": "the first"}]}
            """,
            filename="conversation.jsonl",
            message="the model changes from `claude-opus-5-5` to `claude-haiku-5-5`",
            mended=(("-haiku", "-opus"),),
        ),
        Bad(
            source="""\
            import anthropic

            client = anthropic.Anthropic()


            def step(messages: list[dict]) -> object:
                is_easy = len(messages[-1]["content"]) < 200
                return client.messages.create(
                    model="claude-haiku-5-5" if is_easy else "claude-opus-5-5",
                    max_tokens=900,
                    messages=messages,
                )
            """,
            filename="agent.py",
            message='`"claude-haiku-5-5" if is_easy else …` switches the model within a conversation',
            mended="""\
            import anthropic

            client = anthropic.Anthropic()


            def step(messages: list[dict]) -> object:
                return client.messages.create(
                    model="claude-opus-5-5",
                    max_tokens=900,
                    messages=messages,
                )
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are a coding agent.", "messages": [{"role": "user", "content": "[[task: 900 words]]"}]}
            {"model": "claude-haiku-5-5", "max_tokens": 9, "system": "Name conversations.", "messages": [{"role": "user", "content": "name this: please fix the failing test"}]}
            """,
            filename="helper.jsonl",
            because="a helper that goes on with nothing may have a model of its own",
        ),
    ),
    incidents=("C18",),
)
