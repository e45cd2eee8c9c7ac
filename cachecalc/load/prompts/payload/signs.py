"""What a single request shows beside its text: how its routing key was made, and that its tools were others before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cachecalc.core.prompt import Confidence, Fact, Form, Part, Trait
from cachecalc.load.prompts.places import Path, Places

_KEY = "prompt_cache_key"
_PER_CALL = re.compile(
    r"(?:^|[^a-z])(?:req(?:uest)?|trace|span|run|call|msg|message|nonce|rand(?:om)?)[-_:=]?(?=[a-z_-]*\d)"
    r"|(?<!\d)1[6-9]\d{8}(?:\d{3})?(?!\d)|\d{4}-\d\d-\d\d[T_-]\d\d",
    re.IGNORECASE,
)
# It may as well be a conversation's.
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)


def facts(request: Mapping[str, Any], at: Path, places: Places, row: Sequence[Part]) -> Iterator[Fact]:
    """The facts of a request that stands at a path; `row` are its parts."""
    key = request.get(_KEY)
    if isinstance(key, str) and (_PER_CALL.search(key) or _UUID.match(key)):
        sure = Confidence.POSSIBLE if _UUID.match(key) else Confidence.LIKELY
        yield Fact(Trait.CACHE_KEY_RANDOM, places.raw((*at, _KEY)).span(), key, confidence=sure)
    yield from _withdrawn(request, row)


def _withdrawn(request: Mapping[str, Any], row: Sequence[Part]) -> Iterator[Fact]:
    """Tools that the conversation has called and that are no longer declared: taken away, or another agent's."""
    declared = {name for key in _DECLARING for name in _names(request.get(key))}
    calls = {name: part for part in reversed(row) if (name := _called(part))}
    gone = tuple(name for name in reversed(calls) if name not in declared)
    if declared and gone:
        yield Fact(Trait.TOOLS_SWITCHED, calls[gone[0]].span, gone[0], gone, Confidence.POSSIBLE)


_DECLARING = ("tools", "functions", "toolConfig", "config", "mcp_servers")


def _names(value: Any) -> Iterator[str]:
    """Every name in a list of tools, whatever its form; those that are deferred as well."""
    if isinstance(value, dict):
        if isinstance(name := value.get("name"), str):
            yield name
        items: Iterable[Any] = value.values()
    else:
        items = value if isinstance(value, list) else ()
    for item in items:
        yield from _names(item)


def _called(part: Part) -> str:
    """The name of a tool that the program runs itself: what the provider runs is declared under other names."""
    if part.form is not Form.CALL:
        return ""
    try:
        call: Any = json.loads(part.text or "null")
    except ValueError:
        return ""  # cut at a time or an id
    is_own = isinstance(call, dict) and call.get("type") in (None, "tool_use", "function", "function_call")
    return part.name.partition(" ")[2] if is_own else ""
