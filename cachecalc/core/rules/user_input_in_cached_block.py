"""What a user typed stands inside a cached block that others share.

## Why it matters
Text in front of a mark is taken for the application's own by whoever maintains it, and by the model. If what one user
typed is put there, it becomes an instruction for everybody whose request holds the same block, and a secret in it may
reach them. It also makes the block unique, so the cache is written and not read.

## What to do
Keep user input in user messages, behind the last shared mark. What must be shared (a product's name, a policy text)
is checked before it is put into the block.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level, Related
from cachecalc.core.prompt import Content, Evidence, Part, Prompt, Section
from cachecalc.core.rules import mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    if not reach.goes_by_marks(prompt, target):
        return
    shared = [at for at in reach.marks(prompt) if _is_shared(prompt.parts[at])]
    for at, part in reach.changing(prompt):
        mark = next((place for place in shared if place >= at), None)
        if part.content is Content.QUESTION and _is_shared(part) and mark is not None:
            yield Hit(
                span=part.span,
                message=f"{reach.named(part)} is user input inside a cached block",
                level=Level.WARNING,
                confidence=part.confidence,
                lost_tokens=reach.lost(prompt, at, target),
                mended=mend.moved_to_the_end(prompt, [at]),
                related=(Related("this mark caches it", prompt.parts[mark].span, prompt.parts[mark].file),),
                group=reach.group(prompt),
                path=part.file,
            )


def _is_shared(part: Part) -> bool:
    return part.section is not Section.MESSAGES


RULE = Rule(
    code="CC701",
    name="user-input-in-cached-block",
    summary="user input inside a shared cached block",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.PAYLOAD}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source=r'''
            import anthropic

            RULES = """You answer questions about the handbook. [[handbook: 2000 words]]"""


            def answer(user_input: str) -> object:
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=500,
                    system=[{"type": "text", "text": f"{RULES}\nThe reader asked: {user_input}", "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": "Answer."}],
                )
            ''',
            filename="handbook.py",
            message="`user_input` is user input inside a cached block",
            mended='''\
            import anthropic

            RULES = """You answer questions about the handbook. [[handbook: 2000 words]]"""


            def answer(user_input: str) -> object:
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=500,
                    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": user_input}],
                )
            ''',
        ),
        Bad(
            source=r"""
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "system": [{"type": "text", "cache_control": {"type": "ephemeral"},
                         "text": "You answer questions about the handbook. [[handbook: 2000 words]]\n\nThe user asked: who is on leave, and why?"}],
             "messages": [{"role": "user", "content": "Answer."}]}
            """,
            filename="asked.json",
            message="`who is on leave, and why?` is user input inside a cached block",
            mended="""\
            {"model": "claude-sonnet-5-5", "max_tokens": 500,
             "system": [{"type": "text", "cache_control": {"type": "ephemeral"},
                         "text": "You answer questions about the handbook. [[handbook: 2000 words]]"}],
             "messages": [{"role": "user", "content": "who is on leave, and why?"}]}
            """,
        ),
    ),
    good=(
        Good(
            source='''\
            import anthropic

            RULES = """You answer questions about the handbook. [[handbook: 2000 words]]"""


            def answer(user_input: str) -> object:
                return anthropic.Anthropic().messages.create(
                    model="claude-sonnet-5-5",
                    max_tokens=500,
                    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
                    messages=[{"role": "user", "content": user_input}],
                )
            ''',
            filename="handbook_user.py",
            because="what the user typed stands in the user message",
        ),
    ),
)
