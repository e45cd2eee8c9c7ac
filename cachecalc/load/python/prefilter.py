"""Whether a file or a function can hold a prompt at all, told from its characters: reading it is the costly part.

What is looked for is what makes a draft a prompt later: a call that sends one, the shape of a message, an argument or
name that says so, or words spoken to a model. A file without any of them is not read; a function without is entered
only when it passes something that changes to one that has them.

Each sign begins with a plain word, in lower case: that word is looked for first, many times faster than a pattern.
"""

from __future__ import annotations

import re

_BOUND = r"\s*(?::[^=\n]{1,60})?\+?=[^=]"
"""A name that something is bound to, or an argument."""
_NOT_TEXT = r"(?!_?(?:tokens?|ids?|caching|eval|length|len|count|cost|price)\b)"

_HELD = rf"(?:{_BOUND}|\w*\(|\\?[\"']\s*[:,)\]])"
"""The same, or a call, or a quoted key or role."""

_SIGNS: tuple[tuple[str, str], ...] = (
    *((f"{owner}.", r"(?:with_\w+\.)?a?(?:create|stream|parse|count_tokens|tool_runner)") for owner in (
        "messages", "completions", "responses", "runs", "assistants", "chats", "caches", "chatcompletion", "cachedcontent",
    )),
    ("generate_content", ""), ("generativemodel", ""), (".converse", ""), ("invoke_model", ""), (".system_prompt", ""), (".instructions", ""),
    ("completion(", r"\s*(?:\*\*|model|messages|\n)"),
    ("role", r"(?:\s*=[^=]|\\?[\"']\s*[:\]])"),
    ("prompt", rf"s?{_NOT_TEXT}\w*{_HELD}"),
    ("instruction", rf"s?{_NOT_TEXT}\w*{_HELD}"),
    ("system", rf"(?:_\w+)?{_HELD}"),
    *((role, r"\\?[\"']\s*[,)]") for role in ("developer", "human")),
    *((f"{kind}message", r"\w*\(") for kind in ("system", "human", "user", "developer", "chat", "assistant")),
    ("messageparam", ""), ("from_template(", ""), ("from_messages(", ""),
    *((name, rf"\w*(?:{_BOUND}|\\?[\"']\s*:)") for name in (
        "persona", "backstory", "preamble", "guidelines", "prefix_messages", "state_modifier", "developer_message",
    )),
    ("you", r"(?: are |'re an? | must | should | will |r (?:task|job|role|goal|mission|purpose|objective))"),
    ("act as ", ""),
    *((mark, "") for mark in ("cache_control", "cachepoint", "cache_point", "prompt_cache", "cached_content")),
)  # fmt: skip
PATTERNS = tuple((word, re.compile(re.escape(word) + rest) if rest else None) for word, rest in _SIGNS)
_IN_BYTES = tuple(
    (word.encode(), re.compile(pattern.pattern.encode()) if pattern else None) for word, pattern in PATTERNS
)


def may_hold_prompt(raw: bytes) -> bool:
    """False only where reading the file would find no prompt."""
    lower = raw.lower()
    return any(word in lower and (pattern is None or pattern.search(lower) is not None) for word, pattern in _IN_BYTES)


def has_evidence(source: str) -> bool:
    """The same of a text."""
    lower = source.lower()
    return any(word in lower and (pattern is None or pattern.search(lower) is not None) for word, pattern in PATTERNS)
