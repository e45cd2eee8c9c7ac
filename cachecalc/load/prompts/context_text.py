"""Stretches of a recorded system prompt that a program puts together anew: `<retrieved_documents>`, `Relevant memories:`.

What a tag, a heading or a label is called tells as much as the name of a placeholder does, and by the same table.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import PER_REQUEST, Identity, Volatility
from cachecalc.load.prompts import variable_names
from cachecalc.load.prompts.split import Stretch

_TAGGED = re.compile(
    r"^[ \t]*<(?P<name>[a-z][a-z_-]{2,40})>[ \t]*\r?\n(?P<inside>.*?)^[ \t]*</(?P=name)>", re.DOTALL | re.MULTILINE
)
_HEADED = re.compile(
    r"^(?P<level>#{1,4})[ \t]+(?P<name>(?:retrieved|recalled|relevant|recent|search|current|latest)[ \t][a-z \t]{3,30}?)[ \t]*:?[ \t]*\r?\n"
    r"(?P<inside>.*?)(?=^#{1,4}[ \t]|\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
# A line that is nothing but a label, and the paragraph under it: a list of records, or turns of a dialogue.
_LABELLED = re.compile(
    r"^[ \t*_]*(?P<name>[A-Z][A-Za-z' -]{4,50}?)(?: \([^)\n]*\))?[ \t]*:[*_]*[ \t]*\r?\n+"
    r"(?P<inside>(?:[ \t]*(?:[-*•] |\[|\(?\d+[.):]|[\"“</]|(?i:user|human|assistant|ai|document|source|title|score|id|name|file)\b)[^\n]*(?:\n|\Z)"
    r"(?:[^\n]+(?:\n|\Z))*)+)",
    re.MULTILINE,
)
_ASKED = re.compile(
    r"^[ \t>*#-]*(?:the |this )?(?:user|customer|human|visitor|caller|reader)(?:'s)?"
    r"(?: (?:current|latest|last|new|original))?"
    r" (?:asked|asks|wrote|writes|said|says|typed|question|query|message|request|input)(?: is| was)?[ \t*]*:[ \t*]*(?:\r?\n)?"
    r"(?P<inside>[^\n{<\[]{15,})",
    re.MULTILINE | re.IGNORECASE,
)
_SORTS = frozenset({Content.RETRIEVED, Content.MEMORY, Content.HISTORY, Content.LIVE, Content.ENVIRONMENT})
# A tag of these names often holds a text that everybody shares.
_VAGUE = frozenset(
    [
        "context",
        "contexts",
        "documents",
        "document",
        "docs",
        "doc",
        "sources",
        "source",
        "references",
        "reference",
        "knowledge",
        "evidence",
        "facts",
        "notes",
        "progress",
        "files",
        "environment",
        "env",
        "articles",
        "article",
        "chunks",
        "results",
        "result",
        "messages",
        "chat",
        "observation",
        "observations",
        "preferences",
        "recall",
        "dialog",
        "dialogue",
        "transcript",
    ]
)
_ABOUT = frozenset({"info", "section", "block", "data", "instructions", "rules", "format", "guidelines", "policy"})
_SOMEBODY = frozenset({"user", "customer", "client", "employee", "patient", "student"})
_PROFILE = frozenset({"profile", "info", "information", "details", "data", "record"})
_PER_USER = Volatility(identities=frozenset({Identity.USER}))
_LEAST = 24
"""Characters between the tags from which on they hold something, rather than being spoken of."""

# What only a running program knows: a path, a branch, a commit.
_MACHINE = re.compile(
    r"^[ \t-]*(?:working directory|cwd|current directory|git (?:branch|status)|current branch|platform|os version|shell)\b"
    r"[^:\n]{0,20}:|^ ?[MAD?]{1,2} [\w./-]+$",
    re.IGNORECASE | re.MULTILINE,
)


def find(text: str, within: Sequence[Stretch] = ()) -> Iterator[Stretch]:
    """The insides of tags and sections whose names say that they are made for each turn, and what a user is said to have
    asked; cut where something `within` them is known better."""
    for found in (*_TAGGED.finditer(text), *_HEADED.finditer(text), *_LABELLED.finditer(text)):
        if len(found["inside"].strip()) >= _LEAST and (made := _made(found)):
            yield from _around(made, within)
    asked = list(_ASKED.finditer(text))
    if len(asked) == 1:  # several are examples
        yield from _around(_question(asked[0]), within)


def _made(found: re.Match[str]) -> Stretch | None:
    """What a name says of the text under it; None where it says nothing."""
    meaning, words = _meaning(found["name"])
    name = found["name"].strip()
    is_own = words[0] in _SOMEBODY and (words[-1] in _PROFILE or meaning.content is Content.QUESTION)
    if is_own:
        volatility = meaning.volatility if meaning.content is Content.QUESTION else _PER_USER
        return Stretch(*found.span("inside"), name, volatility, f"<{name}>", meaning.content, Confidence.LIKELY)
    if meaning.content not in _SORTS or words[-1] in _ABOUT:
        return None
    is_machine = bool(_MACHINE.search(found["inside"]))
    is_sure = is_machine if meaning.content is Content.ENVIRONMENT else " ".join(words) not in _VAGUE
    sure = Confidence.LIKELY if is_sure else Confidence.POSSIBLE
    return Stretch(*found.span("inside"), name, meaning.volatility, f"<{name}>", meaning.content, sure)


def _meaning(name: str) -> tuple[variable_names.Meaning, Sequence[str]]:
    """`Memories about the user` and `Documents retrieved for this question` mean what their first words do."""
    words = variable_names.words(name)
    told = list(itertools.takewhile(lambda word: word not in _JOINS, words))
    known = (variable_names.meaning("_".join(_plain(phrase))) for phrase in (words, told) if _plain(phrase))
    whole = variable_names.meaning("_".join(words))
    found = next((meaning for meaning in (whole, *known) if meaning is not variable_names.NOBODY_KNOWS), None)
    return found or variable_names.NOBODY_KNOWS, words


def _plain(words: Sequence[str]) -> list[str]:
    return [word for word in words if word not in _FILLERS]


_JOINS = frozenset({"for", "about", "from", "of", "so"})
_FILLERS = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "from",
        "for",
        "about",
        "this",
        "your",
        "here",
        "are",
        "is",
        "user",
        "users",
        "following",
        "what",
        "relevant",
        "recalled",
        "retrieved",
        "recent",
        "latest",
        "current",
        "previous",
        "past",
        "stored",
        "saved",
    ]
)


def _question(found: re.Match[str]) -> Stretch:
    return Stretch(
        *found.span("inside"), "question", PER_REQUEST, found["inside"].strip(), Content.QUESTION, Confidence.LIKELY
    )


def _around(whole: Stretch, within: Sequence[Stretch]) -> Iterator[Stretch]:
    position = whole.start
    for known in within:
        if whole.start <= known.start < whole.end:
            if known.start > position:
                yield replace(whole, start=position, end=known.start)
            position = known.end
    if position < whole.end:
        yield replace(whole, start=position)
