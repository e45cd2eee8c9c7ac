"""Requests that share a prefix are started together, before the first of them has stored it.

## Why it costs money
An entry can be read only once the first response has begun. Twenty requests started at the same moment all miss and, on
providers that bill writes, all write the same prefix: twenty writes where one write and nineteen reads would do.

## What to do
Send one request, wait for its first event, then start the others. Claude and OpenAI also take a request that only warms
the cache (`max_tokens: 0`, `prompt_cache_options.prewarm`).
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
        Trait.FAN_OUT,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} starts all calls before the first has stored their prefix",
    )


RULE = Rule(
    code="CC305",
    name="cold-fan-out",
    summary="parallel requests that each write the same prefix",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source='''\
            import asyncio

            import anthropic

            RULES = """You review one file of a change. [[rules: 3000 words]]"""
            client = anthropic.AsyncAnthropic()


            async def review(file: str) -> object:
                return await client.messages.create(
                    model="claude-opus-5-5",
                    max_tokens=900,
                    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": file}],
                )


            async def review_all(files: list[str]) -> list[object]:
                return await asyncio.gather(*(review(file) for file in files))
            ''',
            filename="review.py",
            message="`asyncio.gather(*(review(file) for f…` starts all calls before the first has stored their prefix",
            mended='''\
            import asyncio

            import anthropic

            RULES = """You review one file of a change. [[rules: 3000 words]]"""
            client = anthropic.AsyncAnthropic()


            async def review(file: str) -> object:
                return await client.messages.create(
                    model="claude-opus-5-5",
                    max_tokens=900,
                    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": file}],
                )


            async def review_all(files: list[str]) -> list[object]:
                first = await review(files[0])
                return [first, *await asyncio.gather(*(review(file) for file in files[1:]))]
            ''',
        ),
    ),
    good=(
        Good(
            source="""\
            import asyncio


            async def fetch(url: str) -> str:
                return url


            async def fetch_all(urls: list[str]) -> list[str]:
                return await asyncio.gather(*(fetch(url) for url in urls))
            """,
            filename="fetch.py",
            because="the calls are not to a model",
        ),
    ),
    incidents=("C20",),
)
