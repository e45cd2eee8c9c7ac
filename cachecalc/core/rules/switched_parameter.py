"""A setting that the cache depends on changes within a conversation.

## Why it costs money
Some settings are part of what a provider hashes. On Claude, thinking, effort and `tool_choice` invalidate the messages,
web search, citations and speed the system prompt as well; on OpenAI it is reasoning effort, verbosity and the output
schema. Switching thinking off for a tool's answer and on again misses twice.

## What to do
Choose the setting when the conversation begins and keep it. To steer one turn, say it in the last message.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Evidence, Prompt, Trait
from cachecalc.core.rules import facts
from cachecalc.core.rules.rule import Bad, Good, Rule, Target


def check(prompt: Prompt, _target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt,
        Trait.PARAMETER_SWITCHED,
        Level.WARNING,
        lambda fact: f"{facts.listed(fact.names)} varies between calls of one conversation",
    )


RULE = Rule(
    code="CC503",
    name="switched-parameter",
    summary="a setting the cache depends on changes within a conversation",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "thinking": {"type": "enabled", "budget_tokens": 4000}, "messages": [{"role": "user", "content": "[[task: 900 words]]"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "thinking": {"type": "disabled"}, "messages": [{"role": "user", "content": "[[task: 900 words]]"}, {"role": "assistant", "content": "which file?"}, {"role": "user", "content": "the first"}]}
            """,
            filename="thinking.jsonl",
            message="`thinking` changes from enabled to disabled",
            mended=(('disabled"', 'enabled", "budget_tokens": 4000'),),
        ),
        Bad(
            source="""\
            {"model": "gpt-6-sol", "input": [{"role": "user", "content": "[[task: 900 words]]"}], "reasoning": {"effort": "high"}}
            {"model": "gpt-6-sol", "input": [{"role": "user", "content": "[[task: 900 words]]"}, {"role": "assistant", "content": "which file?"}, {"role": "user", "content": "the first"}], "reasoning": {"effort": "low"}}
            """,
            filename="effort.jsonl",
            message='`reasoning` changes from {"effort": "high"} to {"effort": "low"}',
            mended=((': "low"', ': "high"'),),
        ),
        Bad(
            source="""\
            import anthropic

            client = anthropic.Anthropic()


            def step(messages: list[dict], tools: list[dict]) -> object:
                after_tool = messages[-1]["role"] == "user" and isinstance(messages[-1]["content"], list)
                return client.messages.create(
                    model="claude-opus-5-5",
                    max_tokens=900,
                    tools=tools,
                    thinking={"type": "disabled"} if after_tool else {"type": "adaptive"},
                    messages=messages,
                )
            """,
            filename="agent.py",
            message="`thinking` varies between calls of one conversation",
            mended="""\
            import anthropic

            client = anthropic.Anthropic()


            def step(messages: list[dict], tools: list[dict]) -> object:
                return client.messages.create(
                    model="claude-opus-5-5",
                    max_tokens=900,
                    tools=tools,
                    thinking={"type": "adaptive"},
                    messages=messages,
                )
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "temperature": 1, "messages": [{"role": "user", "content": "[[task: 900 words]]"}]}
            {"model": "claude-opus-5-5", "max_tokens": 900, "temperature": 0, "messages": [{"role": "user", "content": "[[task: 900 words]]"}, {"role": "assistant", "content": "which file?"}, {"role": "user", "content": "the first"}]}
            """,
            filename="temperature.jsonl",
            because="temperature and the output limit are no part of the prefix",
        ),
    ),
    incidents=("C17",),
)
