"""Requests with their texts, replayed like traces."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cachecalc.cli import errors
from cachecalc.cli.app import app
from cachecalc.core.imported import Imported
from cachecalc.core.model_names import index
from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Count, Prompt
from cachecalc.core.replay.scheme import Policy
from cachecalc.load import pricing
from cachecalc.logs import requests
from cachecalc.logs.read import read_logs
from cachecalc.logs.traces.texts import NO_MODEL, NO_TEXT, NO_TIME, Counting, Writer
from cachecalc.tokens.prompts import counters, counting
from tests.replay.build import counts, play_file, rule, write_lines

TOOL = {"name": "look", "description": "d" * 700, "input_schema": {"type": "object"}}
SYSTEM = "s" * 1500
ANSWER = {"role": "assistant", "content": "a" * 300}
MARK = {"cache_control": {"type": "ephemeral"}}


def count(prompt: Prompt, _: Model | None) -> Prompt:
    """A token a character."""
    return replace(prompt, parts=tuple(replace(part, count=Count(len(part.text or ""))) for part in prompt.parts))


def question(text: str, **others: object) -> dict[str, object]:
    return {"role": "user", "content": [{"type": "text", "text": text} | others]}


def capture(minute: float, messages: Sequence[object], system: object = SYSTEM, **usage: int) -> dict[str, object]:
    body = {"model": "claude-sonnet-4-6", "max_tokens": 9, "system": system, "messages": messages}
    response = {"model": "claude-sonnet-4-6", "usage": usage} if usage else {}
    return {"timestamp": 1_795_219_200 + 60 * minute, "provider": "anthropic", "request": body, "response": response}


def replayed(
    tmp_path: Path, captures: Sequence[object], *policies: Policy, marks: Sequence[int] = ()
) -> tuple[list[tuple[int, int]], Writer]:
    """What each policy reads and writes at five minutes and a minimum of 1,024 tokens."""
    log, imported, known = write_lines(tmp_path / "log.jsonl", captures), Imported(), index(pricing.bundled())
    writer = Writer(tmp_path, lambda model: Counting(model, count, len, marks))
    records = read_logs([str(log)], imported, unanswered=True)
    writer.write(requests.of_record(record, None, known) for record in records)
    rules = [rule(policy) for policy in policies]
    (written,) = writer.written.values()
    with tempfile.TemporaryDirectory() as folder:
        played = play_file(written.path, rules, Path(folder))
    return [counts(played, key) for key in rules], writer


def test_a_conversation_reads_what_it_said_before(tmp_path: Path) -> None:
    """The second turn: the system prompt and the first question, one token a character."""
    first = [question("q" * 100)]
    turns = [capture(0, first), capture(1, [*first, ANSWER, question("r" * 50)])]
    found, _ = replayed(tmp_path, turns, Policy.PREFIX, Policy.ROLLING)
    assert found == [(1600, 1600 + 350), (1600, 1600 + 350)]


def test_strangers_share_their_system_prompt(tmp_path: Path) -> None:
    """Which tools that look at one session at a time do not see."""
    asked = [capture(0, [question("q" * 100)]), capture(1, [question("x" * 100)])]
    found, _ = replayed(tmp_path, asked, Policy.PREFIX, Policy.ROLLING)
    assert found == [(1500, 1600 + 100), (0, 3200)]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(capture(1, [{"role": "user", "content": "q" * 100}]), id="a-string-for-a-block"),
        pytest.param(capture(1, [question("q" * 100)], [{"type": "text", "text": SYSTEM}]), id="a-list-for-a-string"),
        pytest.param(capture(1, [question("q" * 100, **MARK)]), id="a-mark-more"),
    ],
)
def test_what_means_the_same_to_a_provider_is_the_same(second: object, tmp_path: Path) -> None:
    """However it was written."""
    found, _ = replayed(tmp_path, [capture(0, [question("q" * 100)]), second], Policy.PREFIX)
    assert found == [(1600, 1600)]


@pytest.mark.parametrize(
    ("second", "read"),
    [
        pytest.param(capture(1, [question("q")], "s" * 1400 + "t" * 100), 1024, id="a-text-that-ends-otherwise"),
        pytest.param(capture(1, [question("q")], "t" + SYSTEM[1:]), 0, id="a-text-that-begins-otherwise"),
        pytest.param(capture(6, [question("q")]), 0, id="too-late"),
        pytest.param(capture(1, [{"role": "assistant", "content": "q"}]), 1500, id="another-role"),
    ],
)
def test_what_differs_ends_the_prefix(second: object, read: int, tmp_path: Path) -> None:
    """At the last whole piece of 512 characters before it."""
    found, _ = replayed(tmp_path, [capture(0, [question("q")]), second], Policy.PREFIX)
    assert found[0][0] == read


def test_marks_are_those_of_the_request(tmp_path: Path) -> None:
    """Behind the system prompt here; --mark stands in where there is none."""
    system = [{"type": "text", "text": SYSTEM} | MARK]
    asked = [capture(n, [question(str(n) * 100)], system) for n in range(3)]
    found, _ = replayed(tmp_path, asked, Policy.SYSTEM, Policy.MARKS)
    assert found == [(2 * 1500, 1500), (2 * 1500, 1500 + 300)]
    plain = [capture(n, [question(str(n) * 100)]) for n in range(3)]
    assert replayed(tmp_path, plain, Policy.SYSTEM, marks=(1200,))[0] == [(2 * 1200, 1200)]


def test_tools_come_first(tmp_path: Path) -> None:
    """In the order in which a provider hashes them; a definition is long, and is shared all the same."""
    asked = [capture(n, [question(str(n))]) for n in range(2)]
    for body in asked:
        body["request"]["tools"] = [TOOL]  # type: ignore[index]  # the request that `capture` made
    found, writer = replayed(tmp_path, asked, Policy.PREFIX)
    tool = len(json.dumps(TOOL, separators=(",", ":")))
    assert found == [(tool + 1500, tool + 1500 + 2)]
    assert list(writer.written) == ["claude-sonnet-4-6"]


def test_the_provider_s_own_count_is_the_length(tmp_path: Path) -> None:
    """What it has more than the texts belongs to nothing that could be shared."""
    usage = {"input_tokens": 300, "cache_creation_input_tokens": 1700, "output_tokens": 4}
    asked = [capture(n, [question("q" * 100)], **usage) for n in range(2)]
    found, _ = replayed(tmp_path, asked, Policy.PREFIX, Policy.ROLLING)
    assert found == [(1600, 1600), (1600, 2000 + 400)]


def test_requests_without_a_text_or_a_time_are_told(tmp_path: Path) -> None:
    """They cannot be played."""
    timeless = {key: value for key, value in capture(0, [question("q")]).items() if key != "timestamp"}
    textless = capture(1, [question("q")], input_tokens=5, output_tokens=5) | {"request": "kept elsewhere"}
    strange = capture(2, [question("q")]) | {"request": {"model": "house-model", "messages": [question("q")]}}
    _, writer = replayed(tmp_path, [capture(0, [question("q" * 9)]), timeless, textless, strange], Policy.PREFIX)
    assert writer.skipped == {NO_TIME: 1, NO_TEXT: 1, NO_MODEL: 1}


def chat(turns: int, model: str) -> dict[str, object]:
    """A request of OpenAI's chat completions, with a tool and its results."""
    messages: list[dict[str, object]] = [{"role": "system", "content": "Be brief. " * 300}]
    for turn in range(turns):
        messages.append({"role": "user", "content": f"question {turn} " * 40})
        if turn < turns - 1:
            made = {"id": f"call-{turn}", "type": "function", "function": {"name": "look", "arguments": '{"q": 1}'}}
            messages.append({"role": "assistant", "content": None, "tool_calls": [made]})
            messages.append({"role": "tool", "tool_call_id": f"call-{turn}", "content": "found " * 90})
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    return {"model": model, "tools": [tool], "messages": messages}


def response(turns: int, model: str) -> dict[str, object]:
    """A request of OpenAI's responses."""
    items = [{"role": "user", "content": f"question {turn} " * 40} for turn in range(turns)]
    return {"model": model, "instructions": "Be brief. " * 300, "input": items}


def messages(turns: int, model: str) -> dict[str, object]:
    """A request of Anthropic's messages."""
    items = [{"role": "user", "content": f"question {turn} " * 40} for turn in range(turns)]
    return {"model": model, "max_tokens": 9, "system": SYSTEM, "tools": [TOOL], "messages": items}


def contents(turns: int, model: str) -> dict[str, object]:
    """A request of Gemini's."""
    items = [{"role": "user", "parts": [{"text": f"question {turn} " * 40}]} for turn in range(turns)]
    return {"model": model, "systemInstruction": {"parts": [{"text": SYSTEM}]}, "contents": items}


@pytest.mark.parametrize(
    ("api", "model"),
    [
        pytest.param(chat, "gpt-5", id="chat"),
        pytest.param(chat, "gpt-4o", id="chat-of-older-models"),
        pytest.param(chat, "deepseek-chat", id="another-provider"),
        pytest.param(response, "gpt-5.6-sol", id="responses"),
        pytest.param(messages, "claude-sonnet-4-6", id="messages"),
        pytest.param(contents, "gemini-2.5-flash", id="contents"),
    ],
)
def test_a_prompt_is_a_prefix_of_the_next_one(
    api: Callable[[int, str], dict[str, object]], model: str, tmp_path: Path
) -> None:
    """To its last token, whatever providers add behind the last message: so every turn reads all of the one before."""
    prices, counter = pricing.bundled(), counters()
    known, counting_of = index(prices), counting()
    bodies = [api(turns, model) for turns in (1, 2, 3)]
    asked = [{"timestamp": 1_795_219_200 + n, "request": body, "response": {}} for n, body in enumerate(bodies)]
    log, imported = write_lines(tmp_path / "log.jsonl", asked), Imported()
    writer = Writer(tmp_path, lambda of: Counting(of, counting_of, lambda text: counter(of).count(text).tokens))
    records = read_logs([str(log)], imported, unanswered=True)
    writer.write(requests.of_record(record, None, known) for record in records)
    (written,) = writer.written.values()
    first, second, third = [json.loads(line) for line in written.path.read_text().splitlines()]
    assert second["runs"][: len(first["runs"])] == first["runs"]
    assert third["runs"][: len(second["runs"])] == second["runs"]
    assert first["input"] < second["input"] < third["input"]


def report_of(capture: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    with pytest.raises(SystemExit) as ended:
        errors.run(lambda: app(["replay", *arguments, "--format", "json"]))
    assert not ended.value.code
    return json.loads(capture.readouterr().out)  # type: ignore[no-any-return]  # the report


@pytest.fixture
def two_models(tmp_path: Path) -> str:
    """Two turns on each of two models, all with the same texts."""
    first = [question("What is a prompt cache? " * 20)]
    turns = [capture(0, first, SYSTEM * 4), capture(1, [*first, ANSWER, question("And?")], SYSTEM * 4)]
    others = [json.loads(json.dumps(turn).replace("claude-sonnet-4-6", "claude-sonnet-4-5")) for turn in turns]
    return str(write_lines(tmp_path / "log.jsonl", [*turns, *others]))


def test_each_model_is_played_on_its_own_requests(capsys: pytest.CaptureFixture[str], two_models: str) -> None:
    """Without a model named: entries are never shared between models."""
    report = report_of(capsys, two_models, "--policy", "rolling", "--ttl", "5m")
    assert report["split_by_model"]
    assert [(row["model"], row["requests"]) for row in report["baselines"]] == [
        ("claude-sonnet-4-6", 2),
        ("claude-sonnet-4-5", 2),
    ]
    assert [row["read_share"] > 0.4 for row in report["policies"]] == [True, True]
    assert report["requests"] == 4
    assert "`cachecalc why` sees them" in report["notes"][-1]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        pytest.param(
            ("--policy", "rolling", "--ttl", "5m"),
            "Cheapest, each model on its own requests: $0.02 instead of $0.03 without caching (-31.7 %), with rolling 5m "
            "on claude-sonnet-4-6, rolling 5m on claude-sonnet-4-5.\n",
            id="pays",
        ),
        pytest.param(
            ("--policy", "rolling", "--ttl", "1h"),
            "Caching does not pay on these requests, on none of 2 models.\n",
            id="does-not-pay",
        ),
        pytest.param(
            ("--policy", "best"),
            "No policy of the chosen ones can be carried out; the rows below are bounds of what caching can reach.\n",
            id="bounds",
        ),
    ],
)
def test_the_verdict_on_several_models(
    options: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str], two_models: str
) -> None:
    """One sentence for all."""
    with pytest.raises(SystemExit):
        errors.run(lambda: app(["replay", two_models, *options, "--format", "line"]))
    assert capsys.readouterr().out == line


def test_all_requests_are_played_on_the_models_named(capsys: pytest.CaptureFixture[str], two_models: str) -> None:
    """As if they had been sent there, so that all of them share."""
    report = report_of(
        capsys, two_models, "--model", "claude-sonnet-4-6", "--model", "gpt-5.6-sol", "--policy", "rolling"
    )
    assert report == report_of(capsys, two_models, "--model", "claude-sonnet-4-6,gpt-5.6-sol", "--policy", "rolling")
    assert not report["split_by_model"]
    assert {(row["model"], row["requests"]) for row in report["baselines"]} == {
        ("claude-sonnet-4-6", 4),
        ("gpt-5.6-sol", 4),
    }
    assert min(row["read_share"] for row in report["policies"]) > 0.7


@pytest.mark.parametrize(
    "wish", [("--ready-after", "2s"), ("--model", "claude-sonnet-4-6,gpt-5")], ids=["when", "models"]
)
def test_policies_are_played_where_only_they_have_an_answer(
    wish: tuple[str, str], capsys: pytest.CaptureFixture[str], two_models: str
) -> None:
    """Without --policy as well: a bill cannot tell of another model, or of entries that are not ready yet."""
    assert {row["policy"] for row in report_of(capsys, two_models, *wish)["policies"]} > {"rolling", "best"}


def test_policies_that_need_marks_are_left_out_where_there_are_none(
    capsys: pytest.CaptureFixture[str], two_models: str
) -> None:
    """And the report says so, instead of rows that do nothing."""
    report = report_of(capsys, two_models, "--policy", "rolling,system,system+pings", "--ttl", "5m")
    assert {row["policy"] for row in report["policies"]} == {"rolling"}
    assert report["notes"][0] == (
        "claude-sonnet-4-6, claude-sonnet-4-5: no request has marks, so `system`, `system+pings` would do nothing"
    )


def test_a_profile_of_request_logs_knows_sessions_and_prompts(tmp_path: Path) -> None:
    """Turns, growth and retention by the sessions that the log names; the prompts that the marks end."""
    system = [{"type": "text", "text": SYSTEM * 4} | MARK]
    said: list[object] = []
    asked = []
    for turn in range(4):
        said = [*said, question(f"q{turn} " * 50)]
        asked += [capture(turn, said, system) | {"session_id": name} for name in "ab"]
    log = str(write_lines(tmp_path / "log.jsonl", asked))
    target = tmp_path / "profile.yaml"
    with pytest.raises(SystemExit) as ended:
        errors.run(lambda: app(["replay", log, "--write-profile", str(target), "--format", "line"]))
    text = target.read_text()
    assert not ended.value.code
    assert "2 sessions, 4.0 turns each" in text
    assert (
        "one prompt up to the last mark (tenants, versions, ...),\n      # the commonest in 100 % of requests" in text
    )


def test_the_command_says_if_a_log_keeps_no_prompts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Instead of a bill of nothing."""
    textless = capture(1, [question("q")], input_tokens=5, output_tokens=5) | {"request": "kept elsewhere"}
    log = str(write_lines(tmp_path / "log.jsonl", [textless]))
    with pytest.raises(SystemExit) as ended:
        errors.run(lambda: app(["replay", log, "--policy", "rolling"]))
    assert ended.value.code == errors.BAD_INPUT
    assert "the logs keep no prompts that could be played" in capsys.readouterr().err
