"""Two copies of one text differ only in white space, quotes, line ends or Unicode form.

## Why it costs money
A reader sees the same text twice; a cache sees two. A template saved with Windows line ends, a prompt pasted with curly
quotes, an indented copy in another module: each has an entry of its own, and each is written for itself.

## What to do
Keep one copy and use it everywhere. Let an editor setting or a formatter decide on line ends and trailing blanks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from cachecalc.core.finding import Hit, Level, Related
from cachecalc.core.prompt import Evidence, Part, Prompt
from cachecalc.core.rules import reach
from cachecalc.core.rules.rule import Bad, Good, Rule, Target

_LONG = 400
"""Characters from which on two texts that read alike were meant to be one."""

_QUOTES = str.maketrans("\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026", "'''\"\"\"--.")
_BLANKS = re.compile(r"\s+")


def survey(prompts: Sequence[Prompt], _target: Target) -> Iterator[tuple[Prompt, Hit]]:
    """Compare the first static text of all prompts: one that reads like another's and is not the same has drifted."""
    first: dict[str, tuple[Prompt, Part]] = {}
    for prompt in prompts:
        part = _opening(prompt)
        if part is None or part.text is None:
            continue
        other_prompt, other = first.setdefault(normalised(part.text), (prompt, part))
        if other.text is not None and other.text != part.text:
            yield prompt, _hit(part, other_prompt, other)


def _opening(prompt: Prompt) -> Part | None:
    part = next(iter(reach.static_prefix(prompt)), None)
    is_written = prompt.evidence in (Evidence.TEMPLATE, Evidence.SOURCE)
    return part if part and is_written and len(part.text or "") >= _LONG else None


def normalised(text: str) -> str:
    """The text as a reader sees it: white space, quotes, dashes and Unicode forms that look alike are one."""
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return _BLANKS.sub(" ", plain).strip()


def _hit(part: Part, other_prompt: Prompt, other: Part) -> Hit:
    return Hit(
        span=part.span,
        message=f"this text differs from another copy only in {difference(part.text or '', other.text or '')}",
        level=Level.NOTE,
        lost_tokens=reach.tokens(part),
        related=(Related("the other copy", other.span, other.file or other_prompt.path),),
        path=part.file,
    )


def difference(text: str, other: str) -> str:
    """In what two texts that read alike differ."""
    if text.replace("\r\n", "\n") == other.replace("\r\n", "\n"):
        return "line ends"
    if unicodedata.normalize("NFC", text) == unicodedata.normalize("NFC", other):
        return "Unicode form"
    if _BLANKS.sub(" ", text).strip() == _BLANKS.sub(" ", other).strip():
        return "white space"
    return "quotes or dashes"


RULE = Rule(
    code="CC106",
    name="whitespace-drift",
    summary="two copies of one text that differ only in white space, quotes or Unicode form",
    level=Level.NOTE,
    sees=frozenset({Evidence.TEMPLATE, Evidence.SOURCE, Evidence.PAIR}),
    since="0.1.0",
    doc=__doc__,
    survey=survey,
    bad=(
        Bad(
            source='''\
            REVIEW_PROMPT = """You review changes to a program. Read the whole change before you say anything. Name the file and the
            line of each remark. Say first what would break, then what could be simpler, and leave matters of taste alone.
            Never rewrite code that works. If the change is good, say so in one sentence. Do not repeat what the tests say already.
            Ask one question if you do not understand the reason for a change, and wait for the answer before you judge it."""

            SECOND_REVIEW_PROMPT = """You review changes to a program.  Read the whole change before you say anything. Name the file
            and the line of each remark. Say first what would break, then what could be simpler, and leave matters of taste alone.
            Never rewrite code that works. If the change is good, say so in one sentence. Do not repeat what the tests say already.
            Ask one question if you do not understand the reason for a change, and wait for the answer before you judge it."""
            ''',
            filename="prompts.py",
            message="this text differs from another copy only in white space",
            mended='''\
            REVIEW_PROMPT = """You review changes to a program. Read the whole change before you say anything. Name the file and the
            line of each remark. Say first what would break, then what could be simpler, and leave matters of taste alone.
            Never rewrite code that works. If the change is good, say so in one sentence. Do not repeat what the tests say already.
            Ask one question if you do not understand the reason for a change, and wait for the answer before you judge it."""

            SECOND_REVIEW_PROMPT = """You review changes to a program. Read the whole change before you say anything. Name the file and the
            line of each remark. Say first what would break, then what could be simpler, and leave matters of taste alone.
            Never rewrite code that works. If the change is good, say so in one sentence. Do not repeat what the tests say already.
            Ask one question if you do not understand the reason for a change, and wait for the answer before you judge it."""
            ''',
        ),
        Bad(
            source=r"""
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You review code. Don't rewrite it. [[rules: 1500 words]]"}, {"role": "user", "content": "a change"}]}
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You review code. Don\u2019t rewrite it. [[rules: 1500 words]]"}, {"role": "user", "content": "a change"}, {"role": "assistant", "content": "fine"}, {"role": "user", "content": "another"}]}
            """,
            filename="conversation.jsonl",
            message="only white space, quotes or Unicode form differ in messages[0].content[0]",
            mended="""\
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You review code. Don't rewrite it. [[rules: 1500 words]]"}, {"role": "user", "content": "a change"}]}
            {"model": "gpt-5.5", "messages": [{"role": "system", "content": "You review code. Don't rewrite it. [[rules: 1500 words]]"}, {"role": "user", "content": "a change"}, {"role": "assistant", "content": "fine"}, {"role": "user", "content": "another"}]}
            """,
        ),
    ),
    good=(
        Good(
            source="""\
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": "You review code. [[rules: 1500 words]]", "messages": [{"role": "user", "content": "a change"}]}
            {"model": "claude-opus-5-5", "max_tokens": 9, "system": [{"type": "text", "text": "You review code. [[rules: 1500 words]]"}], "messages": [{"role": "user", "content": [{"type": "text", "text": "a change"}]}, {"role": "assistant", "content": "fine"}, {"role": "user", "content": "another"}]}
            """,
            filename="same_form.jsonl",
            because="a text and a list of one text block are the same to the provider",
        ),
    ),
)
