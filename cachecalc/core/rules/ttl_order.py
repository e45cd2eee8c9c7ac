"""A mark with a longer TTL stands behind one with a shorter TTL.

## Why it matters
Claude bills a request's one-hour writes and five-minute writes in that order, so it insists that marks of one hour come
before marks of five minutes. A request with a longer TTL behind a shorter one is refused with status 400. A mark
without a TTL is one of five minutes: a tool marked the plain way and a system prompt marked for an hour are enough.

## What to do
Give every mark in front at least the TTL of the marks behind it. The fix does that; lowering the later ones works as
well, if an hour was not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cachecalc.core.finding import Edit, Fix, Hit, Level, Related
from cachecalc.core.pricing import Kind
from cachecalc.core.prompt import Evidence, Mark, Part, Prompt, Span
from cachecalc.core.rules import reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target

_SECONDS = {"5m": 300.0, "30m": 1800.0, "1h": 3600.0, "12h": 43200.0, "24h": 86400.0}
_DEFAULT = "5m"


@dataclass(frozen=True, slots=True)
class _Placed:
    mark: Mark
    part: Part
    ttl: str
    seconds: float


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    if reach.is_openai(prompt) or (target.model and not target.mode(Kind.MARKS)):
        return
    row = [_placed(mark, part, target) for mark, part in _marks(prompt)]
    late = [at for at, placed in enumerate(row) if any(other.seconds < placed.seconds for other in row[:at])]
    if late:
        last = max(late, key=lambda at: (row[at].seconds, at))
        yield _hit(prompt, row[last], [placed for placed in row[:last] if placed.seconds < row[last].seconds])


def _marks(prompt: Prompt) -> Iterator[tuple[Mark, Part]]:
    yield from ((part.mark, part) for part in prompt.parts if part.mark)
    if prompt.automatic and prompt.parts and not prompt.parts[-1].mark:
        yield prompt.automatic, prompt.parts[-1]


def _placed(mark: Mark, part: Part, target: Target) -> _Placed:
    mode = target.mode(Kind.MARKS)
    label = mark.ttl or (mode.default_ttl if mode else _DEFAULT)
    ttl = mode.ttl(label) if mode else None
    return _Placed(mark, part, label, ttl.typical if ttl else _SECONDS.get(label, _SECONDS[_DEFAULT]))


def _hit(prompt: Prompt, longest: _Placed, short: list[_Placed]) -> Hit:
    first = short[0]
    raised = {id(placed.part): replace(placed.part, mark=replace(placed.mark, ttl=longest.ttl)) for placed in short}
    return Hit(
        span=longest.mark.span or longest.part.span,
        message=(f"a mark of {longest.ttl} stands behind one of {first.ttl}: the API refuses the request"),
        level=Level.ERROR,
        mended=replace(prompt, parts=tuple(raised.get(id(part), part) for part in prompt.parts)),
        related=tuple(
            Related("this mark lives shorter", placed.mark.span or placed.part.span, placed.part.file)
            for placed in short
        ),
        fix=_fix(longest.mark.span, [placed.mark.span for placed in short]),
        path=longest.part.file,
    )


def _fix(longest: Span | None, short: list[Span | None]) -> Fix | None:
    """Copy the longer mark over the shorter ones."""
    edits = tuple(Edit(span, longest) for span in short if span and longest)
    return Fix("give the marks in front the longer TTL", edits, safe=True) if len(edits) == len(short) else None


RULE = Rule(
    code="CC303",
    name="ttl-order",
    summary="a longer TTL behind a shorter one",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "tools": [{"name": "read", "description": "[[read: 900 words]]", "input_schema": {"type": "object"},
                        "cache_control": {"type": "ephemeral"}}],
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]",
                         "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
             "messages": [{"role": "user", "content": "fix the test"}]}
            """,
            filename="agent.json",
            message="a mark of 1h stands behind one of 5m: the API refuses the request",
            fixed=(('"ephemeral"}', '"ephemeral", "ttl": "1h"}'),),
        ),
        Bad(
            source='''\
            import anthropic

            RULES = """You are a coding agent. [[rules: 900 words]]"""
            GUIDE = """Write small functions. [[guide: 900 words]]"""


            def ask(question: str) -> object:
                return anthropic.Anthropic().messages.create(
                    model="claude-opus-5-5",
                    max_tokens=900,
                    system=[
                        {"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}},
                        {"type": "text", "text": GUIDE, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                    ],
                    messages=[{"role": "user", "content": question}],
                )
            ''',
            filename="agent.py",
            message="a mark of 1h stands behind one of 5m: the API refuses the request",
            fixed=(('ephemeral"}}', 'ephemeral", "ttl": "1h"}}'),),
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]",
                         "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
             "messages": [{"role": "user", "content": [{"type": "text", "text": "fix the test", "cache_control": {"type": "ephemeral"}}]}]}
            """,
            filename="descending.json",
            because="the longer TTL stands in front",
        ),
    ),
    incidents=("C12",),
)
