"""Examples, documents or list items stand in an order that is random, set-like or nobody asked for.

## Why it costs money
The same items in another order are another text. A random sample differs on every request; the order of a set of
strings differs with every start of the program, so each worker process writes the prefix for itself; a directory
listing or a query without an order may differ at any time.

## What to do
Sort the items before they are put into the prompt. If examples must be chosen at random, choose by a seed that stays
the same for a conversation, or put them behind the static text.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Content, Evidence, Part, Prompt, Section
from cachecalc.core.rules import edits, mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target
from cachecalc.core.volatility import Freshness


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    for at, part in reach.changing(prompt):
        if _is_unordered(part) and not reach.is_in_fresh_text(prompt, at) and not _is_all_there_is(prompt, at, target):
            yield _hit(prompt, at, target)


def _is_all_there_is(prompt: Prompt, at: int, target: Target) -> bool:
    """Whether a part is a whole message with nothing behind it: one item at a time, whatever their order."""
    block = prompt.parts[at].block
    is_message = prompt.parts[at].section is Section.MESSAGES
    alone = all(other.block != block for place, other in enumerate(prompt.parts) if place != at)
    return is_message and alone and reach.behind(prompt, at, target) < reach.SLIVER


def _is_unordered(part: Part) -> bool:
    return part.content is Content.UNORDERED and part.section is not Section.TOOLS


def _hit(prompt: Prompt, at: int, target: Target) -> Hit:
    part = prompt.parts[at]
    is_random = part.volatility.fresh is not Freshness.NONE
    lost = reach.lost(prompt, at, target) + reach.tokens(part)
    tail = reach.behind(prompt, at, target)
    rest = f", before {reach.amount(tail)}" if tail >= reach.SLIVER else ""
    order = "is in a new order on every request" if is_random else "has no fixed order"
    return Hit(
        span=part.span,
        message=f"{reach.named(part)} {order}{rest}",
        level=Level.ERROR if is_random and tail >= reach.SLIVER else Level.WARNING,
        confidence=part.confidence,
        lost_tokens=lost,
        mended=mend.made_static(prompt, [at]),
        fix=None if is_random else edits.wrapped(prompt, part, "sort the items", "sorted(", ")"),
        group=reach.group(prompt),
        path=part.file,
    )


RULE = Rule(
    code="CC105",
    name="shuffled-content",
    summary="examples or documents in a random or unspecified order",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source=r'''
            import random

            from openai import OpenAI

            EXAMPLES = ["refund -> billing", "broken lamp -> returns", "wrong size -> exchange", "no invoice -> billing"]


            def classify(message: str) -> object:
                examples = random.sample(EXAMPLES, 3)
                system = "Sort each message.\\n" + "\\n".join(examples) + """
            Answer with the name of one team and nothing else. If two teams fit, name the one that can act first.
            Never guess: answer `unclear` if the message does not say what is wanted."""
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[{"role": "system", "content": system}, {"role": "user", "content": message}],
                )
            ''',
            filename="classify.py",
            message="`random.sample(EXAMPLES, 3)` is in a new order on every request, before 43 tokens",
            mended=r'''
            from openai import OpenAI

            EXAMPLES = ["refund -> billing", "broken lamp -> returns", "wrong size -> exchange", "no invoice -> billing"]


            def classify(message: str) -> object:
                examples = EXAMPLES[:3]
                system = "Sort each message.\\n" + "\\n".join(examples) + """
            Answer with the name of one team and nothing else. If two teams fit, name the one that can act first.
            Never guess: answer `unclear` if the message does not say what is wanted."""
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[{"role": "system", "content": system}, {"role": "user", "content": message}],
                )
            ''',
        ),
        Bad(
            source="""\
            from openai import OpenAI


            def answer(question: str, topics: list[str]) -> object:
                known = ", ".join(set(topics))
                system = f"You answer questions about {known}. Refuse everything else, and say which topics you know."
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[{"role": "system", "content": system}, {"role": "user", "content": question}],
                )
            """,
            filename="topics.py",
            message="`set(topics)` has no fixed order",
            fixed=(("set(topics", "sorted(set(topics)"),),
        ),
        Bad(
            source=r"""
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "Sort messages.\n- refund: billing\n- lamp: returns\n- size: exchange\n[[rules: 1500 words]]"}, {"role": "user", "content": "no invoice"}]}
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "Sort messages.\n- size: exchange\n- refund: billing\n- lamp: returns\n[[rules: 1500 words]]"}, {"role": "user", "content": "too small"}]}
            """,
            filename="two_calls.jsonl",
            message="the same items stand in another order in messages[0].content[0]",
            mended=(
                ("size: exchange\\n- ", ""),
                (": returns\\n[", ": returns\\n- size: exchange\\n["),
            ),
        ),
    ),
    good=(
        Good(
            source="""\
            from openai import OpenAI


            def answer(question: str, topics: list[str]) -> object:
                known = ", ".join(sorted(set(topics)))
                system = f"You answer questions about {known}. Refuse everything else, and say which topics you know."
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[{"role": "system", "content": system}, {"role": "user", "content": question}],
                )
            """,
            filename="sorted_topics.py",
            because="the set is sorted before it is joined",
        ),
    ),
)
