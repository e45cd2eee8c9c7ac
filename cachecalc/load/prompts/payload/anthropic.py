"""Requests to the Messages API of Anthropic: tools, then system, then messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cachecalc.core.prompt import Form, Mark, Section
from cachecalc.load.prompts.payload.blocks import Block, compact, digest, mappings, without_marks
from cachecalc.load.prompts.places import Path

_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


def blocks(request: Mapping[str, Any], at: Path = ()) -> Iterator[Block]:
    """The content blocks of a request in the order in which they are hashed."""
    for index, tool in mappings(request.get("tools")):
        if not tool.get("defer_loading"):
            yield _tool(tool, (*at, "tools", index), index)
    yield from _contents(request.get("system"), (*at, "system"), "system", Section.SYSTEM, "system")
    for index, message in mappings(request.get("messages")):
        role = str(message.get("role") or "user")
        place = (*at, "messages", index, "content")
        yield from _contents(message.get("content"), place, f"messages[{index}].content", Section.MESSAGES, role)


def mark(block: Mapping[str, Any]) -> Mark | None:
    """The mark on a block, or on the request as a whole, which the provider then puts on its last block."""
    control = block.get("cache_control")
    if not isinstance(control, dict):
        return None
    ttl = control.get("ttl")
    return Mark(ttl if isinstance(ttl, str) else None)


def _tool(tool: Mapping[str, Any], at: Path, index: int) -> Block:
    text = compact(without_marks(tool))
    name = f"tool {tool.get('name') or index}"
    return _marked(Block(Section.TOOLS, f"tools[{index}]", at, text, name, form=Form.TOOL, whole=True), tool, at)


def _marked(block: Block, value: Mapping[str, Any], at: Path) -> Block:
    found = mark(value)
    return replace(block, mark=found, mark_at=(*at, "cache_control")) if found else block


def _contents(content: Any, at: Path, path: str, section: Section, role: str) -> Iterator[Block]:
    """A text is the same as a list of one text block, and numbered like it."""
    if isinstance(content, str):
        yield Block(section, f"{path}[0]", at, content, f"{role} text", role)
    for index, value in mappings(content):
        yield from _content(value, (*at, index), Block(section, f"{path}[{index}]", (*at, index), None, "", role))


def _content(value: Mapping[str, Any], at: Path, like: Block) -> Iterator[Block]:
    """The parts of one block; more than one where it holds blocks of its own."""
    inner = _inner(value, at, like)
    own = mark(value)
    if own and inner[-1].mark is None:
        inner[-1] = replace(inner[-1], mark=own, mark_at=(*at, "cache_control"))
    yield inner[0]
    yield from (replace(block, inner=True) for block in inner[1:])


def _inner(value: Mapping[str, Any], at: Path, like: Block) -> list[Block]:
    kind = str(value.get("type") or "text")
    match value:
        case {"text": str(text)} if kind == "text":
            return [_text(like, text, (*at, "text"), f"{like.role} text", digest(value, "type", "text"))]
        case {"thinking": str(text)}:
            found = _text(like, text, (*at, "thinking"), "thinking", digest(value, "type", "thinking"))
            return [replace(found, form=Form.THINKING)]
        case {"source": {"type": "text", "data": str(text)}}:
            return [_text(like, text, (*at, "source", "data"), kind, digest(value, "type", "source"))]
        case {"source": {"content": list() as content}}:
            beside = replace(like, name=kind, digest=digest(value, "source"))
            return _nested(content, (*at, "source", "content"), beside)
        case {"content": str() | list() as content} if kind.endswith("tool_result") or kind == "search_result":
            return _result(value, content, at, replace(like, name=kind.replace("_", " ")))
        case _:
            return [_opaque(value, kind, like)]


def _opaque(value: Mapping[str, Any], kind: str, like: Block) -> Block:
    """A call, shown as sent; or what has no text: an image, a file, redacted thinking."""
    if kind in _CALLS:
        name = f"call {value.get('name') or ''}".rstrip()
        return replace(like, text=compact(without_marks(value)), name=name, form=Form.CALL, whole=True)
    form = Form.THINKING if "thinking" in kind else Form.MEDIA
    return replace(like, name=kind.replace("_", " "), form=form, digest=digest(value))


def _text(like: Block, text: str, at: Path, name: str, digest: str) -> Block:
    return replace(like, text=text, at=at, name=name, digest=digest)


def _result(value: Mapping[str, Any], content: str | list[Any], at: Path, like: Block) -> list[Block]:
    beside = replace(like, form=Form.RESULT, digest=digest(value, "type", "content"))
    if isinstance(content, str):
        return [replace(beside, text=content, at=(*at, "content"))]
    return _nested(content, (*at, "content"), beside)


def _nested(content: list[Any], at: Path, like: Block) -> list[Block]:
    """The blocks within a block. They keep its name and form; the first stands for what it holds beside them."""
    found: list[Block] = []
    for index, value in mappings(content):
        place = (*at, index)
        text, beside = value.get("text"), digest(value, "type", "text")
        if isinstance(text, str):
            block = replace(like, text=text, at=(*place, "text"), digest=beside)
        else:
            kind = str(value.get("type") or "block").replace("_", " ")
            block = replace(like, at=place, name=kind, form=Form.MEDIA, digest=digest(value))
        found.append(_marked(block, value, place))
    if not found:
        return [replace(like, text="")]
    return [replace(found[0], digest=like.digest + found[0].digest), *found[1:]]
