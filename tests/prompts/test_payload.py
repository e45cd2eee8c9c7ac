from __future__ import annotations

import json
from typing import Any

import pytest

from cachecalc.core.prompt import Confidence, Content, Evidence, Form, Mark, Prompt, Section, Span
from cachecalc.core.volatility import PER_REQUEST, PER_TURN, UNKNOWN
from cachecalc.load.prompts import read_payload, read_prompts
from tests.prompts.rows import blocks, changing, only, placed

EPHEMERAL = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}
TOOL = {"name": "search", "description": "Finds pages.", "input_schema": {"type": "object"}}
FUNCTION = {"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}


def read(**request: object) -> Prompt:
    prompt = read_payload(request, path="request.json")
    assert prompt is not None
    return prompt


def marks(prompt: Prompt) -> list[tuple[str, str | None]]:
    return [(part.path, part.mark.ttl) for part in prompt.parts if part.mark]


def user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


def said(content: object) -> dict[str, object]:
    return {"role": "assistant", "content": content}


def test_claude_hashes_tools_then_system_then_messages() -> None:
    """Parts stand in the order in which they are hashed, whatever the order of the keys."""
    prompt = read(
        model="claude-sonnet-5",
        messages=[user("Hi"), said("Hello"), user([{"type": "text", "text": "Go"}])],
        system=[{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
        tools=[TOOL, {"type": "web_search_20260101", "name": "web_search"}],
    )
    assert [(part.path, part.section, part.role, part.block) for part in prompt.parts] == [
        ("tools[0]", Section.TOOLS, "", 0),
        ("tools[1]", Section.TOOLS, "", 1),
        ("system[0]", Section.SYSTEM, "system", 2),
        ("system[1]", Section.SYSTEM, "system", 3),
        ("messages[0].content[0]", Section.MESSAGES, "user", 4),
        ("messages[1].content[0]", Section.MESSAGES, "assistant", 5),
        ("messages[2].content[0]", Section.MESSAGES, "user", 6),
    ]
    assert prompt.parts[0].text == json.dumps(TOOL, separators=(",", ":"))
    assert (prompt.provider, prompt.model) == ("anthropic", "claude-sonnet-5")


def test_deferred_tools_are_not_in_the_prompt() -> None:
    """A tool that the model must search for first is no part of the prefix."""
    assert blocks(read(system="x", messages=[user("y")], tools=[{**TOOL, "defer_loading": True}]))[0][0] == "system"


def test_claude_marks() -> None:
    """Each block's mark is kept with its TTL, inner ones too; a result's own mark is at its end."""
    prompt = read(
        model="claude-sonnet-5",
        cache_control=HOUR,
        tools=[{**TOOL, "cache_control": HOUR}],
        system=[{"type": "text", "text": "Be brief.", "cache_control": EPHEMERAL}],
        messages=[
            user("Hi"),
            said([{"type": "tool_use", "id": "t1", "name": "search", "input": {}, "cache_control": EPHEMERAL}]),
            user(
                [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}],
                        "cache_control": EPHEMERAL,
                    }
                ]
            ),
        ],
    )
    assert prompt.automatic == Mark("1h")
    assert marks(prompt) == [
        ("tools[0]", "1h"),
        ("system[0]", None),
        ("messages[1].content[0]", None),
        ("messages[2].content[0]", None),
    ]
    assert [part.text for part in prompt.parts if part.mark][-1] == "B"


def test_places_of_marks() -> None:
    """A mark knows its value, and what to delete to take it away."""
    text = '{"model": "claude-sonnet-5", "cache_control": {"type": "ephemeral"}, "system": [{"cache_control": {"type": "ephemeral"}, "type": "text", "text": "x"}], "messages": [{"role": "user", "content": "y"}]}'
    prompt = only("a.json", text)
    part = prompt.parts[0]
    for mark, whole in (
        (prompt.automatic, ', "cache_control": {"type": "ephemeral"}'),
        (part.mark, '"cache_control": {"type": "ephemeral"}, '),
    ):
        assert mark is not None
        assert mark.span is not None
        assert mark.whole is not None
        assert text[mark.span.start : mark.span.end] == '{"type": "ephemeral"}'
        assert text[mark.whole.start : mark.whole.end] == whole
        without = text[: mark.whole.start] + text[mark.whole.end :]
        assert json.loads(without).keys() | {"cache_control"} == json.loads(text).keys()


@pytest.mark.parametrize(
    ("short", "long"),
    [
        pytest.param(
            {"system": "Be brief.", "messages": [user("Hi")]},
            {"system": [{"type": "text", "text": "Be brief."}], "messages": [user([{"type": "text", "text": "Hi"}])]},
            id="Claude",
        ),
        pytest.param(
            {"model": "gpt-5.6", "messages": [{"role": "system", "content": "Be brief."}, user("Hi")]},
            {
                "model": "gpt-5.6",
                "messages": [
                    {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
                    user([{"type": "text", "text": "Hi"}]),
                ],
            },
            id="Chat Completions",
        ),
        pytest.param(
            {"model": "gpt-5.6", "instructions": "Be brief.", "input": "Hi"},
            {
                "model": "gpt-5.6",
                "instructions": "Be brief.",
                "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
            },
            id="Responses",
        ),
        pytest.param(
            {"model": "gemini-3.8-flash", "contents": "Hi", "config": {"system_instruction": "Be brief."}},
            {
                "model": "gemini-3.8-flash",
                "systemInstruction": {"parts": [{"text": "Be brief."}]},
                "contents": [{"parts": [{"text": "Hi"}]}],
            },
            id="Gemini",
        ),
    ],
)
def test_equal_forms_give_equal_parts(short: dict[str, object], long: dict[str, object]) -> None:
    """A text and a list of one text block are the same prompt."""
    assert read(**short).parts == read(**long).parts


def test_claude_blocks_of_every_kind() -> None:
    """Text, thinking, calls, results, documents, images: each has its form, and text where there is any."""
    prompt = read(
        model="claude-opus-5",
        messages=[
            user(
                [
                    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Contract"}},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}},
                    {"type": "text", "text": "Read it."},
                ]
            ),
            said(
                [
                    {"type": "thinking", "thinking": "Hm.", "signature": "abc"},
                    {"type": "redacted_thinking", "data": "xyz"},
                    {"type": "tool_use", "id": "t1", "name": "search", "input": {"b": 1, "a": "é"}},
                ]
            ),
            user(
                [
                    {"type": "tool_result", "tool_use_id": "t1", "content": "Found"},
                    {
                        "type": "tool_result",
                        "tool_use_id": "t2",
                        "content": [{"type": "image", "source": {"data": "x"}}],
                    },
                    {"type": "tool_result", "tool_use_id": "t3"},
                ]
            ),
        ],
    )
    assert [(part.form, part.text, part.name) for part in prompt.parts] == [
        (Form.TEXT, "Contract", "document"),
        (Form.MEDIA, None, "image"),
        (Form.TEXT, "Read it.", "user text"),
        (Form.THINKING, "Hm.", "thinking"),
        (Form.THINKING, None, "redacted thinking"),
        (Form.CALL, '{"type":"tool_use","id":"t1","name":"search","input":{"b":1,"a":"é"}}', "call search"),
        (Form.RESULT, "Found", "tool result"),
        (Form.MEDIA, None, "image"),
        (Form.MEDIA, None, "tool result"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": "image", "source": {"data": "x"}}, {"type": "image", "source": {"data": "y"}}),
        (
            {"type": "thinking", "thinking": "Hm.", "signature": "a"},
            {"type": "thinking", "thinking": "Hm.", "signature": "b"},
        ),
        (
            {"type": "tool_result", "tool_use_id": "a", "content": "x"},
            {"type": "tool_result", "tool_use_id": "b", "content": "x"},
        ),
        ({"type": "text", "text": "x"}, {"type": "text", "text": "x", "citations": [{"type": "page"}]}),
    ],
)
def test_digest_stands_for_what_has_no_text(one: object, other: object) -> None:
    """What is hashed beside the text differs in the digest; a mark is not hashed."""
    first, second = (read(system="x", messages=[user([block])]).parts[-1] for block in (one, other))
    assert (first.text, first.name) == (second.text, second.name)
    assert first.digest != second.digest
    assert isinstance(one, dict)
    marked = read(system="x", messages=[user([{**one, "cache_control": EPHEMERAL}])]).parts[-1]
    assert marked.digest == first.digest


def test_chat_completions() -> None:
    """Leading system messages are the system text; calls, results and reasoning keep their forms."""
    prompt = read(
        model="gpt-5.6",
        messages=[
            {"role": "developer", "content": "Be brief."},
            user([{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": "x"}}]),
            {
                "role": "assistant",
                "content": None,
                "reasoning_content": "Hm.",
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "Found"},
            {"role": "system", "content": "Remember."},
        ],
        tools=[FUNCTION],
    )
    assert [(part.section.value, part.role, part.form.value, part.path) for part in prompt.parts] == [
        ("tools", "", "tool", "tools[0]"),
        ("system", "developer", "text", "messages[0].content[0]"),
        ("messages", "user", "text", "messages[1].content[0]"),
        ("messages", "user", "media", "messages[1].content[1]"),
        ("messages", "assistant", "thinking", "messages[2]"),
        ("messages", "assistant", "tool call", "messages[2].tool_calls[0]"),
        ("messages", "tool", "tool result", "messages[3].content[0]"),
        ("messages", "system", "text", "messages[4].content[0]"),
    ]


def test_responses() -> None:
    """The items of an input are messages, calls, outputs and reasoning."""
    prompt = read(
        model="gpt-5.6",
        instructions="Be brief.",
        input=[
            {"role": "developer", "content": "Use tools."},
            {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "x"},
            {"type": "function_call", "call_id": "c1", "name": "search", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "Found"},
        ],
        tools=[{"type": "function", "name": "search", "parameters": {}}],
        prompt_cache_options={"mode": "implicit", "ttl": "30m"},
    )
    assert [(part.section.value, part.role, part.name, part.path) for part in prompt.parts] == [
        ("tools", "", "tool search", "tools[0]"),
        ("system", "system", "instructions", "instructions"),
        ("system", "developer", "developer text", "input[0].content[0]"),
        ("messages", "user", "user text", "input[1].content[0]"),
        ("messages", "assistant", "thinking", "input[2].summary[0]"),
        ("messages", "assistant", "call search", "input[3]"),
        ("messages", "tool", "function call output", "input[4].output[0]"),
    ]
    assert prompt.automatic == Mark("30m")


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        pytest.param(
            {
                "system": "x",
                "messages": [
                    user(
                        [
                            {
                                "type": "document",
                                "source": {"type": "content", "content": [{"type": "text", "text": "A"}]},
                            }
                        ]
                    )
                ],
            },
            (Form.TEXT, "document", "A"),
            id="document of blocks",
        ),
        pytest.param(
            {"model": "gpt-5.6", "messages": [said(None) | {"function_call": {"name": "f", "arguments": "{}"}}]},
            (Form.CALL, "call f", '{"name":"f","arguments":"{}"}'),
            id="call in the old form",
        ),
        pytest.param(
            {
                "model": "gpt-5.6",
                "input": [{"type": "computer_call_output", "call_id": "c", "output": {"type": "screenshot"}}],
            },
            (Form.RESULT, "computer call output", '{"type":"screenshot"}'),
            id="output that is no text",
        ),
        pytest.param(
            {"model": "gemini-3.8-flash", "contents": {"role": "user", "parts": {"text": "Hi"}}},
            (Form.TEXT, "user text", "Hi"),
            id="one turn of one part",
        ),
        pytest.param(
            {"model": "gemini-3.8-flash", "contents": [{"parts": ["Hi"]}]},
            (Form.TEXT, "user text", "Hi"),
            id="part that is a text",
        ),
        pytest.param(
            {"contents": [{"role": "model", "parts": [{"text": "Hm.", "thought": True}]}]},
            (Form.THINKING, "model text", "Hm."),
            id="thought",
        ),
        pytest.param(
            {"messages": [user([{"guardContent": {"text": {"text": "Hi"}}}])]},
            (Form.TEXT, "user text", "Hi"),
            id="guarded text",
        ),
        pytest.param(
            {"messages": [said([{"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "s"}}}])]},
            (Form.THINKING, "thinking", "Hm."),
            id="reasoning",
        ),
        pytest.param(
            {"messages": [user([{"toolResult": {"toolUseId": "t", "content": []}}, {"text": ""}])]},
            None,
            id="nothing to read",
        ),
    ],
)
def test_rarer_blocks(request_: dict[str, object], found: tuple[Form, str, str] | None) -> None:
    """What providers allow besides the common forms is understood, too."""
    prompt = read_payload(request_, path="a.json")
    assert (prompt and [(part.form, part.name, part.text) for part in prompt.parts][-1]) == found


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        pytest.param(
            {
                "model": "gpt-5.6",
                "messages": [user([{"type": "text", "text": "x", "prompt_cache_breakpoint": {"mode": "explicit"}}])],
            },
            [("messages[0].content[0]", None)],
            id="OpenAI's own",
        ),
        pytest.param(
            {
                "model": "anthropic/claude-sonnet-5",
                "provider": {"order": ["anthropic"]},
                "messages": [
                    {"role": "system", "content": [{"type": "text", "text": "x", "cache_control": HOUR}]},
                    user("y"),
                ],
            },
            [("messages[0].content[0]", "1h")],
            id="Claude's, through a gateway",
        ),
        pytest.param(
            {
                "model": "claude-sonnet-5",
                "messages": [{"role": "system", "content": "x", "cache_control": EPHEMERAL}, user("y")],
            },
            [("messages[0].content[0]", None)],
            id="on the message",
        ),
    ],
)
def test_marks_in_openai_form(request_: dict[str, object], found: list[tuple[str, str | None]]) -> None:
    """Marks are found under each key and in each place that gateways accept."""
    assert marks(read(**request_)) == found


def test_explicit_mode_has_no_automatic_mark() -> None:
    """Only the implicit mode, stated in words, is a mark of the request."""
    assert read(model="gpt-5.6", input="Hi", prompt_cache_options={"mode": "explicit"}).automatic is None


def test_gemini() -> None:
    """Declared functions are a part each; turns, calls and responses keep their roles and forms."""
    prompt = read(
        systemInstruction={"parts": [{"text": "Be brief."}]},
        tools=[{"functionDeclarations": [{"name": "a"}, {"name": "b"}]}, {"googleSearch": {}}],
        contents=[
            {"role": "user", "parts": [{"text": "Hi"}, {"inlineData": {"data": "x"}}]},
            {"role": "model", "parts": [{"functionCall": {"name": "a", "args": {}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "a", "response": {}}}]},
        ],
        cachedContent="cachedContents/1",
        generationConfig={"temperature": 0, "responseSchema": {"type": "OBJECT"}},
    )
    assert [(part.section.value, part.name, part.form.value) for part in prompt.parts] == [
        ("tools", "tool a", "tool"),
        ("tools", "tool b", "tool"),
        ("tools", "tool googleSearch", "tool"),
        ("system", "system text", "text"),
        ("messages", "user text", "text"),
        ("messages", "inlineData", "media"),
        ("messages", "call a", "tool call"),
        ("messages", "result of a", "tool result"),
    ]
    assert prompt.parameters == {"cachedContent": "cachedContents/1", "responseSchema": {"type": "OBJECT"}}


def test_converse() -> None:
    """A cache point marks the block before it, in tools, system and messages."""
    prompt = read(
        modelId="us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        toolConfig={
            "tools": [{"toolSpec": {"name": "search"}}, {"cachePoint": {"type": "default"}}],
            "toolChoice": {"auto": {}},
        },
        system=[{"text": "Be brief."}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
        messages=[
            user([{"text": "Hi"}, {"image": {"format": "png"}}, {"cachePoint": {"type": "default"}}]),
            said([{"toolUse": {"toolUseId": "t1", "name": "search", "input": {}}}]),
            user([{"toolResult": {"toolUseId": "t1", "content": [{"json": {"a": 1}}, {"text": "B"}]}}]),
        ],
    )
    assert marks(prompt) == [("toolConfig.tools[0]", None), ("system[0]", "1h"), ("messages[0].content[1]", None)]
    assert [(part.block, part.form.value, part.text) for part in prompt.parts[-3:]] == [
        (4, "tool call", '{"toolUseId":"t1","name":"search","input":{}}'),
        (5, "tool result", '{"a":1}'),
        (5, "tool result", "B"),
    ]
    assert (prompt.provider, prompt.parameters) == ("anthropic", {"toolChoice": {"auto": {}}})


def test_model_invocation_body() -> None:
    """Claude's own form, sent to Bedrock, names no model; the version tells where it goes."""
    prompt = read(anthropic_version="bedrock-2023-05-31", max_tokens=9, messages=[user("Hi")])
    assert (prompt.provider, prompt.model) == ("bedrock", None)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"model": "text-embedding-3-large", "input": "Hi"}, id="an embedding"),
        pytest.param({"model": "tts-1", "input": "Hi", "voice": "alloy"}, id="speech"),
        pytest.param({"model": "omni-moderation", "input": "Hi"}, id="a moderation"),
        pytest.param({"messages": [{"type": "message", "text": "Hi"}]}, id="another chat"),
        pytest.param({"messages": {"hello": "Hallo"}}, id="translations"),
        pytest.param({"input": ["a", "b"], "model": "x"}, id="a batch of embeddings"),
        pytest.param({"messages": [], "model": "x"}, id="no messages"),
        pytest.param({"contents": [{"path": "x"}]}, id="a listing"),
    ],
)
def test_no_request(value: dict[str, object]) -> None:
    """Objects that merely resemble a request are none."""
    assert read_payload(value, path="x.json") is None


def test_parameters() -> None:
    """Settings on which a cache or a route depends are kept as sent; sampling and streaming are not."""
    prompt = read(
        model="claude-opus-5",
        system="x",
        messages=[user("y")],
        max_tokens=9,
        temperature=0.2,
        stream=True,
        thinking={"type": "enabled", "budget_tokens": 2000},
        tool_choice={"type": "auto"},
        output_config={"effort": "high"},
        speed="fast",
    )
    assert prompt.parameters.keys() == {"thinking", "tool_choice", "output_config", "speed"}


def test_what_one_request_tells_of_its_messages() -> None:
    """History belongs to the conversation, the last block of the last turn is new, the rest of that turn is unknown."""
    first = read(
        system="x", messages=[user([{"type": "text", "text": "Document"}, {"type": "text", "text": "Question"}])]
    )
    assert [part.volatility for part in first.parts[1:]] == [UNKNOWN, PER_REQUEST]
    later = read(system="x", messages=[user("Hi"), said("Hello"), user("And?")])
    assert [(str(part.volatility), part.content) for part in later.parts[1:]] == [
        ("per session", Content.HISTORY),
        ("per session", Content.HISTORY),
        (str(PER_TURN), Content.QUESTION),
    ]


def test_literal_values_are_parts() -> None:
    """Values of the moment in system text and in descriptions of tools are parts of their block, found in the file."""
    request: dict[str, Any] = {
        "model": "claude-sonnet-5",
        "tools": [
            {**TOOL, "description": 'Finds "pages". Current UTC time: 2026-11-21 09:14:07. E.g. 2020-01-01T00:00:00Z'}
        ],
        "system": [
            {"type": "text", "text": "Été.\nCurrent time: 2026-11-21T09:14:07Z\nBe brief.", "cache_control": EPHEMERAL}
        ],
        "messages": [user("Now it is 2026-11-21T09:14:07Z"), said("Now it is 2026-11-21T09:14:09Z"), user("?")],
    }
    for indent in (None, 2):
        text = json.dumps(request, indent=indent)
        prompt = only("a.json", text)
        clocks = [part for part in prompt.parts if part.volatility.clock]
        assert [(part.path, part.block, placed(text, part)) for part in clocks] == [
            ("tools[0]", 0, "2026-11-21 09:14:07"),
            ("system[0]", 1, "2026-11-21T09:14:07Z"),
        ]
        assert "".join(part.text or "" for part in prompt.parts if part.block == 1) == request["system"][0]["text"]
        assert [part.text for part in prompt.parts if part.mark] == ["\nBe brief."]


def test_context_in_system_text() -> None:
    """What stands in tags and sections that are made for each turn is a part of its own, the clocks in it apart."""
    system = (
        "You are a bot. Use <memories> and <context>.\n<memories>\n- Ada likes short answers, see 2020-01-01.\n"
        "- As of now, 2026-11-21T09:14:07Z, she is in Graz.\n</memories>\n<memory_rules>\nNever mention what you remember of "
        "a person.\n</memory_rules>\n## Retrieved documents\nThe account may hold between minus 40 and 120 hours.\n## Rules\nBe kind."
    )
    prompt = read(system=system, messages=[user("Hi")])
    assert [(part.name, part.content) for part in prompt.parts[:-1]] == [
        ("system text", Content.TEXT),
        ("memories", Content.MEMORY),
        ("time stamp", Content.TEXT),
        ("memories", Content.MEMORY),
        ("system text", Content.TEXT),
        ("Retrieved documents", Content.RETRIEVED),
        ("system text", Content.TEXT),
    ]
    assert "".join(part.text or "" for part in prompt.parts[:-1]) == system


def test_parts_without_a_file_have_no_place() -> None:
    """A request that was parsed already has parts and marks without spans."""
    prompt = read(system=[{"type": "text", "text": "x", "cache_control": EPHEMERAL}], messages=[user("y")])
    assert [(part.span, part.mark) for part in prompt.parts] == [(None, Mark()), (None, None)]


def test_request_within_a_document() -> None:
    """Parts of a request that is one of many know their places in the whole file."""
    text = json.dumps(
        [
            {"body": {"model": "gpt-5.6", "messages": [user("Hi")]}},
            {"body": {"model": "gpt-5.6", "messages": [user("Ho")]}},
        ]
    )
    first, second = read_prompts("all.json", text)
    assert (first.parts[0].span, placed(text, second.parts[0])) == (Span(text.index("Hi"), text.index("Hi") + 2), "Ho")
    assert changing(first) == [("Hi", "per request")]


@pytest.mark.parametrize(
    ("key", "sure"),
    [
        ("req_01HXA9K3ZQ", Confidence.LIKELY),
        ("support-1795252447", Confidence.LIKELY),
        ("run-8f14e45f", Confidence.LIKELY),
        ("2026-11-21T09:14:07Z", Confidence.LIKELY),
        ("3b241101-e2bb-4255-8caf-4136c566a962", Confidence.POSSIBLE),
        ("tenant-5512", None),
        ("conversation-88", None),
        ("requests", None),
    ],
)
def test_a_routing_key_made_for_one_call(key: str, sure: Confidence | None) -> None:
    """The id of a request or a moment is a new key each time; a UUID may be a conversation's."""
    text = json.dumps({"model": "gpt-5.5", "prompt_cache_key": key, "messages": [user("Hi")]})
    facts = only("request.json", text).facts
    assert [fact.confidence for fact in facts] == ([sure] if sure else [])
    assert all(fact.span and text[fact.span.start : fact.span.end] == f'"{key}"' for fact in facts)


@pytest.mark.parametrize(
    ("description", "values"),
    [
        ("Search. Index last updated 2026-11-21T09:13:58Z.", ["2026-11-21T09:13:58Z"]),
        ("Search. Last indexed 3 minutes ago.", ["3 minutes ago"]),
        ("Search. Credits remaining: 4,211.", ["4,211"]),
        ("Search at an ISO time such as 2026-11-21T09:13:58Z.", []),
        ("Start time in ISO format: 2024-01-01T00:00:00Z", []),
        ("Commits since 2024-01-01, and not older than 3 days.", []),
    ],
)
def test_state_in_a_description(description: str, values: list[str]) -> None:
    """What a tool's description tells of the moment changes; its samples do not."""
    prompt = read(system="x", messages=[user("y")], tools=[{**TOOL, "description": description}])
    assert [part.text for part in prompt.parts if part.section is Section.TOOLS and part.origin] == values


@pytest.mark.parametrize(
    ("tools", "kind", "gone"),
    [
        ([TOOL], "tool_use", ()),
        ([{**TOOL, "name": "read"}], "tool_use", ("search",)),
        ([{**TOOL, "name": "read"}, {**TOOL, "defer_loading": True}], "tool_use", ()),
        ([{**TOOL, "name": "read"}], "server_tool_use", ()),
        ([], "tool_use", ()),
    ],
    ids=["there", "gone", "deferred", "the provider's", "none at all"],
)
def test_tools_that_were_called(tools: list[object], kind: str, gone: tuple[str, ...]) -> None:
    """A conversation that has called a tool which is no longer declared may have had other tools."""
    call = {"type": kind, "id": "t1", "name": "search", "input": {}}
    prompt = read(system="x", tools=tools, messages=[user("y"), said([call]), user("z")])
    assert [(fact.names, fact.confidence) for fact in prompt.facts] == ([(gone, Confidence.POSSIBLE)] if gone else [])


def test_a_request_that_is_still_to_be_made() -> None:
    """A request with placeholders in its messages is a template with marks: its words stay, its placeholders do not."""
    request = {
        "model": "claude-sonnet-5",
        "system": [{"type": "text", "text": "It is {{ now }}. Be brief.", "cache_control": HOUR}],
        "messages": [user([{"type": "text", "text": "Of 2026-11-21: {{ question }}"}])],
    }
    text = json.dumps(request)
    prompt = only("request.json", text)
    assert (prompt.evidence, marks(prompt)) == (Evidence.TEMPLATE, [("system[0]", "1h")])
    assert changing(prompt) == [("{{ now }}", "every second, unknown"), ("{{ question }}", "per request")]
    assert all(placed(text, part) == part.text for part in prompt.parts)


@pytest.mark.parametrize("name", ["prompt.json", "promptfooconfig.yaml"])
def test_marks_in_written_messages(name: str) -> None:
    """Messages that are written down keep the marks on their blocks, with their places."""
    chat = json.dumps(
        [
            {"role": "system", "content": [{"type": "text", "text": "Be brief.", "cache_control": HOUR}]},
            user("{{ question }}"),
        ]
    )
    text = chat if name.endswith("json") else f"prompts:\n  - '{chat}'\nproviders: [anthropic:messages:claude-opus-5]\n"
    prompt = only(name, text)
    (mark,) = (part.mark for part in prompt.parts if part.mark)
    assert mark.ttl == "1h"
    assert mark.span is not None
    assert json.loads(text[mark.span.start : mark.span.end]) == HOUR
