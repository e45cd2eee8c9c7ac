"""Whether the entries that a request left behind can be found from the marks of the next one."""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.divergence.found import Divergence
from cachecalc.core.divergence.rows import Block, common_prefix
from cachecalc.core.pricing import Kind, Model
from cachecalc.core.prompt import Prompt, Section

LOOK_BACK = 20
"""Blocks that a lookup goes back over, the marked one included, where the model is not known."""


def positions(prompt: Prompt, row: list[Block]) -> list[int]:
    """The indices of blocks at whose end something is stored: the marked ones, an automatic mark on the last."""
    found = [index for index, block in enumerate(row) if any(part.mark for part in block.parts)]
    return [*found, len(row) - 1] if prompt.automatic and row and len(row) - 1 not in found else found


def goes_by_marks(prompt: Prompt, row: list[Block], model: Model | None) -> bool:
    return bool(positions(prompt, row)) and (model is None or model.caching.of_kind(Kind.MARKS) is not None)


def stored(prompt: Prompt, row: list[Block]) -> list[int]:
    """Where entries may be expected: at the marks, and, where a mark moves with the end of the conversation, where
    earlier requests of the same conversation ended."""
    marked = positions(prompt, row)
    if not marked or row[marked[-1]].section is not Section.MESSAGES:
        return marked
    ends = (index - 1 for index in range(1, marked[-1] + 1) if row[index].is_reply and not row[index - 1].is_reply)
    return sorted({*marked, *(index for index in ends if row[index].section is Section.MESSAGES)})


def differences(
    previous: Prompt, current: Prompt, before: list[Block], after: list[Block], model: Model | None
) -> Iterator[Divergence]:
    """The entry of the previous request that could be read best, and is out of reach of every mark."""
    shared = common_prefix(before, after)
    written = [index for index in positions(previous, before) if index < shared]
    marked = positions(current, after)
    if not written or not goes_by_marks(previous, before, model):
        return
    best, look_back = written[-1], _look_back(model)
    if any(0 <= after[mark].number - after[best].number < look_back for mark in marked if mark >= best):
        return
    near = max((index for index in written if _is_found(after, marked, index, look_back)), default=-1)
    lost = sum(block.tokens for block in before[near + 1 : best + 1])
    behind = [mark for mark in marked if mark > best]
    if behind:
        number = after[behind[0]].number - after[best].number
        message = f"the next mark stands {number} blocks behind the last entry, and a lookup goes back {look_back}"
        yield Divergence("mark-gap", message, before[best], after[behind[0]], lost_tokens=lost)
    else:
        message = (
            "no mark reaches the entry of the previous request: the marks moved back"
            if marked
            else "the marks are gone"
        )
        yield Divergence("marks-moved", message, before[best], after[best], lost_tokens=lost)


def _is_found(row: list[Block], marked: list[int], at: int, look_back: int) -> bool:
    return any(mark >= at and row[mark].number - row[at].number < look_back for mark in marked)


def _look_back(model: Model | None) -> int:
    mode = model.caching.of_kind(Kind.MARKS) if model else None
    return (mode.look_back_blocks if mode else None) or LOOK_BACK
