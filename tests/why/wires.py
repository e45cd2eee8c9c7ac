"""One conversation in the form of every API, so that what holds for one form is asked of all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

MARK = {"cache_control": {"type": "ephemeral"}}
POINT = {"cachePoint": {"type": "default"}}


@dataclass(frozen=True)
class Turn:
    """A message of `role` with a text; behind an image, or in the place of one: a call or its result."""

    role: str
    text: str = ""
    image: str = ""
    call: str = ""
    result: str = ""


def user(text: str, image: str = "") -> Turn:
    return Turn("user", text, image)


def says(text: str) -> Turn:
    return Turn("assistant", text)


def calls(call: str) -> Turn:
    return Turn("assistant", call=call)


def gives(call: str, text: str) -> Turn:
    return Turn("tool", text, result=call)


@dataclass(frozen=True)
class Said:
    """A request. `model` None: the usual one of the form. `tail`: the end of the conversation is marked, too."""

    turns: Sequence[Turn]
    system: Sequence[str]
    tools: Sequence[Json] = ()
    is_marked: bool = True
    tail: bool = True
    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


ARGUMENTS = {"path": "x", "line": 1}


def anthropic(said: Said) -> Json:
    system: list[Json] = [{"type": "text", "text": text} for text in said.system]
    messages = [_anthropic_message(turn) for turn in said.turns]
    if said.is_marked:
        system[-1] |= MARK
    if said.is_marked and said.tail:
        messages[-1]["content"][-1] |= MARK
    model = {"model": said.model or "claude-sonnet-5-5", "max_tokens": 500}
    return {**model, "tools": list(said.tools), "system": system, "messages": messages, **said.settings}


def _anthropic_message(turn: Turn) -> Json:
    if turn.call:
        return {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": turn.call, "name": "read_file", "input": ARGUMENTS}],
        }
    if turn.result:
        return {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": turn.result, "content": turn.text}],
        }
    source = {"type": "base64", "media_type": "image/png", "data": turn.image}
    image = [{"type": "image", "source": source}] if turn.image else []
    return {"role": turn.role, "content": [*image, {"type": "text", "text": turn.text}]}


def invoke(said: Said) -> Json:
    body = anthropic(said)
    del body["model"]
    return {"anthropic_version": "bedrock-2023-05-31", **body}


def chat(said: Said, model: str = "gpt-5.5", *, takes_marks: bool = False) -> Json:
    mark = MARK if takes_marks and said.is_marked else {}
    system = [{"role": "system", "content": [{"type": "text", "text": text, **mark}]} for text in said.system]
    messages = [_chat_message(turn) for turn in said.turns]
    if mark and said.tail and isinstance(text := messages[-1]["content"], str):
        messages[-1]["content"] = [{"type": "text", "text": text, **mark}]
    body = {"model": said.model or model, "messages": [*system, *messages], **said.settings}
    return body | {"tools": [{"type": "function", "function": _function(tool)} for tool in said.tools]}


def _chat_message(turn: Turn) -> Json:
    if turn.call:
        function = {"name": "read_file", "arguments": json.dumps(ARGUMENTS)}
        call = {"id": turn.call, "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if turn.result:
        return {"role": "tool", "tool_call_id": turn.result, "content": turn.text}
    if turn.image:
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{turn.image}"}}
        return {"role": turn.role, "content": [image, {"type": "text", "text": turn.text}]}
    return {"role": turn.role, "content": turn.text}


def _function(tool: Json) -> Json:
    return {"name": tool["name"], "description": tool["description"], "parameters": tool["input_schema"]}


def openrouter(said: Said) -> Json:
    return chat(said, "anthropic/claude-sonnet-5.5", takes_marks=True) | {"provider": {"order": ["Anthropic"]}}


def litellm(said: Said) -> Json:
    return chat(said, "anthropic/claude-sonnet-5-5", takes_marks=True)


def responses(said: Said) -> Json:
    body = {"model": said.model or "gpt-5.5", "instructions": "\n".join(said.system), **said.settings}
    tools = [{"type": "function", **_function(tool)} for tool in said.tools]
    return body | {"tools": tools, "input": [_responses_item(turn) for turn in said.turns]}


def _responses_item(turn: Turn) -> Json:
    if turn.call:
        call = {"call_id": turn.call, "name": "read_file", "arguments": json.dumps(ARGUMENTS)}
        return {"type": "function_call", **call}
    if turn.result:
        return {"type": "function_call_output", "call_id": turn.result, "output": turn.text}
    url = f"data:image/png;base64,{turn.image}"
    image = [{"type": "input_image", "image_url": url}] if turn.image else []
    kind = "input_text" if turn.role == "user" else "output_text"
    return {"role": turn.role, "content": [*image, {"type": kind, "text": turn.text}]}


def gemini(said: Said) -> Json:
    tools = [{"functionDeclarations": [_function(tool) for tool in said.tools]}] if said.tools else []
    return {
        "model": said.model or "gemini-2.5-pro",
        "tools": tools,
        "systemInstruction": {"parts": [{"text": text} for text in said.system]},
        "contents": [_gemini_turn(turn) for turn in said.turns],
        **said.settings,
    }


def _gemini_turn(turn: Turn) -> Json:
    if turn.call:
        return {"role": "model", "parts": [{"functionCall": {"name": "read_file", "args": ARGUMENTS}}]}
    if turn.result:
        answer = {"name": "read_file", "response": {"output": turn.text}}
        return {"role": "user", "parts": [{"functionResponse": answer}]}
    image = [{"inlineData": {"mimeType": "image/png", "data": turn.image}}] if turn.image else []
    return {"role": "model" if turn.role == "assistant" else "user", "parts": [*image, {"text": turn.text}]}


def converse(said: Said) -> Json:
    messages = [_converse_message(turn) for turn in said.turns]
    if said.is_marked and said.tail:
        messages[-1]["content"].append(POINT)
    tools = [{"toolSpec": _function(tool) | {"inputSchema": {"json": tool["input_schema"]}}} for tool in said.tools]
    return {
        "modelId": said.model or "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "system": [{"text": text} for text in said.system] + ([POINT] if said.is_marked else []),
        "messages": messages,
        **({"toolConfig": {"tools": tools}} if tools else {}),
        **said.settings,
    }


def _converse_message(turn: Turn) -> Json:
    if turn.call:
        use = {"toolUseId": turn.call, "name": "read_file", "input": ARGUMENTS}
        return {"role": "assistant", "content": [{"toolUse": use}]}
    if turn.result:
        result = {"toolUseId": turn.result, "content": [{"text": turn.text}]}
        return {"role": "user", "content": [{"toolResult": result}]}
    image = [{"image": {"format": "png", "source": {"bytes": turn.image}}}] if turn.image else []
    return {"role": turn.role, "content": [*image, {"text": turn.text}]}


WIRES: Mapping[str, Callable[[Said], Json]] = {
    "anthropic": anthropic,
    "invoke": invoke,
    "openrouter": openrouter,
    "litellm": litellm,
    "converse": converse,
    "chat": chat,
    "responses": responses,
    "gemini": gemini,
}
MARKED = ("anthropic", "invoke", "openrouter", "litellm", "converse")
"""The forms that carry marks."""
