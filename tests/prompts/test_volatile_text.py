from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.prompt import Confidence
from cachecalc.load.prompts.volatile_text import find

CERTAIN, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE


@pytest.mark.parametrize(
    ("text", "value", "volatility", "confidence"),
    [
        ("Current time: 2026-11-21 09:14:07.123456", "2026-11-21 09:14:07.123456", "sub-second", CERTAIN),
        ("Current Date & Time: 2026-11-21T09:14:07.000Z", "2026-11-21T09:14:07.000Z", "sub-second", CERTAIN),
        ("The current actual time is 2026-11-21T09:14:07Z.", "2026-11-21T09:14:07Z", "every second", CERTAIN),
        ("Now: 2026-11-21T09:14+01:00", "2026-11-21T09:14+01:00", "every minute", CERTAIN),
        ("It is now Friday, 21 Nov 2026, 14:03 (CET).", "Friday, 21 Nov 2026, 14:03 (CET)", "every minute", CERTAIN),
        (
            "Today is 04:23 PM EDT on Wednesday, May 14, 2025",
            "04:23 PM EDT on Wednesday, May 14, 2025",
            "every minute",
            CERTAIN,
        ),
        ("Today is Friday, November 21, 2026.", "Friday, November 21, 2026", "every day", CERTAIN),
        ("Today's date: 21/11/2026", "21/11/2026", "every day", CERTAIN),
        ("Today is Monday.", "Monday", "every day", LIKELY),
        (
            "The user's local time at this point is:\n\n2026-08-22T06:35+00:00\n",
            "2026-08-22T06:35+00:00",
            "every minute",
            CERTAIN,
        ),
        ("# Current Date\n\nThursday, June 18, 2026", "Thursday, June 18, 2026", "every day", CERTAIN),
        ("Current time is 14:03:22.", "14:03:22", "every second", CERTAIN),
        ("The time is 9:05 am", "9:05 am", "every minute", CERTAIN),
        ("generated at 20261121T091407Z", "20261121T091407Z", "every second", CERTAIN),
        ("timestamp: 1763716447123", "1763716447123", "sub-second", CERTAIN),
        ("unix time = 1763716447", "1763716447", "every second", CERTAIN),
        ("2026-11-21T09:14:07Z\n\nYou are a bot.", "2026-11-21T09:14:07Z", "every second", LIKELY),
        ("Fri Nov 21 14:03:22 2026 Be brief.", "Fri Nov 21 14:03:22 2026", "every second", LIKELY),
        ("date: 2026-11-21\n\nYou are a bot.", "2026-11-21", "every day", LIKELY),
        ("Session: 2026-07-14 01:49.", "2026-07-14 01:49", "per session", LIKELY),
        (
            "Conversation started: Saturday, May 09, 2026 04:01 PM",
            "Saturday, May 09, 2026 04:01 PM",
            "per session",
            LIKELY,
        ),
        ("Memory (snapshot 4m old):", "4m old", "every minute", LIKELY),
        ("- deploy.yml, modified 3 hours ago", "3 hours ago", "every hour", LIKELY),
        ("session_id: sess_8f2c91ab22", "sess_8f2c91ab22", "per session", CERTAIN),
        ("Request ID: 7f3a9c21", "7f3a9c21", "per request", CERTAIN),
        ("trace_id=4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736", "per request", CERTAIN),
        ("x-billing-header: cc_version=2.1.37.b5c; cch=a3f9c1;", "a3f9c1", "per request", LIKELY),
        (
            "Session: 3b241101-e2bb-4255-8caf-4136c566a962",
            "3b241101-e2bb-4255-8caf-4136c566a962",
            "per session",
            CERTAIN,
        ),
        (
            "3b241101-e2bb-4255-8caf-4136c566a962 Be brief.",
            "3b241101-e2bb-4255-8caf-4136c566a962",
            "per request",
            LIKELY,
        ),
        (
            "See 3b241101-e2bb-4255-8caf-4136c566a962. Be brief.",
            "3b241101-e2bb-4255-8caf-4136c566a962",
            "per request",
            POSSIBLE,
        ),
        ("Request req_01HXA9K3ZQ7T", "req_01HXA9K3ZQ7T", "per request", CERTAIN),
        ("[trace 4bf92f3577b34da6a3ce929d0e0e4736]", "4bf92f3577b34da6a3ce929d0e0e4736", "per request", CERTAIN),
        ("Worker pid 48213", "48213", "per build", LIKELY),
        ("The time in Vienna is 10:14:07.", "10:14:07", "every second", CERTAIN),
        ("Logged in as ada.byron@example.com (admin).", "ada.byron@example.com", "per user", LIKELY),
        ("User: Ada Byron\nEmail: hidden", "Ada Byron", "per user", LIKELY),
        ("Build: 3f2a91c7", "3f2a91c7", "per build", CERTAIN),
        ("Tenant ID: acme-prod-4411", "acme-prod-4411", "per tenant", LIKELY),
        ("The user's name is Maria Lopez.", "Maria Lopez", "per user", LIKELY),
        ("You are talking to Bob Smith, a customer.", "Bob Smith", "per user", LIKELY),
        ("- Current user: maria@example.com", "maria@example.com", "per user", LIKELY),
        ("Turn 7 of 20", "7 of 20", "per turn", LIKELY),
        ("Token usage so far: 48,211/200,000", "48,211/200,000", "per turn", LIKELY),
    ],
)
def test_value_of_the_moment(text: str, value: str, volatility: str, confidence: Confidence) -> None:
    """A value that the words around it make one of this request is found whole, with its own step."""
    (found,) = find(text)
    assert (text[found.start : found.end], str(found.volatility), found.confidence) == (value, volatility, confidence)


@pytest.mark.parametrize(
    "text",
    [
        "The policy is effective January 1, 2026.",
        "Version 2026-01-01 of the API, released on 2026-02-03.",
        "## 1.4.2 (2026-03-05)\n- Fixed a bug",
        "claude-sonnet-4-5-20250929 is the model.",
        "Knowledge cutoff: 2024-06-01.",
        "Your knowledge base was last updated on Friday, November 1, 2024.",
        "Copyright 2026-01-01 Example Ltd.",
        "The current president was inaugurated on January 20, 2025.",
        "Offer valid from 2026-01-01 until 2026-12-31.",
        "Founded on 12 March 1998.",
        "Office hours are 9:00 to 17:00.",
        'Run it every day at 9:00 AM local time ("0 9 * * *").',
        'If the user says "remind me at 2:30pm today", use the tool.',
        "0:04 I want to talk about today's topic\n0:15 It is more than that",
        "The recording is 12:31 long.",
        'Example: {"timestamp": "2026-11-21T09:00:00Z"}',
        "For example, if today is 2026-08-20 and the user asks for the latest news, search for 2026.",
        'Respond with JSON:\n{"id": "3b241101-e2bb-4255-8caf-4136c566a962", "date": "2026-01-01"}',
        '```json\n{\n  "generated_at": "2026-11-21T09:00:00Z"\n}\n```',
        "<example>\nToday is 2026-11-21. The session id is sess_8f2c91ab22.\n</example>",
        'client.sessions.retrieve(session_id="sesn_011CZxAbc123Def456")',
        "Escalate tickets opened more than 3 days ago.",
        "Facts that are less than 30 days old count as recent.",
        "A uuid such as 3b241101-e2bb-4255-8caf-4136c566a962 names a document.",
        "Run 12 tests, then commit.",
        "Step 1/3: read the file.",
        "User: Hi there, how are you?",
        "User: Ada Byron\nAssistant: Hello Ada, how may I help?",
        "Run tests 12 times; session 4 was the last.",
        "Error code 3b241101 means that the card was refused.",
        "Workspace: a space where pages live.",
        "You are speaking with the user.",
        "gpt-5.6 costs $4.00 for 1,000,000 tokens; see RFC 7231 and port 8080.",
        "",
    ],
)
def test_fact_rule_or_sample(text: str) -> None:
    """Dates and ids that are facts, rules or samples are left alone."""
    assert find(text) == ()


def test_records_are_only_possible() -> None:
    """Several time stamps of which nothing says that they are of the moment are a list of records."""
    text = "".join(f"Time: 2026-08-{day} 13:34:19\nText: deployed\n" for day in (11, 12, 13))
    assert {found.confidence for found in find(text)} == {POSSIBLE}
    assert len(find(text)) == 3


def test_far_down_a_label_is_not_enough_for_a_date() -> None:
    """Deep in a document `Date:` stands before somebody else's date."""
    (found,) = find("Rules. " * 100 + "\nDate: 2026-11-21")
    assert found.confidence is POSSIBLE


@given(st.text(st.sampled_from("0123456789-:T./ Zabcxnowtiday\n\"'(){}[]<>`"), max_size=300))
def test_stretches_are_in_order(text: str) -> None:
    """Whatever the text, stretches lie within it, in order, and none is empty."""
    position = 0
    for found in find(text):
        assert position <= found.start < found.end <= len(text)
        position = found.end
