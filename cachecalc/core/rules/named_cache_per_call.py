"""A named cache is created for each request.

## Why it costs money
A Gemini cache object is written once, at the input price, and then rented by the hour. Created inside a handler or a
loop it is written for every request, read once, and rented until it expires: dearer than no cache at all.

## What to do
Create the cache where the program starts or when its content changes, keep its name, and pass that name to each
request. Extend its life with `caches.update` instead of creating another.
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
        Trait.NAMED_CACHE_PER_CALL,
        Level.ERROR,
        lambda fact: f"{reach.quoted(fact.origin)} creates a cache for every request",
    )


RULE = Rule(
    code="CC603",
    name="named-cache-per-call",
    summary="a named cache created for each request",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source='''\
            from google import genai
            from google.genai import types

            client = genai.Client()
            MANUAL = """You answer from the manual. [[manual: 5000 words]]"""


            def answer(question: str) -> str:
                cache = client.caches.create(
                    model="gemini-2.5-flash",
                    config=types.CreateCachedContentConfig(system_instruction=MANUAL, ttl="3600s"),
                )
                config = types.GenerateContentConfig(cached_content=cache.name)
                return client.models.generate_content(model="gemini-2.5-flash", contents=question, config=config).text
            ''',
            filename="manual.py",
            message="`client.caches.create` creates a cache for every request",
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
            CACHE = client.caches.create(
                model="gemini-2.5-flash",
                config=types.CreateCachedContentConfig(system_instruction=MANUAL, ttl="3600s"),
            )
            ''',
            filename="at_start.py",
            because="the cache is created once, when the program starts",
        ),
    ),
)
