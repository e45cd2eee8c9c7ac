"""What a request's blocks become on their way into a model."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Form, Part, Prompt, Section

_MESSAGE = re.compile(r"\w+(?:\[\d+\])?")


@dataclass(frozen=True, slots=True)
class Block:
    """Parts that a provider tokenises as one text."""

    parts: tuple[Part, ...]

    @property
    def first(self) -> Part:
        return self.parts[0]

    @property
    def text(self) -> str:
        return "".join(part.text or "" for part in self.parts)

    @property
    def message(self) -> str:
        """Which message of the request it belongs to; empty for tools, and for text that is not in a request."""
        if self.first.form is Form.TOOL or self.first.section is Section.TOOLS or not self.first.role:
            return ""
        found = _MESSAGE.match(self.first.path)
        return found[0] if found else str(self.first.block)


@dataclass(frozen=True, slots=True)
class Wire:
    """A block as the model gets it: texts that are tokenised one by one, tokens that no text shows (markers,
    preambles), and the p95 relative error of this picture, beside the counter's own."""

    texts: tuple[str, ...] = ()
    fixed: int = 0
    error: float = 0.0


Framing = Callable[[Sequence[Block], Prompt, Model], Iterator[Wire]]
"""One wire for each block, in order."""

UNKNOWN_TOOL = (500, 2.0)
"""Tokens and error of a tool that the provider defines (web search, code execution, a computer): their texts are not
published, and between some 50 and 1,500 tokens long."""

MEDIA = (1_500, 2.0)
"""Tokens and error of an image or a document: what one page or one large picture costs on most providers."""


def blocks_of(parts: Sequence[Part]) -> Iterator[Block]:
    """Neighbouring parts of one content block, together."""
    for _, group in itertools.groupby(parts, key=lambda part: (part.block, part.path, part.section, part.form)):
        yield Block(tuple(group))


def starts_message(blocks: Sequence[Block]) -> Iterator[bool]:
    """For each block: is it the first of a message?"""
    last = ""
    for block in blocks:
        yield bool(block.message) and block.message != last
        last = block.message or last


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: Mapping[str, Any]


def tool(text: str) -> Tool | None:
    """A function tool in any provider's JSON; None for a tool that the provider defines itself."""
    value = _object(text)
    value = next((inner for key in ("function", "toolSpec") if isinstance(inner := value.get(key), dict)), value)
    keys = ("input_schema", "parameters", "inputSchema", "parametersJsonSchema", "parameters_json_schema")
    schema = next((found for key in keys if isinstance(found := value.get(key), dict)), None)
    name = value.get("name")
    if not isinstance(name, str) or (schema is None and "description" not in value):
        return None
    schema = schema or {}
    inner = schema.get("json")
    return Tool(name, str(value.get("description") or ""), inner if isinstance(inner, dict) else schema)


def call(text: str) -> Call | None:
    """A call of a function in any provider's JSON; None for anything else."""
    value = _object(text)
    keys = ("function", "toolUse", "functionCall", "function_call")
    value = next((inner for key in keys if isinstance(inner := value.get(key), dict)), value)
    arguments: Any = next((value[key] for key in ("input", "arguments", "args") if key in value), {})
    if isinstance(arguments, str):
        arguments = _object(arguments) or {"arguments": arguments}
    name = value.get("name")
    return Call(name, arguments) if isinstance(name, str) and isinstance(arguments, dict) else None


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def is_forced(choice: Any) -> bool:
    """Does `tool_choice` make the model call a tool?"""
    if isinstance(choice, str):
        return choice in {"any", "required"}
    if not isinstance(choice, dict):
        return False
    return choice.get("type") in {"any", "tool", "function"} or "any" in choice or "tool" in choice


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
