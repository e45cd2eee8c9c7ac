"""The prompt of a span, in the form of a Chat Completions request, from the attributes of four conventions.

OpenTelemetry keeps messages as JSON of typed parts, OpenLLMetry's older releases and OpenInference one attribute for each
field of each message, Vercel's SDK JSON of its own. None of them keeps marks, but for OpenInference where it recorded the
call as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from cachecalc.logs.fields import Json, items, mapping

_MESSAGES = ("gen_ai.input.messages", "ai.prompt.messages", "events")
_WHOLE = "input.value"
_TOOLS = ("gen_ai.tool.definitions", "ai.prompt.tools", "llm.tools")


def request(attributes: Json) -> Json | None:
    """The request that a span tells of; None where it keeps no messages."""
    settings = mapping(attributes.get("llm.invocation_parameters"))
    whole = mapping(attributes.get(_WHOLE))
    if any(isinstance(whole.get(key), list) for key in ("messages", "contents", "input")):
        return {**settings, **whole}
    messages = [*_instructions(attributes), *map(_message, _messages(attributes))]
    if not messages:
        return None
    tools = [_tool(tool) for tool in _tools(attributes)]
    return {**settings, "messages": messages} | ({"tools": tools} if tools else {})


def _instructions(attributes: Json) -> Iterator[Json]:
    """The system prompt, where it stands apart from the messages."""
    parts = items(attributes.get("gen_ai.system_instructions"))
    if parts:
        yield {"role": "system", "content": list(map(_content, map(mapping, parts)))}
    elif isinstance(text := attributes.get("gen_ai.system_instructions"), str):
        yield {"role": "system", "content": text}


def _messages(attributes: Json) -> Iterator[Json]:
    for key in _MESSAGES:
        if found := [mapping(item) for item in items(attributes.get(key))]:
            yield from (message for message in found if message.get("event.name") != "gen_ai.choice")
            return
    rows = _rows(attributes, "gen_ai.prompt") or _rows(attributes, "llm.input_messages")
    yield from (mapping(row.get("message")) or row for row in rows)


def _message(message: Json) -> Json:
    """A message of any convention with OpenAI's names. What is not known stays, so that a change of it is seen."""
    parts = [mapping(part) for part in items(message.get("parts"))]
    content: Any = [_content(part) for part in parts if str(part.get("type")) not in _APART]
    if not parts:
        content = _plain_content(message)
    answers = [part for part in parts if part.get("type") == "tool_call_response"]
    known: dict[str, Any] = {"role": message.get("role") or _role(message), "content": content}
    if answers and len(answers) == len(parts):
        known |= {"role": "tool", "content": [_answer(part) for part in answers]}
    elif answers:
        known["content"] = [*map(_answer, answers), *content]
    calls = [part for part in parts if part.get("type") == "tool_call"] or _calls(message.get("tool_calls"))
    thoughts = [str(part.get("content") or "") for part in parts if part.get("type") == "reasoning"]
    if calls:
        known["tool_calls"] = [_call(call) for call in calls]
    if thoughts:
        known["reasoning_content"] = "\n".join(thoughts)
    if message.get("tool_call_id"):
        known["tool_call_id"] = message["tool_call_id"]
    return known


_APART = frozenset({"tool_call", "tool_call_response", "reasoning"})


def _role(message: Json) -> str:
    """The role in the name of an event: `gen_ai.user.message`."""
    name = str(message.get("event.name") or "")
    return name.split(".")[1] if name.count(".") == 2 else "user"


def _plain_content(message: Json) -> Any:
    """Contents as one text, as JSON of blocks, or as one attribute for each field of each block."""
    content = message.get("content")
    if blocks := [mapping(block) for block in items(content)]:
        return blocks
    if content is None and (numbered := _numbered(message.get("contents"))):
        inner = [mapping(block.get("message_content")) for block in numbered]
        return [block if "text" in block else {**block, "type": block.get("type") or "image"} for block in inner]
    return content if isinstance(content, str) else json.dumps(content, sort_keys=True) if content else ""


def _content(part: Json) -> Json:
    """A part with text, or one that is compared as it is: an image, a file."""
    text = part.get("content", part.get("text"))
    if part.get("type", "text") == "text" and isinstance(text, str):
        return {"type": "text", "text": text}
    return part


def _answer(part: Json) -> Json:
    answer = part.get("response", part.get("result"))
    text = answer if isinstance(answer, str) else json.dumps(answer, sort_keys=True)
    return {"type": "text", "text": text, "call": part.get("id")}


def _calls(value: Any) -> list[Json]:
    listed = [mapping(call) for call in value] if isinstance(value, list) else _numbered(value)
    return [mapping(call.get("tool_call")) or call for call in listed]


def _call(call: Json) -> Json:
    function = mapping(call.get("function"))
    name, arguments = (function.get(key, call.get(key)) for key in ("name", "arguments"))
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": call.get("id"), "type": "function", "function": {"name": name, "arguments": text}}


def _tools(attributes: Json) -> Iterator[Json]:
    for key in _TOOLS:
        if found := items(attributes.get(key)):
            yield from map(mapping, found)
            return
    yield from _rows(attributes, "llm.tools") or _rows(attributes, "llm.request.functions")


def _tool(tool: Json) -> Json:
    schema = mapping(tool.get("tool")).get("json_schema") or tool.get("tool.json_schema")
    return mapping(schema) or dict(tool)


def _rows(attributes: Json, name: str) -> list[Json]:
    """`name` as a list of objects: one attribute itself, or one attribute for each of their fields."""
    if isinstance(value := attributes.get(name), list):
        return [mapping(item) for item in value]
    prefix = f"{name}."
    nested: dict[str, Any] = {}
    for key, value in attributes.items():
        if key.startswith(prefix):
            _put(nested, key[len(prefix) :].split("."), value)
    return _numbered(nested)


def _put(nested: dict[str, Any], path: Iterable[str], value: Any) -> None:
    *way, last = path
    for step in way:
        inner = nested.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        nested = inner
    nested[last] = value


def _numbered(value: Any) -> list[Json]:
    """`{"0": {...}, "1": {...}}` as a list in the order of the numbers."""
    if isinstance(value, list):
        return [mapping(item) for item in value]
    keys = sorted((key for key in mapping(value) if key.isdecimal()), key=int)
    return [mapping(value[key]) for key in keys]
