"""Requests to Gemini: generateContent, the creation of a cached content, and the arguments of the Python client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cachecalc.core.prompt import Form, Section
from cachecalc.load.prompts.payload.blocks import Block, compact, digest, mappings
from cachecalc.load.prompts.places import Path

_CALLS = ("functionCall", "function_call", "executableCode", "executable_code")
_RESULTS = ("functionResponse", "function_response", "codeExecutionResult", "code_execution_result")


def blocks(request: Mapping[str, Any], at: Path = ()) -> Iterator[Block]:
    """The content blocks of a request: tools, system instruction, contents. Keys may be in camel or snake case."""
    for top, place in _tables(request, at):
        yield from _tools(top.get("tools"), (*place, "tools"))
    for top, place in _tables(request, at):
        for key in ("systemInstruction", "system_instruction"):
            like = Block(Section.SYSTEM, "systemInstruction", place, None, "system text", "system")
            yield from _content(top.get(key), (*place, key), like)
    yield from _contents(request.get("contents"), (*at, "contents"))


def _tables(request: Mapping[str, Any], at: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """Where settings stand: at the top on the wire, in `config` for the Python client."""
    yield request, at
    if isinstance(config := request.get("config"), dict):
        yield config, (*at, "config")


def _tools(tools: Any, at: Path) -> Iterator[Block]:
    """One block for each function declared, and for each built-in tool."""
    for index, tool in mappings(tools):
        key = next((key for key in ("functionDeclarations", "function_declarations") if key in tool), None)
        place, path = (*at, index), f"tools[{index}]"
        if key is None:
            name = f"tool {next(iter(tool), index)}"
            yield Block(Section.TOOLS, path, place, compact(tool), name, form=Form.TOOL, whole=True)
            continue
        for number, function in mappings(tool[key]):
            name = f"tool {function.get('name') or number}"
            text, where = compact(function), (*place, key, number)
            yield Block(Section.TOOLS, f"{path}.{key}[{number}]", where, text, name, form=Form.TOOL, whole=True)


def _contents(contents: Any, at: Path) -> Iterator[Block]:
    """Contents are a list of turns; the client also takes one turn, one text, or a list of texts."""
    if isinstance(contents, str):
        yield Block(Section.MESSAGES, "contents[0].parts[0]", at, contents, "user text", "user")
    elif isinstance(contents, dict):
        yield from _turn(contents, at, 0)
    elif isinstance(contents, list):
        for index, turn in enumerate(contents):
            yield from _turn(turn, (*at, index), index)


def _turn(turn: Any, at: Path, index: int) -> Iterator[Block]:
    role = str(turn.get("role") or "user") if isinstance(turn, dict) else "user"
    yield from _content(turn, at, Block(Section.MESSAGES, f"contents[{index}]", at, None, f"{role} text", role))


def _content(content: Any, at: Path, like: Block) -> Iterator[Block]:
    if isinstance(content, str):
        yield replace(like, path=f"{like.path}.parts[0]", at=at, text=content)
    elif isinstance(content, dict) and "parts" in content:
        listed = isinstance(content["parts"], list)
        for index, part in enumerate(content["parts"] if listed else [content["parts"]]):
            place = (*at, "parts", index) if listed else (*at, "parts")
            yield _part(part, place, replace(like, path=f"{like.path}.parts[{index}]", at=place))
    elif isinstance(content, dict) and isinstance(content.get("text"), str):
        yield _part(content, at, replace(like, path=f"{like.path}.parts[0]", at=at))


def _part(part: Any, at: Path, like: Block) -> Block:
    if isinstance(part, str):
        return replace(like, text=part)
    if not isinstance(part, dict):
        return replace(like, name="part", form=Form.MEDIA)
    if isinstance(text := part.get("text"), str):
        form = Form.THINKING if part.get("thought") is True else Form.TEXT
        return replace(like, at=(*at, "text"), text=text, form=form, digest=digest(part, "text"))
    for keys, form, word in ((_CALLS, Form.CALL, "call"), (_RESULTS, Form.RESULT, "result of")):
        if key := next((key for key in keys if isinstance(part.get(key), dict)), None):
            name = f"{word} {part[key].get('name') or key}"
            return replace(like, text=compact(part), name=name, form=form, whole=True)
    return replace(like, name=next(iter(part), "part"), form=Form.MEDIA, digest=digest(part))
