"""Whether a file or a function can hold a prompt at all, told from its characters: reading it is the costly part.

What is looked for is what makes a draft a prompt later: a call that sends one, the shape of a message, an argument or
name that says so, or words spoken to a model. A file without any of them is not read; a function without is entered
only when it passes something that changes to one that has them.

Each sign begins with a plain word, in lower case: that word is looked for first, many times faster than a pattern.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

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
_PATTERNS = tuple((word, re.compile(re.escape(word) + rest) if rest else None) for word, rest in _SIGNS)
_IN_BYTES = tuple(
    (word.encode(), re.compile(pattern.pattern.encode()) if pattern else None) for word, pattern in _PATTERNS
)
_CHANGES = tuple(
    f"{name}("
    for name in (
        "now", "today", "time", "time_ns", "localtime", "gmtime", "strftime", "uuid1", "uuid4", "uuid7", "random", "randint",
        "sample", "shuffle", "choice", "choices", "token_hex", "token_urlsafe", "getpid", "listdir", "glob", "iterdir", "set", "getcwd",
        "check_output", "run", "monotonic", "perf_counter", "uuid", "randbits", "system", "node", "getuser", "urandom", "all",
    )
)  # fmt: skip
_WRITES = re.compile(
    r"return\b[^\n]*[\"'+]|return\s*\(\s*\n|\"\"\"|'''|\.(?:join|format|render|replace|substitute)\(|\+=?\s*[rf]?[\"']|[\"']\s*[+%]"
    r"|yield\b"
)


def may_hold_prompt(raw: bytes) -> bool:
    """False only where reading the file would find no prompt."""
    lower = raw.lower()
    return any(word in lower and (pattern is None or pattern.search(lower) is not None) for word, pattern in _IN_BYTES)


def has_evidence(source: str) -> bool:
    """The same of a text."""
    lower = source.lower()
    return any(word in lower and (pattern is None or pattern.search(lower) is not None) for word, pattern in _PATTERNS)


class Lending(NamedTuple):
    """What a function may do: build or send a prompt, read what changes, or at least put text together."""

    builds: bool
    changes: bool
    writes: bool

    @property
    def matters(self) -> bool:
        return self.builds or self.changes or self.writes


MAX_WRITER = 800
"""Characters of a function that does nothing but put text together: a longer one does something else."""


class Outline:
    """Where the signs stand in a source: looked for once, so that a question about a stretch of it costs next to nothing."""

    __slots__ = ("_builds", "_changes", "_writes", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        lower = text.lower()
        self._builds = sorted(at for word, pattern in _PATTERNS for at in _starts(lower, word, pattern))
        self._changes = sorted(at for name in _CHANGES for at in _starts(text, name, None))
        self._writes = [found.start() for found in _WRITES.finditer(text)]

    @property
    def whole(self) -> bool:
        """Whether any of it builds a prompt or reads what changes."""
        return bool(self._builds or self._changes)

    def builds(self, start: int, end: int) -> bool:
        """Whether a stretch shows a sign of a prompt."""
        return _within(self._builds, start, end)

    def lending(self, start: int, end: int) -> Lending:
        """What a function in a stretch of the source may do."""
        writes = end - start <= MAX_WRITER and _within(self._writes, start, end)
        return Lending(self.builds(start, end), _within(self._changes, start, end), writes)


def _starts(text: str, word: str, pattern: re.Pattern[str] | None) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        if pattern is None or pattern.match(text, at):
            yield at
        at = text.find(word, at + 1)


def _within(positions: list[int], start: int, end: int) -> bool:
    index = bisect_left(positions, start)
    return index < len(positions) and positions[index] < end
