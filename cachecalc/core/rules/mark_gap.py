"""The mark at the end of a conversation cannot reach the entry that the turn before left.

## Why it costs money
A lookup starts at a mark and goes back 20 content blocks, the marked one included. A turn with many parallel tool calls
adds more blocks than that: the entry of the turn before lies out of reach, and the whole history is written again.
The same happens when the marks stay where they were while the conversation grows past them: what lies behind the last
mark is billed in full on every turn.

## What to do
Keep one mark on the last block and one where the previous request ended; within a long turn put one on every
fifteenth block or so. Four are allowed: let the oldest go.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level, Related
from cachecalc.core.pricing import Kind
from cachecalc.core.prompt import Confidence, Evidence, Mark, Prompt, Section
from cachecalc.core.rules import mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target

LOOK_BACK = 20
"""Blocks that a lookup at a mark goes back over, the marked one included, on every provider that says."""

_WORTH_CACHING, _NOTABLE = 1024, 256
"""Tokens of history from which on it is worth a mark, and of one that has gone on for several turns."""

_SEVERAL = 3
"""Replies after which a mark was left behind for good."""


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    if prompt.evidence is not Evidence.PAYLOAD or reach.is_openai(prompt) or not reach.goes_by_marks(prompt, target):
        return
    stored, ended = reach.marks(prompt), _end_of_last_request(prompt)
    if ended is None or prompt.parts[stored[-1]].section is not Section.MESSAGES:
        return
    row, look_back = prompt.parts, _look_back(target)
    before = max((mark for mark in stored if mark < ended), default=-1)
    lost = reach.weight(row[before + 1 : ended + 1])
    near = [mark for mark in stored if 0 <= row[mark].block - row[ended].block < look_back and mark >= ended]
    turns = _turns_behind(prompt, stored[-1])
    if near or lost < (_NOTABLE if turns >= _SEVERAL else _WORTH_CACHING):
        return
    if stored[-1] > ended:
        yield _too_far(prompt, stored[-1], ended, lost, look_back)
    elif turns > 1:
        yield _left_behind(prompt, stored[-1], lost)


def _end_of_last_request(prompt: Prompt) -> int | None:
    """The part before the model's last reply: there the previous request of this conversation ended."""
    replies = [at for at, part in enumerate(prompt.parts) if _is_reply(prompt, at)]
    if not replies:
        return None
    first = replies[-1]
    while first and _is_reply(prompt, first - 1):
        first -= 1
    return first - 1 if first and prompt.parts[first - 1].section is Section.MESSAGES else None


def _is_reply(prompt: Prompt, at: int) -> bool:
    part = prompt.parts[at]
    return part.section is Section.MESSAGES and part.role in {"assistant", "model"}


def _turns_behind(prompt: Prompt, mark: int) -> int:
    """How often the model has replied since a mark."""
    row = range(mark + 1, len(prompt.parts))
    return sum(_is_reply(prompt, at) and not _is_reply(prompt, at - 1) for at in row)


def _look_back(target: Target) -> int:
    mode = target.mode(Kind.MARKS)
    return (mode.look_back_blocks if mode else None) or LOOK_BACK


def _too_far(prompt: Prompt, mark: int, ended: int, lost: int, look_back: int) -> Hit:
    row = prompt.parts
    blocks = row[mark].block - row[ended].block
    return Hit(
        span=row[mark].span,
        message=f"{blocks} blocks were added in one turn, and a lookup goes back {look_back}: the history is written anew",
        level=Level.ERROR,
        confidence=Confidence.LIKELY,
        lost_tokens=lost,
        mended=mend.with_mark(prompt, ended, row[mark].mark or prompt.automatic),
        related=(Related("the previous request ended here", row[ended].span, row[ended].file),),
        group=reach.group(prompt),
        path=row[mark].file,
    )


def _left_behind(prompt: Prompt, mark: int, lost: int) -> Hit:
    row = prompt.parts
    return Hit(
        span=row[mark].span,
        message=f"the last mark has stayed behind: {reach.amount(lost)} of history after it are billed on every turn",
        level=Level.WARNING if lost >= _WORTH_CACHING else Level.NOTE,
        lost_tokens=lost,
        mended=mend.with_mark(prompt, len(row) - 1, row[mark].mark or Mark()),
        related=(Related("the conversation ends here", row[-1].span, row[-1].file),),
        group=reach.group(prompt),
        path=row[mark].file,
    )


RULE = Rule(
    code="CC205",
    name="mark-gap",
    summary="more blocks between two turns' marks than a lookup goes back over",
    level=Level.ERROR,
    sees=frozenset({Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [
               {"role": "user", "content": "[[task: 2000 words]]"},
               {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "read", "input": {}}, {"type": "tool_use", "id": "t2", "name": "read", "input": {}}, {"type": "tool_use", "id": "t3", "name": "read", "input": {}}, {"type": "tool_use", "id": "t4", "name": "read", "input": {}}, {"type": "tool_use", "id": "t5", "name": "read", "input": {}}, {"type": "tool_use", "id": "t6", "name": "read", "input": {}}, {"type": "tool_use", "id": "t7", "name": "read", "input": {}}, {"type": "tool_use", "id": "t8", "name": "read", "input": {}}, {"type": "tool_use", "id": "t9", "name": "read", "input": {}}, {"type": "tool_use", "id": "t10", "name": "read", "input": {}}, {"type": "tool_use", "id": "t11", "name": "read", "input": {}}]},
               {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "line 1"}, {"type": "tool_result", "tool_use_id": "t2", "content": "line 2"}, {"type": "tool_result", "tool_use_id": "t3", "content": "line 3"}, {"type": "tool_result", "tool_use_id": "t4", "content": "line 4"}, {"type": "tool_result", "tool_use_id": "t5", "content": "line 5"}, {"type": "tool_result", "tool_use_id": "t6", "content": "line 6"}, {"type": "tool_result", "tool_use_id": "t7", "content": "line 7"}, {"type": "tool_result", "tool_use_id": "t8", "content": "line 8"}, {"type": "tool_result", "tool_use_id": "t9", "content": "line 9"}, {"type": "tool_result", "tool_use_id": "t10", "content": "line 10"},
                 {"type": "tool_result", "tool_use_id": "t11", "content": "line 11", "cache_control": {"type": "ephemeral"}}]}]}
            """,
            filename="many_calls.json",
            message="22 blocks were added in one turn, and a lookup goes back 20: the history is written anew",
            mended="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "system": [{"type": "text", "text": "You are a coding agent. [[rules: 900 words]]", "cache_control": {"type": "ephemeral"}}],
             "messages": [
               {"role": "user", "content": [
                 {"type": "text", "text": "[[task: 2000 words]]", "cache_control": {"type": "ephemeral"}}]},
               {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "read", "input": {}}, {"type": "tool_use", "id": "t2", "name": "read", "input": {}}, {"type": "tool_use", "id": "t3", "name": "read", "input": {}}, {"type": "tool_use", "id": "t4", "name": "read", "input": {}}, {"type": "tool_use", "id": "t5", "name": "read", "input": {}}, {"type": "tool_use", "id": "t6", "name": "read", "input": {}}, {"type": "tool_use", "id": "t7", "name": "read", "input": {}}, {"type": "tool_use", "id": "t8", "name": "read", "input": {}}, {"type": "tool_use", "id": "t9", "name": "read", "input": {}}, {"type": "tool_use", "id": "t10", "name": "read", "input": {}}, {"type": "tool_use", "id": "t11", "name": "read", "input": {}}]},
               {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "line 1"}, {"type": "tool_result", "tool_use_id": "t2", "content": "line 2"}, {"type": "tool_result", "tool_use_id": "t3", "content": "line 3"}, {"type": "tool_result", "tool_use_id": "t4", "content": "line 4"}, {"type": "tool_result", "tool_use_id": "t5", "content": "line 5"}, {"type": "tool_result", "tool_use_id": "t6", "content": "line 6"}, {"type": "tool_result", "tool_use_id": "t7", "content": "line 7"}, {"type": "tool_result", "tool_use_id": "t8", "content": "line 8"}, {"type": "tool_result", "tool_use_id": "t9", "content": "line 9"}, {"type": "tool_result", "tool_use_id": "t10", "content": "line 10"},
                 {"type": "tool_result", "tool_use_id": "t11", "content": "line 11", "cache_control": {"type": "ephemeral"}}]}]}
            """,
        ),
        Bad(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "messages": [
               {"role": "user", "content": [{"type": "text", "text": "read the files", "cache_control": {"type": "ephemeral"}}]},
               {"role": "assistant", "content": "[[first: 900 words]]"}, {"role": "user", "content": "go on"},
               {"role": "assistant", "content": "[[second: 900 words]]"}, {"role": "user", "content": "go on"},
               {"role": "assistant", "content": "[[third: 900 words]]"}, {"role": "user", "content": "what did you find?"}]}
            """,
            filename="frozen.json",
            message="the last mark has stayed behind: 2,468 tokens of history after it are billed on every turn",
            mended="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "messages": [
               {"role": "user", "content": [{"type": "text", "text": "read the files", "cache_control": {"type": "ephemeral"}}]},
               {"role": "assistant", "content": "[[first: 900 words]]"}, {"role": "user", "content": "go on"},
               {"role": "assistant", "content": "[[second: 900 words]]"}, {"role": "user", "content": "go on"},
               {"role": "assistant", "content": "[[third: 900 words]]"}, {"role": "user", "content": [
                 {"type": "text", "text": "what did you find?", "cache_control": {"type": "ephemeral"}}]}]}
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 500,
             "messages": [
               {"role": "user", "content": "read the files"},
               {"role": "assistant", "content": "[[first: 900 words]]"},
               {"role": "user", "content": [{"type": "text", "text": "go on", "cache_control": {"type": "ephemeral"}}]},
               {"role": "assistant", "content": "[[second: 900 words]]"},
               {"role": "user", "content": [{"type": "text", "text": "what did you find?", "cache_control": {"type": "ephemeral"}}]}]}
            """,
            filename="ladder.json",
            because="marks on the last two user messages reach the entry of the turn before",
        ),
    ),
    incidents=("C11",),
)
