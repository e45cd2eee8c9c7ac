"""Requests to the Chat Completions and Responses APIs of OpenAI, and of the many that speak alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cachecalc.core.prompt import Form, Mark, Section
from cachecalc.load.prompts.payload.blocks import Block, compact, digest, mappings, without_marks
from cachecalc.load.prompts.places import Path

_TEXTS = frozenset({"text", "input_text", "output_text", "refusal", "summary_text", "reasoning_text"})
_SYSTEM = frozenset({"system", "developer"})


def chat_blocks(request: Mapping[str, Any], at: Path = ()) -> Iterator[Block]:
    """The content blocks of a Chat Completions request. The system messages it opens with are its system text."""
    yield from _tools(request, at)
    section = Section.SYSTEM
    for index, message in mappings(request.get("messages")):
        role = str(message.get("role") or "user").lower().removeprefix("role_")
        section = section if role in _SYSTEM else Section.MESSAGES
        place = (*at, "messages", index)
        yield from _message(message, place, Block(section, f"messages[{index}]", place, None, f"{role} text", role))


def responses_blocks(request: Mapping[str, Any], at: Path = ()) -> Iterator[Block]:
    """The content blocks of a Responses request: tools, instructions, then the items of its input."""
    yield from _tools(request, at)
    instructions, items = request.get("instructions"), request.get("input")
    if isinstance(instructions, str):
        place = (*at, "instructions")
        yield Block(Section.SYSTEM, "instructions", place, instructions, "instructions", "system")
    if isinstance(items, str):
        yield Block(Section.MESSAGES, "input[0].content[0]", (*at, "input"), items, "user text", "user")
    section = Section.SYSTEM
    for index, item in mappings(items):
        role = str(item.get("role") or _role_of(item))
        section = section if role in _SYSTEM else Section.MESSAGES
        place = (*at, "input", index)
        yield from _item(item, place, Block(section, f"input[{index}]", place, None, f"{role} text", role))


def automatic(request: Mapping[str, Any]) -> Mark | None:
    """The mark that the provider puts at the end of the last message, where the request says so in words."""
    options = request.get("prompt_cache_options")
    if not isinstance(options, dict) or options.get("mode") != "implicit":
        return None
    return Mark(_ttl(options))


def _mark(block: Mapping[str, Any]) -> tuple[Mark, str] | None:
    """The mark on a block and the key it stands under. Gateways take Claude's key, too."""
    for key in ("prompt_cache_breakpoint", "cache_control"):
        if isinstance(value := block.get(key), dict):
            return Mark(_ttl(value)), key
    return None


def _ttl(value: Mapping[str, Any]) -> str | None:
    return ttl if isinstance(ttl := value.get("ttl"), str) else None


def _marked(block: Block, value: Mapping[str, Any], at: Path) -> Block:
    found = _mark(value)
    return replace(block, mark=found[0], mark_at=(*at, found[1])) if found else block


def _tools(request: Mapping[str, Any], at: Path) -> Iterator[Block]:
    for key in ("tools", "functions"):
        for index, tool in mappings(request.get(key)):
            function = tool.get("function")
            named = function if isinstance(function, dict) else tool
            name = f"tool {named.get('name') or tool.get('type') or index}"
            place, text = (*at, key, index), compact(without_marks(tool))
            block = Block(Section.TOOLS, f"{key}[{index}]", place, text, name, form=Form.TOOL, whole=True)
            yield _marked(block, tool, place)


def _message(message: Mapping[str, Any], at: Path, like: Block) -> Iterator[Block]:
    """A message's reasoning, contents and calls. What else it says (a name, the call it answers) is in the digest."""
    shown = ("type", "role", "content", "tool_calls", "function_call", "reasoning_content")
    form = Form.RESULT if like.role in ("tool", "function") else like.form
    like = replace(like, digest=digest(message, *shown), form=form)
    if isinstance(thought := message.get("reasoning_content"), str):
        yield replace(like, text=thought, at=(*at, "reasoning_content"), name="thinking", form=Form.THINKING)
    contents = list(_contents(message.get("content"), (*at, "content"), like))
    if contents and contents[-1].mark is None:
        contents[-1] = _marked(contents[-1], message, at)
    yield from contents
    for index, call in mappings(message.get("tool_calls")):
        yield _call(call, (*at, "tool_calls", index), replace(like, path=f"{like.path}.tool_calls[{index}]"))
    if isinstance(legacy := message.get("function_call"), dict):
        yield _call(legacy, (*at, "function_call"), replace(like, path=f"{like.path}.function_call"))


def _contents(content: Any, at: Path, like: Block) -> Iterator[Block]:
    """A text is the same as a list of one text block, and numbered like it."""
    if isinstance(content, str):
        yield replace(like, text=content, at=at, path=f"{like.path}.{at[-1]}[0]")
    for index, value in mappings(content):
        block = replace(like, at=(*at, index), path=f"{like.path}.{at[-1]}[{index}]")
        yield _marked(_content(value, block), value, (*at, index))


def _content(value: Mapping[str, Any], like: Block) -> Block:
    kind = str(value.get("type") or "text")
    key = "refusal" if kind == "refusal" else "text"
    if kind in _TEXTS and isinstance(text := value.get(key), str):
        return replace(like, text=text, at=(*like.at, key), digest=like.digest + digest(value, "type", key))
    return replace(like, name=kind.replace("_", " "), form=Form.MEDIA, digest=digest(value))


def _call(call: Mapping[str, Any], at: Path, like: Block) -> Block:
    function = call.get("function")
    named = function if isinstance(function, dict) else call
    name = f"call {named.get('name') or ''}".rstrip()
    return replace(like, text=compact(call), at=at, name=name, form=Form.CALL, whole=True, digest="")


def _role_of(item: Mapping[str, Any]) -> str:
    """Who speaks in an item that is no message."""
    return "tool" if str(item.get("type", "")).endswith("_output") else "assistant"


def _item(item: Mapping[str, Any], at: Path, like: Block) -> Iterator[Block]:
    kind = str(item.get("type") or "message")
    if kind == "message":
        yield from _message(item, at, like)
    elif kind == "reasoning":
        yield from _reasoning(item, at, like)
    elif kind.endswith("_output"):
        shown = replace(like, name=kind.replace("_", " "), form=Form.RESULT, digest=digest(item, "type", "output"))
        yield from _output(item.get("output"), at, shown)
    else:
        name = f"call {item.get('name') or kind}"
        yield replace(like, text=compact(without_marks(item)), name=name, form=Form.CALL, whole=True)


def _reasoning(item: Mapping[str, Any], at: Path, like: Block) -> Iterator[Block]:
    like = replace(like, name="thinking", form=Form.THINKING, digest=digest(item, "type", "summary"))
    summary = list(_contents(item.get("summary"), (*at, "summary"), like))
    yield from summary[:1] or [like]
    yield from (replace(block, inner=True) for block in summary[1:])


def _output(output: Any, at: Path, like: Block) -> Iterator[Block]:
    if isinstance(output, str | list):
        yield from _contents(output, (*at, "output"), like)
    else:
        yield replace(like, text=compact(output), whole=True)
