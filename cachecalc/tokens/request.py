"""Count every part of a prompt, with what the provider adds to it laid on the parts it belongs to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Count, Form, Part, Prompt
from cachecalc.tokens.counter import Counter
from cachecalc.tokens.framing import FRAMINGS
from cachecalc.tokens.framing.wire import Block, Wire, blocks_of
from cachecalc.tokens.registry import counter_for

HOLE = Count(10, 2.0, "assumed")
"""What a placeholder stands for, where nobody says: a name, a date, an id."""


def count_prompt(prompt: Prompt, model: Model, counter: Counter | None = None) -> Prompt:
    """The prompt with every part counted as `model` reads it.

    Counts that are given stay, and nothing is added to them. A block that was split into parts is counted whole, so the
    parts of a text add up to the text. Frames and markers lie on the first part of a message, the tools' preamble on the
    first tool. Text that is not in a request (no role) costs its own tokens alone; a placeholder costs `HOLE`.
    """
    parts = tuple(map(_filled, prompt.parts))
    if all(part.count is not None for part in parts):
        return replace(prompt, parts=parts)
    counter = counter or counter_for(model.tokenizer)
    blocks = list(blocks_of(parts))
    pairs = zip(blocks, FRAMINGS[model.tokenizer](blocks, prompt, model), strict=True)
    return replace(prompt, parts=tuple(itertools.chain.from_iterable(_counted(*pair, counter) for pair in pairs)))


def _filled(part: Part) -> Part:
    is_hole = part.count is None and part.text is None and part.form is not Form.MEDIA
    return replace(part, count=HOLE) if is_hole else part


def _counted(block: Block, wire: Wire, counter: Counter) -> Iterator[Part]:
    missing = [part for part in block.parts if part.count is None]
    if len(missing) < len(block.parts):
        wire = Wire(tuple(part.text or "" for part in missing), wire.fixed, wire.error)
    whole = _sum([counter.count(text) for text in wire.texts], wire, counter.name)
    shares = iter(_shares(whole.tokens, wire.fixed, missing, counter))
    for part in block.parts:
        yield part if part.count is not None else replace(part, count=replace(whole, tokens=next(shares)))


def _sum(counts: Sequence[Count], wire: Wire, name: str) -> Count:
    """The counter's error and the framing's are independent of each other, so they add as squares."""
    total = sum(count.tokens for count in counts) + wire.fixed
    counters = sum(count.tokens * count.error for count in counts) / total if total else 0.0
    return Count(total, round(math.hypot(counters, wire.error), 3), name)


def _shares(total: int, fixed: int, parts: Sequence[Part], counter: Counter) -> list[int]:
    """`total` divided among parts by their own counts; what is fixed lies on the first one."""
    if len(parts) < 2:
        return [total] * len(parts)
    alone = [counter.count(part.text or "").tokens for part in parts]
    scale = (total - fixed) / (sum(alone) or 1)
    ends = [fixed + round(so_far * scale) for so_far in itertools.accumulate(alone)]
    ends[-1] = total
    return [end - start for start, end in itertools.pairwise([0, *ends])]
