from __future__ import annotations

import json
import os
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.pricing import CacheRules, Model
from cachecalc.core.prompt import Count, Form, Part, Prompt, Section
from cachecalc.load import pricing
from cachecalc.load.prompts import payload
from cachecalc.tokens import count_prompt, counter_for
from cachecalc.tokens.bpe import Bpe
from cachecalc.tokens.registry import ESTIMATES
from cachecalc.tokens.request import HOLE

TABLE = pricing.bundled()
O200K = Bpe("o200k")


def size(text: str) -> int:
    return O200K.count(text).tokens


def chat(*messages: tuple[str, str], **more: Any) -> Prompt:
    request = {"messages": [{"role": role, "content": text} for role, text in messages], **more}
    prompt = payload.read(request, model="gpt-4o", provider="openai")
    assert prompt
    return prompt


WEATHER = {"name": "weather", "description": "The weather", "parameters": {"type": "object", "properties": {}}}


@pytest.mark.parametrize(
    ("model", "messages", "added"),
    [
        pytest.param("gpt-4o", [("user", "Hi")], 4 + 3, id="one message"),
        pytest.param("gpt-4o", [("system", "Be brief."), ("user", "Hi")], 2 * 4 + 3, id="system"),
        pytest.param("gpt-4o", [("user", "Hi"), ("assistant", "Yes?"), ("user", "No")], 3 * 4 + 3, id="conversation"),
        pytest.param("gpt-5", [("user", "Hi")], 4 + 2, id="reasoning model"),
        pytest.param("gpt-5", [("user", "Hi"), ("assistant", "Yes?"), ("user", "No")], 3 * 4 + 2 + 2, id="its answer"),
    ],
)
def test_chat_messages(model: str, messages: list[tuple[str, str]], added: int) -> None:
    """A chat costs its texts, four tokens a message and the opening of the answer."""
    counted = count_prompt(chat(*messages), TABLE.find(model))
    assert counted.tokens == sum(size(text) for _, text in messages) + added


@pytest.mark.parametrize(
    ("model", "frame"), [("claude-sonnet-4-5", 7), ("claude-opus-4-7", 11), ("claude-opus-4-8", 6)]
)
def test_claude_messages(model: str, frame: int) -> None:
    """A request to Claude costs its texts, a frame, and three tokens for each turn after the first."""
    request = {
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "No"},
            {"role": "user", "content": "Wait"},
        ],
    }
    prompt = payload.read(request, model=model)
    assert prompt
    counted = [part.tokens for part in count_prompt(prompt, TABLE.find(model), O200K).parts]
    assert counted == [size("Be brief."), size("Hi") + frame, size("Yes?") + 3, size("No") + 3, size("Wait")]


@pytest.mark.parametrize(
    ("model", "choice", "tokens"),
    [
        ("claude-sonnet-4-5", None, 496),
        ("claude-sonnet-4-5", {"type": "auto"}, 496),
        ("claude-sonnet-4-5", {"type": "any"}, 588),
        ("claude-sonnet-4-5", {"type": "tool", "name": "weather"}, 588),
        ("claude-opus-4-7", None, 675),
        ("claude-opus-4-8", {"type": "any"}, 410),
        ("claude-opus-5-5", None, 286),
        ("claude-sonnet-4", None, 313),
    ],
)
def test_claude_tool_prompt(model: str, choice: dict[str, str] | None, tokens: int) -> None:
    """Tools bring a system prompt along, longer where a tool must be called; it lies on the first tool."""
    tool = {"name": "weather", "description": "The weather", "input_schema": {"type": "object", "properties": {}}}
    request = {"tools": [tool, tool], "messages": [{"role": "user", "content": "Hi"}]}
    prompt = payload.read({**request, **({"tool_choice": choice} if choice else {})}, model=model)
    assert prompt
    first, second, _ = count_prompt(prompt, TABLE.find(model), O200K).parts
    assert first.tokens - second.tokens == tokens


def test_calls_and_results() -> None:
    """A call costs its name, arguments and wrapping under any provider; the result costs its text."""
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}
    prompt = chat(("user", "Hi"), tools=[{"type": "function", "function": WEATHER}])
    called = payload.read(
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
            ]
        }
    )
    assert called
    for name in ("gpt-4o", "gpt-5", "claude-sonnet-4-5", "gemini-2.5-pro", "deepseek-chat", "mistral-large-4"):
        model = TABLE.find(name)
        asked, answered = (count_prompt(one, model, O200K).parts for one in (prompt, called))
        assert asked[0].tokens > size("weather The weather")
        assert answered[1].form is Form.CALL
        assert answered[1].tokens > size("weather") + size("Rome")
        assert size("sunny") <= answered[2].tokens <= size("sunny") + 8


def test_thinking_is_paid_where_it_is_switched_on() -> None:
    """Extended thinking adds its preamble to the first message of older Claude models."""
    messages = [{"role": "user", "content": "Hi"}]
    thinking = {"type": "enabled", "budget_tokens": 1024}
    plain = payload.read({"system": "x", "messages": messages})
    deep = payload.read({"system": "x", "messages": messages, "thinking": thinking})
    assert plain
    assert deep
    old, new = TABLE.find("claude-sonnet-4-5"), TABLE.find("claude-opus-4-8")
    assert count_prompt(deep, old).tokens - count_prompt(plain, old).tokens == 28
    assert count_prompt(deep, new).tokens == count_prompt(plain, new).tokens


def test_given_counts_stay() -> None:
    """A prompt of plain numbers comes back as it was."""
    prompt = Prompt((Part("static", Section.SYSTEM, count=Count(1_500)), Part("x", Section.MESSAGES, count=Count(9))))
    assert count_prompt(prompt, TABLE.find("gpt-4o")) == prompt


def test_numbers_load_no_tokenizer() -> None:
    """Where all counts are given, no counter is asked for."""

    class Refusing:
        name = "refusing"

        def count(self, text: str) -> Count:
            raise AssertionError(text)

    prompt = Prompt((Part("static", Section.SYSTEM, count=Count(1_500)),))
    assert count_prompt(prompt, TABLE.find("gpt-4o"), Refusing()).tokens == 1_500


def test_text_outside_a_request_costs_itself() -> None:
    """Text without a role has no frame."""
    prompt = Prompt((Part("text", Section.SYSTEM, text="hello world"),))
    assert count_prompt(prompt, TABLE.find("gpt-4o")).tokens == 2
    assert count_prompt(prompt, TABLE.find("claude-opus-4-8"), O200K).tokens == 2


def test_placeholders_are_assumed_short() -> None:
    """A hole in a template is some tokens, with a wide band."""
    prompt = Prompt((Part("a", Section.SYSTEM, text="Dear "), Part("name", Section.SYSTEM, origin="{{ name }}")))
    assert count_prompt(prompt, TABLE.find("gpt-4o")).parts[1].count == HOLE


@pytest.mark.parametrize("name", ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro", "grok-4.3"])
@given(texts=st.lists(st.text(st.characters(exclude_categories=()), max_size=40), min_size=1, max_size=8))
def test_parts_add_up_to_their_block(name: str, texts: list[str]) -> None:
    """A text cut into parts has as many tokens as the text uncut, and no part has fewer than none."""
    model, counter = TABLE.find(name), ESTIMATES.get(TABLE.find(name).tokenizer, O200K)
    cut = Prompt(tuple(Part(f"p{number}", Section.SYSTEM, text=text) for number, text in enumerate(texts)))
    whole = Prompt((Part("whole", Section.SYSTEM, text="".join(texts)),))
    counted = count_prompt(cut, model, counter)
    assert counted.tokens == count_prompt(whole, model, counter).tokens
    assert all(part.tokens >= 0 for part in counted.parts)


@pytest.mark.parametrize("tokenizer", sorted({model.tokenizer for model in TABLE.models}))
@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"name": 3}', '{"function": {"name": "f", "parameters": 3}}', "{" * 5_000, "\ud800"]
)
@pytest.mark.parametrize("form", list(Form))
def test_broken_blocks_are_counted(tokenizer: str, text: str, form: Form) -> None:
    """A tool or a call that is not what it claims to be is counted all the same, as a wide guess or as text."""
    model = next(model for model in TABLE.models if model.tokenizer == tokenizer)
    prompt = Prompt((Part("x", Section.MESSAGES, text=text, form=form, role="user", path="messages[0].content[0]"),))
    counter = ESTIMATES.get(tokenizer) or counter_for(tokenizer)
    assert count_prompt(prompt, model, counter).tokens >= 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A recorded request, what we count, and what its provider counted."""

    provider: str
    tokenizer: str
    prompt: Prompt
    counted: Prompt
    tokens: int

    @property
    def error(self) -> float:
        return abs(self.counted.tokens - self.tokens) / self.tokens

    @property
    def has_tools(self) -> bool:
        return any(part.form is not Form.TEXT for part in self.prompt.parts)


_UNSEEN = re.compile(
    '"(previous_response_id|conversation|context_management|plugins|web_search_options|response_format|reasoning.*?'
    '|thinking|format|preset|transforms|thoughtSignature|modalities|responseJsonSchema)"'
)


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Recorded requests with nothing but what their text shows: no media, stored state or thinking."""
    folder = os.environ.get("CACHECALC_TEST_DATA")
    if not folder:
        pytest.skip("CACHECALC_TEST_DATA is not set")
    return list(_pairs(Path(folder) / "token_pairs_dev.jsonl"))


def _pairs(path: Path) -> Iterator[Pair]:
    makers = {"openai": "o200k", "google": "gemma"}
    for row in map(json.loads, path.read_text("utf-8").splitlines()):
        prompt = payload.read(row["request"], model=row["model"])
        tokenizer = f"claude-{row['claude_family']}" if row["claude_family"] else makers.get(row["provider"])
        if prompt is None or tokenizer is None or _UNSEEN.search(json.dumps(row["request"])):
            continue
        if tokenizer == "o200k" and re.search(r"gpt-4(-|$)|gpt-3\.5", row["model"]):
            tokenizer = "cl100k"
        model = Model(row["model"], row["provider"], (), CacheRules(), tokenizer)
        counted = count_prompt(prompt, model, ESTIMATES.get(tokenizer) or counter_for(tokenizer))
        yield Pair(row["provider"], tokenizer, prompt, counted, row["prompt_tokens_total"])


def test_openai_chats_are_exact(pairs: list[Pair]) -> None:
    """Nineteen in twenty recorded chats without tools are counted to the token."""
    chats = [
        pair
        for pair in pairs
        if pair.provider == "openai" and not pair.has_tools and pair.prompt.parts[0].path.startswith("messages")
    ]
    plain = [pair for pair in chats if not re.search("search|audio|oss|o1-mini", pair.prompt.model or "")]
    assert len(plain) >= 25
    assert sum(pair.error == 0 for pair in plain) / len(plain) >= 0.95


@pytest.mark.parametrize(
    ("provider", "has_tools", "most"),
    [
        pytest.param("openai", False, 0.005, id="OpenAI"),
        pytest.param("openai", True, 0.03, id="OpenAI with tools"),
        pytest.param("anthropic", False, 0.04, id="Claude"),
        pytest.param("anthropic", True, 0.03, id="Claude with tools"),
        pytest.param("google", False, 0.06, id="Gemini"),
        pytest.param("google", True, 0.20, id="Gemini with tools"),
    ],
)
def test_whole_requests(pairs: list[Pair], provider: str, has_tools: bool, most: float) -> None:
    """Half of the recorded requests are counted within so much, with nothing but the default install."""
    errors = [pair.error for pair in pairs if pair.provider == provider and pair.has_tools is has_tools]
    assert len(errors) >= 5
    assert statistics.median(errors) <= most


def test_request_bands_hold(pairs: list[Pair]) -> None:
    """Of the recorded requests to the three large providers, five in six lie within the band their parts add up to."""
    inside = [
        sum(part.count.low for part in pair.counted.parts if part.count)
        <= pair.tokens
        <= sum(part.count.high for part in pair.counted.parts if part.count)
        for pair in pairs
    ]
    assert sum(inside) / len(inside) >= 0.83
