"""CrewAI's agents.yaml and tasks.yaml: pieces that CrewAI puts together into prompts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cachecalc.core.prompt import Part, Prompt, Section
from cachecalc.load.prompts import documents
from cachecalc.load.prompts.places import Places, shown

# The order in which CrewAI writes them: "You are {role}. {backstory} Your personal goal is: {goal}".
_AGENT = ("role", "backstory", "goal")
_TASK = ("description", "expected_output")


def is_crew(value: Any) -> bool:
    """A table of agents, or one of tasks."""
    return isinstance(value, dict) and bool(value) and all(_keys(item) for item in value.values())


def prompts(value: Mapping[str, Any], places: Places, path: str) -> Iterator[Prompt]:
    for name, item in value.items():
        keys = _keys(item)
        section = Section.SYSTEM if keys == _AGENT else Section.MESSAGES
        row: list[Part] = []
        for key in keys:
            if isinstance(item.get(key), str):
                row += documents.text_parts(
                    {**item, "template_format": "f-string"}, key, places, (name,), section, path
                )
        if row:
            model = item.get("llm")
            yield Prompt(tuple(row), shown((name,)), path, model if isinstance(model, str) else None, fragment=True)


def _keys(item: Any) -> tuple[str, ...]:
    if not isinstance(item, dict):
        return ()
    if {"role", "goal", "backstory"} <= item.keys():
        return _AGENT
    return _TASK if {"description", "expected_output"} <= item.keys() else ()
