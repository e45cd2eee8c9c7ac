"""A retired model, library or setting is used.

## Why it matters
Calls to a retired model fail. The library `google.generativeai` is no longer developed, and its caching module knows no
current model. OpenAI replaced `prompt_cache_retention` by `prompt_cache_options.ttl` with GPT-5.6.

## What to do
Use the successor: `google-genai` with `client.caches`, `prompt_cache_options`, a current model. `cachecalc prices
list` shows which models are current.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Evidence, Prompt, Trait
from cachecalc.core.rules import facts, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt, Trait.LEGACY_API, Level.WARNING, lambda fact: f"{reach.quoted(fact.origin)} is retired"
    )
    place = next((part for part in prompt.parts if part.span), None)
    span, path = (place.span, place.file) if place else (None, "")
    if "prompt_cache_retention" in prompt.parameters:
        yield Hit(
            span,
            "`prompt_cache_retention` is deprecated: `prompt_cache_options.ttl` took its place",
            Level.NOTE,
            path=path,
        )
    retired = target.model.retired if target.model and not prompt.answered else None
    if target.model and retired and target.today and retired <= target.today:
        span, path = (prompt.model_span, prompt.model_file) if prompt.model_span else (span, path)
        yield Hit(span, f"`{target.model.id}` was retired on {retired}: calls fail", Level.ERROR, path=path)


RULE = Rule(
    code="CC602",
    name="legacy-cache-api",
    summary="a retired model, library or setting",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "gpt-5.6-sol", "prompt_cache_retention": "24h",
             "messages": [{"role": "user", "content": "hello"}]}
            """,
            filename="retention.json",
            message="`prompt_cache_retention` is deprecated: `prompt_cache_options.ttl` took its place",
            mended=(('prompt_cache_retention": "24h"', 'prompt_cache_options": {"ttl": "30m"}'),),
        ),
        Bad(
            source="""\
            {"model": "claude-3-5-sonnet-20241022", "max_tokens": 500,
             "messages": [{"role": "user", "content": "hello"}]}
            """,
            filename="retired.json",
            message="`claude-3-5-sonnet` was retired on 2025-10-28: calls fail",
            mended=(("3-5-sonnet-20241022", "sonnet-5-5"),),
        ),
        Bad(
            source='''\
            import google.generativeai as genai
            from google.generativeai import caching

            MANUAL = """You answer from the manual. [[manual: 5000 words]]"""
            CACHE = caching.CachedContent.create(model="models/gemini-2.5-flash", system_instruction=MANUAL)
            MODEL = genai.GenerativeModel.from_cached_content(cached_content=CACHE)
            ''',
            filename="manual.py",
            message="`caching.CachedContent.create` is retired",
            mended='''\
            from google import genai
            from google.genai import types

            client = genai.Client()
            MANUAL = """You answer from the manual. [[manual: 5000 words]]"""
            CACHE = client.caches.create(
                model="gemini-2.5-flash",
                config=types.CreateCachedContentConfig(system_instruction=MANUAL, ttl="3600s"),
            )
            ''',
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "gpt-5.6-sol", "prompt_cache_options": {"ttl": "30m"},
             "messages": [{"role": "user", "content": "hello"}]}
            """,
            filename="options.json",
            because="this is the present form",
        ),
        Good(
            source="""\
            {"request": {"model": "claude-3-opus-20240229", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]},
             "response": {"id": "msg_1", "type": "message", "content": [{"type": "text", "text": "hello"}]}}
            """,
            filename="recorded.json",
            because="the request was answered when it was recorded; nobody will send it again",
        ),
    ),
)
