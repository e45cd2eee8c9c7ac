"""promptfoo configurations. Their test variables are real values: a variable that differs between tests is no constant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Confidence, Part, Prompt, Section
from cachecalc.core.volatility import PER_REQUEST, STATIC, UNKNOWN
from cachecalc.load.prompts import documents, json_text, pieces, siblings, template
from cachecalc.load.prompts.places import Path, Places, shown

_FILES = (".txt", ".md", ".json", ".yaml", ".yml", ".j2", ".jinja2", ".jinja", ".prompt")


def is_config(value: Any) -> bool:
    """Prompts, and providers or tests to try them with."""
    return isinstance(value, dict) and "prompts" in value and bool({"providers", "targets", "tests"} & value.keys())


def prompts(value: Mapping[str, Any], places: Places, path: str) -> Iterator[Prompt]:
    """Each prompt of a configuration, inline or in a file beside it. A file is not the configuration's alone: the model
    it is tried with is not the one it is written for."""
    listed = value["prompts"]
    model, provider = _model(value.get("providers") or value.get("targets"))
    values = _values(value)
    for index, item in enumerate(listed if isinstance(listed, list) else [listed]):
        at: Path = ("prompts", index) if isinstance(listed, list) else ("prompts",)
        for prompt in _prompt(item, places, path, at):
            informed = replace(prompt, parts=tuple(_informed(part, values) for part in prompt.parts))
            yield replace(informed, model=model, provider=provider) if prompt.path == path else informed


def _prompt(item: Any, places: Places, path: str, at: Path) -> Iterator[Prompt]:
    if isinstance(item, dict):
        key = next((key for key in ("raw", "id") if isinstance(item.get(key), str)), None)
        item, at = (item[key], (*at, key)) if key else (None, at)
    if not isinstance(item, str):
        return
    name = item.removeprefix("file://")
    if name != item or name.lower().endswith(_FILES):
        yield from _file(path, name)
    else:
        yield Prompt(_inline(item, places, path, at), shown(at), path)


def _file(path: str, name: str) -> Iterator[Prompt]:
    """The prompts of a file that is named; scripts and patterns are left alone."""
    from cachecalc.load.prompts import registry

    found = siblings.read(path, name) if name.lower().endswith(_FILES) else None
    if found:
        yield from registry.read(*found, named=True)


def _inline(source: str, places: Places, path: str, at: Path) -> tuple[Part, ...]:
    """A text, or messages written as JSON within it."""
    located = places.text(at, source)
    if source.lstrip().startswith("["):
        try:
            messages = json_text.parse(source, path)
        except InputError:
            messages = None
        if documents.is_chat(messages):
            return documents.chat_parts(messages, json_text.JsonPlaces(located), (), path)
    return pieces.parts(located, template.pieces(source, path), Section.MESSAGES, path=shown(at))


def _model(providers: Any) -> tuple[str | None, str | None]:
    """The model and its provider, where all prompts go to one: `anthropic:messages:claude-sonnet-5`."""
    listed = providers if isinstance(providers, list) else [providers]
    names = [item.get("id") if isinstance(item, dict) else item for item in listed]
    if len(names) != 1 or not isinstance(names[0], str) or ":" not in names[0]:
        return None, None
    words = names[0].split(":")
    return words[-1], words[0]


def _values(value: Mapping[str, Any]) -> dict[str, set[str]]:
    """The values that each variable has in the tests."""
    found: dict[str, set[str]] = {}
    tests = value.get("tests")
    for test in tests if isinstance(tests, list) else []:
        variables = test.get("vars") if isinstance(test, dict) else None
        for name, given in (variables if isinstance(variables, dict) else {}).items():
            found.setdefault(name, set()).update(map(str, given) if isinstance(given, list) else [str(given)])
    return found


def _informed(part: Part, values: Mapping[str, set[str]]) -> Part:
    """A placeholder of which the tests show that it differs, or that it does not."""
    seen = values.get(part.name.partition(".")[0], set()) if part.origin else set()
    if not seen or part.volatility != UNKNOWN:
        return part
    return replace(part, volatility=PER_REQUEST if len(seen) > 1 else STATIC, confidence=Confidence.LIKELY)
