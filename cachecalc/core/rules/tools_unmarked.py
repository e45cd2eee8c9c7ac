"""Large tool definitions have no mark of their own, or are repeated as system text.

## Why it costs money
Tools come first in the prefix. Where the system prompt behind them differs by user or tenant, a mark behind the system
prompt stores the tools once for each of them; a mark on the last tool stores them once for all. Tools that are
described again in the system prompt are paid for twice on every request.

## What to do
Put a mark on the last tool. Leave descriptions to the tools themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cachecalc.core.finding import Hit, Level, Related
from cachecalc.core.pricing import Kind
from cachecalc.core.prompt import Evidence, Form, Mark, Part, Prompt, Section
from cachecalc.core.rules import mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target

_WORTH_STORING = 1024
_DISTINCTIVE = 40
"""Characters from which on a description that stands in two places was copied."""


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    tools = [at for at, part in enumerate(prompt.parts) if part.section is Section.TOOLS]
    if not tools:
        return
    yield from _not_shared(prompt, tools, target)
    yield from _repeated(prompt, tools)


def _not_shared(prompt: Prompt, tools: list[int], target: Target) -> Iterator[Hit]:
    row = prompt.parts
    size = reach.weight(tuple(row[at] for at in tools))
    if not reach.goes_by_marks(prompt, target) or size < _minimum(target) or any(row[at].mark for at in tools):
        return
    first = reach.marks(prompt)[0]
    own = next((part for part in row[tools[-1] + 1 : first + 1] if _is_somebodys(part)), None)
    if own is None or not all(row[at].volatility.is_static for at in tools):
        return
    yield Hit(
        span=row[tools[-1]].span,
        message=f"{reach.amount(size)} of tools have no mark of their own, before {reach.named(own)}",
        level=Level.WARNING,
        confidence=own.confidence,
        lost_tokens=size,
        mended=mend.with_mark(prompt, tools[-1], Mark()),
        related=(Related("this text is not everybody's", own.span, own.file),),
        path=row[tools[-1]].file,
    )


def _is_somebodys(part: Part) -> bool:
    return part.section is Section.SYSTEM and bool(part.volatility.identities) and not part.volatility.fresh


def _minimum(target: Target) -> int:
    mode = target.mode(Kind.MARKS)
    return (mode.min_tokens if mode else None) or _WORTH_STORING


def _repeated(prompt: Prompt, tools: list[int]) -> Iterator[Hit]:
    system = [part for part in prompt.parts if part.section is Section.SYSTEM and part.text]
    texts = {at: _description(prompt.parts[at]) for at in tools if prompt.parts[at].form is Form.TOOL}
    known = {at: text for at, text in texts.items() if len(text) >= _DISTINCTIVE}
    whole = "".join(part.text or "" for part in system)
    if len(known) < 2 or not all(text in whole for text in known.values()):
        return
    size = reach.weight(tuple(prompt.parts[at] for at in known))
    yield Hit(
        span=system[0].span,
        message=f"the system prompt repeats the descriptions of {len(known)} tools",
        level=Level.NOTE,
        lost_tokens=0,
        related=(Related(f"{reach.amount(size)} of tools say the same", prompt.parts[tools[0]].span),),
        path=system[0].file,
    )


def _description(part: Part) -> str:
    """The description in a tool's JSON, whichever provider's form it has; "" where there is none."""
    try:
        tool: Any = json.loads(part.text or "null")
    except ValueError:
        return ""
    for key in ("function", "toolSpec"):
        tool = tool.get(key, tool) if isinstance(tool, dict) else tool
    found = tool.get("description") if isinstance(tool, dict) else None
    return found if isinstance(found, str) else ""


RULE = Rule(
    code="CC207",
    name="tools-unmarked",
    summary="large tools without a mark of their own, or repeated as system text",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            import anthropic

            TOOLS = [{"name": "read", "description": "[[read: 1500 words]]", "input_schema": {"type": "object"}}]


            def ask(tenant_name: str, rules: str, question: str) -> object:
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=500,
                    tools=TOOLS,
                    system=[{"type": "text", "text": f"You work for {tenant_name}.", "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": question}],
                )
            """,
            filename="tenants.py",
            message="2,431 tokens of tools have no mark of their own, before `tenant_name`",
            mended="""\
            import anthropic

            TOOLS = [{"name": "read", "description": "[[read: 1500 words]]", "input_schema": {"type": "object"},
                      "cache_control": {"type": "ephemeral"}}]


            def ask(tenant_name: str, rules: str, question: str) -> object:
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=500,
                    tools=TOOLS,
                    system=[{"type": "text", "text": f"You work for {tenant_name}.", "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": question}],
                )
            """,
        ),
        Bad(
            source="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "tools": [{"name": "read", "description": "Reads one file of the workspace and returns its lines.", "input_schema": {}},
                       {"name": "find", "description": "Finds files in the workspace by a pattern of their names.", "input_schema": {}}],
             "system": "You have these tools. read: Reads one file of the workspace and returns its lines. find: Finds files in the workspace by a pattern of their names.",
             "messages": [{"role": "user", "content": "where is the parser?"}]}
            """,
            filename="told_twice.json",
            message="the system prompt repeats the descriptions of 2 tools",
            mended="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "tools": [{"name": "read", "description": "Reads one file of the workspace and returns its lines.", "input_schema": {}},
                       {"name": "find", "description": "Finds files in the workspace by a pattern of their names.", "input_schema": {}}],
             "system": "You are a coding agent.",
             "messages": [{"role": "user", "content": "where is the parser?"}]}
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "tools": [{"name": "read", "description": "[[read: 1500 words]]", "input_schema": {}}],
             "system": [{"type": "text", "text": "You are a coding agent.", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "where is the parser?"}]}
            """,
            filename="behind_tools.json",
            because="a mark behind the system prompt covers the tools in front of it",
        ),
    ),
    incidents=("C11",),
)
