"""Earlier messages are edited, pruned, truncated or encoded anew: one request is no prefix of the next.

## Why it costs money
A conversation is cheap as long as each request is the last one plus something. Keeping the newest twenty messages,
clearing old tool results, dropping old images, or storing a message in another form than it was sent in changes text in
the middle, and everything behind it is billed in full. Pruning a little on every turn costs more than it saves.

## What to do
Only append. When the context must shrink, prune once, far below the limit, so that many turns follow before the next
time. Store and send again exactly what was sent: the same blocks, the same images, the same thinking.
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
        Trait.HISTORY_REWRITTEN,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} changes earlier messages: each request misses behind them",
    )


RULE = Rule(
    code="CC501",
    name="rewritten-history",
    summary="earlier messages of a conversation are changed",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are an agent.", "messages": [{"role": "user", "content": "read both files"}, {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "read", "input": {"path": "a"}}]}, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "[[file: 900 words]]"}]}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are an agent.", "messages": [{"role": "user", "content": "read both files"}, {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "read", "input": {"path": "a"}}]}, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "[old tool result cleared]"}]}, {"role": "assistant", "content": "both read"}, {"role": "user", "content": "now compare"}]}
            """,
            filename="cleared.jsonl",
            message="an earlier tool result was replaced by a placeholder",
            mended=(("old tool result cleared", "[file: 900 words]"),),
        ),
        Bad(
            source="""\
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You are a tutor."}, {"role": "user", "content": "what is a prime?"}, {"role": "assistant", "content": "[[answer: 700 words]]"}, {"role": "user", "content": "and a square?"}, {"role": "assistant", "content": "[[square: 700 words]]"}, {"role": "user", "content": "and a cube?"}]}
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You are a tutor."}, {"role": "user", "content": "and a square?"}, {"role": "assistant", "content": "[[square: 700 words]]"}, {"role": "user", "content": "and a cube?"}, {"role": "assistant", "content": "n times n times n"}, {"role": "user", "content": "and a root?"}]}
            """,
            filename="window.jsonl",
            message="2 earlier blocks were dropped",
            mended="""\
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You are a tutor."}, {"role": "user", "content": "what is a prime?"}, {"role": "assistant", "content": "[[answer: 700 words]]"}, {"role": "user", "content": "and a square?"}, {"role": "assistant", "content": "[[square: 700 words]]"}, {"role": "user", "content": "and a cube?"}]}
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You are a tutor."}, {"role": "user", "content": "what is a prime?"}, {"role": "assistant", "content": "[[answer: 700 words]]"}, {"role": "user", "content": "and a square?"}, {"role": "assistant", "content": "[[square: 700 words]]"}, {"role": "user", "content": "and a cube?"}, {"role": "assistant", "content": "n times n times n"}, {"role": "user", "content": "and a root?"}]}
            """,
        ),
        Bad(
            source="""\
            from openai import OpenAI

            SYSTEM = "You are a patient tutor. Let the pupil do each step, and ask before you show one."


            class Tutor:
                def __init__(self) -> None:
                    self.messages: list[dict] = []

                def say(self, text: str) -> object:
                    self.messages.append({"role": "user", "content": text})
                    self.messages = self.messages[-20:]
                    return OpenAI().chat.completions.create(
                        model="gpt-5.5", messages=[{"role": "system", "content": SYSTEM}, *self.messages]
                    )
            """,
            filename="tutor.py",
            message="`self.messages[-20:]` changes earlier messages: each request misses behind them",
            mended="""\
            from openai import OpenAI

            SYSTEM = "You are a patient tutor. Let the pupil do each step, and ask before you show one."


            class Tutor:
                def __init__(self) -> None:
                    self.messages: list[dict] = []

                def say(self, text: str) -> object:
                    self.messages.append({"role": "user", "content": text})
                    return OpenAI().chat.completions.create(
                        model="gpt-5.5", messages=[{"role": "system", "content": SYSTEM}, *self.messages]
                    )
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are a tutor.", "messages": [{"role": "user", "content": [{"type": "text", "text": "what is a prime?", "cache_control": {"type": "ephemeral"}}]}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You are a tutor.", "messages": [{"role": "user", "content": "what is a prime?"}, {"role": "assistant", "content": "which numbers divide 7?"}, {"role": "user", "content": [{"type": "text", "text": "1 and 7", "cache_control": {"type": "ephemeral"}}]}]}
            """,
            filename="growing.jsonl",
            because="the conversation only grows, and its mark moves with the end",
        ),
        Good(
            source="""\
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You are a tutor."}, {"role": "user", "content": "what is a prime?"}]}
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You are a tutor."}, {"role": "user", "content": "what is a square?"}]}
            """,
            filename="separate.jsonl",
            because="two separate calls share a prefix and owe each other nothing",
        ),
    ),
    incidents=("C07", "C08"),
)
