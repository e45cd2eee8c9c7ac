"""Does a text look like a prompt? Markdown and text files mostly are not, and templates render web pages, too."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath

# Words in the names of a file and its folders, and how many signs in the text they leave to be found.
_PROMPT = re.compile(r"(?:^|[\W_])(?:sys|sk)?prompts?(?:$|[\W_\d])|promptfile")
_RELATED = re.compile(
    r"(?:^|[\W_])(?:instructions?|personas?|system|assistants?|agents?|claude|gemini|copilot|skills?|llm|messages?)(?:$|[\W_\d])"
)
_OTHER = re.compile(
    r"(?:readme|change ?log|changes|licen[cs]e|contributing|code_of_conduct|security|authors|notice|requirements|todo"
    r"|install|roadmap|release|news|faq|robots|cmakelists|third_party|copying|index)(?:[._-].*)?\Z"
)
_DOCS = frozenset({"docs", "doc", "documentation", "website", "wiki", "blog", "site", "specs", "spec"})
_PAGE = re.compile(r"\s*(?:<!doctype|<html|<\?xml|<svg|#!|FROM \w|apiVersion:|import |package |//|/\*)", re.IGNORECASE)
_SIGNS = (
    re.compile(
        r"\b[Yy]ou are (?:an?|the|now|acting|going|helping|given|provided|tasked|asked|expected|responsible|not|[A-Z{<\[])"
        r"|\b[Aa]ct as\b|^\W{0,3}[Ss]ystem ?:[ \t]*$",
        re.MULTILINE,
    ),
    re.compile(
        r"\b(?:[Yy]our (?:task|job|role|goal|purpose|answer|response|reply|output)|[Yy]ou(?:'ll| will) be (?:given|provided))\b"
    ),
    re.compile(
        r"\b(?:respond|reply|answer|output|return|write)\b[^.\n]{0,40}\b(?:only|in|with|using|json|format|question|user|concise)",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?:do not|don't|never|always|you must|you should|make sure|ensure)\b", re.IGNORECASE | re.MULTILINE
    ),
    re.compile(
        r"^\W*(?:system|user|human|assistant|question|answer|context|instructions?|input)\W*:",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(
        r"</?(?:instructions?|context|documents?|examples?|system|role|task|rules|user|question|thinking)\b[^>]*>",
        re.IGNORECASE,
    ),
    re.compile(r"<\|im_start\|>|<\|start_header_id\|>|\[INST\]|<<SYS>>|\{\{\s*role\s"),
    re.compile(r"\b(?:assistant|chatbot|language model|tool calls?|the user(?:'s)?)\b", re.IGNORECASE),
)
_ADDRESS = re.compile(rf"{_SIGNS[0].pattern}|{_SIGNS[1].pattern}|{_SIGNS[6].pattern}|^\W*system\W*:", re.MULTILINE)
_BEGINNING = 1000
_FEW, _ENOUGH = 2, 3
"""Signs that a template must show, and any text, where nothing in its name says that it is a prompt."""

_TEMPLATES = frozenset({".j2", ".jinja", ".jinja2", ".hbs", ".handlebars", ".mustache"})
_OPENING = 10_000


_VERBATIM = re.compile(
    r"(?:claude|agents?|gemini|copilot-instructions|skill|llms?)(?:\.local)?\.(?:md|txt)\Z|.*\.mdc\Z"
)
_SKILLS = frozenset({"skills", ".cursor", ".claude", ".github"})


def is_verbatim(path: str) -> bool:
    """Instructions that an agent reads as they are: nothing in them is a placeholder."""
    name = PurePath(path.lower())
    in_skills = bool(_SKILLS.intersection(name.parts)) and not name.name.endswith(".prompt.md")
    return bool(_VERBATIM.match(name.name)) or (in_skills and name.suffix == ".md")


def is_prompt(path: str, text: str) -> bool:
    """Whether the file's name, its folders or its words say that a model will read it."""
    name = PurePath(path.lower())
    is_documentation = name.suffix == ".md" and bool(_DOCS.intersection(name.parts))
    if not text.strip() or _PAGE.match(text) or _OTHER.match(name.name) or is_documentation:
        return False
    needed = _needed(name)
    # A page about prompts has all their words; a prompt begins by saying whom it speaks to.
    is_told = needed < _FEW or bool(_ADDRESS.search(text[:_BEGINNING]))
    return is_told and signs(text) >= needed


@lru_cache(maxsize=64)
def is_named(path: str) -> bool:
    """Whether the file's name or folders say that it holds prompts."""
    return _needed(PurePath(path.lower())) == 0


def signs(text: str) -> int:
    """How many ways of addressing a model the text shows."""
    opening = text[:_OPENING]
    return sum(bool(sign.search(opening)) for sign in _SIGNS)


def _needed(name: PurePath) -> int:
    near = (name.stem, *name.parts[-3:-1])
    if any(_PROMPT.search(word) for word in near) or _VERBATIM.match(name.name):
        return 0
    if any(_RELATED.search(word) for word in near):
        return 1
    return _FEW if name.suffix in _TEMPLATES and not PurePath(name.stem).suffix else _ENOUGH
