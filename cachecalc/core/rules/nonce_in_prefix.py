"""An id or a random value stands in front of text that could be cached.

## Why it costs money
A request id, a trace id, a random number or a process id is different each time it is made, and a prefix that holds one
is found again only by those who hold the same. An id made for each request means that nothing behind it is ever read
from the cache; an id of a session lets the session read its own text, and nobody else's.

## What to do
Leave ids out of the prompt: the model rarely needs them, and a header or the request's metadata carries them as well.
If the model must see one, put it behind the static text, into the last message.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Content, Evidence, Part, Prompt
from cachecalc.core.rules import reach
from cachecalc.core.rules.breaks import breaks, hit, where
from cachecalc.core.rules.rule import Bad, Good, Missed, Rule, Target
from cachecalc.core.volatility import Freshness, Identity, Volatility


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    for found in breaks(prompt, target, _is_nonce):
        level, scope = _scope(found.part.volatility)
        message = f"{reach.named(found.part)} is new {scope} {where(found)}"
        yield hit(found, message, level, "move the id to the end of the prompt")


def _is_nonce(part: Part) -> bool:
    """The id of a user or tenant is an identity; the clock of an id is a clock."""
    identities = part.volatility.identities
    if Identity.SESSION in identities and not part.volatility.clock:
        return part.content in (Content.NONCE, Content.TEXT)
    is_somebody = bool(identities & {Identity.USER, Identity.TENANT})
    return part.content is Content.NONCE and not part.volatility.clock and not is_somebody


def _scope(volatility: Volatility) -> tuple[Level, str]:
    match volatility.fresh:
        case Freshness.REQUEST:
            return Level.ERROR, "on every request"
        case Freshness.TURN:
            return Level.ERROR, "on every turn"
        case Freshness.NONE if Identity.SESSION in volatility.identities:
            return Level.WARNING, "in every session"
        case Freshness.NONE if Identity.BUILD in volatility.identities:
            return Level.NOTE, "with every build or start"
        case Freshness.NONE:
            return Level.WARNING, "for somebody else"


RULE = Rule(
    code="CC102",
    name="nonce-in-prefix",
    summary="an id or random value in front of text that could be cached",
    level=Level.ERROR,
    sees=frozenset({Evidence.TEMPLATE, Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5",
             "system": [{"type": "text", "text": "x-session-id: 7f9c2ba4-e88f-427d-a1b5-0f4a33c7d1e9; build: 4711"},
                        {"type": "text", "text": "You are a coding agent. [[rules: 3000 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "fix the test"}]}
            """,
            filename="agent.json",
            message="`7f9c2ba4-e88f-427d-a1b5-0f4a33c7d1e9` is new in every session before 4,103 cacheable tokens",
            mended="""\
            {"model": "claude-opus-5-5",
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 3000 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "fix the test"}]}
            """,
        ),
        Bad(
            source=r'''
            import uuid

            from openai import OpenAI

            RULES = """You triage bug reports. Name the component, the version and the severity of each.
            Ask for a log if there is none, and never close a report yourself. Answer in the language of the report."""


            def triage(report: str) -> object:
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[
                        {"role": "system", "content": f"Request {uuid.uuid4()}\n{RULES}"},
                        {"role": "user", "content": report},
                    ],
                )
            ''',
            filename="triage.py",
            message="`uuid.uuid4()` is new on every request before 43 cacheable tokens",
            mended='''\
            from openai import OpenAI

            RULES = """You triage bug reports. Name the component, the version and the severity of each.
            Ask for a log if there is none, and never close a report yourself. Answer in the language of the report."""


            def triage(report: str) -> object:
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[
                        {"role": "system", "content": RULES},
                        {"role": "user", "content": report},
                    ],
                )
            ''',
        ),
        Bad(
            source="""\
            Session: {{ session_id }}
            You triage bug reports. Name the component, the version and the severity of each. Ask for a log if there is none.
            Never close a report yourself, and answer in the language of the report. Quote the line of the log that shows the fault.
            """,
            filename="triage_prompt.j2",
            message="`{{ session_id }}` is new in every session before 52 cacheable tokens",
            fixed="""\
            You triage bug reports. Name the component, the version and the severity of each. Ask for a log if there is none.
            Never close a report yourself, and answer in the language of the report. Quote the line of the log that shows the fault.
            Session: {{ session_id }}
            """,
        ),
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "system": "session 4be1c9d07a32. You are a coding agent. [[rules: 1500 words]]", "messages": [{"role": "user", "content": "fix the test"}]}
            {"model": "claude-opus-5-5", "system": "session 90aa17e3bd55. You are a coding agent. [[rules: 1500 words]]", "messages": [{"role": "user", "content": "fix the test"}, {"role": "assistant", "content": "Which one?"}, {"role": "user", "content": "all"}]}
            """,
            filename="conversation.jsonl",
            message="an id differs in system[0]",
            mended=(
                ("session 4be1c9d07a32. ", ""),
                ("session 90aa17e3bd55. ", ""),
            ),
        ),
    ),
    good=(
        Good(
            source="""\
            import uuid

            from openai import OpenAI

            RULES = "You triage bug reports. Name the component, the version and the severity of each, and ask for a log."


            def triage(report: str) -> object:
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[{"role": "system", "content": RULES}, {"role": "user", "content": report}],
                    extra_headers={"x-request-id": str(uuid.uuid4())},
                )
            """,
            filename="header.py",
            because="the id travels in a header, not in the prompt",
        ),
    ),
    missed=(
        Missed(
            source="""\
            {"model": "claude-opus-5-5",
             "system": "Workspace amber-otter-41. You are a coding agent. [[rules: 3000 words]]",
             "messages": [{"role": "user", "content": "fix the test"}]}
            """,
            filename="words.json",
            because="an id made of words looks like a name; a second request would show it",
        ),
    ),
    incidents=("C02",),
)
