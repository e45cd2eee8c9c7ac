"""JSON in the prefix is serialised with no stable key order, number form or indentation.

## Why it costs money
To a program `{"a":1,"b":2}` and `{"b":2,"a":1}` are the same value; to a cache they are two texts. Schemas and tool
arguments that pass through a hash map, a database column or another language's encoder come back with their keys in
another order, and the prefix ends there.

## What to do
Sort the keys, recursively, wherever JSON enters a prompt (`json.dumps(value, sort_keys=True)`), or keep the text as it
was first sent. Sort arrays only if they are sets, such as `required`; the order of an `enum` means something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cachecalc.core.finding import Edit, Fix, Hit, Level
from cachecalc.core.prompt import Content, Evidence, Part, Prompt, Span
from cachecalc.core.rules import edits, mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target

_DUMPS = re.compile(r"(?:\w+\.)*dumps\((?P<arguments>.*?)(?P<end>,?\s*\))\Z", re.DOTALL)


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    for at, part in reach.changing(prompt):
        if part.content is Content.UNSTABLE_JSON and not reach.is_in_fresh_text(prompt, at):
            yield Hit(
                span=part.span,
                message=f"{reach.named(part)} writes JSON with its keys in no fixed order",
                level=Level.WARNING,
                confidence=part.confidence,
                lost_tokens=reach.lost(prompt, at, target) + reach.tokens(part),
                mended=mend.made_static(prompt, [at]),
                fix=_fix(prompt, part),
                group=reach.group(prompt),
                path=part.file,
            )


def _fix(prompt: Prompt, part: Part) -> Fix | None:
    found = _DUMPS.match(part.origin)
    span = edits.origin_span(prompt, part)
    if not found or "sort_keys" in part.origin or span is None:
        return None
    place = span.start + found.end("arguments")
    return Fix("sort the keys", (Edit(Span(place, place), ", sort_keys=True"),), safe=True)


RULE = Rule(
    code="CC402",
    name="unstable-json",
    summary="JSON in the prefix with no stable key order",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            import json

            from openai import OpenAI


            def ask(question: str, fields: set[str]) -> object:
                schema = {name: {"type": "string"} for name in fields}
                system = f"Answer as JSON of this form: {json.dumps(schema)}. Leave out what you do not know, and add nothing."
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[{"role": "system", "content": system}, {"role": "user", "content": question}],
                )
            """,
            filename="extract.py",
            message="`json.dumps(schema)` writes JSON with its keys in no fixed order",
            fixed=(("schema)", "schema, sort_keys=True)"),),
        ),
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "input_schema": {"properties": {"path": {}, "line": {}}}, "description": "[[read: 900 words]]"}], "messages": [{"role": "user", "content": "fix it"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{"name": "read", "input_schema": {"properties": {"line": {}, "path": {}}}, "description": "[[read: 900 words]]"}], "messages": [{"role": "user", "content": "fix it"}, {"role": "assistant", "content": "done"}, {"role": "user", "content": "test it"}]}
            """,
            filename="conversation.jsonl",
            message="the same JSON is spelt differently in tools[0]",
            mended=(('line": {}, "path', 'path": {}, "line'),),
        ),
    ),
    good=(
        Good(
            source="""\
            import json

            from openai import OpenAI

            SCHEMA = {"name": {"type": "string"}, "city": {"type": "string"}}


            def ask(question: str) -> object:
                system = f"Answer as JSON of this form: {json.dumps(SCHEMA)}. Leave out what you do not know, and add nothing."
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[{"role": "system", "content": system}, {"role": "user", "content": question}],
                )
            """,
            filename="literal.py",
            because="a mapping written down in the source keeps its order",
        ),
    ),
    incidents=("C04",),
)
