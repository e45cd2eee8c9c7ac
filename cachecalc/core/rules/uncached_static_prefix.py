"""A large static prefix carries no mark, on a provider that stores nothing without one.

## Why it costs money
Claude, on every platform that serves it, caches at marks only. A prompt without one is billed in full on every request,
though its tools and instructions are the same each time; a read would cost a tenth or less. Some adapters take the mark
and do not pass it on, and some ask for it in a place they do not read.

## What to do
Put a mark at the end of the static part (`"cache_control": {"type": "ephemeral"}`, Bedrock's `cachePoint`), or switch
automatic caching on. A request that is sent once a day is better left alone: a write costs more than plain input.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.pricing import Kind
from cachecalc.core.prompt import Confidence, Evidence, Mark, Prompt, Section, Trait
from cachecalc.core.rules import facts, mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target

_HIGHEST = 4096
"""Tokens. The highest minimum of any model that needs marks: what holds when the model is not known."""


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt, Trait.MARK_DROPPED, Level.WARNING, lambda fact: f"{reach.quoted(fact.origin)} drops the cache mark"
    )
    # Where a template is put into a request, nobody knows what marks that has.
    if (
        prompt.evidence is Evidence.TEMPLATE
        or prompt.fragment
        or reach.marks(prompt)
        or not _asks_in_vain(prompt, target)
    ):
        return
    static = [part for part in reach.static_prefix(prompt) if part.section is not Section.MESSAGES or part.text]
    size, low = reach.weight(tuple(static)), sum(part.count.low for part in static if part.count)
    if static and low >= _minimum(target):
        yield Hit(
            span=static[-1].span,
            message=f"{reach.amount(size)} of static prefix carry no mark, and nothing is cached without one",
            level=Level.WARNING,
            confidence=Confidence.CERTAIN if target.model else Confidence.LIKELY,
            lost_tokens=size + _history(prompt),
            mended=mend.with_mark(prompt, len(static) - 1, Mark()),
            path=static[-1].file,
        )


def _asks_in_vain(prompt: Prompt, target: Target) -> bool:
    """Whether the provider stores nothing of this prompt. OpenAI's explicit mode without a mark does not, either."""
    options = prompt.parameters.get("prompt_cache_options")
    is_explicit = isinstance(options, dict) and options.get("mode") == "explicit"
    return is_explicit or reach.needs_marks(prompt, target)


def _minimum(target: Target) -> int:
    mode = target.mode(Kind.MARKS)
    return (mode.min_tokens if mode else None) or _HIGHEST


def _history(prompt: Prompt) -> int:
    return sum(reach.tokens(part) for part in prompt.parts if reach.is_history(part))


RULE = Rule(
    code="CC202",
    name="uncached-static-prefix",
    summary="a large static prefix without a mark where the provider needs one",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "system": "You answer questions about the handbook. [[handbook: 6000 words]]",
             "messages": [{"role": "user", "content": "how many days of leave do I have?"}]}
            """,
            filename="handbook.json",
            message="8,183 tokens of static prefix carry no mark, and nothing is cached without one",
            mended="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You answer questions about the handbook. [[handbook: 6000 words]]",
                         "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "how many days of leave do I have?"}]}
            """,
        ),
        Bad(
            source='''\
            from anthropic import Anthropic

            HANDBOOK = """You answer questions about the handbook. [[handbook: 6000 words]]"""


            def answer(question: str) -> object:
                return Anthropic().messages.create(
                    model="claude-opus-5-5",
                    max_tokens=500,
                    system=HANDBOOK,
                    messages=[{"role": "user", "content": question}],
                )
            ''',
            filename="handbook.py",
            message="8,183 tokens of static prefix carry no mark, and nothing is cached without one",
            mended='''\
            from anthropic import Anthropic

            HANDBOOK = """You answer questions about the handbook. [[handbook: 6000 words]]"""


            def answer(question: str) -> object:
                return Anthropic().messages.create(
                    model="claude-opus-5-5",
                    max_tokens=500,
                    system=[{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": question}],
                )
            ''',
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500, "cache_control": {"type": "ephemeral"},
             "system": "You answer questions about the handbook. [[handbook: 6000 words]]",
             "messages": [{"role": "user", "content": "how many days of leave do I have?"}]}
            """,
            filename="automatic.json",
            because="automatic caching is a mark on the last block",
        ),
        Good(
            source="""\
            {"model": "gpt-5.5", "messages": [
              {"role": "system", "content": "You answer questions about the handbook. [[handbook: 6000 words]]"},
              {"role": "user", "content": "how many days of leave do I have?"}]}
            """,
            filename="openai.json",
            because="this provider caches without marks",
        ),
    ),
    incidents=("C15",),
)
