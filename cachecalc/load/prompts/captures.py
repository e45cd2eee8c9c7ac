"""Recorded requests, however they were wrapped: batches, captures, proxy and gateway logs, HTTP cassettes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Prompt
from cachecalc.load.prompts import json_text, payload
from cachecalc.load.prompts.located import copied
from cachecalc.load.prompts.places import Path, Places

# The keys under which those who record requests put them, and the lists they keep them in.
_WRAPPINGS = frozenset(
    {
        *("params", "body", "parsed_body", "postData", "string", "text", "payload", "kwargs", "json", "data"),
        *("input", "inputBodyJson", "log", "entries", "interactions", "attributes"),
    }
)
_NAMES = ("custom_id", "name", "id", "request_id", "session_id")
_HOSTS = {
    "anthropic.com": "anthropic",
    "openai.com": "openai",
    "googleapis.com": "google",
    "amazonaws.com": "bedrock",
    "openrouter.ai": "openrouter",
    "openai.azure.com": "azure",
    "x.ai": "xai",
    "mistral.ai": "mistral",
    "groq.com": "groq",
    "deepseek.com": "deepseek",
}
_MODEL_IN_URL = re.compile(r"/(?:models?|deployments)/(?P<model>[^/:?]+(?:(?::|%3A)\d+)?)", re.IGNORECASE)
_WORTH_PARSING = re.compile(r'"(?:messages|contents|input|system|instructions|prompt|body|request|inputBodyJson)"')


@dataclass(frozen=True, slots=True)
class Sender:
    """What the wrapping says of a request."""

    path: str
    name: str = ""
    model: str | None = None
    provider: str | None = None
    answered: bool = False


def read_lines(path: str, text: str) -> list[Prompt]:
    """The requests in a file of one JSON object a line. A last line that is still being written is left out.

    Raises InputError, with all of them, where other lines are not JSON.
    """
    found: list[Prompt] = []
    problems: list[Problem] = []
    position = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if _WORTH_PARSING.search(line):
            try:
                value = json_text.parse(line, path, number)
                if not _is_training_example(value):
                    places = json_text.JsonPlaces(copied(line, position))
                    found += requests(value, places, Sender(path, f"line {number}"))
            except InputError as error:
                problems += error.problems if line.endswith("\n") else ()
        position += len(line)
    if problems:
        raise InputError(problems)
    return found


def requests(value: Any, places: Places, sender: Sender, at: Path = ()) -> Iterator[Prompt]:
    """Every request in a document: itself, in a list, or in what recorded it."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            numbered = replace(sender, name=f"{sender.name or 'request'} {index + 1}")
            yield from requests(item, places, numbered, (*at, index))
    elif isinstance(value, str):
        yield from _in_text(value, places, sender, at)
    elif isinstance(value, dict):
        yield from _in_object(value, places, _informed(value, sender), at)


def _in_object(value: dict[str, Any], places: Places, sender: Sender, at: Path) -> Iterator[Prompt]:
    name = sender.name or PurePath(sender.path).stem
    prompt = payload.read(
        value, path=sender.path, at=at, places=places, name=name, model=sender.model, provider=sender.provider
    )
    if prompt:
        yield replace(prompt, answered=sender.answered)
        return
    for key, item in value.items():
        if key in _WRAPPINGS or "request" in key.lower():
            yield from requests(item, places, sender, (*at, key))


def _in_text(value: str, places: Places, sender: Sender, at: Path) -> Iterator[Prompt]:
    """A body that was recorded as text."""
    if not value.lstrip().startswith("{") or not _WORTH_PARSING.search(value):
        return
    try:
        inner = json_text.parse(value, sender.path)
    except InputError:
        return
    yield from requests(inner, json_text.JsonPlaces(places.text(at, value)), sender)


def _informed(value: Mapping[str, Any], sender: Sender) -> Sender:
    """What a wrapping adds: a name, the model and provider in the address, or named in words."""
    url = next((url for key in ("uri", "url") if isinstance(url := value.get(key), str)), "")
    name = next((name for key in _NAMES if isinstance(name := value.get(key), str)), sender.name)
    in_url = _MODEL_IN_URL.search(url)
    host = next((provider for host, provider in _HOSTS.items() if host in url), None)
    stated = value.get("provider")
    provider = stated if isinstance(stated, str) else host
    model = in_url["model"].replace("%3A", ":") if in_url else value.get("modelId")
    return replace(
        sender,
        name=name,
        model=model if isinstance(model, str) else sender.model,
        provider=provider or sender.provider,
        answered=sender.answered or bool(value.get("response")),
    )


def _is_training_example(value: Any) -> bool:
    """A conversation to train on: messages up to the answer, and no model to send them to."""
    if not isinstance(value, dict) or value.keys() - {
        "messages",
        "tools",
        "functions",
        "parallel_tool_calls",
        "weight",
    }:
        return False
    messages = value.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else {}
    return isinstance(last, dict) and last.get("role") == "assistant"
