"""Each cause is found, and each healthy pair left alone, in the form of every API."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from cachecalc.core.why import explain
from cachecalc.core.why.loss import Loss
from cachecalc.core.why.request import Settings
from cachecalc.load import pricing
from cachecalc.logs import requests as reading
from cachecalc.tokens.prompts import counting
from tests.rules.examples import TODAY, filler
from tests.rules.requests import tool
from tests.why.wires import MARKED, WIRES, Said, Turn, calls, gives, says, user

RULES = f"You are a support agent. {filler(2200)}"
TOOLS = [
    tool(name, f"{name}: {filler(90)}", type="object", properties={"path": {"type": "string"}})
    for name in ("read_file", "grep", "edit", "list_dir")
]
BEGUN = (
    user("please fix the failing test in the parser"),
    says("I will look at the file first."),
    calls("t1"),
    gives("t1", filler(300)),
    says("Found it; the index is off by one."),
    user("then mend it"),
)
ENDED = (says("Done, it passes now."), user("thanks, now the docs"))
SEEN = (user("see this screenshot", "aGk="), says("I see a red button."), user("press it please, then wait"))
EVERY = tuple(WIRES)


@dataclass(frozen=True)
class Pair:
    """Two requests, the later one longer by `ENDED` if it has the same turns; `kind` is "" for a healthy pair."""

    title: str
    kind: str
    first: dict[str, Any] = field(default_factory=dict)
    then: dict[str, Any] = field(default_factory=dict)
    wires: Sequence[str] = EVERY

    def said(self) -> tuple[Said, Said]:
        first = Said(**{"turns": BEGUN, "system": (RULES,), **self.first})
        return first, Said(**{"turns": (*first.turns, *ENDED), "system": (RULES,), **self.then})


def system(title: str, kind: str, first: str, then: str) -> Pair:
    """A text in front of the rules that changes."""
    return Pair(title, kind, {"system": (f"{first}\n{RULES}",)}, {"system": (f"{then}\n{RULES}",)})


def tools(title: str, kind: str, then: Sequence[Any], first: Sequence[Any] = TOOLS) -> Pair:
    return Pair(title, kind, {"tools": first}, {"tools": then})


def edited(index: int, turn: Turn | None) -> dict[str, Any]:
    """The conversation with one earlier turn replaced, or dropped."""
    turns = [*BEGUN, *ENDED]
    return {"turns": [*turns[:index], *([turn] if turn else []), *turns[index + 1 :]]}


def switched(title: str, first: dict[str, Any], then: dict[str, Any], *wires: str) -> Pair:
    shared = {"tools": TOOLS}
    return Pair(title, "switched-parameter", {"settings": first} | shared, {"settings": then} | shared, wires)


BROKEN = (
    system("milliseconds", "clock-in-prefix", "Now: 2026-11-21T09:14:07.120Z", "Now: 2026-11-21T09:15:44.003Z"),
    system("seconds since 1970", "clock-in-prefix", "ts=1763716447", "ts=1763716519"),
    system(
        "a time in words", "clock-in-prefix", "Saturday, November 21, at 9:14 AM", "Saturday, November 21, at 9:16 AM"
    ),
    system("midnight", "clock-in-prefix", "Today is 2026-11-21.", "Today is 2026-11-22."),
    system(
        "an id of the request",
        "nonce-in-prefix",
        "id 3f2b1c7e-8b1d-4f0a-9e53-aa0c2f1d7b66",
        "id 91ce3aa0-12b4-4c11-8f67-0f9d1e3c5a22",
    ),
    system("a trace id", "nonce-in-prefix", "trace: 9f3a1c77e2bb", "trace: 04bd6e812faa"),
    system("the user's name", "identity-in-prefix", "User: Alice Meyer", "User: Bob Tanaka"),
    system(
        "retrieved text",
        "dynamic-before-static",
        "<context>The parser is ours.</context>",
        "<context>Docs: docs.</context>",
    ),
    system(
        "keys of JSON within text", "unstable-json", 'cfg {"a": 1, "b": {"x": [1]}}', 'cfg {"b": {"x": [1]}, "a": 1}'
    ),
    system("examples", "shuffled-content", "Ex: a\nEx: b\nEx: c", "Ex: c\nEx: a\nEx: b"),
    system("a blank line", "whitespace-drift", "Be kind.", "Be kind.\n"),
    Pair(
        "line ends",
        "whitespace-drift",
        {"system": (RULES.replace(". ", ".\n"),)},
        {"system": (RULES.replace(". ", ".\r\n"),)},
    ),
    Pair(
        "a prompt of JSON, indented",
        "unstable-json",
        {"system": (json.dumps({"rules": RULES}),)},
        {"system": (json.dumps({"rules": RULES}, indent=2),)},
    ),
    tools("order of tools", "unordered-tools", [TOOLS[index] for index in (2, 0, 3, 1)]),
    tools("a tool more", "changing-tools", TOOLS, TOOLS[:3]),
    tools("a tool less", "changing-tools", TOOLS[1:]),
    tools("a tool described anew", "changing-tools", [TOOLS[0] | {"description": filler(80)}, *TOOLS[1:]]),
    tools(
        "keys of a schema",
        "unstable-json",
        [TOOLS[0] | {"input_schema": dict(reversed(TOOLS[0]["input_schema"].items()))}, *TOOLS[1:]],
    ),
    Pair("an answer edited", "rewritten-history", {}, edited(1, says("I shall inspect things right away, boss."))),
    Pair("a result cleared", "rewritten-history", {}, edited(3, gives("t1", "[Old tool result cleared]"))),
    Pair("a result cut short", "rewritten-history", {}, edited(3, gives("t1", filler(300)[:300]))),
    Pair("a turn dropped", "rewritten-history", {}, edited(1, None)),
    Pair(
        "an image dropped",
        "rewritten-history",
        {"turns": SEEN},
        {"turns": (replace(SEEN[0], image=""), *SEEN[1:], *ENDED)},
    ),
    Pair(
        "an image encoded anew",
        "rewritten-history",
        {"turns": SEEN},
        {"turns": (replace(SEEN[0], image="bmV3"), *SEEN[1:], *ENDED)},
    ),
    Pair(
        "a window that slides",
        "rewritten-history",
        {"turns": (user(filler(60)), says(filler(61)), *BEGUN)},
        {"turns": (*BEGUN, *ENDED)},
    ),
    Pair(
        "a compaction",
        "rewritten-history",
        {"tools": TOOLS},
        {"tools": TOOLS, "turns": (user(f"Continued. Summary: {filler(90)}"), *BEGUN[4:], *ENDED)},
    ),
    Pair(
        "a summary under another head",
        "side-call-prefix",
        {"tools": TOOLS, "turns": (*BEGUN, *ENDED)},
        {"system": ("You summarise.",), "turns": (*BEGUN, *ENDED, says("Sure."), user("Summarise this."))},
    ),
    Pair("another model", "switched-model", {}, {"model": "claude-opus-5-5"}, ("anthropic", "litellm")),
    Pair("another model", "switched-model", {}, {"model": "gpt-5.4"}, ("chat", "responses")),
    Pair("another model", "switched-model", {}, {"model": "gemini-2.5-flash"}, ("gemini",)),
    switched("thinking", {"thinking": {"type": "adaptive"}}, {"thinking": {"type": "disabled"}}, "anthropic", "invoke"),
    switched(
        "thinking",
        {"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}}},
        {},
        "converse",
    ),
    switched("tool choice", {"tool_choice": {"type": "auto"}}, {"tool_choice": {"type": "any"}}, "anthropic", "invoke"),
    switched("effort", {"output_config": {"effort": "high"}}, {"output_config": {"effort": "low"}}, "anthropic"),
    switched("effort", {"reasoning_effort": "high"}, {"reasoning_effort": "low"}, "chat"),
    switched("effort", {"reasoning": {"effort": "high"}}, {"reasoning": {"effort": "low"}}, "responses"),
    Pair(
        "a routing key a call",
        "no-cache-key",
        {"settings": {"prompt_cache_key": "a"}},
        {"settings": {"prompt_cache_key": "b"}},
        ("chat", "responses"),
    ),
    Pair("no mark", "uncached-static-prefix", {"is_marked": False}, {"is_marked": False}, MARKED),
    Pair("marks gone", "marks-moved", {}, {"is_marked": False}, MARKED),
    Pair(
        "the system prompt marked alone",
        "system-only-mark",
        {"turns": BEGUN * 3, "tail": False},
        {"turns": (*BEGUN * 3, *ENDED), "tail": False},
        MARKED,
    ),
    Pair(
        "too many blocks at once",
        "mark-gap",
        {},
        {"turns": (*BEGUN, *(turn for call in "abcdefghijklmn" for turn in (calls(call), gives(call, "ok"))))},
        MARKED,
    ),
)

HEALTHY = (
    Pair("it grows", ""),
    Pair("it grows, with tools", "", {"tools": TOOLS}, {"tools": TOOLS}),
    Pair("the same once more", "", {}, {"turns": BEGUN}),
    Pair("separate questions", "", {"turns": (user("what of order 12?"),)}, {"turns": (user("where is my parcel?"),)}),
    Pair(
        "a clock in each question",
        "",
        {"turns": (user("[2026-11-21T09:14:07Z] what of order 12?"),)},
        {"turns": (user("[2026-11-21T09:15:01Z] where is my parcel?"),)},
    ),
    Pair(
        "a clock in each turn",
        "",
        {"turns": (user("[09:14:07] hello"),)},
        {"turns": (user("[09:14:07] hello"), says("hi"), user("[09:15:02] and again"))},
    ),
    Pair(
        "the last turn asked anew",
        "",
        {"turns": (*BEGUN, *ENDED)},
        {"turns": (*BEGUN, ENDED[0], user("no, rather the tests"))},
    ),
    Pair("a branch from an earlier turn", "", {"turns": (*BEGUN, *ENDED)}, {"turns": (*BEGUN[:-1], user("leave it"))}),
    Pair(
        "another prompt", "", {"tools": TOOLS}, {"turns": (user("name it"),), "system": (f"You give titles. {filler(999)}",)}
    ),
    Pair("temperature", "", {"settings": {"temperature": 0}}, {"settings": {"temperature": 1}}, ("anthropic", "chat", "responses")),
)  # fmt: skip


def cases(pairs: Sequence[Pair]) -> list[object]:
    return [pytest.param(pair, wire, id=f"{pair.title} ({wire})") for pair in pairs for wire in pair.wires]


@pytest.fixture(scope="module")
def why() -> Callable[[Sequence[Path]], list[Loss]]:
    """What is found in payloads, one a file."""
    prices, settings = pricing.load(), Settings(counting(), TODAY)

    def losses(paths: Sequence[Path]) -> list[Loss]:
        found = reading.read([str(path) for path in paths], prices, model="claude-sonnet-5-5")
        return [loss for each in explain.explain(found.requests, settings) for loss in each.losses]

    return losses


def written(folder: Path, pair: Pair, wire: str) -> list[Path]:
    paths = [folder / "1.json", folder / "2.json"]
    for path, said in zip(paths, pair.said(), strict=True):
        path.write_text(json.dumps(WIRES[wire](said)))
    return paths


@pytest.mark.parametrize(("pair", "wire"), cases(BROKEN))
def test_each_cause_in_each_form(
    pair: Pair, wire: str, why: Callable[[Sequence[Path]], list[Loss]], tmp_path: Path
) -> None:
    """The one kind is found, and it can be mended."""
    assert {(loss.kind, str(loss.verdict)) for loss in why(written(tmp_path, pair, wire))} == {
        (pair.kind, "actionable")
    }


@pytest.mark.parametrize(("pair", "wire"), cases(HEALTHY))
def test_nothing_wrong_in_each_form(
    pair: Pair, wire: str, why: Callable[[Sequence[Path]], list[Loss]], tmp_path: Path
) -> None:
    """A pair that can read its prefix has no divergence."""
    assert why(written(tmp_path, pair, wire)) == []
