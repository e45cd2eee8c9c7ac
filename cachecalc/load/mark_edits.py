"""Put cache marks into a recorded request, byte for byte as it was but for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cachecalc.core.finding import Edit, apply
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Mark, Part, Prompt, Span
from cachecalc.load.prompts import json_text
from cachecalc.load.prompts.places import Path

_STEP = re.compile(r"[^.\[\]]+")

KEYS: Mapping[str, str] = {"anthropic": "cache_control", "openai": "prompt_cache_breakpoint"}
"""What a provider calls a mark on a block."""

_TYPES: Mapping[str, str] = {"anthropic": '"type": "ephemeral"', "openai": '"mode": "explicit"'}


def marked(text: str, path: str, prompt: Prompt, marks: Mapping[str, str | None], provider: str) -> str:
    """The request in `text` with marks behind the named parts of its prompt (the TTL of each, None for the provider's
    default) and behind no others. Raises InputError where it is no JSON request, or a part can carry no mark."""
    if provider not in KEYS:
        raise InputError([Problem(f"nobody can place the marks of {provider} in a file", path)])
    document = json_text.parse(text, path)
    if provider == "openai" and "messages" in document and any(marks.values()):
        hint = "send it through the Responses API, or keep to the default TTL"
        raise InputError([Problem("Chat Completions takes no TTL but the default one", path, help=hint)])
    places = json_text.JsonPlaces(text)
    edits = [*_removed(prompt.parts, marks), *(_options(document, text, provider) if marks else ())]
    for part in prompt.parts:
        if part.name in marks:
            edits += _placed(part, marks[part.name], document, places, provider, path)
    after = apply(edits, text)
    json_text.parse(after, path)
    return after


def _removed(parts: Sequence[Part], marks: Mapping[str, str | None]) -> Iterator[Edit]:
    for part in parts:
        if part.mark and part.mark.whole and part.name not in marks:
            yield Edit(part.mark.whole, "")


def _placed(
    part: Part, ttl: str | None, document: Any, places: json_text.JsonPlaces, provider: str, path: str
) -> Iterator[Edit]:
    value = _value(ttl, provider)
    if part.mark is not None:
        yield from _renewed(part.mark, ttl, value)
        return
    at = tuple(int(step) if step.isdigit() else step for step in _STEP.findall(part.path))
    found, around = _lookup(document, at), _lookup(document, at[:-1])
    block = places.raw(at).span() if isinstance(found, dict) else None
    raw = places.raw(at[:-1]) if isinstance(around, str) else None
    whole = raw.span() if raw else None
    if block is not None:
        yield _added(block, f'"{KEYS[provider]}": {value}', is_empty=not found)
    elif raw is not None and whole is not None:
        kind = _text_type(at, provider)
        yield Edit(whole, f'[{{"type": "{kind}", "text": {raw.text}, "{KEYS[provider]}": {value}}}]')
    else:
        raise InputError([Problem(f"`{part.name}` can carry no mark here", path)])


def _options(document: Any, text: str, provider: str) -> Iterator[Edit]:
    """OpenAI's implicit mark stays away only where the request says that the marks are explicit."""
    if provider == "openai" and "prompt_cache_options" not in document:
        end = len(text.rstrip())
        yield _added(Span(0, end), '"prompt_cache_options": {"mode": "explicit"}', is_empty=not document)


def _renewed(mark: Mark, ttl: str | None, value: str) -> Iterator[Edit]:
    if mark.ttl != ttl and mark.span is not None:
        yield Edit(mark.span, value)


def _added(span: Span, member: str, *, is_empty: bool) -> Edit:
    return Edit(Span(span.end - 1, span.end), f"{'' if is_empty else ', '}{member}}}")


def _text_type(at: Path, provider: str) -> str:
    """The Responses API calls the text of its `input` so; everybody else calls a text a text."""
    return "input_text" if provider == "openai" and at[0] == "input" else "text"


def _value(ttl: str | None, provider: str) -> str:
    lives = f', "ttl": {json.dumps(ttl)}' if ttl else ""
    return f"{{{_TYPES[provider]}{lives}}}"


def _lookup(document: Any, at: Path) -> Any:
    for step in at:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document
