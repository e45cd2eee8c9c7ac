"""In what two requests differ, and what does not count as a difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from cachecalc.core.divergence import Verdict, divergences
from cachecalc.core.prompt import Prompt
from cachecalc.core.volatility import Clock
from tests.rules.examples import filler
from tests.rules.requests import CLAUDE, GPT, MARK, MODELS, RULES, claude, gpt, marked, read, tool

LONG = filler(400)
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
CALL = {"type": "tool_use", "id": "t1", "name": "read", "input": {"path": "a", "line": 1}}
THOUGHT = {"type": "thinking", "thinking": f"first {LONG}", "signature": "abc"}


def result(text: str) -> list[dict[str, Any]]:
    return [{"type": "tool_result", "tool_use_id": "t1", "content": text}]


@dataclass(frozen=True)
class Case:
    name: str
    previous: Prompt
    current: Prompt
    kinds: tuple[str, ...]
    message: str = ""


FIRST = claude("fix it")
NEXT = ("fix it", "which file?", "the first")

DIFFERENT = [
    Case(
        "a clock",
        claude("fix it", system=f"At 09:14:07. {RULES}"),
        claude(*NEXT, system=f"At 09:15:22. {RULES}"),
        ("clock-in-prefix",),
    ),
    Case(
        "a date",
        gpt("fix it", system=f"On 2026-11-20. {RULES}"),
        gpt(*NEXT, system=f"On 2026-11-21. {RULES}"),
        ("clock-in-prefix",),
    ),
    Case(
        "an age", gpt("fix it", system=f"4m old. {RULES}"), gpt(*NEXT, system=f"9m old. {RULES}"), ("clock-in-prefix",)
    ),
    Case(
        "an id",
        claude("fix it", system=f"run 4be1c9d07a32: {RULES}"),
        claude(*NEXT, system=f"run 90aa17e3bd55: {RULES}"),
        ("nonce-in-prefix",),
    ),
    Case(
        "a user",
        gpt("a", system=f"user: Ada\n{RULES}"),
        gpt("b", system=f"user: Max\n{RULES}"),
        ("identity-in-prefix",),
    ),
    Case(
        "a clock and an id",
        claude("fix it", system=f"At 09:14:07\n{RULES}\nrun 4be1c9d07a32\n{LONG}"),
        claude(*NEXT, system=f"At 09:15:22\n{RULES}\nrun 90aa17e3bd55\n{LONG}"),
        ("clock-in-prefix", "nonce-in-prefix"),
    ),
    Case(
        "a memory",
        gpt("fix it", system=f"Likes chess.\n{RULES}"),
        gpt(*NEXT, system=f"Plays go a lot.\n{RULES}"),
        ("dynamic-before-static",),
    ),
    Case(
        "a block more",
        claude("fix it"),
        claude(*NEXT, system=[{"type": "text", "text": RULES}, {"type": "text", "text": "new"}]),
        ("dynamic-before-static",),
    ),
    Case(
        "quotes",
        claude("fix it", system=f"Don't. {RULES}"),
        claude(*NEXT, system=f"Don\u2019t. {RULES}"),
        ("whitespace-drift",),
    ),
    Case(
        "line ends",
        claude("fix it", system=f"a\nb\n{RULES}"),
        claude(*NEXT, system=f"a\r\nb\r\n{RULES}"),
        ("whitespace-drift",),
    ),
    Case(
        "examples",
        gpt("a", system=f"- lamp\n- size\n{RULES}"),
        gpt("b", system=f"- size\n- lamp\n{RULES}"),
        ("shuffled-content",),
    ),
    Case(
        "few shots",
        gpt("1", LONG, "2", f"two {LONG}", "q"),
        gpt("2", f"two {LONG}", "1", LONG, "r"),
        ("shuffled-content",),
    ),
    Case(
        "tool order",
        claude("fix it", tools=[tool("a"), tool("b")]),
        claude(*NEXT, tools=[tool("b"), tool("a")]),
        ("unordered-tools",),
    ),
    Case(
        "a tool more",
        claude("fix it", tools=[tool("a")]),
        claude(*NEXT, tools=[tool("a"), tool("b")]),
        ("changing-tools",),
        "tools added `b`",
    ),
    Case(
        "a tool less",
        claude("fix it", tools=[tool("a"), tool("b")]),
        claude(*NEXT, tools=[tool("b")]),
        ("changing-tools",),
        "tools removed `a`",
    ),
    Case(
        "a described tool",
        claude("fix it", tools=[tool("a", f"one {LONG}")]),
        claude(*NEXT, tools=[tool("a", f"two {LONG}")]),
        ("changing-tools",),
    ),
    Case(
        "a clock in a tool",
        claude("fix it", tools=[tool("a", f"09:14:07 {LONG}")]),
        claude(*NEXT, tools=[tool("a", f"09:15:22 {LONG}")]),
        ("clock-in-prefix",),
    ),
    Case(
        "schema keys",
        claude("fix it", tools=[tool("a", x=1, y=2)]),
        claude(*NEXT, tools=[tool("a", y=2, x=1)]),
        ("unstable-json",),
    ),
    Case(
        "argument keys",
        claude("go", [CALL], result(LONG)),
        claude("go", [CALL | {"input": {"line": 1, "path": "a"}}], result(LONG), "ok", "on"),
        ("unstable-json",),
    ),
    Case(
        "thinking",
        claude("fix it", thinking={"type": "adaptive"}),
        claude(*NEXT, thinking={"type": "disabled"}),
        ("switched-parameter",),
        "`thinking` changes from adaptive to disabled",
    ),
    Case(
        "tool choice",
        claude("fix it"),
        claude(*NEXT, tool_choice={"type": "any"}),
        ("switched-parameter",),
        "`tool_choice` changes from not set to any",
    ),
    Case("effort", gpt("fix it", reasoning_effort="low"), gpt(*NEXT, reasoning_effort="high"), ("switched-parameter",)),
    Case("model", claude("fix it"), claude(*NEXT, model="claude-haiku-5-5"), ("switched-model",)),
    Case("a cache key", gpt("fix it", prompt_cache_key="a"), gpt(*NEXT, prompt_cache_key="b"), ("no-cache-key",)),
    Case(
        "a cleared result",
        claude("go", [CALL], result(LONG), LONG, "on"),
        claude("go", [CALL], result("[cleared]"), LONG, "on", "ok", "on"),
        ("rewritten-history",),
        "an earlier tool result was replaced by a placeholder",
    ),
    Case(
        "a shortened result",
        claude("go", [CALL], result(LONG), LONG, "on"),
        claude("go", [CALL], result(LONG[:400]), LONG, "on", "ok", "on"),
        ("rewritten-history",),
        "an earlier tool result was shortened",
    ),
    Case(
        "an image gone",
        claude([IMAGE, {"type": "text", "text": LONG}]),
        claude([{"type": "text", "text": "[image omitted]"}, {"type": "text", "text": LONG}], "ok", "on"),
        ("rewritten-history",),
        "an earlier image or file was replaced by a placeholder",
    ),
    Case(
        "thinking gone",
        claude("go", [THOUGHT, CALL], result("x")),
        claude("go", [CALL], result("x"), "ok", "on"),
        ("rewritten-history",),
        "earlier thinking was dropped",
    ),
    Case(
        "a window",
        gpt("a", LONG, "b", f"b {LONG}", "c"),
        gpt("b", f"b {LONG}", "c", "ok", "d"),
        ("rewritten-history",),
        "2 earlier blocks were dropped",
    ),
    Case("a message put in", gpt("a", LONG, "b"), gpt("a", "news", "x", LONG, "b", "ok", "c"), ("rewritten-history",)),
    Case("a question re-dated", gpt(f"09:14:07 {LONG}"), gpt(f"09:15:22 {LONG}", "ok", "on"), ("clock-in-prefix",)),
    Case("a dated question", gpt(f"09:14:07 {LONG}"), gpt(f"09:15:22 {LONG}"), ("clock-in-prefix",)),
    Case(
        "a summary",
        claude("please fix the failing test", LONG, "then mend the parser, please", tools=[tool("a")]),
        claude(
            "please fix the failing test",
            LONG,
            "then mend the parser, please",
            "done",
            "summarise",
            system="Summarise.",
        ),
        ("side-call-prefix",),
    ),
    Case(
        "a flattened summary",
        claude("please fix the failing test", LONG, "then mend the parser, please", tools=[tool("a")]),
        claude(f"Summarise:\nplease fix the failing test\n{LONG}\nthen mend the parser, please", system="Summarise."),
        ("side-call-prefix",),
    ),
    Case(
        "a mark moved back",
        claude(marked(LONG), "ok", marked("on")),
        claude(LONG, "ok", "on", "ok", "on", system=marked(RULES)),
        ("marks-moved",),
    ),
    Case("no mark any more", claude("fix it", system=marked(RULES)), claude(*NEXT), ("marks-moved",)),
    Case(
        "a long turn",
        claude(LONG, "ok", marked("go")),
        claude(LONG, "ok", "go", [CALL] * 12, [*result("x") * 11, {**result("x")[0], **MARK}]),
        ("mark-gap",),
    ),
]

SAME = [
    Case("a growing conversation", claude(*NEXT), claude(*NEXT, "done", "thanks"), ()),
    Case(
        "a text and a list of one",
        claude("fix it"),
        claude(
            [{"type": "text", "text": "fix it"}], "which file?", "the first", system=[{"type": "text", "text": RULES}]
        ),
        (),
    ),
    Case("a mark that moves", claude("a", "b", marked(LONG)), claude("a", "b", LONG, "ok", marked("on")), ()),
    Case(
        "a mark that lags",
        claude(marked("a"), "b", marked(LONG)),
        claude("a", "b", marked(LONG), "ok", marked("on")),
        (),
    ),
    Case("separate calls", gpt("a lamp"), gpt("a sofa"), ()),
    Case(
        "separate calls with examples", gpt("1", "one", "2", "two", "a lamp"), gpt("1", "one", "2", "two", "a sofa"), ()
    ),
    Case("a call after a conversation", claude(*NEXT), claude("something else"), ()),
    Case("a step back", claude(*NEXT), claude("fix it"), ()),
    Case("another answer", claude(*NEXT), claude("fix it", "which file?", "the second"), ()),
    Case(
        "a clock in the last message",
        gpt("what now? It is 09:14:07."),
        gpt("what now? It is 09:14:07.", "ok", "and now? It is 09:15:22."),
        (),
    ),
    Case("separate questions with a clock behind", gpt(f"{LONG} It is 09:14:07."), gpt(f"{LONG} It is 09:15:22."), ()),
    Case("another program", gpt("a"), gpt("a", system="You translate."), ()),
    Case(
        "another agent's tools",
        claude("a", tools=[tool("a")], system="x"),
        claude("b", tools=[tool("b")], system="y"),
        (),
    ),
    Case(
        "a helper with a model of its own",
        claude(*NEXT),
        claude("name this: fix it", system="Name things.", model="claude-haiku-5-5"),
        (),
    ),
    Case("temperature", claude("fix it", temperature=0), claude(*NEXT, temperature=1, max_tokens=99), ()),
    Case("tool choice where it is no part of the prefix", gpt("fix it"), gpt(*NEXT, tool_choice="none"), ()),
    Case(
        "settings of separate calls",
        claude("a", thinking={"type": "adaptive"}),
        claude("b", thinking={"type": "disabled"}),
        (),
    ),
]


def model_of(prompt: Prompt) -> Any:
    return MODELS.get(prompt.model or "")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in DIFFERENT])
def test_each_cause_is_named(case: Case) -> None:
    """Every way in which a later request cannot read what an earlier one stored has its kind, and loses tokens."""
    found = divergences(case.previous, case.current, model_of(case.current))
    assert tuple(divergence.kind for divergence in found) == case.kinds
    assert all(divergence.lost_tokens > 0 for divergence in found)
    assert all(divergence.verdict is Verdict.ACTIONABLE for divergence in found)
    if case.message:
        assert found[0].message == case.message


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in SAME])
def test_what_means_the_same_is_no_divergence(case: Case) -> None:
    """Growth, equivalent forms, moving marks and separate calls are no divergence."""
    assert divergences(case.previous, case.current, model_of(case.current)) == ()


@pytest.mark.parametrize(
    ("before", "after", "clock"),
    [
        ("2026-11-21T09:14:07.123Z", "2026-11-21T09:14:08.456Z", Clock.SUBSECOND),
        ("09:14:07", "09:14:09", Clock.SECOND),
        ("1763715247", "1763715301", Clock.SECOND),
        ("09:14", "09:15", Clock.MINUTE),
        ("3h ago", "4h ago", Clock.HOUR),
        ("2026-11-20", "2026-11-21", Clock.DAY),
        ("Friday, November 20", "Saturday, November 21", Clock.DAY),
    ],
)
def test_a_clock_is_graded_by_what_it_shows(before: str, after: str, clock: Clock) -> None:
    """A time that differs says how often it ticks."""
    (found,) = divergences(gpt("a", system=f"{before} {RULES}"), gpt("b", system=f"{after} {RULES}"), GPT)
    assert (found.kind, found.clock) == ("clock-in-prefix", clock)


def test_an_excerpt_is_the_text_that_differs() -> None:
    """A divergence knows what stood there and what stands there now, and where."""
    (found,) = divergences(gpt("a", system=f"At 09:14:07, {RULES}"), gpt("b", system=f"At 09:15:22, {RULES}"), GPT)
    assert found.previous
    assert found.current
    assert found.hole
    assert found.previous.text[found.hole.start : found.hole.end] == "09:14:07,"
    assert found.current.text[found.hole.new_start : found.hole.new_end] == "09:15:22,"
    assert found.path == "messages[0].content[0]"


def test_behind_a_clock_all_is_lost_where_prefixes_match() -> None:
    """Text in front of a break can still be read; what stands behind it is lost."""
    early = divergences(gpt("a", system=f"09:14:07 {RULES} {LONG}"), gpt("b", system=f"09:15:22 {RULES} {LONG}"), GPT)[
        0
    ]
    late = divergences(gpt("a", system=f"{RULES} 09:14:07 {LONG}"), gpt("b", system=f"{RULES} 09:15:22 {LONG}"), GPT)[0]
    assert early.lost_tokens > late.lost_tokens > 0


def test_where_marks_decide_the_whole_block_is_lost() -> None:
    """An entry is stored at marks only, so text in front of the clock is lost as well, back to the mark before."""

    def request(time: str) -> Prompt:
        return claude("hello", system=[*marked(RULES), *marked(f"{LONG} {time}. {LONG}")])

    (found,) = divergences(request("09:14:07"), request("09:15:22"), CLAUDE)
    (second,) = [part.count.tokens for part in request("").parts if part.path == "system[1]" and part.count] or [0]
    assert found.lost_tokens == pytest.approx(second, rel=0.05)


def test_an_edit_counts_from_the_turn_before_where_marks_roll() -> None:
    """A mark that moves with the conversation has left an entry at each turn's end: an edit in the last turn loses
    only that turn."""
    early = divergences(
        claude("a", LONG, "b", LONG, marked(f"c {LONG}")),
        claude("a!", LONG, "b", LONG, f"c {LONG}", "ok", marked("d")),
        CLAUDE,
    )[0]
    late = divergences(
        claude("a", LONG, "b", LONG, [{"type": "text", "text": "news"}, *marked(LONG)]),
        claude("a", LONG, "b", LONG, LONG, "ok", marked("d")),
        CLAUDE,
    )[0]
    assert early.lost_tokens > 2 * late.lost_tokens


def test_edits_of_one_kind_are_counted_up() -> None:
    """Ten cleared tool results are one divergence that says ten."""
    said = [item for _ in range(10) for item in ([CALL], result(LONG))]
    cleared = [item for _ in range(10) for item in ([CALL], result("[cleared]"))]
    (found,) = divergences(claude("go", *said), claude("go", *cleared, "ok", "on"), CLAUDE)
    assert found.message == "an earlier tool result was replaced by a placeholder, 10 times"


def test_an_uncounted_request_has_causes_and_no_tokens() -> None:
    """Causes do not depend on counts."""

    def uncounted(prompt: Prompt) -> Prompt:
        return replace(prompt, parts=tuple(replace(part, count=None) for part in prompt.parts))

    (found,) = divergences(uncounted(DIFFERENT[0].previous), uncounted(DIFFERENT[0].current))
    assert (found.kind, found.lost_tokens) == ("clock-in-prefix", 0)


def test_two_gemini_caches_are_a_cache_per_call() -> None:
    """A conversation whose requests name one cache object after the other creates one for each."""

    def request(name: str, *said: str) -> Prompt:
        contents = [
            {"role": ("user", "model")[index % 2], "parts": [{"text": text}]} for index, text in enumerate(said)
        ]
        return read({"model": "gemini-2.5-flash", "cachedContent": name, "contents": contents}, ())

    found = divergences(request("caches/1", "hi"), request("caches/2", "hi", "hello", "on"))
    assert [divergence.kind for divergence in found] == ["named-cache-per-call"]
