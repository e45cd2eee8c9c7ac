"""The key of a response cache leaves out something the answer depends on.

## Why it matters
A cache of whole answers returns whatever was stored under the key. If the key is the question alone, an answer made by
another model, under another system prompt, with other tools or for another tenant is returned as if it were right: wrong
answers, and data that crosses from one tenant to another.

## What to do
Hash everything that decides the answer: model, system prompt, tools, parameters, tenant, and the messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Evidence, Fact, Prompt, Trait
from cachecalc.core.rules import facts, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target


def check(prompt: Prompt, _target: Target) -> Iterator[Hit]:
    yield from facts.hits(prompt, Trait.MEMO_KEY_INCOMPLETE, Level.WARNING, _message)


def _message(fact: Fact) -> str:
    return f"the answer cache's key {reach.quoted(fact.origin, 30)} leaves out {', '.join(fact.names)}"


RULE = Rule(
    code="CC702",
    name="memo-key-incomplete",
    summary="a response cache whose key leaves out what the answer depends on",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            import hashlib

            from openai import OpenAI

            ANSWER_CACHE: dict[str, str] = {}


            def answer(question: str, model: str, system: str) -> str:
                key = hashlib.sha256(question.encode()).hexdigest()
                if key not in ANSWER_CACHE:
                    response = OpenAI().chat.completions.create(
                        model=model,
                        messages=[{"role": "system", "content": system}, {"role": "user", "content": question}],
                    )
                    ANSWER_CACHE[key] = response.choices[0].message.content
                return ANSWER_CACHE[key]
            """,
            filename="answers.py",
            message="the answer cache's key `hashlib.sha256(question.encod…` leaves out model, system",
            mended=(("sha256(question", 'sha256(f"{model}|{system}|{question}"'),),
        ),
    ),
    good=(
        Good(
            source="""\
            import hashlib
            from pathlib import Path

            FILES: dict[str, str] = {}


            def read(path: str) -> str:
                key = hashlib.sha256(path.encode()).hexdigest()
                if key not in FILES:
                    FILES[key] = Path(path).read_text()
                return FILES[key]
            """,
            filename="files.py",
            because="what is stored is not an answer of a model",
        ),
    ),
)
