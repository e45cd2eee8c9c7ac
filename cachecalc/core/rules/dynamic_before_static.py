"""Text that is new on each turn stands in front of static text.

## Why it costs money
Retrieved documents, memories, a directory listing or the user's question differ from request to request. Instructions,
examples and schemas that follow them are the same each time, but no provider can find them again behind text it has
never seen: they are billed in full on every request.

## What to do
Turn the order round: what never changes first, what changes per user next, what changes per turn last. Close a long
prompt with a short reminder if the model needs one; less than a hundred tokens behind the question are not reported.

## How it is told
A placeholder counts by its name (`documents`, `chat_history`) or, where that says nothing, by its place: on a line of its
own, behind a label or in a tag it is data; within a sentence, or called a limit, a format or a tool, it is a setting. In
a recorded request, text counts that stands under a label or in a tag such as `Retrieved documents:` or `<memory>`.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level, Related
from cachecalc.core.prompt import Confidence, Content, Evidence, Part, Prompt, Section
from cachecalc.core.rules import edits, mend, reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target
from cachecalc.core.volatility import UNKNOWN, Freshness, Identity

_WARNING, _ERROR = 256, 1024
"""Lost tokens from which on it is a warning, and an error."""

_WORTH_TURNING = 256
"""Tokens of known static text below which a template is hardly worth another order, whatever it is put together with."""

_GATHERED = frozenset({Content.RETRIEVED, Content.MEMORY, Content.ENVIRONMENT})

_OTHER_RULES = frozenset({Content.NONCE, Content.UNORDERED, Content.UNSTABLE_JSON, Content.LIVE})


def check(prompt: Prompt, target: Target) -> Iterator[Hit]:
    is_written = prompt.evidence is not Evidence.PAYLOAD
    places = [at for at, part in enumerate(prompt.parts) if _is_dynamic(part, is_written=is_written)]
    known = [at for at in places if not prompt.parts[at].volatility.unknown]
    likely = [at for at in places if _confidence(prompt, at) > Confidence.POSSIBLE]
    stakes = reach.Stakes(prompt, target)
    reported = next((at for at in (*likely, *places) if stakes.behind(at) >= reach.SMALL), None)
    if reported is not None:
        yield _hit(prompt, reported, places, stakes)
        return
    last = next((at for at in known if _is_in_front_of_history(prompt, at)), None)
    if last is not None:
        yield _before_history(prompt, last)


def _is_dynamic(part: Part, *, is_written: bool) -> bool:
    """A recorded history stays as it was; one that is rendered into a text pushes what follows it further each turn."""
    if part.content is Content.HISTORY and not is_written and part.section is Section.MESSAGES:
        return False
    is_new = part.volatility.fresh is not Freshness.NONE or (
        is_written and (part.volatility == UNKNOWN or _is_place(part))
    )
    return is_new and part.section is not Section.TOOLS and part.content not in _OTHER_RULES


def _is_place(part: Part) -> bool:
    """Where a session runs: its working directory."""
    return part.content is Content.ENVIRONMENT and Identity.SESSION in part.volatility.identities


def _confidence(prompt: Prompt, at: int) -> Confidence:
    """How sure it is that a part differs between requests and that its tail is worth anything. Of a value that source
    code hands through nobody knows; a template shows what a placeholder is for."""
    part, is_source = prompt.parts[at], prompt.evidence is Evidence.SOURCE
    is_moot = (part.volatility.unknown and is_source) or reach.is_too_small(prompt, _WORTH_TURNING)
    return Confidence.POSSIBLE if is_moot else part.confidence


def _is_in_front_of_history(prompt: Prompt, at: int) -> bool:
    """Whether a system prompt gathers text of its own for each turn. What adapters hand through is not told apart from
    a question or a history, and is left alone."""
    part = prompt.parts[at]
    return part.section is Section.SYSTEM and part.content in _GATHERED and reach.has_history(prompt)


def _hit(prompt: Prompt, at: int, places: list[int], stakes: reach.Stakes) -> Hit:
    def stranded(place: int) -> bool:
        return place > at and reach.is_lost(prompt.parts[place], part.volatility)

    part = prompt.parts[at]
    tail, lost = stakes.behind(at), stakes.lost(at)
    often = "differs between requests" if part.volatility.unknown else f"is new {_often(part)}"
    level = Level.ERROR if lost >= _ERROR else Level.WARNING if lost >= _WARNING else Level.NOTE
    if part.volatility.identities and not part.volatility.fresh:
        level = Level.NOTE
    return Hit(
        span=part.span,
        message=f"{reach.named(part)} {often} before {tail:,} static tokens",
        level=level,
        confidence=_confidence(prompt, at),
        lost_tokens=lost,
        mended=mend.moved_to_the_end(prompt, [place for place in places if place >= at and not stranded(place)]),
        related=_stranded_text(prompt, at),
        fix=edits.sentence_moved(prompt, at, "move the text to the end of the prompt"),
        group=reach.group(prompt),
        path=part.file,
    )


def _before_history(prompt: Prompt, at: int) -> Hit:
    part = prompt.parts[at]
    history = [other for other in prompt.parts[at + 1 :] if other.section is Section.MESSAGES]
    lost = sum(reach.tokens(other) for other in history if reach.is_lost(other, part.volatility))
    return Hit(
        span=part.span,
        message=f"{reach.named(part)} is new {_often(part)} before the conversation's history",
        level=reach.softened(Level.WARNING, prompt, lost),
        confidence=min(part.confidence, Confidence.LIKELY),
        lost_tokens=lost,
        mended=mend.moved_to_the_end(prompt, [at]),
        group=reach.group(prompt),
        path=part.file,
    )


def _often(part: Part) -> str:
    return f"on every {part.volatility.fresh.name.lower()}" if part.volatility.fresh else "in every session"


def _stranded_text(prompt: Prompt, at: int) -> tuple[Related, ...]:
    changed = prompt.parts[at].volatility
    lost = [part for part in prompt.parts[at + 1 :] if reach.is_lost(part, changed)]
    largest = max(lost, key=reach.tokens, default=None)
    return (Related("this text could be cached", largest.span, largest.file),) if largest else ()


RULE = Rule(
    code="CC104",
    name="dynamic-before-static",
    summary="text that is new on each turn in front of static text",
    level=Level.ERROR,
    sees=frozenset({Evidence.TEMPLATE, Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    bad=(
        Bad(
            source=r'''
            from openai import OpenAI

            RULES = """Answer from the documents above and from nothing else. [[rules: 1200 words]]"""


            def answer(documents: list[str], question: str) -> object:
                context = "\n\n".join(documents)
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[
                        {"role": "system", "content": f"{context}\n\n{RULES}"},
                        {"role": "user", "content": question},
                    ],
                )
            ''',
            filename="rag.py",
            message="`documents` is new on every turn before 1,215 static tokens",
            mended=(
                (" above", " below"),
                ("context}\\n\\n{RULES", "RULES}\\n\\n{context"),
            ),
        ),
        Bad(
            source="""\
            Memories about this conversation:
            {{ memories }}
            You are a patient tutor of mathematics. Let the pupil do each step, and ask before you show one.
            [[rules: 900 words]]
            """,
            filename="tutor_prompt.j2",
            message="`{{ memories }}` is new on every turn before 923 static tokens",
            fixed="""\
            You are a patient tutor of mathematics. Let the pupil do each step, and ask before you show one.
            [[rules: 900 words]]
            Memories about this conversation:
            {{ memories }}
            """,
        ),
        Bad(
            source=r"""
            {"model": "deepseek-flash", "messages": [{"role": "system", "content": "Facts: the pupil likes chess.\nYou are a tutor. [[rules: 1500 words]]"}, {"role": "user", "content": "what is a prime?"}]}
            {"model": "deepseek-flash", "messages": [{"role": "system", "content": "Facts: asked about primes before.\nYou are a tutor. [[rules: 1500 words]]"}, {"role": "user", "content": "what is a prime?"}, {"role": "assistant", "content": "Which numbers divide 7?"}, {"role": "user", "content": "1 and 7"}]}
            """,
            filename="conversation.jsonl",
            message="the text changes in messages[0].content[0]",
            mended=(
                ("Facts: the pupil likes chess.\\nYou", "You"),
                ("Facts: asked about primes before.\\nYou", "You"),
                ('and 7"}]', 'and 7\\n(Facts: asked about primes before.)"}]'),
            ),
        ),
        Bad(
            source=r"""
            {"model": "gpt-5.5", "messages": [
              {"role": "system", "content": "Retrieved documents:\n[1] Goods may come back within 60 days.\n[2] Islands take four days.\n\nYou answer questions about orders. [[rules: 1500 words]]"},
              {"role": "user", "content": "may I return a lamp?"}]}
            """,
            filename="retrieved.json",
            message="`<Retrieved documents>` is new on every turn before 1,506 static tokens",
            mended=r"""
            {"model": "gpt-5.5", "messages": [
              {"role": "system", "content": "You answer questions about orders. [[rules: 1500 words]]"},
              {"role": "user", "content": "[1] Goods may come back within 60 days.\n[2] Islands take four days.\n\nmay I return a lamp?"}]}
            """,
        ),
    ),
    good=(
        Good(
            source=r'''
            from openai import OpenAI

            RULES = """Answer from the documents below and from nothing else. [[rules: 1200 words]]"""


            def answer(documents: list[str], question: str) -> object:
                context = "\n\n".join(documents)
                return OpenAI().chat.completions.create(
                    model="gpt-5.5",
                    messages=[
                        {"role": "system", "content": RULES},
                        {"role": "user", "content": f"{context}\n\n{question}\n\nAnswer in one paragraph."},
                    ],
                )
            ''',
            filename="rag_last.py",
            because="the documents come last, but for a short reminder",
        ),
    ),
    incidents=("C06",),
)
