"""Where two versions of one text differ, found in one pass, and what sort of text differs there."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cachecalc.core.divergence.rows import respelt
from cachecalc.core.volatility import Clock

_WORD = re.compile(r"\s+|\S+")
_QUOTES = str.maketrans("\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026", "'''\"\"\"--.")

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_CLOCKS = tuple(
    (clock, re.compile(pattern, re.IGNORECASE))
    for clock, pattern in (
        (Clock.SUBSECOND, r"\d\d?:\d\d:\d\d[.,]\d+|\b\d{13}\b|\b\d{10}\.\d+"),
        (Clock.SECOND, r"\d\d?:\d\d:\d\d|\b1[5-9]\d{8}\b|\b\d+ ?(?:s|secs?|seconds?) (?:ago|old)"),
        (Clock.MINUTE, r"\b\d\d?:\d\d\b|\b\d\d?:\d\d ?[ap]m|\b\d+ ?(?:m|mins?|minutes?) (?:ago|old)"),
        (Clock.HOUR, r"\b\d+ ?(?:h|hrs?|hours?) (?:ago|old)|\b\d\d? ?[ap]m\b"),
        (
            Clock.DAY,
            rf"\b20\d\d[-/.]\d\d?[-/.]\d\d?|\b{_MONTH}\.? \d\d?\b|\b\d\d? {_MONTH}|\b\d\d?[-/.]\d\d?[-/.]20\d\d",
        ),
        (Clock.DAY, r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b\d+ ?(?:d|days?) (?:ago|old)"),
    )
)
_NONCE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=\w*\d)(?=\w*[a-z])\w{8,}\b|\b\d{6,}\b|\b[0-9a-f]{6,}\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:user|name|customer|account|tenant|org\w*|member|client|company|e-?mail|patient)\b\W{0,4}\w{0,12}\W{0,4}\Z",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_CONTEXT = 40


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of the previous text, and what stands in its place in the current one."""

    start: int
    end: int
    new_start: int
    new_end: int


def holes(old: str, new: str) -> list[Hole]:
    """The stretches that differ. Lines are compared one by one if their number is the same, words likewise; where it is
    not, all between the first and the last difference is one hole. Linear in the length of the texts."""
    return list(_holes(old, new, _lines, Hole(0, len(old), 0, len(new)))) if old != new else []


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _holes(old: str, new: str, cut: Callable[[str], list[str]], within: Hole) -> Iterator[Hole]:
    before, after = cut(old[within.start : within.end]), cut(new[within.new_start : within.new_end])
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    middle, new_middle = before[head : len(before) - tail], after[head : len(after) - tail]
    start = within.start + sum(map(len, before[:head]))
    new_start = within.new_start + sum(map(len, after[:head]))
    whole = Hole(start, start + sum(map(len, middle)), new_start, new_start + sum(map(len, new_middle)))
    if len(middle) == len(new_middle) and Counter(middle) != Counter(new_middle):
        pairs = _pairs(middle, new_middle, start, new_start)
        yield from _joined(pairs) if cut is _words else _within(old, new, pairs)
    elif cut is _lines and len(middle) != len(new_middle):
        yield from _holes(old, new, _words, whole)
    else:
        yield whole


def _pairs(before: list[str], after: list[str], start: int, new_start: int) -> Iterator[Hole]:
    """The items that differ, one for one."""
    for a, b in zip(before, after, strict=True):
        if a != b:
            yield Hole(start, start + len(a), new_start, new_start + len(b))
        start, new_start = start + len(a), new_start + len(b)


def _within(old: str, new: str, lines: Iterator[Hole]) -> Iterator[Hole]:
    for line in lines:
        yield from _holes(old, new, _words, line)


def _joined(found: Iterator[Hole]) -> Iterator[Hole]:
    """Words that differ one behind the other, with a blank between, are one hole."""
    last: Hole | None = None
    for hole in found:
        if last and hole.start - last.end <= 1 and hole.new_start - last.new_end <= 1:
            last = Hole(last.start, hole.end, last.new_start, hole.new_end)
            continue
        if last:
            yield last
        last = hole
    if last:
        yield last


def _shared(before: list[str], after: list[str]) -> int:
    """How many items at the start are equal."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(before), len(after)))


@dataclass(frozen=True, slots=True)
class Sort:
    """What sort of text differs: the rule's name, and how often a clock ticks."""

    kind: str
    clock: Clock = Clock.NONE


def sort_of(old: str, new: str, hole: Hole) -> Sort | None:
    """What the difference is, where the two texts alone tell; None for any other change."""
    was, now = old[hole.start : hole.end], new[hole.new_start : hole.new_end]
    if read_alike(was, now) or read_alike(old, new):
        return Sort("whitespace-drift")
    if same_json(old, new) or same_json(was, now):
        return Sort("unstable-json")
    if was and now:
        before = old[max(hole.start - _CONTEXT, 0) : hole.start]
        return _order(was, now) or _value(
            before, _widened(old, hole.start, hole.end), _widened(new, hole.new_start, hole.new_end)
        )
    return None


def read_alike(old: str, new: str) -> bool:
    """Whether two texts differ only in white space, quotes or Unicode form."""
    return _plain(old) == _plain(new)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).split())


def same_json(old: str, new: str) -> bool:
    """Whether two texts differ only in how JSON is spelt in them."""
    return old != new and respelt(old.strip()) == respelt(new.strip())


def _order(was: str, now: str) -> Sort | None:
    """The same lines or words in another order. Lines of a JSON object move with their commas."""
    lines, new_lines = _items(was), _items(now)
    if len(lines) > 1 and Counter(lines) == Counter(new_lines):
        is_json = all(line[:1] in {'"', "{", "}", "[", "]"} for line in lines)
        return Sort("unstable-json" if is_json else "shuffled-content")
    words, new_words = re.findall(r"\w+", was), re.findall(r"\w+", now)
    if len(words) > 1 and Counter(words) == Counter(new_words):
        return Sort("unstable-json" if '":' in was and '":' in now else "shuffled-content")
    return None


def _items(text: str) -> list[str]:
    return [line.strip().rstrip(",;") for line in text.splitlines() if line.strip()]


def _widened(text: str, start: int, end: int) -> str:
    """The stretch with the rest of its line, up to a few words: a time is more than its last digit."""
    left = max(text.rfind("\n", 0, start) + 1, start - _CONTEXT)
    stop = text.find("\n", end)
    return text[left : min(stop if stop >= 0 else len(text), end + _CONTEXT)]


def _value(before: str, was: str, now: str) -> Sort | None:
    """A clock, an id or a person in both versions, not the same one."""
    for clock, pattern in _CLOCKS:
        first, second = pattern.findall(was), pattern.findall(now)
        if first and second and first != second:
            return Sort("clock-in-prefix", clock)
    first, second = _NONCE.findall(was), _NONCE.findall(now)
    if len(first) == len(second) and first != second:
        return Sort("nonce-in-prefix")
    if _PERSON.search(before) or (_EMAIL.findall(was) != _EMAIL.findall(now)):
        return Sort("identity-in-prefix")
    return None
