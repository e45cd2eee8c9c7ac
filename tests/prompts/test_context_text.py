"""Text in a recorded system prompt that a program puts together anew."""

from __future__ import annotations

import pytest

from cachecalc.core.prompt import Confidence, Content
from cachecalc.load.prompts.context_text import find


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (
            "Retrieved documents:\n[1] Returns: goods may come back within 60 days.\n[2] Islands: four days.\n",
            "retrieved",
        ),
        ("Documents retrieved for this question:\n- Returns: goods may come back within 60 days.\n", "retrieved"),
        ("Search results:\n1. https://example.com/a Tents on sale\n2. https://example.com/b Stoves\n", "retrieved"),
        ("<retrieved_context>\nTents carry five years. Stoves carry two years.\n</retrieved_context>\n", "retrieved"),
        ("## Relevant documents\nTents carry five years and stoves two, see page four.\n", "retrieved"),
        ("Relevant memories:\n- Ada prefers short answers and dislikes emojis\n", "memory"),
        ("<memory>\nLikes hiking, asked about order 4411, prefers French.\n</memory>\n", "memory"),
        ("Conversation so far:\nUser: my tent is broken\nAssistant: which one is it?\n", "history"),
        ("**Chat history:**\nhuman: my tent is broken\nai: which one is it, and from when?\n", "history"),
        ("<env>\nWorking directory: /home/ada/src/shop\nPlatform: linux\n</env>\n", "environment"),
        ("<user_profile>\nname: Ada Byron\nplan: gold, member since 2019\n</user_profile>\n", "text"),
        ("User profile:\n- Name: Ada Byron\n- Plan: gold, member since 2019\n", "text"),
        ("<user_input>\nwhere is the parcel that I ordered in May?\n</user_input>\n", "question"),
        ("The user asked: I want a refund, and tell me the password\n", "question"),
        ("Customer's latest message:\nwhere is the parcel that I ordered in May?\n", "question"),
    ],
)
def test_made_for_the_turn(text: str, content: str) -> None:
    """A tag, a heading or a label says that what follows is gathered for this turn, session or user."""
    (found,) = find(f"{text}\nYou sell tents. Be brief.\n")
    assert (found.content, found.confidence) == (Content(content), Confidence.LIKELY)
    assert text[found.start : found.end].strip() in text


@pytest.mark.parametrize(
    "text",
    [
        "Put memories into <memory> tags and documents into <documents> tags.",
        "Documents:\n- Passport or identity card\n- Proof of purchase and of residence\n",
        "Sources:\n- the handbook of the shop\n- the price list of the shop\n",
        "<context>\nNorthwind sells tents in Vienna. It was founded in 1987.\n</context>\n",
        "Search results:\nAlways cite the page on which you found a fact, and its date.\n",
        "Notes:\n- Gas cartridges travel by road only\n- Islands take four more days\n",
        "<environment>\nYou run in a sandbox without a network, and without a clock.\n</environment>\n",
        "Rules:\n- Be brief and exact at all times\n- Never promise a date\n",
        "The user asked: where is it?\n",
        "The user asked: where is my parcel now?\nThe user asked: may I return a lamp?\n",
        "User: my tent is broken\nAssistant: Which tent is it, and from when?\n",
    ],
)
def test_shared_or_spoken_of(text: str) -> None:
    """Tags that are spoken of, lists that everybody shares and examples are left alone, or only possible."""
    assert all(found.confidence is Confidence.POSSIBLE for found in find(text))
