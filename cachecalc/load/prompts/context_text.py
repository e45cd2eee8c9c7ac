"""Stretches of a recorded system prompt that a program puts together anew: `<retrieved_documents>`, `## Relevant memories`.

What a tag or a heading is called tells as much as the name of a placeholder does, and by the same table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cachecalc.core.prompt import Confidence, Content
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
_SORTS = frozenset({Content.RETRIEVED, Content.MEMORY, Content.HISTORY, Content.LIVE})
# A tag of these names often holds a text that everybody shares.
_VAGUE = frozenset(
    {"context", "contexts", "documents", "document", "docs", "doc", "sources", "references", "knowledge", "evidence"}
)
_ABOUT = frozenset({"info", "section", "block", "data"})
_LEAST = 40
"""Characters between the tags from which on they hold something, rather than being spoken of."""


def find(text: str, within: Sequence[Stretch] = ()) -> Iterator[Stretch]:
    """The insides of tags and sections whose names say that they are made for each turn, cut where something `within`
    them is known better."""
    for found in (*_TAGGED.finditer(text), *_HEADED.finditer(text)):
        meaning, words = variable_names.meaning(found["name"]), variable_names.words(found["name"])
        is_made = meaning.content in _SORTS and words[-1] not in _ABOUT
        if is_made and len(found["inside"].strip()) >= _LEAST:
            sure = Confidence.POSSIBLE if " ".join(words) in _VAGUE else Confidence.LIKELY
            name = found["name"].strip()
            whole = Stretch(*found.span("inside"), name, meaning.volatility, f"<{name}>", meaning.content, sure)
            yield from _around(whole, within)


def _around(whole: Stretch, within: Sequence[Stretch]) -> Iterator[Stretch]:
    position = whole.start
    for known in within:
        if whole.start <= known.start < whole.end:
            if known.start > position:
                yield replace(whole, start=position, end=known.start)
            position = known.end
    if position < whole.end:
        yield replace(whole, start=position)
