from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from cachecalc.core.problem import InputError
from cachecalc.tokens import counter_for, official
from cachecalc.tokens.official import Official
from cachecalc.tokens.registry import api_name


@pytest.fixture(autouse=True)
def _own_address(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The SDK finds the test's server and key as a user's would be found."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", httpserver.url_for("").rstrip("/"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")
    official._client.cache_clear()
    yield
    official._client.cache_clear()


def serve_counts(httpserver: HTTPServer) -> list[dict[str, object]]:
    """A server that counts words, and seven tokens of frame; returns the requests it will have got."""
    seen: list[dict[str, object]] = []

    def answer(request: Request) -> Response:
        seen.append({**json.loads(request.data), "key": "test-key" in str(request.headers)})
        text = str(json.loads(request.data)["messages"][0]["content"])
        return Response(json.dumps({"input_tokens": 7 + len(text.split())}), content_type="application/json")

    httpserver.expect_request("/v1/messages/count_tokens", method="POST").respond_with_handler(answer)
    return seen


def test_count_is_the_endpoints_without_the_frame(httpserver: HTTPServer) -> None:
    """The text goes out as one message under the model's name, and the frame comes off."""
    seen = serve_counts(httpserver)
    count = Official("claude-v3", "claude-haiku-4-5").count("three little words")
    assert (count.tokens, count.error, count.counter) == (3, 0.0, "count_tokens claude-haiku-4-5")
    message = {"role": "user", "content": "three little words"}
    assert seen == [{"model": "claude-haiku-4-5", "messages": [message], "key": True}]


def test_blank_texts(httpserver: HTTPServer) -> None:
    """Nothing is not asked for; white space alone, which the endpoint refuses, is asked for behind a full stop."""
    seen = serve_counts(httpserver)
    counter = Official("claude-v3", "claude-haiku-4-5")
    assert (counter.count("").tokens, counter.count(" \n").tokens) == (0, 0)
    assert len(seen) == 2


def test_a_text_is_sent_once(httpserver: HTTPServer, tmp_path: Path) -> None:
    """`exact` counters keep what they were told."""
    seen = serve_counts(httpserver)
    for _ in range(3):
        counter = counter_for("claude-v3", exact=True, model="claude-haiku-4-5", cache=tmp_path)
        assert counter.count("two words").tokens == 2
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("status", "help"),
    [(401, "check ANTHROPIC_API_KEY"), (404, "name the model as the API does"), (400, "leave out --exact")],
)
def test_refusals_are_clear(httpserver: HTTPServer, status: int, help: str) -> None:
    """What the endpoint refuses becomes one message that says what to do."""
    body = {"type": "error", "error": {"type": "some_error", "message": "no, thank you"}}
    httpserver.expect_request("/v1/messages/count_tokens").respond_with_json(body, status=status)
    with pytest.raises(InputError, match="refused") as caught:
        Official("claude-v3", "claude-haiku-4-5").count("text")
    assert caught.value.problems[0].help.startswith(help)


def test_no_key_is_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key the message names the variable."""
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(InputError, match="ANTHROPIC_API_KEY"):
        Official("claude-v3", "claude-haiku-4-5").count("text")


def test_no_connection_is_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing answers, the message says how to count offline."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(InputError, match="leave out --exact"):
        Official("claude-v3", "claude-haiku-4-5", base_url="http://127.0.0.1:9").count("text")


@pytest.mark.parametrize(
    ("name", "api"),
    [
        ("claude-haiku-4-5", "claude-haiku-4-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        ("global.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("anthropic/claude-sonnet-4.6", "claude-sonnet-4-6"),
        ("claude-opus-4-5@20251101", "claude-opus-4-5"),
        ("my-model", "my-model"),
    ],
)
def test_api_names(name: str, api: str) -> None:
    """Names at clouds and gateways are turned into Anthropic's own."""
    assert api_name(name) == api
