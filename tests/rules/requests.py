"""Requests to compare, as a provider gets them."""

from __future__ import annotations

from typing import Any

from cachecalc import tokens
from cachecalc.core import model_names
from cachecalc.core.prompt import Prompt
from cachecalc.load import pricing
from cachecalc.load.prompts import read_payload
from tests.rules.examples import filler

MODELS = model_names.index(pricing.load())
CLAUDE, GPT = MODELS["claude-opus-5-5"], MODELS["gpt-5.5"]
MARK = {"cache_control": {"type": "ephemeral"}}
RULES = f"You are a coding agent. {filler(600)}"


def claude(*said: Any, system: Any = RULES, tools: Any = (), **settings: Any) -> Prompt:
    """A request to Claude; `said` are the contents of the messages, a user's first."""
    return read(
        {"model": "claude-opus-5-5", "max_tokens": 9, "system": system, "messages": turns(said)} | settings, tools
    )


def gpt(*said: Any, system: str = RULES, tools: Any = (), **settings: Any) -> Prompt:
    """A request to a model that matches prefixes."""
    messages = [{"role": "system", "content": system}, *turns(said)]
    return read({"model": "gpt-5.5", "messages": messages} | settings, tools)


def turns(said: tuple[Any, ...]) -> list[dict[str, Any]]:
    roles = ("user", "assistant")
    return [{"role": roles[index % 2], "content": content} for index, content in enumerate(said)]


def read(request: dict[str, Any], tools: Any) -> Prompt:
    prompt = read_payload(request | ({"tools": list(tools)} if tools else {}), path="request.json")
    assert prompt is not None
    return tokens.count_prompt(prompt, MODELS[request["model"]])


def marked(text: str, **control: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text, "cache_control": {"type": "ephemeral", **control}}]


def tool(name: str, description: str = "", **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": description or f"{name} {filler(60)}",
        "input_schema": schema or {"type": "object"},
    }
