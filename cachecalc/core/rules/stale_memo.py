"""A response cache keeps answers after the content behind them has changed.

## Why it matters
An answer made from documents, prices or a user's data is right only as long as those are. Without a lifetime, or with
one longer than the content's, the cache goes on serving what is no longer true; nothing in the log looks wrong.

## What to do
Put a version of the content into the key (a document's hash, a catalogue's date), or delete entries when it changes.
A lifetime alone bounds how wrong an answer can be, not whether it is.
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
        Trait.MEMO_STALE,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} keeps answers that nothing invalidates",
    )


RULE = Rule(
    code="CC703",
    name="stale-memo",
    summary="a response cache that nothing invalidates",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source=r"""
            from openai import OpenAI

            ANSWER_CACHE: dict[str, str] = {}


            def answer(retriever: object, question: str) -> str:
                if question not in ANSWER_CACHE:
                    documents = retriever.search(question)
                    response = OpenAI().chat.completions.create(
                        model="gpt-5.5",
                        messages=[
                            {"role": "system", "content": f"Answer from these documents.\n{documents}"},
                            {"role": "user", "content": question},
                        ],
                    )
                    ANSWER_CACHE[question] = response.choices[0].message.content
                return ANSWER_CACHE[question]
            """,
            filename="answers.py",
            message="`ANSWER_CACHE[question]` keeps answers that nothing invalidates",
            mended=r"""
            from cachetools import TTLCache
            from openai import OpenAI

            ANSWER_CACHE: TTLCache[str, str] = TTLCache(maxsize=1000, ttl=600)


            def answer(retriever: object, question: str) -> str:
                if question not in ANSWER_CACHE:
                    documents = retriever.search(question)
                    response = OpenAI().chat.completions.create(
                        model="gpt-5.5",
                        messages=[
                            {"role": "system", "content": f"Answer from these documents.\n{documents}"},
                            {"role": "user", "content": question},
                        ],
                    )
                    ANSWER_CACHE[question] = response.choices[0].message.content
                return ANSWER_CACHE[question]
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            import functools


            @functools.lru_cache(maxsize=1000)
            def slug(title: str) -> str:
                return title.lower().replace(" ", "-")
            """,
            filename="slug.py",
            because="no model is called",
        ),
    ),
)
