"""How two lists of tools differ: in order, in members, in wording, or in spelling alone."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator

from cachecalc.core.divergence.found import Divergence, of_text
from cachecalc.core.divergence.rows import Block, tool_name


def differences(previous: list[Block], current: list[Block], *, is_one_session: bool) -> Iterator[Divergence]:
    """Separate calls may have tools of their own; within a session every change counts."""
    before, after = [tool_name(block) for block in previous], [tool_name(block) for block in current]
    if Counter(before) == Counter(after):
        if before != after:
            yield _reordered(previous, current, before, after)
    elif is_one_session:
        yield _changed(previous, current, before, after)
    for old, new in _namesakes(previous, current):
        if old.key != new.key:
            name = _short(tool_name(new))
            yield from of_text(old, new, "changing-tools", f"tool {name} is described anew")


def _namesakes(previous: list[Block], current: list[Block]) -> Iterator[tuple[Block, Block]]:
    """The tools of one name in both lists; of several with that name, the first with the first."""
    known: dict[str, deque[Block]] = defaultdict(deque)
    for block in previous:
        known[tool_name(block)].append(block)
    for block in current:
        if namesakes := known.get(tool_name(block)):
            yield namesakes.popleft(), block


def _reordered(previous: list[Block], current: list[Block], before: list[str], after: list[str]) -> Divergence:
    at = next(index for index, (a, b) in enumerate(zip(before, after, strict=True)) if a != b)
    message = f"the same {len(after)} tools in another order: {_short(after[at])} where {_short(before[at])} was"
    return Divergence("unordered-tools", message, previous[at], current[at])


def _changed(previous: list[Block], current: list[Block], before: list[str], after: list[str]) -> Divergence:
    added = [name for name in after if name not in set(before)]
    removed = [name for name in before if name not in set(after)]
    pairs = enumerate(zip(before, after, strict=False))
    at = next((index for index, (a, b) in pairs if a != b), min(len(before), len(after)))
    words = [f"{verb} {_names(names)}" for verb, names in (("added", added), ("removed", removed)) if names]
    old = previous[at] if at < len(previous) else None
    new = current[at] if at < len(current) else None
    return Divergence("changing-tools", f"tools {' and '.join(words) or 'repeated'}", old, new)


def _names(names: list[str]) -> str:
    shown = ", ".join(map(_short, names[:2]))
    return f"{shown} and {len(names) - 2} more" if len(names) > 2 else shown


def _short(name: str, limit: int = 24) -> str:
    return f"`{name if len(name) <= limit else name[: limit - 1] + '…'}`"
