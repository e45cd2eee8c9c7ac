"""How much a text reads like something said to a model, and not to a person, a database or a shell."""

from __future__ import annotations

import functools
import re

from cachecalc.load.python.sources import words

SURE = 4
"""Points from which a bare text counts as a prompt."""
PROBABLE = 3

_SIGNS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), points)
    for pattern, points in (
        (r"\b[Yy]ou(?: are|'re) (?:an?|the|now|going|acting|[A-Z][\w-]+)\b", 3),
        (r"\A\s*You are (?!not\b|logged|running|using|currently|about to|offline|required|being|n[o']t)", 2),
        (
            r"\b(?:[Aa]ct as|[Yy]our (?:task|job|role|goal|mission|purpose|objective)|[Yy]ou (?:must|should|will))\b",
            2,
        ),
        (r"\b[Yy]ou (?:can|have access|may|need)\b", 1),
        (r"\b(?:[Aa]s an AI|language model|LLM|AI (?:assistant|agent)|[Hh]elpful assistant|assistant)\b", 1),
        (
            (
                r"\b(?:[Rr]espond|[Rr]eply|[Aa]nswer|[Oo]utput|[Rr]eturn|[Gg]enerate|[Ww]rite|[Ss]ummari[sz]e|[Ee]xtract|[Cc]lassify|[Tt]ranslate|[Cc]reate|"
                r"[Pp]rovide|[Aa]nalyze|[Dd]etermine|[Ii]dentify|[Ff]ollow|[Uu]se|[Dd]o not|[Dd]on't|[Nn]ever|[Aa]lways|[Oo]nly|[Ee]nsure)\b[^.\n]{8,}"
            ),
            1,
        ),
        (
            r"\b(?:the user|user's|the (?:following|above|given|provided)|step[ -]by[ -]step|instructions?|question|conversation|JSON)\b",
            1,
        ),
        (r"^\s{0,8}(?:#{1,4} \w|\*\*\w|[-*] [A-Z]|\d+[.)] [A-Z])", 1),
        (r"</?[A-Za-z_]{3,}>|\[INST\]|<\|", 1),
        (r"^(?:Current|Today'?s?|The current|Now)\b.{0,20}\b(?:date|time|is)\b", 1),
    )
)
_FOREIGN: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), points)
    for pattern, points in (
        (r"\b(?:SELECT|INSERT INTO|CREATE TABLE|UPDATE|DELETE FROM)\b.{0,200}\b(?:FROM|VALUES|SET|WHERE|\()", 4),
        (r"<(?:html|div|span|body|head|table|script|style|svg|p|td|br)\b", 4),
        (r"^\s*(?:#!/|import \w+|from \w+ import|def \w+\(|class \w+[:(]|function \w+\(|const \w+ =|\$ \w)", 3),
        (r"^\s*(?:usage:|Usage:|FROM \w+:|apiVersion:|[A-Z_]+=\S)", 3),
        (r"https?://\S+$", 1),
        (r"\b(?:[Ff]ailed to|[Ee]rror:|[Ee]xception|[Tt]raceback|[Dd]eprecated|not found|[Ii]nvalid|Unable to)\b", 2),
        (r"^\s*(?:Args|Returns|Raises|Parameters|Attributes):\s*$", 3),
    )
)
_PROMPT_NAME = re.compile(
    r"(?:^|_)(?:prompts?|instructions?|system_(?:message|prompt|msg|text|content|template|instruction)|sys_prompt|persona|backstory"
    r"|preamble|llm_input|guidelines|system)(?:_|$)"
)
_NEAR_NAME = re.compile(
    r"(?:^|_)(?:messages?|content|context|template|llm|agent|chat|ask|query|goal|role|task|description|header|rules)(?:_|$)"
)
_FOREIGN_NAME = re.compile(
    r"(?:^|_)(?:sql|log|logger|path|file|filename|url|uri|html|css|email_body|subject|error|exception|help|usage|docs?|docstring|regex|pattern"
    r"|command|cmd|script|code|readme|title|label|caption|version|banner|format_error|headers|cache_key|key|report|summary|csv|stdout|stderr"
    r"|console|tooltip|placeholder|toast|notification|status|commit_message|changelog)(?:_|$)"
)


def points(text: str, names: tuple[str, ...]) -> int:
    """How sure it is that the text is a prompt: its own signs, and those of the names around it."""
    named = name_points(names)
    score, addresses = _text_points(text[:6000])
    score += (score > 0 and named > 1) + (len(text) > 300) + (len(text) > 1200) + named
    return score if addresses or named >= 2 else min(score, PROBABLE)


@functools.lru_cache(maxsize=1024)
def _text_points(sample: str) -> tuple[int, bool]:
    """What the text alone is worth, and whether it speaks to somebody."""
    signs = [(sign, worth) for sign, worth in _SIGNS if sign.search(sample)]
    foreign = sum(worth for sign, worth in _FOREIGN if sign.search(sample))
    return sum(worth for _, worth in signs) - foreign, any(worth > 1 for _, worth in signs)


@functools.lru_cache(maxsize=4096)
def name_points(names: tuple[str, ...]) -> int:
    plain = [words(name) for name in names if name]
    near = [name for name in plain if name != "return"][-1:] or [""]
    score = 2 if any(map(_PROMPT_NAME.search, plain)) else 1 if any(map(_NEAR_NAME.search, plain)) else 0
    return score - 3 * bool(_FOREIGN_NAME.search(near[0]) and not _PROMPT_NAME.search(near[0]))


def is_system(text: str, names: tuple[str, ...]) -> bool:
    """Whether a bare text is the standing instruction, not one message."""
    return is_called_system(names) or re.match(r"\s*(?:#.*\n\s*)?You are\b", text) is not None


def is_called_system(names: tuple[str, ...]) -> bool:
    plain = "_".join(words(name) for name in names if name)
    return re.search(r"system|instruction|persona|backstory|preamble", plain) is not None
