from __future__ import annotations

import json
from pathlib import Path

import pytest

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Evidence
from cachecalc.load.prompts import read_prompts
from tests.prompts.rows import only, placed

CLAUDE = {"model": "claude-sonnet-5", "system": "Été", "messages": [{"role": "user", "content": "Hi"}]}
CHAT = {"model": "gpt-5.6", "messages": [{"role": "user", "content": "Hi"}]}
CONVERSE = {"system": [{"text": "x"}], "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
ANSWER = {"content": [{"type": "text", "text": "Hello"}], "usage": {"input_tokens": 3}}


@pytest.mark.parametrize(
    ("value", "name", "model", "provider"),
    [
        pytest.param({"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions", "body": CHAT}, "r1", "gpt-5.6", "openai", id="OpenAI batch"),
        pytest.param({"custom_id": "r1", "params": CLAUDE}, "r1", "claude-sonnet-5", "anthropic", id="Claude batch"),
        pytest.param(
            {"timestamp": "2026-11-21T00:00:00Z", "session_id": "s1", "provider": "vertex", "request": CLAUDE, "response": ANSWER},
            "s1", "claude-sonnet-5", "vertex", id="capture",
        ),
        pytest.param(
            {"modelId": "amazon.nova-2", "input": {"inputBodyJson": CONVERSE}, "output": {"outputBodyJson": {}}},
            "log", "amazon.nova-2", "amazon", id="Bedrock invocation log",
        ),
        pytest.param(
            {"uri": "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-v1%3A0/converse", "body": json.dumps(CONVERSE)},
            "log", "us.anthropic.claude-v1:0", "bedrock", id="body as text, model in the address",
        ),
        pytest.param(
            {"url": "https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:generateContent", "request": GEMINI},
            "log", "gemini-3.8-flash", "google", id="Gemini's address",
        ),
        pytest.param(
            {"log": {"entries": [{"request": {"url": "https://openrouter.ai/api/v1", "postData": {"text": json.dumps(CHAT)}}}]}},
            "request 1", "gpt-5.6", "openrouter", id="browser's archive",
        ),
        pytest.param(
            {"interactions": [{"request": {"uri": "https://api.anthropic.com/v1/messages", "body": {"string": json.dumps(CLAUDE)}}, "response": {}}]},
            "request 1", "claude-sonnet-5", "anthropic", id="cassette",
        ),
    ],
)  # fmt: skip
def test_wrappings(value: dict[str, object], name: str, model: str, provider: str) -> None:
    """A request is found in whatever recorded it, with what the wrapping says of it, and at its exact place."""
    text = json.dumps(value)
    prompt = only("log.json", text)
    assert (prompt.name, prompt.model, prompt.provider, prompt.evidence) == (name, model, provider, Evidence.PAYLOAD)
    assert placed(text, prompt.parts[-1]) == "Hi"


def test_place_in_json_in_json() -> None:
    """A text within a body that was itself recorded as text is found through both layers of escapes."""
    text = json.dumps({"body": json.dumps(CLAUDE)})
    (system, _) = only("a.json", text).parts
    assert (system.text, placed(text, system)) == ("Été", "\\\\u00c9t\\\\u00e9")


def test_cassette_in_yaml() -> None:
    """A cassette's body stands in a quoted YAML scalar, folded over lines as YAML likes."""
    body = json.dumps(CLAUDE).replace(', "messages"', ',\n      "messages"')
    text = f"interactions:\n- request:\n    body: '{body}'\n    uri: https://api.anthropic.com/v1/messages\n"
    prompt = only("cassette.yaml", text)
    assert placed(text, prompt.parts[-1]) == "Hi"


def test_lines() -> None:
    """One request a line, blank lines and other records between; a line still being written is left out."""
    rows = [
        json.dumps({"custom_id": "a", "params": CLAUDE}),
        "",
        json.dumps({"event": "start"}),
        json.dumps({"request": CHAT}),
    ]
    text = "\r\n".join(rows) + '\r\n{"request": {"mess'
    first, second = read_prompts("log.jsonl", text)
    assert (first.name, second.name) == ("a", "line 4")
    assert [placed(text, prompt.parts[-1]) for prompt in (first, second)] == ["Hi", "Hi"]


def test_broken_lines_are_reported_together() -> None:
    """Every line that is not JSON is a fault of its own."""
    text = '{"messages": }\n' + json.dumps(CHAT) + '\n{"messages": ]\n'
    with pytest.raises(InputError) as caught:
        read_prompts("log.jsonl", text)
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(1, 14), (3, 14)]


def test_training_data_is_no_request() -> None:
    """Conversations that end with the answer and name no model are there to train on."""
    row = {"messages": [*CHAT["messages"], {"role": "assistant", "content": "Hello"}]}
    assert read_prompts("train.jsonl", json.dumps(row) + "\n") == []


@pytest.mark.parametrize(
    ("file", "prompts"),
    [
        ("wire_anthropic_pair.json", 2),
        ("wire_openai_chat_pair.json", 2),
        ("wire_openai_responses_pair.json", 2),
        ("wire_openrouter_anthropic_pair.json", 2),
        ("wire_gemini_explicit_cache.json", 3),
        ("wire_mistral_pair.json", 2),
        ("wire_cohere.json", 1),
        ("bedrock_model_invocation_log.json", 1),
    ],
)
def test_real_recordings(file: str, prompts: int, data: Path) -> None:
    """Each real recording gives its requests, and nothing else in it is taken for one."""
    text = (data / "samples" / file).read_text()
    found = read_prompts(file, text)
    assert len(found) == prompts
    assert all(part.span for prompt in found for part in prompt.parts)
