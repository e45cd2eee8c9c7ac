"""A request as OpenAI's models read it. The constants are read off requests whose tokens OpenAI counted; see
docs/tokens.md. Reasoning of earlier turns is dropped by the API and costs nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Form, Prompt
from cachecalc.tokens.framing import typescript
from cachecalc.tokens.framing.wire import MEDIA, UNKNOWN_TOOL, Block, Wire, as_text, call, starts_message, tool

MESSAGE = 4
_REASONING = re.compile(r"gpt-[5-9]|(?:^|/)o\d")
_TOOL_ERROR, _CALL_ERROR, _FORMAT_ERROR, _RESPONSES_ERROR = 0.25, 0.5, 0.15, 0.02


@dataclass(frozen=True, slots=True)
class Frame:
    """Tokens beside the texts, as (Chat Completions, Responses) where the two APIs differ. `reply` opens the answer;
    `assistant` is added to each message of the assistant."""

    reply: int
    assistant: int
    tools: tuple[int, int]
    call: tuple[int, int]


CLASSIC = Frame(reply=3, assistant=0, tools=(9, 9), call=(13, 9))
REASONING = Frame(reply=2, assistant=2, tools=(88, 15), call=(16, 15))
OPEN_WEIGHTS = Frame(reply=63, assistant=0, tools=(32, 32), call=(16, 16))
_TOOLS_UNDER_SYSTEM_TEXT = -4
_NAMED_TOOL = 5


def frame(blocks: Sequence[Block], prompt: Prompt, model: Model) -> Iterator[Wire]:
    costs = _costs(model)
    responses = any(block.first.path.startswith(("input", "instructions")) for block in blocks)
    tools = _tools(blocks, prompt, costs, responses=responses)
    schema = _output_schema(prompt)
    last = max(
        (at for at, block in enumerate(blocks) if block.message and block.first.section == "messages"), default=None
    )
    for at, (block, starts) in enumerate(zip(blocks, starts_message(blocks), strict=True)):
        if block.first.form is Form.TOOL:
            yield _tool_wire(block, tools)
            tools = 0
            continue
        wire = _wire(block, costs, starts=starts, responses=responses)
        if schema and block.message:
            wire, schema = Wire((*wire.texts, schema), wire.fixed, max(wire.error, _FORMAT_ERROR)), ""
        yield Wire(wire.texts, wire.fixed + costs.reply * (at == last), wire.error)


def _costs(model: Model) -> Frame:
    if "gpt-oss" in model.id:
        return OPEN_WEIGHTS
    return REASONING if _REASONING.search(model.id) else CLASSIC


def _tools(blocks: Sequence[Block], prompt: Prompt, costs: Frame, *, responses: bool) -> int:
    """The preamble of the tools' namespace."""
    under = costs is CLASSIC and not responses and any(block.first.section == "system" for block in blocks)
    named = isinstance(prompt.parameters.get("tool_choice"), dict)
    return costs.tools[responses] + _TOOLS_UNDER_SYSTEM_TEXT * under + _NAMED_TOOL * named


def _tool_wire(block: Block, preamble: int) -> Wire:
    known = tool(block.text)
    if known is None:
        return Wire((), preamble + UNKNOWN_TOOL[0], UNKNOWN_TOOL[1])
    return Wire((typescript.function(known.name, known.description, known.parameters),), preamble, _TOOL_ERROR)


def _wire(block: Block, costs: Frame, *, starts: bool, responses: bool) -> Wire:
    form = block.first.form
    if form is Form.THINKING:
        return Wire()
    fixed = (MESSAGE + costs.assistant * (block.first.role == "assistant")) if starts else 0
    if form is Form.MEDIA:
        return Wire((), fixed + MEDIA[0], MEDIA[1])
    if form is Form.CALL and (made := call(block.text)):
        return Wire((made.name, as_text(made.arguments)), fixed + costs.call[responses], _CALL_ERROR)
    return Wire((block.text,), fixed, _RESPONSES_ERROR * responses)


def _output_schema(prompt: Prompt) -> str:
    """The JSON schema of a structured answer, as it is shown to the model."""
    value: Any = prompt.parameters.get("response_format") or prompt.parameters.get("text")
    for key in ("format", "json_schema", "schema"):
        value = value.get(key, value) if isinstance(value, dict) else None
    if not isinstance(value, dict) or "properties" not in value:
        return ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
