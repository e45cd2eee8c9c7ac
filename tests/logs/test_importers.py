"""Every format, from a small log of it to requests in buckets that never overlap."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cachecalc.core.imported import Imported
from cachecalc.core.record import Record
from cachecalc.logs import importers
from cachecalc.logs.importers import rows
from cachecalc.logs.read import read_logs
from tests.logs.samples import ANTHROPIC_USAGE, CHAT_USAGE, SAMPLES, SONNET, Expected, Json, lines

FORMATS = [pytest.param(name, id=name) for name in SAMPLES]


def imported(tmp_path: Path, entries: Sequence[Json], **options: Any) -> tuple[list[Record], Imported]:
    file = tmp_path / "log.jsonl"
    file.write_text(lines(entries))
    report = Imported()
    return list(read_logs([str(file)], report, **options)), report


def buckets(record: Record) -> Expected:
    usage = record.usage
    assert usage is not None
    return Expected(record.model, usage.input, usage.cache_read, usage.cache_write, usage.output)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_found_by_content_and_read(tmp_path: Path, name: str) -> None:
    """Each sample is taken by its own importer and gives exactly the requests that it tells of."""
    records, report = imported(tmp_path, SAMPLES[name].entries)
    assert [buckets(record) for record in records] == SAMPLES[name].requests
    assert dict(report.formats) == {name: len(SAMPLES[name].requests)}
    assert not report.skipped


@pytest.mark.parametrize("name", FORMATS)
def test_only_one_importer_knows_an_entry(name: str) -> None:
    """Detection does not hang on the order of the registry; plain rows are what is left over."""
    for entry in SAMPLES[name].entries:
        found = [importer.name for importer in importers.IMPORTERS if importer.matches(entry)]
        assert found == ([] if name == "rows" else [name])


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in {"har", "rows"}])
def test_a_copy_of_a_log_adds_nothing(tmp_path: Path, name: str) -> None:
    """Reading a log with a copy of itself gives the requests once. The samples left out name no request, so a copy could
    not be told from an equal request."""
    entries = SAMPLES[name].entries
    once, _ = imported(tmp_path, entries)
    twice, report = imported(tmp_path, [*entries, *entries])
    assert [buckets(record) for record in twice] == [buckets(record) for record in once]
    assert report.merged >= len(once)


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_can_be_given(tmp_path: Path, name: str) -> None:
    """`--from` reads the same as detection does."""
    records, _ = imported(tmp_path, SAMPLES[name].entries, source=name)
    assert [buckets(record) for record in records] == SAMPLES[name].requests


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        pytest.param("claude-code", "session", "s1", id="session of Claude Code"),
        pytest.param("codex", "session", "t1", id="session of Codex"),
        pytest.param("codex", "tags", {"project": "/home/me/shop"}, id="project of Codex"),
        pytest.param("litellm", "charged", Decimal("0.002"), id="spend of LiteLLM"),
        pytest.param("litellm", "tags", {"tag": "nightly"}, id="tags of LiteLLM"),
        pytest.param("bedrock-log", "tags", {"user": "ada"}, id="caller in Bedrock's log"),
        pytest.param("helicone", "session", "s1", id="session of Helicone"),
        pytest.param("langfuse", "charged", Decimal("0.002"), id="cost of Langfuse"),
        pytest.param("otel", "provider", "anthropic", id="provider of a span"),
        pytest.param("anthropic-csv", "tags", {"workspace": "Default"}, id="workspace in the console's table"),
        pytest.param("capture", "session", "s1", id="session of a capture"),
        pytest.param("cassette", "provider", "bedrock", id="provider by the address"),
        pytest.param("har", "provider", "google", id="provider by the address in a HAR"),
        pytest.param("batch", "service", "batch", id="batch prices"),
    ],
)
def test_what_else_a_record_says(tmp_path: Path, name: str, field: str, value: object) -> None:
    """Sessions, tags, costs and services come along with the first request of each sample."""
    records, _ = imported(tmp_path, SAMPLES[name].entries)
    assert getattr(records[0], field) == value


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in {"batch", "response"}])
def test_every_format_says_when(tmp_path: Path, name: str) -> None:
    """The moment of the first request is read from each sample that holds one, in UTC."""
    records, _ = imported(tmp_path, SAMPLES[name].entries)
    moment = records[0].at
    assert moment is not None
    assert moment.astimezone(dt.UTC).date() == dt.date(2026, 5, 1)


@pytest.mark.parametrize("name", ["anthropic-admin", "anthropic-csv", "openai-admin"])
def test_exports_are_sums(tmp_path: Path, name: str) -> None:
    """An admin export's row stands for a span of time, and for no single request."""
    records, _ = imported(tmp_path, SAMPLES[name].entries)
    assert records[0].until is not None
    assert records[0].requests in {None, 12}


def test_entries_of_no_request_are_counted(tmp_path: Path) -> None:
    """Summaries, prompts, failures and cache answers are counted by kind, not dropped."""
    _, claude_code = imported(tmp_path, SAMPLES["claude-code"].entries)
    assert dict(claude_code.others) == {"line of type summary": 1, "line of type user": 1}
    assert claude_code.merged == 1
    _, litellm = imported(tmp_path, SAMPLES["litellm"].entries)
    assert dict(litellm.others) == {"request answered from LiteLLM's own cache": 1, "failed request": 1}


def test_anthropic_charges_are_cents(tmp_path: Path) -> None:
    """The amounts of Anthropic's cost report are in cents, and what is not for tokens is kept apart."""
    results = [
        {"amount": "123.45", "currency": "USD", "cost_type": "tokens", "model": SONNET, "token_type": "output_tokens"},
        {"amount": "50", "currency": "USD", "cost_type": "web_search"},
    ]
    entry = {"starting_at": "2026-05-01T00:00:00Z", "ending_at": "2026-05-02T00:00:00Z", "results": results}
    records, _ = imported(tmp_path, [{"data": [entry], "has_more": False}])
    assert [record.charged for record in records] == [Decimal("1.2345"), Decimal("0.5")]
    assert [record.tags["cost_type"] for record in records] == ["tokens", "web_search"]


def test_openai_costs_are_dollars(tmp_path: Path) -> None:
    """The amounts of OpenAI's costs are dollars; a line item names the model."""
    result = {
        "object": "organization.costs.result",
        "amount": {"value": 1.25, "currency": "usd"},
        "line_item": "gpt-5, cached input",
    }
    bucket = {"object": "bucket", "start_time": 1777593600, "end_time": 1777680000, "results": [result]}
    records, _ = imported(tmp_path, [{"object": "page", "data": [bucket]}])
    assert [(record.charged, record.model) for record in records] == [(Decimal("1.25"), "gpt-5")]


def test_iterations_are_summed_by_model(tmp_path: Path) -> None:
    """Compaction runs are added to the request, an adviser's tokens are billed as the adviser's model, once."""
    run = {"input_tokens": 10, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 0, "output_tokens": 5}
    usage = {
        **run,
        "iterations": [
            {**run, "type": "compaction", "cache_creation_input_tokens": 900},
            {**run, "type": "message"},
            {**run, "type": "advisor_message", "model": "claude-opus-4-8"},
        ],
    }
    records, _ = imported(tmp_path, [{"id": "msg_1", "model": SONNET, "usage": usage}])
    assert [buckets(record) for record in records] == [
        Expected(SONNET, 20, 200, {"unknown": 900}, 10),
        Expected("claude-opus-4-8", 10, 100, {}, 5),
    ]
    assert [record.requests for record in records] == [1, 0]
    assert records[0].usage is not None
    assert records[0].usage.prompt == 1010


def test_a_stream_keeps_the_lifetimes_of_its_start(tmp_path: Path) -> None:
    """`message_delta` repeats the total of the writes without their lifetimes, which only `message_start` has."""
    records, _ = imported(tmp_path, SAMPLES["capture"].entries)
    assert records[2].usage is not None
    assert records[2].usage.cache_write == {"5m": 100, "1h": 200}


def test_writes_get_the_lifetime_that_was_asked_for(tmp_path: Path) -> None:
    """A count of writes without lifetimes takes that of the request's marks, if they all ask for the same."""
    usage = {
        "prompt_tokens": 900,
        "completion_tokens": 1,
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 800},
    }
    marks = [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    one = {
        "request": {"model": SONNET, "messages": [{"content": marks}]},
        "response": {"model": SONNET, "usage": usage},
    }
    both = [*marks, {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}]
    two = {"request": {"model": SONNET, "messages": [{"content": both}]}, "response": {"model": SONNET, "usage": usage}}
    records, _ = imported(tmp_path, [one, two])
    assert [record.usage and record.usage.cache_write for record in records] == [{"1h": 800}, {"unknown": 800}]


def test_the_model_that_answered_is_billed(tmp_path: Path) -> None:
    """A router may answer with another model than the one asked for."""
    entry = {
        "url": "https://openrouter.ai/api/v1/chat/completions",
        "request": {"model": "google/gemini-2.0-flash-exp:free", "messages": []},
        "response": {"model": "x-ai/grok-4", "usage": {**CHAT_USAGE, "cost": 0.01}},
    }
    records, _ = imported(tmp_path, [entry])
    assert (records[0].model, records[0].charged) == ("x-ai/grok-4", Decimal("0.01"))


def test_a_named_cache_is_stored_until_it_expires(tmp_path: Path) -> None:
    """Creating Gemini's named cache costs its tokens once, and storage for its life; it is no request."""
    entry = {
        "url": "https://generativelanguage.googleapis.com/v1beta/cachedContents",
        "request": {"model": "models/gemini-2.5-flash"},
        "response": {
            "name": "cachedContents/abc",
            "model": "models/gemini-2.5-flash",
            "createTime": "2026-05-01T10:00:00Z",
            "expireTime": "2026-05-01T11:00:00Z",
            "usageMetadata": {"totalTokenCount": 5000},
        },
    }
    records, report = imported(tmp_path, [entry, entry])
    assert len(records) == 1
    assert records[0].usage is not None
    assert (records[0].requests, records[0].usage.input, records[0].usage.storage) == (0, 5000, 5000 * 3600)
    assert "a named cache is taken to have been kept until it expires" in report.warnings


def test_fetching_an_answer_again_is_no_request(tmp_path: Path) -> None:
    """A GET that returns a stored response, usage and all, is not billed."""
    response = {"id": "resp_1", "created_at": 1777629600, "model": "gpt-5", "usage": CHAT_USAGE}
    entry = {"method": "GET", "url": "https://api.openai.com/v1/responses/resp_1", "request": "", "response": response}
    records, report = imported(tmp_path, [entry])
    assert not records
    assert dict(report.others) == {"exchange with no model": 1}


def test_five_minutes_of_storage_on_openrouter(tmp_path: Path) -> None:
    """OpenRouter's writes of Gemini tokens are five minutes of storage, on top of the read of the same tokens."""
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 1,
        "prompt_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 900},
    }
    records, report = imported(tmp_path, [{"model": "google/gemini-2.5-flash", "usage": usage}])
    assert records[0].usage is not None
    assert records[0].usage[:5] == (100, 1, 900, {}, 900 * 300)
    assert not report.warnings


def test_codex_totals_stand_in_for_what_was_added(tmp_path: Path) -> None:
    """Without `last_token_usage`, a request is the difference of two running totals."""
    events = [
        {"timestamp": "2026-05-01T10:00:00Z", "type": "turn_context", "payload": {"model": "gpt-5"}},
        *(
            {
                "timestamp": f"2026-05-01T10:00:0{second}Z",
                "type": "event_msg",
                "payload": {"type": "token_count", "info": {"total_token_usage": total}},
            }
            for second, total in enumerate(
                (
                    {"input_tokens": 100, "cached_input_tokens": 40, "output_tokens": 5},
                    {"input_tokens": 250, "cached_input_tokens": 140, "output_tokens": 9},
                )
            )
        ),
    ]
    records, _ = imported(tmp_path, events)
    assert [buckets(record)[1:] for record in records] == [(60, 40, {}, 5), (50, 100, {}, 4)]


def test_rows_under_names_of_the_users_own(tmp_path: Path) -> None:
    """`--columns` says which column holds what; `prompt` includes the cached part, `input` does not."""
    row = {"when": "2026-05-01", "llm": "gpt-5", "tok_in": 3000, "tok_hit": 2560, "tok_out": 40, "team": "search"}
    given = rows.parse_columns(["time=when,model=llm,prompt=tok_in", "cache_read=tok_hit,output=tok_out,tag.team=team"])
    records, _ = imported(tmp_path, [row], columns=given)
    assert buckets(records[0])[:3] == ("gpt-5", 440, 2560)
    assert records[0].tags == {"team": "search"}
    given = rows.parse_columns(["model=llm,input=tok_in,cache_read=tok_hit,cache_write_1h=tok_out"])
    records, _ = imported(tmp_path, [row], columns=given)
    assert buckets(records[0])[1:] == (3000, 2560, {"1h": 40}, None)


def test_a_column_named_by_convention_counts_all_input(tmp_path: Path) -> None:
    """`input=prompt_tokens` is the whole prompt, for that is what columns of that name hold everywhere."""
    row = {"model": "gpt-5", "prompt_tokens": 3000, "hit": 2560, "completion_tokens": 40}
    given = rows.parse_columns(["input=prompt_tokens,cache_read=hit,output=completion_tokens"])
    records, _ = imported(tmp_path, [row], columns=given)
    assert buckets(records[0])[1:3] == (440, 2560)


def test_unknown_counts_leave_a_request_unpriced(tmp_path: Path) -> None:
    """A count of tokens under a name that nobody knows is named, not taken for nothing; settings are no counts."""
    odd = {"model": SONNET, "usage": {**ANTHROPIC_USAGE, "quantum_tokens": 5, "max_tokens": 4096}}
    records, _ = imported(tmp_path, [odd])
    assert records[0].usage is not None
    assert records[0].usage.unknown == ("quantum_tokens",)


def test_a_later_copy_with_more_output_corrects_the_first(tmp_path: Path) -> None:
    """The same message further down, complete by then, adds the missing output and no request."""
    entries = [SAMPLES["claude-code"].entries[index] for index in (2, 4, 3)]
    records, report = imported(tmp_path, entries)
    assert [record.requests for record in records] == [1, 1, 0]
    assert sum(record.usage.output or 0 for record in records if record.usage) == 50 + 9
    assert report.merged == 1


def answered(number: int, side: object = False, agent: str | None = None, above: str = "", **more: object) -> Json:
    """A line of an answer in a session of Claude Code."""
    usage = {"input_tokens": 3, "cache_read_input_tokens": 900, "cache_creation_input_tokens": 9, "output_tokens": 5}
    ids = {"sessionId": "s", "uuid": f"u{number}", "parentUuid": above, "requestId": f"r{number}", "agentId": agent}
    message = {"id": f"m{number}", "model": SONNET, "usage": usage}
    return {"type": "assistant", "isSidechain": side, **ids, "message": message, **more}


def test_the_conversations_of_a_session(tmp_path: Path) -> None:
    """A side agent's requests are told from the main ones: by its id, or by the line before each of its lines."""
    entries = [
        answered(1),
        answered(2, side=True, agent="a"),
        {"type": "user", "sessionId": "s", "isSidechain": True, "uuid": "q", "parentUuid": None},
        answered(3, side=True, above="q"),
        answered(4, side=True, above="u3"),
        answered(5, above="u1"),
    ]
    records, _ = imported(tmp_path, entries)
    assert [record.thread for record in records] == ["", "a", "q", "q", ""]
    assert {record.session for record in records} == {"s"}


def test_a_history_that_was_summed_up(tmp_path: Path) -> None:
    """The first request after a compaction is known as such, from whichever of its lines it is taken."""
    boundary = {"type": "system", "subtype": "compact_boundary", "sessionId": "s"}
    first, final = answered(1), dict(answered(2))
    final["message"] = final["message"] | {"usage": final["message"]["usage"] | {"output_tokens": 50}}
    records, _ = imported(tmp_path, [first, boundary, answered(2), final, answered(3)])
    assert [record.is_compacted for record in records] == [False, True, False]


def call(span: str, parent: str = "", **attributes: object) -> Json:
    """A span of a model's call."""
    values = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 900, "gen_ai.usage.output_tokens": 9}
    ids = {"trace_id": "t", "span_id": span, "parent_id": parent}
    return {"name": "chat", **ids, "attributes": {**values, **attributes}}


@pytest.mark.parametrize(
    ("spans", "requests"),
    [
        pytest.param([call("b", "a"), call("a")], 1, id="a framework above its client, the client first"),
        pytest.param([call("a"), call("b", "a")], 1, id="the framework first"),
        pytest.param(
            [call("a", **{"gen_ai.response.id": "r"}), call("x", **{"gen_ai.response.id": "r"})], 1, id="one response"
        ),
        pytest.param([call("a"), call("b", "a", **{"gen_ai.usage.output_tokens": 8})], 2, id="a call within a call"),
        pytest.param([call("a", "root"), call("b", "root")], 2, id="calls side by side"),
    ],
)
def test_two_layers_of_one_call(tmp_path: Path, spans: list[Json], requests: int) -> None:
    """What a framework and the client below it both record is one request; nothing else is merged."""
    records, report = imported(tmp_path, spans)
    assert (len(records), report.merged) == (requests, 2 - requests)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"sessionId": "s", "usageDetails": {"input": 5}, "type": "GENERATION"}, id="an observation"),
        pytest.param({"sessionId": "s", "input_tokens": 5, "output_tokens": 1}, id="a row"),
    ],
)
def test_a_session_alone_is_not_claude_code(tmp_path: Path, entry: Json) -> None:
    """Other formats name sessions with the same word."""
    records, report = imported(tmp_path, [entry])
    assert (len(records), dict(report.others)) == (1, {})


@pytest.mark.parametrize(
    ("host", "geo"), [("api.openai.com", None), ("eu.api.openai.com", "eu"), ("api.anthropic.com", None)]
)
def test_the_region_is_in_the_address(tmp_path: Path, host: str, geo: str | None) -> None:
    """OpenAI has one host for each region, and charges more for it."""
    usage = {"usage": {"prompt_tokens": 9, "completion_tokens": 1}}
    (record,), _ = imported(
        tmp_path, [{"uri": f"https://{host}/v1/chat/completions", "request": {"messages": []}, "response": usage}]
    )
    assert record.geo == geo


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1%3A0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        (
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-sonnet-4-6",
            "us.anthropic.claude-sonnet-4-6",
        ),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
    ],
)
def test_the_model_is_in_the_address(tmp_path: Path, path: str, model: str) -> None:
    """Bedrock names the model in the path: by its id, or by the resource that ends in one."""
    answer = {"usage": {"inputTokens": 5, "outputTokens": 1}}
    url = f"https://bedrock-runtime.us-east-1.amazonaws.com/model/{path}/converse"
    (record,), _ = imported(tmp_path, [{"uri": url, "request": {"messages": []}, "response": answer}])
    assert record.model == model


def test_shared_samples_are_all_imported(data: Path) -> None:
    """Every recorded example of a log format gives requests, and nothing in it is lost."""
    for file in sorted((data / "samples").glob("*.json*")):
        report = Imported()
        records = list(read_logs([str(file)], report))
        assert records, file.name
        assert not report.skipped, file.name


def test_shared_usage_objects_are_all_imported(data: Path) -> None:
    """Each of 136 real usage objects gives a request whose buckets fit its own totals."""
    file, report = data / "usage_vectors.jsonl", Imported()
    records = list(read_logs([str(file)], report))
    raws = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(records) == len(raws) == 136
    assert set(report.warnings) <= {"cached tokens are counted on another basis than the billed ones: left out"}
    for record, raw in zip(records, raws, strict=True):
        assert record.usage is not None
        _fits(record, raw["usage"])


def _fits(record: Record, raw: Json) -> None:
    usage = record.usage
    assert usage is not None
    assert not usage.unknown
    assert all(tokens >= 0 for tokens in (usage.input or 0, usage.cache_read or 0, usage.written, usage.output or 0))
    total = raw.get("total_tokens", raw.get("totalTokens", raw.get("totalTokenCount")))
    if total is not None and not raw.get("iterations"):
        assert usage.input_tokens + (usage.output or 0) == total
