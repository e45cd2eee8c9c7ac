"""How two lists of tools differ: in order, in members, in wording, or in spelling alone."""

from __future__ import annotations

from collections import Counter
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
    known = dict(zip(before, previous, strict=True))
    for name, block in zip(after, current, strict=True):
        if name in known and known[name].key != block.key:
            yield from of_text(known[name], block, "changing-tools", f"tool {_short(name)} is described anew")


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
