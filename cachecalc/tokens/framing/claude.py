"""A request as Claude reads it. The constants are read off requests whose tokens Anthropic counted; see docs/tokens.md.

The whole request: frame + texts + 3 a message after the first + the tool prompt + each tool as `<function>{...}</function>`
+ a wrapping for each call and its result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Form, Prompt
from cachecalc.tokens.framing.wire import (
    MEDIA,
    UNKNOWN_TOOL,
    Block,
    Tool,
    Wire,
    as_text,
    call,
    is_forced,
    starts_message,
    tool,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Tokens beside the texts. `call` and `parameter` wrap a call and its result; `thinking` is added when extended
    thinking is on, `adaptive` when the model decides."""

    request: int
    call: int
    parameter: int
    thinking: int = 0
    adaptive: int = 0


FRAMES = {
    "claude-v3": Frame(7, 42, 13, thinking=28, adaptive=17),
    "claude-v4.7": Frame(11, 26, 16),
    "claude-v4.8": Frame(6, 26, 16),
}
TURN = 3

TOOL_PROMPTS = {
    "claude-3-haiku": (264, 340),
    "claude-3-opus": (530, 281),
    "claude-3-sonnet": (159, 235),
    "claude-3-5-haiku": (264, 355),
    "claude-3": (313, 315),
    "claude-opus-4": (313, 315),
    "claude-sonnet-4": (313, 315),
    "claude-opus-4-5": (496, 588),
    "claude-sonnet-4-5": (496, 588),
    "claude-haiku-4-5": (496, 588),
    "claude-opus-4-6": (497, 589),
    "claude-sonnet-4-6": (497, 589),
    "claude-opus-4-7": (675, 804),
    "claude-opus-4-8": (290, 410),
    "claude-sonnet-5": (354, 474),
    "claude-opus-5": (286, 406),
    "claude": (290, 410),
}
"""The system prompt that tools bring along, by model: when the model may call a tool, when it must. From Anthropic's
pricing page (2026-08-21); Claude 3 from recorded requests. A later model without a row has its nearest relative's."""

_TOOL_ERROR = 0.06


def frame(blocks: Sequence[Block], prompt: Prompt, model: Model) -> Iterator[Wire]:
    costs = FRAMES[model.tokenizer]
    prompts = _tool_prompt(prompt, model)
    opening = costs.request + _thinking(prompt.parameters, costs)
    speaker = ""
    for block, starts in zip(blocks, starts_message(blocks), strict=True):
        if block.first.form is Form.TOOL:
            yield _tool_wire(block, prompts)
            prompts = 0
            continue
        turn = _speaker(block) if starts and block.first.section == "messages" else speaker
        fixed = (TURN if speaker else opening) if turn != speaker else 0
        speaker = turn
        yield _wire(block, fixed, costs)


def _speaker(block: Block) -> str:
    """Tool results are the user's; neighbouring messages of one speaker are one turn."""
    role = block.first.role
    return "user" if role in {"tool", "function"} else role


def _wire(block: Block, fixed: int, costs: Frame) -> Wire:
    match block.first.form:
        case Form.CALL if made := call(block.text):
            values = [as_text(value) for value in made.arguments.values()]
            wrapping = costs.call + costs.parameter * len(made.arguments)
            return Wire((made.name, *made.arguments, *values), fixed + wrapping, _TOOL_ERROR)
        case Form.MEDIA:
            return Wire((), fixed + MEDIA[0], MEDIA[1])
        case _:
            return Wire((block.text,), fixed)


def _tool_wire(block: Block, prompt_tokens: int) -> Wire:
    known = tool(block.text)
    if known is None:
        return Wire((), prompt_tokens + UNKNOWN_TOOL[0], UNKNOWN_TOOL[1])
    return Wire((_declaration(known),), prompt_tokens, _TOOL_ERROR)


def _declaration(known: Tool) -> str:
    shown = {"description": known.description, "name": known.name, "parameters": known.parameters}
    return f"<function>{json.dumps(shown, ensure_ascii=False, default=str)}</function>"


def _tool_prompt(prompt: Prompt, model: Model) -> int:
    name = model.id.replace(".", "-")
    found = max((known for known in TOOL_PROMPTS if known in name), key=len, default="claude")
    choice = prompt.parameters.get("tool_choice") or prompt.parameters.get("toolChoice")
    return TOOL_PROMPTS[found][is_forced(choice)]


def _thinking(parameters: Mapping[str, Any], costs: Frame) -> int:
    fields = parameters.get("additionalModelRequestFields")
    thinking = (fields if isinstance(fields, dict) else parameters).get("thinking")
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    if isinstance(reasoning := parameters.get("reasoning"), dict) and reasoning.get("enabled") is not False:
        kind = "enabled"  # as gateways spell it
    return {"enabled": costs.thinking, "adaptive": costs.adaptive}.get(str(kind), 0)
