"""Requests to the Converse API of Amazon Bedrock. A `cachePoint` is a block of its own that marks the block before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cachecalc.core.prompt import Form, Mark, Section
from cachecalc.load.prompts.payload.blocks import Block, compact, digest, mappings
from cachecalc.load.prompts.places import Path


def blocks(request: Mapping[str, Any], at: Path = ()) -> Iterator[Block]:
    """The content blocks of a request: tools, system, messages."""
    config = request.get("toolConfig")
    if isinstance(config, dict):
        yield from _row(
            config.get("tools"), (*at, "toolConfig", "tools"), _like(Section.TOOLS, "toolConfig.tools", "tool")
        )
    yield from _row(request.get("system"), (*at, "system"), _like(Section.SYSTEM, "system", "system"))
    for index, message in mappings(request.get("messages")):
        like = _like(Section.MESSAGES, f"messages[{index}].content", str(message.get("role") or "user"))
        yield from _row(message.get("content"), (*at, "messages", index, "content"), like)


def _like(section: Section, path: str, role: str) -> Block:
    return Block(section, path, (), None, f"{role} text", "" if section is Section.TOOLS else role)


def _row(values: Any, at: Path, like: Block) -> Iterator[Block]:
    """A list of blocks, with each cache point moved onto the block before it."""
    found: list[Block] = []
    for index, value in mappings(values):
        place = (*at, index)
        if isinstance(point := value.get("cachePoint"), dict):
            ttl = point.get("ttl")
            mark = Mark(ttl if isinstance(ttl, str) else None)
            found[-1:] = [replace(block, mark=mark, mark_at=place) for block in found[-1:]]
        else:
            found += _block(value, place, replace(like, path=f"{like.path}[{index}]", at=place))
    yield from found


def _block(value: Mapping[str, Any], at: Path, like: Block) -> Iterable[Block]:
    match value:
        case {"text": str(text)}:
            return [replace(like, text=text, at=(*at, "text"))]
        case {"guardContent": {"text": {"text": str(text)}}}:
            return [replace(like, text=text, at=(*at, "guardContent", "text", "text"))]
        case {"reasoningContent": {"reasoningText": {"text": str(text)} as thought}}:
            place = (*at, "reasoningContent", "reasoningText", "text")
            return [
                replace(like, text=text, at=place, name="thinking", form=Form.THINKING, digest=digest(thought, "text"))
            ]
        case {"toolResult": dict(result)}:
            return _result(result, (*at, "toolResult", "content"), like)
        case _:
            return [_opaque(value, like)]


def _opaque(value: Mapping[str, Any], like: Block) -> Block:
    """A tool or a call, shown as sent; or what has no text: an image, a document, redacted reasoning."""
    for key, form, word in (("toolSpec", Form.TOOL, "tool"), ("toolUse", Form.CALL, "call")):
        if isinstance(named := value.get(key), dict):
            name = f"{word} {named.get('name') or ''}".rstrip()
            return replace(like, text=compact(named), name=name, form=form, whole=True)
    kind = next(iter(value), "block")
    form = Form.THINKING if kind == "reasoningContent" else Form.MEDIA
    return replace(like, name=kind, form=form, digest=digest(value))


def _result(result: Mapping[str, Any], at: Path, like: Block) -> list[Block]:
    like = replace(like, name="tool result", form=Form.RESULT, digest=digest(result, "content"))
    found: list[Block] = []
    for index, value in mappings(result.get("content")):
        place = (*at, index)
        if isinstance(text := value.get("text"), str):
            block = replace(like, text=text, at=(*place, "text"))
        elif "json" in value:
            block = replace(like, text=compact(value["json"]), at=(*place, "json"), whole=True)
        else:
            block = replace(
                like, at=place, name=next(iter(value), "block"), form=Form.MEDIA, digest=like.digest + digest(value)
            )
        found.append(replace(block, inner=bool(found)))
    return found or [replace(like, text="")]
