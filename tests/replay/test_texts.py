"""Requests with their texts, replayed like traces."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

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
from cachecalc.logs.traces.texts import NO_TEXT, NO_TIME, Texts
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
) -> tuple[list[tuple[int, int]], Texts]:
    """What each policy reads and writes at five minutes and a minimum of 1,024 tokens."""
    log, imported, known = write_lines(tmp_path / "log.jsonl", captures), Imported(), index(pricing.bundled())
    texts = Texts(count, marks=marks)
    records = read_logs([str(log)], imported)
    texts.write((requests.of_record(record, None, known) for record in records), tmp_path / "runs.jsonl")
    rules = [rule(policy) for policy in policies]
    with tempfile.TemporaryDirectory() as folder:
        played = play_file(tmp_path / "runs.jsonl", rules, Path(folder))
    return [counts(played, key) for key in rules], texts


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


def test_tools_come_first_and_the_first_model_counts(tmp_path: Path) -> None:
    """In the order in which a provider hashes them; a definition is long, and is shared all the same."""
    asked = [capture(n, [question(str(n))]) for n in range(2)]
    for body in asked:
        body["request"]["tools"] = [TOOL]  # type: ignore[index]  # the request that `capture` made
    found, texts = replayed(tmp_path, asked, Policy.PREFIX)
    tool = len(json.dumps(TOOL, separators=(",", ":")))
    assert found == [(tool + 1500, tool + 1500 + 2)]
    assert (texts.model and texts.model.id) == "claude-sonnet-4-6"


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
    _, texts = replayed(tmp_path, [capture(0, [question("q" * 9)]), timeless, textless], Policy.PREFIX)
    assert texts.skipped == {NO_TIME: 1, NO_TEXT: 1}


def test_the_command_plays_policies_on_request_logs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Where it is asked to; on the log's own model, if none is named."""
    first = [question("What is a prompt cache? " * 20)]
    turns = [capture(0, first, SYSTEM * 4), capture(1, [*first, ANSWER, question("And?")], SYSTEM * 4)]
    log = str(write_lines(tmp_path / "log.jsonl", turns))
    with pytest.raises(SystemExit) as ended:
        errors.run(lambda: app(["replay", log, "--policy", "rolling", "--ttl", "5m", "--format", "json"]))
    report = json.loads(capsys.readouterr().out)
    assert not ended.value.code
    assert [(row["model"], row["policy"], row["ttl"]) for row in report["policies"]] == [
        ("claude-sonnet-4-6", "rolling", "5m")
    ]
    assert report["policies"][0]["read_share"] > 0.4
    assert "counted for claude-sonnet-4-6" in report["notes"][-1]


def test_the_command_says_if_a_log_keeps_no_prompts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Instead of a bill of nothing."""
    textless = capture(1, [question("q")], input_tokens=5, output_tokens=5) | {"request": "kept elsewhere"}
    log = str(write_lines(tmp_path / "log.jsonl", [textless]))
    with pytest.raises(SystemExit) as ended:
        errors.run(lambda: app(["replay", log, "--policy", "rolling"]))
    assert ended.value.code == errors.BAD_INPUT
    assert "the logs keep no prompts that could be played" in capsys.readouterr().err
