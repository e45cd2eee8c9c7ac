"""Prompts in a form that tests can state."""

from __future__ import annotations

from cachecalc.core.prompt import Part, Prompt
from cachecalc.load.prompts import read_prompts


def only(path: str, text: str) -> Prompt:
    """The one prompt in a file."""
    (prompt,) = read_prompts(path, text)
    return prompt


def changing(prompt: Prompt) -> list[tuple[str | None, str]]:
    """The parts that change: their text and how often."""
    return [(part.text, str(part.volatility)) for part in prompt.parts if not part.volatility.is_static]


def placed(text: str, part: Part) -> str:
    """What stands at a part's place in its file."""
    assert part.span is not None
    return text[part.span.start : part.span.end]


def blocks(prompt: Prompt) -> list[tuple[str, str, str]]:
    """Section, role and joined text of each block."""
    numbers = sorted({part.block for part in prompt.parts})
    rows = [[part for part in prompt.parts if part.block == number] for number in numbers]
    return [(row[0].section.value, row[0].role, "".join(part.text or f"<{part.name}>" for part in row)) for row in rows]
