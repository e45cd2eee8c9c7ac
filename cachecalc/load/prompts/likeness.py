"""Does a text look like a prompt? Markdown and text files mostly are not, and templates render web pages, too."""

from __future__ import annotations

import re
from pathlib import PurePath

_NAMED = re.compile(
    r"(?:^|[\W_])(?:sys)?(?:prompts?|instructions?|personas?|system|agents?|claude|gemini|copilot|skills?)(?:$|[\W_\d])"
)
_OTHER = re.compile(
    r"(?:readme|change ?log|changes|history|licen[cs]e|contributing|code_of_conduct|security|authors|notice|requirements|todo"
    r"|install|roadmap|release|news|faq|robots|cmakelists|third_party|copying)(?:[._-].*)?\Z"
)
_SPEECH = (
    re.compile(r"\byou are (?:an?|the|now|acting|going|helping|[A-Z]\w+[,.])", re.IGNORECASE),
    re.compile(
        r"\b(?:your (?:task|job|role|goal|purpose|answer|response|reply|output)|act as|you(?:'ll| will) be (?:given|provided)|given (?:the|a|an) )\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:respond|reply|answer|output|return)\b[^.\n]{0,40}\b(?:only|in|with|using|json|format|question|user|concise)",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?:do not|don't|never|always|you must|you should|make sure|ensure)\b", re.IGNORECASE | re.MULTILINE
    ),
    re.compile(
        r"^\W*(?:system|user|human|assistant|question|answer|context|instructions?|input|output)\W*:",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(
        r"</?(?:instructions?|context|documents?|examples?|system|role|task|rules|user|question|thinking|input)\b[^>]*>",
        re.IGNORECASE,
    ),
    re.compile(r"<\|im_start\|>|<\|start_header_id\|>|\[INST\]|<<SYS>>"),
    re.compile(r"\b(?:assistant|chatbot|language model|tool calls?|the user(?:'s)?)\b", re.IGNORECASE),
)
_PAGE = re.compile(r"\s*(?:<!doctype|<html|<\?xml|<svg|#!|FROM \w|apiVersion:)", re.IGNORECASE)


def is_prompt(path: str, text: str) -> bool:
    """Whether the file's name, its folders or its words say that a model will read it."""
    name = PurePath(path.lower())
    if not text.strip() or _PAGE.match(text) or _OTHER.match(name.name):
        return False
    spoken = sum(bool(pattern.search(text)) for pattern in _SPEECH)
    return spoken >= (1 if _is_named(name) else 3)


def _is_named(name: PurePath) -> bool:
    return any(_NAMED.search(word) for word in (name.stem, *name.parts[-4:-1]))
