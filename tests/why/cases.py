"""Pairs of requests shaped like public reports of broken caching, and pairs that look like them and are healthy.

`docs/conformance-why.md` is written from this table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.rules.examples import filler
from tests.rules.requests import marked, tool, turns

Json = dict[str, Any]

RULES = f"You are a coding agent. {filler(2400)}"
LONG = filler(500)
TOOLS = [tool(name, f"{name}: {filler(90)}", path={"type": "string"}, line={"type": "integer"}) for name in "abcd"]
CALL = {"type": "tool_use", "id": "t1", "name": "a", "input": {"path": "x", "line": 1}}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
CLOCK, LATER = "2026-11-21T09:14:07.120Z", "2026-11-21T09:15:22.460Z"


def claude(*said: Any, system: Any = None, **settings: Any) -> Json:
    """A request to Claude with a mark behind its system prompt and one that moves with the end."""
    last = said[-1]
    tail = marked(last) if isinstance(last, str) else [*last[:-1], {**last[-1], "cache_control": {"type": "ephemeral"}}]
    system = marked(RULES) if system is None else marked(system) if isinstance(system, str) else system
    messages = turns((*said[:-1], tail))
    return {"model": "claude-sonnet-5-5", "max_tokens": 99, "system": system, "messages": messages} | settings


def ladder(*said: str) -> Json:
    """A request with a mark on each of the last two turns of the user."""
    marked_from = len(said) - 3
    turned = [marked(each) if index >= marked_from and index % 2 == 0 else each for index, each in enumerate(said)]
    return claude(*turned[:-1], said[-1])


def gpt(*said: Any, system: str = RULES, **settings: Any) -> Json:
    messages = [{"role": "system", "content": system}, *turns(said)]
    return {"model": "gpt-5.5", "messages": messages} | settings


def result(text: str) -> list[Json]:
    return [{"type": "tool_result", "tool_use_id": "t1", "content": text}]


def without_marks(request: Json) -> Json:
    """The same request with every mark taken off, as a copy."""
    return {key: _unmarked(value) for key, value in request.items() if key != "cache_control"}


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unmarked(item) for key, item in value.items() if key != "cache_control"}
    return [_unmarked(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Case:
    """`code` is the class of reports; `kind` is what must be found, "" for nothing at all."""

    code: str
    title: str
    requests: tuple[Json, ...]
    kind: str = ""
    path: str = ""
    like: str = field(default="")


NEXT = ("fix it", "which file?", "the first")
OLD = ("go", [CALL], result(LONG), LONG, "on")

BROKEN = (
    Case(
        "C01",
        "a stamp with milliseconds in the system prompt",
        (
            claude("fix it", system=f"Memory as of {CLOCK}\n{RULES}"),
            claude(*NEXT, system=f"Memory as of {LATER}\n{RULES}"),
        ),
        "clock-in-prefix",
        "system[0]",
        "joshuadavidthomas/opencode-agent-memory#29",
    ),
    Case(
        "C01",
        "today's date in front of the rules",
        (
            gpt("fix it", system=f"Today is 2026-11-20.\n{RULES}"),
            gpt(*NEXT, system=f"Today is 2026-11-21.\n{RULES}"),
        ),
        "clock-in-prefix",
        "messages[0].content[0]",
        "n8n-io/n8n#32414",
    ),
    Case(
        "C02",
        "a header with a nonce as first system block",
        (
            claude("fix it", system=[*marked("billing: cch=9f3a1c77e2;"), *marked(RULES)]),
            claude(*NEXT, system=[*marked("billing: cch=04bd6e812f;"), *marked(RULES)]),
        ),
        "nonce-in-prefix",
        "system[0]",
        "anthropics/claude-code#68900",
    ),
    Case(
        "C03",
        "the same tools in another order",
        (claude("fix it", tools=TOOLS), claude(*NEXT, tools=[TOOLS[index] for index in (2, 0, 3, 1)])),
        "unordered-tools",
        "tools[0]",
    ),
    Case(
        "C04",
        "schema keys in random order",
        (
            claude("fix it", tools=TOOLS),
            claude(
                *NEXT,
                tools=[TOOLS[0] | {"input_schema": dict(reversed(TOOLS[0]["input_schema"].items()))}, *TOOLS[1:]],
            ),
        ),
        "unstable-json",
        "tools[0]",
        "maximhq/bifrost#2082",
    ),
    Case(
        "C05",
        "a tool server that comes up late",
        (claude("fix it", tools=TOOLS[:2]), claude(*NEXT, tools=TOOLS[:3])),
        "changing-tools",
        "tools[2]",
        "anomalyco/opencode#31363",
    ),
    Case(
        "C06",
        "retrieved text in front of the rules",
        (
            gpt("fix it", system=f"<context>\nThe parser lives in src.\n</context>\n{RULES}"),
            gpt(*NEXT, system=f"<context>\nTests live below tests and run nightly.\n</context>\n{RULES}"),
        ),
        "dynamic-before-static",
        "messages[0].content[0]",
        "open-webui/open-webui#25150",
    ),
    Case(
        "C07",
        "a tool result cleared to save room",
        (claude(*OLD), claude("go", [CALL], result("[cleared]"), LONG, "on", "ok", "go on")),
        "rewritten-history",
        "messages[2].content[0]",
        "QwenLM/qwen-code#8463",
    ),
    Case(
        "C07",
        "the oldest image dropped",
        (
            claude([IMAGE, {"type": "text", "text": LONG}], "I see", "and now?"),
            claude([{"type": "text", "text": LONG}], "I see", "and now?", "ok", "go on"),
        ),
        "rewritten-history",
        "",
        "NousResearch/hermes-agent#113517",
    ),
    Case(
        "C08",
        "a resumed conversation that lost its thinking",
        (
            claude("go", [{"type": "thinking", "thinking": LONG, "signature": "s"}, CALL], result("x")),
            claude("go", [CALL], result("x"), "done", "go on"),
        ),
        "rewritten-history",
        "",
        "anthropics/claude-code#43657",
    ),
    Case(
        "C09",
        "a summary asked for without tools and system prompt",
        (
            claude("please fix the failing test", LONG, "then mend the parser, please", tools=TOOLS),
            claude(
                "please fix the failing test",
                LONG,
                "then mend the parser, please",
                "done",
                "Summarise.",
                system="Sum up.",
            ),
        ),
        "side-call-prefix",
        "",
        "openai/codex#37305",
    ),
    Case(
        "C10",
        "a mark copied to every result: five marks",
        (
            claude("fix it"),
            claude(
                "fix it",
                [CALL | {"id": f"t{number}"} for number in range(4)],
                [
                    result(LONG)[0] | {"tool_use_id": f"t{number}", "cache_control": {"type": "ephemeral"}}
                    for number in range(4)
                ],
            ),
        ),
        "too-many-marks",
        "",
        "oguzbilgic/kern-ai#316",
    ),
    Case(
        "C11",
        "more blocks in one turn than a lookup goes back over",
        (
            claude(LONG, "ok", "go", system=RULES),
            claude(
                LONG,
                "ok",
                "go",
                [CALL | {"id": f"t{number}"} for number in range(12)],
                [result("x")[0] | {"tool_use_id": f"t{number}"} for number in range(12)],
            ),
        ),
        "mark-gap",
        "",
    ),
    Case(
        "C11",
        "the mark left behind on an early message",
        (
            claude(LONG, "ok", "on"),
            without_marks(claude(LONG, "ok", "on", "ok", "go on")) | {"system": marked(RULES)},
        ),
        "marks-moved",
        "",
    ),
    Case(
        "C12",
        "an hour's mark behind one of five minutes",
        (
            claude("fix it", system=[*marked(RULES), *marked(LONG)]),
            claude(*NEXT, system=[*marked(RULES), *marked(LONG, ttl="1h")]),
        ),
        "ttl-order",
    ),
    Case(
        "C14",
        "a marked system prompt below the minimum",
        (
            without_marks(claude(LONG)) | {"system": marked("You are terse."), "model": "claude-haiku-4-5"},
            without_marks(claude(filler(450))) | {"system": marked("You are terse."), "model": "claude-haiku-4-5"},
        ),
        "below-minimum",
    ),
    Case(
        "C15",
        "no mark on a provider that needs one",
        (without_marks(claude("fix it")), without_marks(claude(*NEXT))),
        "uncached-static-prefix",
    ),
    Case(
        "C16",
        "a routing key for each call",
        (gpt("fix it", prompt_cache_key="k-1f"), gpt(*NEXT, prompt_cache_key="k-9c")),
        "no-cache-key",
        "",
        "vectorize-io/hindsight#3271",
    ),
    Case(
        "C17",
        "thinking switched off for a tool's turn",
        (
            claude("go", [CALL], LONG, "x", "y", thinking={"type": "adaptive"}),
            claude("go", [CALL], LONG, "x", "y", "ok", "on", thinking={"type": "disabled"}),
        ),
        "switched-parameter",
        "",
        "code-yeongyu/senpi#1510",
    ),
    Case(
        "C18",
        "another model for the next turn",
        (claude("fix it"), claude(*NEXT, model="claude-opus-5-5")),
        "switched-model",
    ),
)

HEALTHY = (
    Case(
        "C01",
        "a clock in the last message",
        (gpt(f"{LONG} It is {CLOCK}."), gpt(f"{LONG} It is {CLOCK}.", "ok", f"And now it is {LATER}.")),
    ),
    Case(
        "C01", "separate questions with a clock at their end", (gpt(f"a lamp, at {CLOCK}"), gpt(f"a sofa, at {LATER}"))
    ),
    Case(
        "C02",
        "an id of its own in each question",
        (gpt("what about order 4be1c9d07a32?"), gpt("what about order 90aa17e3bd55?")),
    ),
    Case("C03", "the same tools in the same order", (claude("fix it", tools=TOOLS), claude(*NEXT, tools=TOOLS))),
    Case(
        "C04",
        "the same schema, marked and unmarked",
        (
            claude("fix it", tools=[*TOOLS[:3], TOOLS[3] | {"cache_control": {"type": "ephemeral"}}]),
            claude(*NEXT, tools=TOOLS),
        ),
    ),
    Case(
        "C05",
        "other calls with other tools",
        (
            claude("a", system=RULES, tools=TOOLS[:1]),
            claude("b", system="Translate what you are told. " * 400, tools=TOOLS[2:3]),
        ),
    ),
    Case(
        "C06",
        "retrieved text behind the rules",
        (gpt("<context>src</context> fix it"), gpt("<context>tests</context> mend it")),
    ),
    Case("C07", "a conversation that only grows", (claude(*OLD), claude(*OLD, "ok", "go on"))),
    Case(
        "C08",
        "a text sent as a list of one text block",
        (
            claude("fix it", "which file?", "the first"),
            claude(
                [{"type": "text", "text": "fix it"}],
                [{"type": "text", "text": "which file?"}],
                "the first",
                "ok",
                "go on",
            ),
        ),
    ),
    Case(
        "C09",
        "a summary asked for in the conversation itself",
        (claude(*NEXT, tools=TOOLS), claude(*NEXT, "done", "Summarise.", tools=TOOLS)),
    ),
    Case(
        "C10",
        "four marks",
        (
            claude("fix it", system=[*marked(RULES), *marked(LONG)]),
            claude(*NEXT, system=[*marked(RULES), *marked(LONG)]),
        ),
    ),
    Case(
        "C11", "marks on the last two turns of the user", (ladder("a", "b", LONG), ladder("a", "b", LONG, "ok", "on"))
    ),
    Case("C11", "a mark that moves with the end", (claude("a", "b", LONG), claude("a", "b", LONG, "ok", "on"))),
    Case(
        "C12",
        "an hour's mark in front of one of five minutes",
        (
            claude("fix it", system=[*marked(RULES, ttl="1h"), *marked(LONG)]),
            claude(*NEXT, system=[*marked(RULES, ttl="1h"), *marked(LONG)]),
        ),
    ),
    Case(
        "C14",
        "a short conversation whose mark moves with it",
        (
            without_marks(claude("a", system="Be terse.")) | {"messages": turns((marked("a"),)), "system": "Be terse."},
            without_marks(claude("a", system="Be terse."))
            | {"messages": turns(("a", "b", marked("c"))), "system": "Be terse."},
        ),
    ),
    Case("C15", "a provider that caches by itself", (gpt("fix it"), gpt(*NEXT))),
    Case(
        "C16",
        "one routing key for the conversation",
        (gpt("fix it", prompt_cache_key="k"), gpt(*NEXT, prompt_cache_key="k")),
    ),
    Case("C17", "settings that no cache depends on", (gpt("fix it", temperature=0), gpt(*NEXT, temperature=1))),
    Case(
        "C18",
        "a helper with a model of its own",
        (
            claude(*NEXT),
            claude("name this: fix it", system="Give each thing a short name. " * 400, model="claude-opus-5-5"),
        ),
    ),
)
