"""The provider finds entries by a routing key, and the key does not keep a conversation together.

## Why it costs money
Where caches live on single machines, a request reads an entry only if it reaches the machine that holds it. A key made
anew for each call spreads a conversation over all of them; one constant key for everybody overloads one machine, and
the overflow misses.

## What to do
Use one key for each conversation, or for each prefix with less than about fifteen requests a minute:
`prompt_cache_key` on OpenAI and Mistral, the `x-grok-conv-id` header on xAI, the session header of a gateway.
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
        Trait.CACHE_KEY_RANDOM,
        Level.ERROR,
        lambda fact: f"the cache key {reach.quoted(fact.origin)} is new on every call: nothing is found again",
    )
    yield from facts.hits(
        prompt,
        Trait.CACHE_KEY_CONSTANT,
        Level.NOTE,
        lambda fact: f"the cache key {reach.quoted(fact.origin)} is the same for everybody",
    )


RULE = Rule(
    code="CC601",
    name="no-cache-key",
    summary="a routing key that does not keep a conversation together",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "gpt-5.5", "prompt_cache_key": "0b1e6c4e", "messages": [{"role": "user", "content": "[[task: 1500 words]]"}]}
            {"model": "gpt-5.5", "prompt_cache_key": "93ad7f10", "messages": [{"role": "user", "content": "[[task: 1500 words]]"}, {"role": "assistant", "content": "which file?"}, {"role": "user", "content": "the first"}]}
            """,
            filename="key_per_call.jsonl",
            message="`prompt_cache_key` changes within the conversation",
            mended=(
                ("0b1e6c4e", "chat-17"),
                ("93ad7f10", "chat-17"),
            ),
        ),
        Bad(
            source='''\
            import uuid

            from openai import OpenAI

            RULES = """You are a travel agent. [[rules: 1500 words]]"""


            def say(messages: list[dict]) -> object:
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[{"role": "system", "content": RULES}, *messages],
                    prompt_cache_key=str(uuid.uuid4()),
                )
            ''',
            filename="travel.py",
            message="the cache key `str(uuid.uuid4())` is new on every call: nothing is found again",
            mended='''\
            from openai import OpenAI

            RULES = """You are a travel agent. [[rules: 1500 words]]"""


            def say(conversation_id: str, messages: list[dict]) -> object:
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[{"role": "system", "content": RULES}, *messages],
                    prompt_cache_key=conversation_id,
                )
            ''',
        ),
        Bad(
            source="""\
            {"model": "gpt-5.5", "prompt_cache_key": "req_01HXA9K3ZQ", "messages": [{"role": "user", "content": "[[task: 1500 words]]"}]}
            """,
            filename="key_of_a_request.json",
            message="the cache key `req_01HXA9K3ZQ` is new on every call: nothing is found again",
            mended=(("req_01HXA9K3ZQ", "tenant-17"),),
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "gpt-5.5", "prompt_cache_key": "chat-17", "messages": [{"role": "user", "content": "[[task: 1500 words]]"}]}
            {"model": "gpt-5.5", "prompt_cache_key": "chat-17", "messages": [{"role": "user", "content": "[[task: 1500 words]]"}, {"role": "assistant", "content": "which file?"}, {"role": "user", "content": "the first"}]}
            """,
            filename="key_per_conversation.jsonl",
            because="one key holds the conversation together",
        ),
    ),
    incidents=("C16",),
)
