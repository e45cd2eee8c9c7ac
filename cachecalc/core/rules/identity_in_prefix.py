"""A user's or tenant's name, id or profile stands in front of text that everybody shares.

## Why it costs money
Everything behind the name exists once for each user in the cache. Each user pays for writing the shared text again, and
a user who comes back after the entry has expired pays once more, where one entry for all would never have expired.

## What to do
Put the shared text first, with a mark of its own where the provider takes marks, and the user's text behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Content, Evidence, Part, Prompt
from cachecalc.core.rules import reach
from cachecalc.core.rules.breaks import breaks, hit
from cachecalc.core.rules.rule import Bad, Good, Rule, Target
from cachecalc.core.volatility import Identity

_WORTH_SHARING = 1024
"""Tokens that tenants, who are few and busy, must share before it is more than a note."""


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    for found in breaks(prompt, target, _is_somebody):
        # Each user reads the text behind the name from an entry of their own. What is lost is one entry for all, and
        # of a sentence or two not even that is worth another order.
        if found.behind >= reach.SMALL:
            of_user = Identity.USER in found.part.volatility.identities
            level = Level.WARNING if of_user or found.lost >= _WORTH_SHARING else Level.NOTE
            who = "user" if of_user else "tenant"
            message = f"{reach.named(found.part)} differs by {who} before {reach.amount(found.behind)} that all share"
            yield hit(found, message, level, f"move the {who} to the end of the prompt")


def _is_somebody(part: Part) -> bool:
    volatility = part.volatility
    is_own_text = part.content in (Content.TEXT, Content.NONCE, Content.MEMORY, Content.ENVIRONMENT)
    is_finer = volatility.fresh or volatility.clock or Identity.SESSION in volatility.identities
    return bool(volatility.identities & {Identity.USER, Identity.TENANT}) and is_own_text and not is_finer


RULE = Rule(
    code="CC103",
    name="identity-in-prefix",
    summary="a user or tenant in front of text that everybody shares",
    level=Level.WARNING,
    sees=frozenset({Evidence.TEMPLATE, Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            You are helping {{ user_name }}.
            You answer questions about invoices. Look the invoice up before you answer, and give its number and its date.
            Never change an amount. If a payment is missing, say which one, and offer to send a reminder to the payer.
            Write in short sentences, without jargon, and close with the next thing the customer can do.
            Refunds go to the account that paid. A refund of more than 250 needs a colleague: say so, and hand the case over.
            Do not read out account numbers, and do not say whether somebody else has an account with us.
            """,
            filename="invoices_prompt.j2",
            message="`{{ user_name }}` differs by user before 116 tokens that all share",
            fixed="""\
            You answer questions about invoices. Look the invoice up before you answer, and give its number and its date.
            Never change an amount. If a payment is missing, say which one, and offer to send a reminder to the payer.
            Write in short sentences, without jargon, and close with the next thing the customer can do.
            Refunds go to the account that paid. A refund of more than 250 needs a colleague: say so, and hand the case over.
            Do not read out account numbers, and do not say whether somebody else has an account with us.
            You are helping {{ user_name }}.
            """,
        ),
        Bad(
            source="""\
            import anthropic

            GUIDE = "[[guide: 2000 words]]"


            def answer(customer_id: str, question: str) -> object:
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=500,
                    system=[
                        {"type": "text", "text": f"Customer {customer_id}."},
                        {"type": "text", "text": GUIDE, "cache_control": {"type": "ephemeral"}},
                    ],
                    messages=[{"role": "user", "content": question}],
                )
            """,
            filename="invoices.py",
            message="`customer_id` differs by user before 2,726 tokens that all share",
            mended="""\
            import anthropic

            GUIDE = "[[guide: 2000 words]]"


            def answer(customer_id: str, question: str) -> object:
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=500,
                    system=[
                        {"type": "text", "text": GUIDE, "cache_control": {"type": "ephemeral"}},
                        {"type": "text", "text": f"Customer {customer_id}."},
                    ],
                    messages=[{"role": "user", "content": question}],
                )
            """,
        ),
        Bad(
            source=r"""
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "User: Ada Byron\nYou answer questions about invoices. [[guide: 1500 words]]"}, {"role": "user", "content": "what do I owe?"}]}
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "User: Max Born\nYou answer questions about invoices. [[guide: 1500 words]]"}, {"role": "user", "content": "please send a reminder"}]}
            """,
            filename="two_users.jsonl",
            message="the user differs in messages[0].content[0]",
            mended="""\
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You answer questions about invoices. [[guide: 1500 words]]"}, {"role": "user", "content": "what do I owe?"}]}
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You answer questions about invoices. [[guide: 1500 words]]"}, {"role": "user", "content": "please send a reminder"}]}
            """,
        ),
        Bad(
            source="""\
            {"model": "claude-sonnet-5-5",
             "system": [{"type": "text", "cache_control": {"type": "ephemeral"},
                         "text": "The user's name is Ada Byron (ada@example.com). You answer questions about invoices. [[guide: 1500 words]]"}],
             "messages": [{"role": "user", "content": "what do I owe?"}]}
            """,
            filename="one_user.json",
            message="`Ada Byron` differs by user before 2,056 tokens that all share",
            mended="""\
            {"model": "claude-sonnet-5-5",
             "system": [{"type": "text", "cache_control": {"type": "ephemeral"},
                         "text": "You answer questions about invoices. [[guide: 1500 words]]"},
                        {"type": "text", "text": "The user's name is Ada Byron (ada@example.com)."}],
             "messages": [{"role": "user", "content": "what do I owe?"}]}
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            You answer questions about invoices. Look the invoice up before you answer, and give its number and its date.
            Never change an amount. If a payment is missing, say which one, and offer to send a reminder to the payer.

            You are helping {{ user_name }}.
            """,
            filename="name_last_prompt.j2",
            because="what all users share comes first",
        ),
    ),
    incidents=("C02",),
)
