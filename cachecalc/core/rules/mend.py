"""Prompts put right: what a text would be worth in another order, or with its marks elsewhere.

Moving a part keeps marks where they stand in the static text; only the mark rules add or drop marks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cachecalc.core.prompt import Content, Mark, Part, Prompt, Section
from cachecalc.core.volatility import STATIC


def moved_to_the_end(prompt: Prompt, chosen: Collection[int]) -> Prompt:
    """The chosen parts behind all others, in the last message. A mark that stood on one of them stays where it was, on
    the text in front."""
    kept: list[Part] = []
    moved: list[Part] = []
    for index, part in enumerate(prompt.parts):
        if index not in chosen:
            kept.append(part)
            continue
        moved.append(replace(part, mark=None, section=Section.MESSAGES, role="user"))
        if part.mark and kept and not kept[-1].mark:
            kept[-1] = replace(kept[-1], mark=part.mark)
    block = prompt.parts[-1].block + 1 if prompt.parts else 0
    return replace(prompt, parts=(*kept, *(replace(part, block=block) for part in moved)))


def made_static(prompt: Prompt, chosen: Collection[int]) -> Prompt:
    """The prompt as it would be if the chosen parts never changed."""
    still = {
        index: replace(part, volatility=STATIC, content=Content.TEXT)
        for index, part in enumerate(prompt.parts)
        if index in chosen
    }
    return replace(prompt, parts=tuple(still.get(index, part) for index, part in enumerate(prompt.parts)))


def with_mark(prompt: Prompt, at: int, mark: Mark | None) -> Prompt:
    row = prompt.parts
    return replace(prompt, parts=(*row[:at], replace(row[at], mark=mark), *row[at + 1 :]))
