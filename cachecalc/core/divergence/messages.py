"""How two histories differ: what was edited, dropped, shortened or put in, up to the end of the previous request."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cachecalc.core.divergence.found import Divergence, of_text
from cachecalc.core.divergence.holes import read_alike, same_json
from cachecalc.core.divergence.rows import Block, Key
from cachecalc.core.prompt import Form

_PLACEHOLDER = re.compile(
    r"\b(?:omitted|cleared|removed|truncated|elided|pruned|redacted|trimmed|no longer)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_SHORT = 200
"""Characters of a text that stands for a longer one."""


def last_turn(row: list[Block]) -> int:
    """The index of the first block behind the model's last reply."""
    return next((index + 1 for index in range(len(row) - 1, -1, -1) if row[index].is_reply), 0)


def resembles(block: Block, other: Block) -> bool:
    """Whether one text was made from the other: half of it stands at the beginning and end of both, or in sentences that
    both have."""
    if block.role != other.role or block.form != other.form:
        return False
    short = min(len(block.text), len(other.text))
    if not short:
        return block.key == other.key
    if read_alike(block.text, other.text) or same_json(block.text, other.text):
        return True
    if 2 * (_alike(block.text, other.text, 1) + _alike(block.text, other.text, -1)) >= short:
        return True
    common = Counter(_SENTENCE.split(block.text)) & Counter(_SENTENCE.split(other.text))
    return 2 * sum(len(sentence) * number for sentence, number in common.items()) >= short


def _alike(text: str, other: str, step: int) -> int:
    """How many characters are equal from the start (1) or from the end (-1)."""
    low, high = 0, min(len(text), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        same = text[:middle] == other[:middle] if step > 0 else text[-middle:] == other[-middle:]
        low, high = (middle, high) if same else (low, middle - 1)
    return low


def differences(previous: list[Block], current: list[Block]) -> Iterator[Divergence]:
    """Every change up to the end of the previous request; what the current one adds behind that is growth."""
    return _counted_up(_walk(previous, current))


def _walk(previous: list[Block], current: list[Block]) -> Iterator[Divergence]:
    places, old_places = _places(current), _places(previous)
    old = new = 0
    while old < len(previous) and new < len(current):
        block, other = previous[old], current[new]
        if block.key == other.key:
            old, new = old + 1, new + 1
            continue
        ahead = _next(places, block.key, new)
        back = _next(old_places, other.key, old)
        if ahead is not None and (back is None or ahead - new <= back - old):
            yield Divergence("rewritten-history", _counted("put in", current[new:ahead]), block, other)
            new = ahead
        elif back is not None:
            yield Divergence("rewritten-history", _counted("dropped", previous[old:back]), block, other)
            old = back
        else:
            yield from _replaced(block, other)
            old, new = old + 1, new + 1
    if old < len(previous):
        yield Divergence("rewritten-history", _counted("dropped", previous[old:]), previous[old], None)


def _counted_up(found: Iterable[Divergence]) -> Iterator[Divergence]:
    """One divergence for all edits of one kind: the first of them, with their number."""
    first: dict[tuple[str, str], Divergence] = {}
    number = Counter[tuple[str, str]]()
    for divergence in found:
        key = (divergence.kind, divergence.message)
        first.setdefault(key, divergence)
        number[key] += 1
    for key, divergence in first.items():
        times = number[key]
        yield replace(divergence, message=f"{divergence.message}, {times} times") if times > 1 else divergence


def _places(row: list[Block]) -> dict[Key, deque[int]]:
    found: dict[Key, deque[int]] = defaultdict(deque)
    for index, block in enumerate(row):
        found[block.key].append(index)
    return found


def _next(places: dict[Key, deque[int]], key: Key, start: int) -> int | None:
    queue = places.get(key)
    while queue and queue[0] < start:
        queue.popleft()
    return queue[0] if queue else None


def _replaced(previous: Block, current: Block) -> Iterator[Divergence]:
    if _is_placeholder(previous, current):
        yield Divergence("rewritten-history", f"{_what(previous)} was replaced by a placeholder", previous, current)
    elif current.form is not previous.form or current.role != previous.role:
        yield Divergence("rewritten-history", f"{_what(previous)} became {_what(current)}", previous, current)
    else:
        verb = "was shortened" if 2 * len(current.text) < len(previous.text) else "was edited"
        yield from of_text(previous, current, "rewritten-history", f"{_what(previous)} {verb}")


def _is_placeholder(previous: Block, current: Block) -> bool:
    if len(current.text) > _SHORT or not _PLACEHOLDER.search(current.text):
        return False
    return previous.form is Form.MEDIA or len(current.text) < len(previous.text)


def _counted(verb: str, blocks: list[Block]) -> str:
    kinds = {_what(block) for block in blocks}
    what = kinds.pop() if len(kinds) == 1 else "an earlier block"
    return f"{what} was {verb}" if len(blocks) == 1 else f"{len(blocks)} earlier blocks were {verb}"


def _what(block: Block) -> str:
    match block.form:
        case Form.MEDIA:
            return "an earlier image or file"
        case Form.RESULT:
            return "an earlier tool result"
        case Form.CALL:
            return "an earlier tool call"
        case Form.THINKING:
            return "earlier thinking"
        case Form.TOOL | Form.TEXT:
            return f"an earlier {block.role} message" if block.role else "an earlier message"
