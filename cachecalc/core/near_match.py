"""Two queries that are near each other and may not want the same answer: what a semantic cache gets wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_NUMBER_WORDS = frozenset(
    [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "twenty",
        "thirty",
        "fifty",
        "hundred",
        "thousand",
        "million",
        "first",
        "second",
        "third",
        "last",
        "next",
        "previous",
        "once",
        "twice",
        "half",
        "double",
    ]
)
_NEGATIONS = frozenset(
    [
        "not",
        "no",
        "never",
        "none",
        "nobody",
        "nothing",
        "neither",
        "nor",
        "without",
        "cannot",
        "cant",
        "dont",
        "doesnt",
        "didnt",
        "wont",
        "isnt",
        "arent",
        "wasnt",
        "werent",
        "shouldnt",
        "wouldnt",
        "couldnt",
        "hasnt",
        "havent",
        "except",
        "unless",
        "stop",
        "avoid",
    ]
)
_OPPOSITES = tuple(
    frozenset(pair.split("/"))
    for pair in [
        "enable/disable",
        "on/off",
        "start/stop",
        "open/close",
        "before/after",
        "increase/decrease",
        "add/remove",
        "create/delete",
        "up/down",
        "buy/sell",
        "import/export",
        "login/logout",
        "min/max",
        "minimum/maximum",
        "upload/download",
        "allow/deny",
        "allow/block",
        "install/uninstall",
        "subscribe/unsubscribe",
        "upgrade/downgrade",
        "lock/unlock",
        "connect/disconnect",
        "first/last",
        "more/less",
        "cheapest/dearest",
        "highest/lowest",
        "oldest/newest",
        "push/pull",
        "encrypt/decrypt",
        "include/exclude",
        "incoming/outgoing",
        "from/to",
        "yes/no",
        "pass/fail",
        "left/right",
        "hot/cold",
        "long/short",
        "old/new",
    ]
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_NAME = re.compile(
    r"(?<=[^\s.?!:])\s+([A-Z][\w'-]*)|\b([A-Z]{2,}|[a-z]+[A-Z]\w*)\b|([\w.+-]+@[\w.-]+|[\w-]+\.[a-z]{2,4}\b|\w*_\w+)"
)


def suspicions(query: str, match: str) -> tuple[str, ...]:
    """In what two texts differ that changes the answer: "numbers", "negation", "opposites", "names", "order" (the same
    words: from Paris to London, and back). Empty where nothing of it is seen, which does not say that one answer fits
    both."""
    return tuple(_found(query, match))


def _found(query: str, match: str) -> Iterator[str]:
    words, others = _words(query), _words(match)
    if _numbers(query, words) != _numbers(match, others):
        yield "numbers"
    if bool(words & _NEGATIONS) != bool(others & _NEGATIONS):
        yield "negation"
    only, only_other = words - others, others - words
    if any(pair & only and pair & only_other for pair in _OPPOSITES):
        yield "opposites"
    if {name.casefold() for name in _names(query)} - others - _loose(match) or {
        name.casefold() for name in _names(match)
    } - words - _loose(query):
        yield "names"
    sequence, other = _sequence(query), _sequence(match)
    if sequence != other and sorted(sequence) == sorted(other):
        yield "order"


def _sequence(text: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"\w+", text)]


def _words(text: str) -> set[str]:
    return {word.replace("'", "").casefold() for word in _WORD.findall(text.replace("\u2019", "'"))}


def _loose(text: str) -> set[str]:
    return {token.strip(".,;:?!()'\"").casefold() for token in text.split()}


def _numbers(text: str, words: set[str]) -> tuple[set[str], set[str]]:
    return set(_NUMBER.findall(text)), words & _NUMBER_WORDS


def _names(text: str) -> Iterator[str]:
    """Words that look like names of something: capitalised within a sentence, acronyms, addresses, identifiers."""
    for found in _NAME.finditer(text):
        yield next(name for name in found.groups() if name)
