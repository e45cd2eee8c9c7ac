"""Code pays for marks and never looks whether they work.

## Why it costs money
Caching fails in silence: a prefix below the minimum, a clock, a dropped mark, and every request costs the premium of a
write. The usage counters tell, and nobody reads them. In a stream they are read at the wrong event as easily: Claude
sends them with `message_start`, and adding `input_tokens` to `output_tokens` leaves cached tokens out.

## What to do
Log `cache_read_input_tokens` and `cache_creation_input_tokens` (OpenAI: `cached_tokens`, `cache_write_tokens`) with each
response, and alert when the share of reads falls.
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
        Trait.USAGE_UNREAD,
        Level.NOTE,
        lambda fact: f"{reach.quoted(fact.origin)} sets a mark, and no code reads the cache counters",
    )
    yield from facts.hits(
        prompt,
        Trait.USAGE_MISREAD,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} misses tokens that were read from or written to the cache",
    )


RULE = Rule(
    code="CC605",
    name="cache-usage-unread",
    summary="marks are paid for and the cache counters never read",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source='''\
            import anthropic

            RULES = """You sort mail. [[rules: 2000 words]]"""


            def sort(letter: str) -> str:
                response = anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=50,
                    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": letter}],
                )
                return response.content[0].text
            ''',
            filename="mail.py",
            message="`anthropic.Anthropic().messages.crea…` sets a mark, and no code reads the cache counters",
            mended='''\
            import logging

            import anthropic

            RULES = """You sort mail. [[rules: 2000 words]]"""
            log = logging.getLogger(__name__)


            def sort(letter: str) -> str:
                response = anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=50,
                    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": letter}],
                )
                usage = response.usage
                log.info("read %s, wrote %s", usage.cache_read_input_tokens, usage.cache_creation_input_tokens)
                return response.content[0].text
            ''',
        ),
    ),
    good=(
        Good(
            source="""\
            from openai import OpenAI


            def sort(letter: str) -> tuple[str, int]:
                response = OpenAI().chat.completions.create(model="gpt-5.5", messages=[{"role": "user", "content": letter}])
                return response.choices[0].message.content, response.usage.prompt_tokens + response.usage.completion_tokens
            """,
            filename="openai_mail.py",
            because="this provider counts cached tokens among the prompt tokens",
        ),
    ),
)
