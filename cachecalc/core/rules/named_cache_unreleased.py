"""A named cache is neither given a lifetime nor deleted.

## Why it costs money
A cache object is rented for every hour it exists, whether it is read or not: $4.50 per million tokens and hour on the
larger Gemini models. One hour is the default lifetime; an object that is extended again and again, or created with a
distant expiry, goes on costing after the program has forgotten it.

## What to do
Give each cache a `ttl` that fits its use, and delete it when the work is done.
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
        Trait.NAMED_CACHE_UNRELEASED,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} sets no lifetime, and nothing deletes the cache",
    )


RULE = Rule(
    code="CC604",
    name="named-cache-unreleased",
    summary="a named cache with no lifetime that nothing deletes",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source='''\
            import datetime

            from google import genai
            from google.genai import types

            client = genai.Client()
            MANUAL = """You answer from the manual. [[manual: 5000 words]]"""
            CACHE = client.caches.create(
                model="gemini-2.5-flash",
                config=types.CreateCachedContentConfig(system_instruction=MANUAL),
            )


            def answer(question: str) -> str:
                config = types.GenerateContentConfig(cached_content=CACHE.name)
                return client.models.generate_content(model="gemini-2.5-flash", contents=question, config=config).text
            ''',
            filename="manual.py",
            message="`client.caches.create` sets no lifetime, and nothing deletes the cache",
            mended='''\
            from google import genai
            from google.genai import types

            client = genai.Client()
            MANUAL = """You answer from the manual. [[manual: 5000 words]]"""
            CACHE = client.caches.create(
                model="gemini-2.5-flash",
                config=types.CreateCachedContentConfig(system_instruction=MANUAL, ttl="3600s"),
            )


            def answer(question: str) -> str:
                config = types.GenerateContentConfig(cached_content=CACHE.name)
                return client.models.generate_content(model="gemini-2.5-flash", contents=question, config=config).text
            ''',
        ),
    ),
    good=(
        Good(
            source='''\
            from google import genai
            from google.genai import types

            client = genai.Client()
            MANUAL = """You answer from the manual. [[manual: 5000 words]]"""


            def answer_all(questions: list[str]) -> list[str]:
                cache = client.caches.create(
                    model="gemini-2.5-flash", config=types.CreateCachedContentConfig(system_instruction=MANUAL)
                )
                config = types.GenerateContentConfig(cached_content=cache.name)
                answers = [
                    client.models.generate_content(model="gemini-2.5-flash", contents=question, config=config).text
                    for question in questions
                ]
                client.caches.delete(name=cache.name)
                return answers
            ''',
            filename="deleted.py",
            because="the cache is deleted when the work is done",
        ),
    ),
)
