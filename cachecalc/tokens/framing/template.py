"""Requests to models with a chat template: markers around each message, by role, and tools as JSON.

Markers are those of each vendor's published template. What hosts put into the text around tools is not published;
the preambles are read off a few recorded requests each, so prompts with tools are approximate.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Form, Prompt
from cachecalc.tokens.framing.wire import MEDIA, UNKNOWN_TOOL, Block, Wire, as_text, call, starts_message, tool


@dataclass(frozen=True, slots=True)
class Template:
    """`request` tokens once, on the first message; `message` for each, `roles` where a role differs; `tools` once,
    before the first; with `plain_tools` only their words, no JSON."""

    request: int = 0
    message: int = 0
    roles: Mapping[str, int] = field(default_factory=dict)
    tools: int = 0
    call: int = 10
    plain_tools: bool = False


TEMPLATES: Mapping[str, Template] = {
    "deepseek-v3": Template(2, 1, {"system": 0, "assistant": 2}, tools=240),
    "gemma": Template(0, 1),
    "glm-4.5": Template(3, 2, {"assistant": 1}, tools=110),
    "glm-4.7": Template(10, 2, {"assistant": 1}, tools=110),
    "grok": Template(0, 1, tools=220),
    "kimi": Template(3, 4, tools=13),
    "llama": Template(5, 5, tools=30),
    "nova": Template(0, 1, tools=220),
    "qwen3": Template(3, 5, tools=100),
    "qwen3.5": Template(3, 5, tools=100),
    "tekken": Template(1, 2, {"assistant": 1}, tools=2),
    "unknown": Template(3, 4, tools=100),
}
_GEMINI_2 = Template(plain_tools=True)
"""Gemini up to 2.0 counts the words alone."""

_ROLES = {"model": "assistant", "developer": "system"}
_TOOL_ERROR = 0.35


def frame(blocks: Sequence[Block], prompt: Prompt, model: Model) -> Iterator[Wire]:  # noqa: ARG001  # a Framing
    template = _template(model)
    request, tools = template.request, template.tools
    for block, starts in zip(blocks, starts_message(blocks), strict=True):
        if block.first.form is Form.TOOL:
            yield _tool_wire(block, tools, plain=template.plain_tools)
            tools = 0
            continue
        yield _wire(block, template, (request + _marker(block, template)) if starts else 0)
        request = 0 if starts else request


def _template(model: Model) -> Template:
    if "gemini-1" in model.id or "gemini-2.0" in model.id:
        return _GEMINI_2
    return TEMPLATES[model.tokenizer]


def _marker(block: Block, template: Template) -> int:
    role = _ROLES.get(block.first.role, block.first.role)
    return template.roles.get(role, template.message)


def _wire(block: Block, template: Template, fixed: int) -> Wire:
    match block.first.form:
        case Form.THINKING:
            return Wire((), fixed)
        case Form.MEDIA:
            return Wire((), fixed + MEDIA[0], MEDIA[1])
        case Form.CALL if made := call(block.text):
            return Wire((made.name, as_text(made.arguments)), fixed + template.call, _TOOL_ERROR)
        case _:
            return Wire((_kept(block),), fixed)


def _kept(block: Block) -> str:
    """Templates leave out what an earlier answer thought aloud."""
    is_answer = _ROLES.get(block.first.role, block.first.role) == "assistant"
    return block.text.rpartition("</think>")[2] if is_answer else block.text


def _tool_wire(block: Block, preamble: int, *, plain: bool) -> Wire:
    known = tool(block.text)
    if known is None:
        return Wire((), preamble + UNKNOWN_TOOL[0], UNKNOWN_TOOL[1])
    function = {"name": known.name, "description": known.description, "parameters": known.parameters}
    if plain:
        return Wire(tuple(_words(function)), preamble, _TOOL_ERROR)
    return Wire((as_text({"type": "function", "function": function}),), preamble, _TOOL_ERROR)


def _words(value: Any) -> Iterator[str]:
    """Every text in a declaration but the names of JSON Schema's own keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(map(_words, value))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "properties" and isinstance(item, dict):
                yield from item
            yield from _words(item)
