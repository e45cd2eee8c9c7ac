"""Settings beside the text that a provider's cache depends on, and what of the prefix a change of each takes away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from cachecalc.core.prompt import Prompt, Section

_CLAUDE: Mapping[str, Section] = {
    "thinking": Section.MESSAGES,
    "effort": Section.MESSAGES,
    "output_config": Section.MESSAGES,
    "tool_choice": Section.MESSAGES,
    "toolChoice": Section.MESSAGES,
    "disable_parallel_tool_use": Section.MESSAGES,
    "speed": Section.SYSTEM,
}
_OPENAI: Mapping[str, Section] = dict.fromkeys(
    (
        *("reasoning", "reasoning_effort", "verbosity", "text", "response_format"),
        *("parallel_tool_calls", "service_tier", "context_management"),
    ),
    Section.TOOLS,
)
_BY_PROVIDER: Mapping[str, Mapping[str, Section]] = {
    **dict.fromkeys(("anthropic", "bedrock", "vertex"), _CLAUDE),
    **dict.fromkeys(("openai", "azure"), _OPENAI),
}
_ORDER = (Section.TOOLS, Section.SYSTEM, Section.MESSAGES)


def switched(previous: Prompt, current: Prompt) -> Iterator[tuple[str, Section]]:
    """The settings that differ, each with the first section it invalidates, in the order of the prefix.

    A provider that publishes no such list is taken at its word: nothing is invalidated.
    """
    table = _BY_PROVIDER.get((current.provider or "").lower(), {})
    names = [name for name in table if differs(previous, current, name)]
    yield from sorted(((name, table[name]) for name in names), key=lambda found: _ORDER.index(found[1]))


def differs(previous: Prompt, current: Prompt, name: str) -> bool:
    return _plain(previous.parameters.get(name)) != _plain(current.parameters.get(name))


def both_differ(previous: Prompt, current: Prompt, name: str) -> bool:
    """Whether both requests set it, and not alike."""
    both = (prompt.parameters.get(name) for prompt in (previous, current))
    return all(value is not None for value in both) and differs(previous, current, name)


def _plain(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def shown(previous: Prompt, current: Prompt, name: str) -> tuple[str, str]:
    """A setting's two values as a message shows them: their types, if these differ."""
    was, now = (prompt.parameters.get(name) for prompt in (previous, current))
    return (_type(was), _type(now)) if _type(was) != _type(now) else (_short(was), _short(now))


def _type(value: object) -> str:
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else _short(value)


def _short(value: object, limit: int = 28) -> str:
    text = "not set" if value is None else _plain(value).strip('"')
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
