"""A small log of every format, written for these tests, with the requests that it tells of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Json = Mapping[str, Any]


class Expected(NamedTuple):
    """What a request must come out as. `write` is by TTL label."""

    model: str | None
    input: int | None
    read: int | None
    write: Mapping[str, int] | None
    output: int | None


class Sample(NamedTuple):
    """Entries of a log, and the requests in them."""

    entries: list[Json]
    requests: list[Expected]


SONNET = "claude-sonnet-4-6"
ANTHROPIC_USAGE = {
    "input_tokens": 7,
    "cache_creation_input_tokens": 300,
    "cache_read_input_tokens": 2000,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
    "output_tokens": 50,
    "service_tier": "standard",
}
CHAT_USAGE = {
    "prompt_tokens": 3000,
    "completion_tokens": 40,
    "total_tokens": 3040,
    "prompt_tokens_details": {"cached_tokens": 2560, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 12},
}
CLAUDE = Expected(SONNET, 7, 2000, {"5m": 100, "1h": 200}, 50)
CHAT = Expected("gpt-5", 440, 2560, {}, 40)


def _claude_code(message: str, output: int, **more: Any) -> Json:
    body = {"id": message, "role": "assistant", "model": SONNET, "usage": {**ANTHROPIC_USAGE, "output_tokens": output}}
    return {"type": "assistant", "sessionId": "s1", "timestamp": "2026-05-01T10:00:00.000Z", "message": body, **more}


def _token_count(second: int, last: Json, total: Json) -> Json:
    info = {"last_token_usage": last, "total_token_usage": total}
    return {
        "timestamp": f"2026-05-01T10:00:{second:02}.000Z",
        "type": "event_msg",
        "payload": {"type": "token_count", "info": info},
    }


FIRST = {"input_tokens": 1000, "cached_input_tokens": 600, "output_tokens": 30, "reasoning_output_tokens": 10}
SECOND = {"input_tokens": 1500, "cached_input_tokens": 1000, "output_tokens": 20, "reasoning_output_tokens": 0}
BOTH = {name: FIRST[name] + SECOND[name] for name in FIRST}

CLAUDE_CODE = Sample(
    [
        {"type": "summary", "summary": "a talk", "leafUuid": "u0"},
        {"type": "user", "sessionId": "s1", "message": {"role": "user", "content": "hello"}},
        _claude_code("msg_1", 1, requestId="req_1"),
        _claude_code("msg_1", 50, requestId="req_1"),
        _claude_code("msg_2", 9, requestId="req_2"),
    ],
    [CLAUDE, CLAUDE._replace(output=9)],
)
CODEX = Sample(
    [
        {"timestamp": "2026-05-01T10:00:00Z", "type": "session_meta", "payload": {"id": "t1", "cwd": "/home/me/shop"}},
        {"timestamp": "2026-05-01T10:00:00Z", "type": "turn_context", "payload": {"model": "gpt-5"}},
        _token_count(1, FIRST, FIRST),
        _token_count(2, FIRST, FIRST),
        _token_count(3, SECOND, BOTH),
    ],
    [Expected("gpt-5", 400, 600, {}, 30), Expected("gpt-5", 500, 1000, {}, 20)],
)
LITELLM = Sample(
    [
        {
            "request_id": "chatcmpl-1",
            "call_type": "acompletion",
            "startTime": "2026-05-01 10:00:00.000000",
            "model": SONNET,
            "custom_llm_provider": "anthropic",
            "spend": 0.002,
            "metadata": json.dumps(
                {
                    "usage_object": {
                        "prompt_tokens": 2307,
                        "completion_tokens": 50,
                        "cache_read_input_tokens": 2000,
                        "cache_creation_input_tokens": 300,
                        "prompt_tokens_details": {
                            "cached_tokens": 2000,
                            "cache_creation_token_details": {
                                "ephemeral_5m_input_tokens": 100,
                                "ephemeral_1h_input_tokens": 200,
                            },
                        },
                    }
                }
            ),
            "request_tags": '["nightly"]',
            "cache_hit": "False",
        },
        {"request_id": "chatcmpl-2", "startTime": "2026-05-01 10:00:01", "spend": 0, "cache_hit": "True", "model": "x"},
        {"request_id": "chatcmpl-3", "startTime": "2026-05-01 10:00:02", "spend": 0, "status": "failure", "model": "x"},
    ],
    [CLAUDE],
)
BEDROCK_LOG = Sample(
    [
        {
            "schemaType": "ModelInvocationLog",
            "timestamp": "2026-05-01T10:00:00Z",
            "requestId": "r1",
            "operation": "Converse",
            "modelId": "us.anthropic.claude-sonnet-4-6",
            "identity": {"arn": "arn:aws:iam::1:user/ada"},
            "input": {"inputTokenCount": 7, "cacheReadInputTokenCount": 2000, "cacheWriteInputTokenCount": 300},
            "output": {
                "outputTokenCount": 50,
                "outputBodyJson": {
                    "usage": {
                        "inputTokens": 7,
                        "outputTokens": 50,
                        "cacheReadInputTokens": 2000,
                        "cacheWriteInputTokens": 300,
                        "cacheDetails": [{"ttl": "5m", "inputTokens": 100}, {"ttl": "1h", "inputTokens": 200}],
                    }
                },
            },
        },
        {
            "schemaType": "ModelInvocationLog",
            "timestamp": "2026-05-01T10:00:01Z",
            "requestId": "r2",
            "modelId": "amazon.nova-pro-v1:0",
            "input": {"inputTokenCount": 9, "cacheReadInputTokenCount": 0, "cacheWriteInputTokenCount": 80},
            "output": {"outputTokenCount": 3},
        },
    ],
    [
        CLAUDE._replace(model="us.anthropic.claude-sonnet-4-6"),
        Expected("amazon.nova-pro-v1:0", 9, 0, {"unknown": 80}, 3),
    ],
)
HELICONE = Sample(
    [
        {
            "request_id": "h1",
            "request_created_at": "2026-05-01T10:00:00Z",
            "request_model": SONNET,
            "provider": "ANTHROPIC",
            "response_status": 200,
            "response_body": json.dumps({"model": SONNET, "usage": ANTHROPIC_USAGE}),
            "request_properties": {"Helicone-Session-Id": "s1"},
            "costUSD": 0.002,
        },
        {
            "request_id": "h2",
            "request_created_at": "2026-05-01T10:00:01Z",
            "request_model": "gpt-5",
            "provider": "OPENAI",
            "prompt_tokens": 440,
            "completion_tokens": 40,
            "prompt_cache_read_tokens": 2560,
            "prompt_cache_write_tokens": 0,
        },
    ],
    [CLAUDE, CHAT],
)
LANGFUSE = Sample(
    [
        {
            "id": "o1",
            "traceId": "t1",
            "type": "GENERATION",
            "startTime": "2026-05-01T10:00:00Z",
            "model": SONNET,
            "usageDetails": {
                "input": 7,
                "cache_read_input_tokens": 2000,
                "input_cache_creation_5m": 100,
                "input_cache_creation_1h": 200,
                "output": 50,
                "total": 2357,
            },
            "calculatedTotalCost": 0.002,
        },
        {"id": "o2", "traceId": "t1", "type": "SPAN", "startTime": "2026-05-01T10:00:00Z", "usageDetails": {}},
        {
            "id": "o3",
            "trace_id": "t1",
            "type": "GENERATION",
            "start_time": "2026-05-01 10:00:01.000000",
            "provided_model_name": "gpt-5",
            "usage_details": {"input": 3000, "input_cached_tokens": 2560, "output": 40, "total": 3040},
        },
    ],
    [CLAUDE, CHAT],
)


def _span(**attributes: Any) -> Json:
    pairs = [
        {
            "key": key.replace("__", "."),
            "value": {"intValue": str(value)} if type(value) is int else {"stringValue": value},
        }
        for key, value in attributes.items()
    ]
    return {"traceId": "t1", "name": "chat", "startTimeUnixNano": "1777629600000000000", "attributes": pairs}


OTEL = Sample(
    [
        {
            "resourceSpans": [
                {
                    "scopeSpans": [
                        {
                            "spans": [
                                {
                                    **_span(
                                        gen_ai__operation__name="chat",
                                        gen_ai__provider__name="anthropic",
                                        gen_ai__response__model=SONNET,
                                        gen_ai__usage__input_tokens=2307,
                                        gen_ai__usage__output_tokens=50,
                                        gen_ai__usage__cache_read__input_tokens=2000,
                                        gen_ai__usage__cache_creation__input_tokens=300,
                                    ),
                                    "spanId": "a",
                                },
                                {
                                    **_span(
                                        gen_ai__operation__name="invoke_agent",
                                        gen_ai__usage__input_tokens=2307,
                                        gen_ai__usage__output_tokens=50,
                                    ),
                                    "spanId": "b",
                                },
                            ]
                        }
                    ]
                }
            ]
        },
        {
            "name": "anthropic.chat",
            "context": {"trace_id": "t1", "span_id": "c"},
            "start_time": "2026-05-01T10:00:00Z",
            "attributes": {
                "gen_ai.system": "anthropic",
                "gen_ai.request.model": SONNET,
                "gen_ai.usage.prompt_tokens": 2307,
                "gen_ai.usage.completion_tokens": 50,
                "gen_ai.usage.cache_read_input_tokens": 2000,
                "gen_ai.usage.cache_creation_input_tokens": 300,
            },
        },
        {
            "name": "ChatCompletion",
            "context": {"trace_id": "t1", "span_id": "d"},
            "start_time": "2026-05-01T10:00:00Z",
            "attributes": {
                "openinference": {"span": {"kind": "LLM"}},
                "llm": {
                    "model_name": "gpt-5",
                    "token_count": {"prompt": 3000, "completion": 40, "prompt_details": {"cache_read": 2560}},
                },
            },
        },
    ],
    [
        CLAUDE._replace(write={"unknown": 300}),
        CLAUDE._replace(write={"unknown": 300}),
        CHAT,
    ],
)
ANTHROPIC_ADMIN = Sample(
    [
        {
            "starting_at": "2026-05-01T00:00:00Z",
            "ending_at": "2026-05-02T00:00:00Z",
            "results": [
                {
                    "model": SONNET,
                    "uncached_input_tokens": 7,
                    "cache_read_input_tokens": 2000,
                    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
                    "output_tokens": 50,
                    "context_window": "0-200k",
                    "service_tier": "standard",
                    "server_tool_use": {"web_search_requests": 3},
                }
            ],
        }
    ],
    [CLAUDE],
)
ANTHROPIC_CSV = Sample(
    [
        {
            "usage_date_utc": "2026-05-01",
            "model_version": SONNET,
            "workspace": "Default",
            "usage_input_tokens_no_cache": "7",
            "usage_input_tokens_cache_write_5m": "100",
            "usage_input_tokens_cache_write_1h": "200",
            "usage_input_tokens_cache_read": "2000",
            "usage_output_tokens": "50",
        }
    ],
    [CLAUDE],
)
OPENAI_ADMIN = Sample(
    [
        {
            "object": "bucket",
            "start_time": 1777593600,
            "end_time": 1777680000,
            "results": [
                {
                    "object": "organization.usage.completions.result",
                    "model": "gpt-5.6-sol",
                    "input_tokens": 4000,
                    "input_cached_tokens": 3000,
                    "input_cache_write_tokens": 900,
                    "input_cache_write_30m_tokens": 600,
                    "input_cache_write_12h_tokens": 300,
                    "output_tokens": 70,
                    "num_model_requests": 12,
                    "batch": False,
                },
                {"object": "organization.usage.file_searches.result", "num_requests": 4},
            ],
        }
    ],
    [Expected("gpt-5.6-sol", 100, 3000, {"30m": 600, "12h": 300}, 70)],
)
_EVENTS = [
    {
        "type": "message_start",
        "message": {"id": "msg_9", "model": SONNET, "usage": {**ANTHROPIC_USAGE, "output_tokens": 1}},
    },
    {"type": "content_block_delta", "delta": {"text": "hi"}},
    {"type": "message_delta", "usage": {"cache_creation_input_tokens": 300, "output_tokens": 50}},
]
SSE = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in _EVENTS) + "data: [DONE]\n"
CAPTURE = Sample(
    [
        {
            "timestamp": "2026-05-01T10:00:00Z",
            "session_id": "s1",
            "provider": "anthropic",
            "request": {"model": SONNET, "messages": [{"role": "user", "content": "hi"}]},
            "response": {"id": "msg_1", "model": SONNET, "usage": ANTHROPIC_USAGE},
        },
        {
            "timestamp": "2026-05-01T10:00:01Z",
            "request": {"model": "gpt-5", "messages": []},
            "response": {"id": "chatcmpl-9", "model": "gpt-5", "usage": CHAT_USAGE},
        },
        {"timestamp": "2026-05-01T10:00:02Z", "request": {"model": SONNET, "messages": []}, "response": SSE},
        {"request": {"model": SONNET, "messages": []}, "response": {"error": {"type": "overloaded_error"}}},
    ],
    [CLAUDE, CHAT, CLAUDE],
)
CASSETTE = Sample(
    [
        {
            "version": 1,
            "interactions": [
                {
                    "request": {
                        "method": "POST",
                        "uri": "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-6/converse",
                        "body": '{"messages": [{"role": "user", "content": [{"cachePoint": {"type": "default"}}]}]}',
                        "headers": {"Authorization": ["AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE"]},
                    },
                    "response": {
                        "status": {"code": 200},
                        "headers": {"Date": ["Fri, 01 May 2026 10:00:00 GMT"], "x-amzn-RequestId": ["r7"]},
                        "body": {
                            "string": json.dumps(
                                {
                                    "usage": {
                                        "inputTokens": 7,
                                        "outputTokens": 50,
                                        "cacheReadInputTokens": 2000,
                                        "cacheWriteInputTokens": 300,
                                    }
                                }
                            )
                        },
                    },
                },
                {
                    "request": {"method": "GET", "uri": "https://api.openai.com/v1/models"},
                    "response": {"status": {"code": 200}},
                },
            ],
        }
    ],
    [Expected("us.anthropic.claude-sonnet-4-6", 7, 2000, {"5m": 300}, 50)],
)
HAR = Sample(
    [
        {
            "log": {
                "entries": [
                    {
                        "startedDateTime": "2026-05-01T10:00:00.000Z",
                        "request": {
                            "method": "POST",
                            "url": "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent",
                            "postData": {"text": '{"contents": []}'},
                        },
                        "response": {
                            "status": 200,
                            "content": {
                                "text": json.dumps(
                                    {
                                        "modelVersion": "gemini-2.5-flash",
                                        "usageMetadata": {
                                            "promptTokenCount": 3000,
                                            "cachedContentTokenCount": 2560,
                                            "candidatesTokenCount": 28,
                                            "thoughtsTokenCount": 12,
                                        },
                                    }
                                )
                            },
                        },
                    },
                    {
                        "startedDateTime": "2026-05-01T10:00:01.000Z",
                        "request": {"method": "GET", "url": "https://example.org/logo.png"},
                        "response": {"status": 200, "content": {}},
                    },
                ]
            }
        }
    ],
    [CHAT._replace(model="gemini-2.5-flash")],
)
BATCH = Sample(
    [
        {
            "custom_id": "a",
            "result": {"type": "succeeded", "message": {"id": "msg_b", "model": SONNET, "usage": ANTHROPIC_USAGE}},
        },
        {
            "custom_id": "b",
            "response": {"status_code": 200, "body": {"id": "c1", "model": "gpt-5", "usage": CHAT_USAGE}},
        },
        {"custom_id": "c", "result": {"type": "errored", "error": {"type": "invalid_request"}}},
    ],
    [CLAUDE, CHAT],
)
RESPONSE = Sample(
    [
        {"id": "msg_1", "type": "message", "model": SONNET, "usage": ANTHROPIC_USAGE},
        {"id": "chatcmpl-1", "created": 1777629600, "model": "gpt-5", "usage": CHAT_USAGE},
    ],
    [CLAUDE, CHAT],
)
ROWS = Sample(
    [
        {
            "timestamp": "2026-05-01T10:00:00Z",
            "model": "gpt-5",
            "input_tokens": 3000,
            "cached_tokens": 2560,
            "output_tokens": 40,
        },
        {
            "timestamp": "2026-05-01T10:00:00Z",
            "model": SONNET,
            "input_tokens": 7,
            "cache_read_input_tokens": 2000,
            "cache_write_5m_tokens": 100,
            "cache_write_1h_tokens": 200,
            "output_tokens": 50,
        },
    ],
    [CHAT, CLAUDE],
)

SAMPLES: Mapping[str, Sample] = {
    "claude-code": CLAUDE_CODE,
    "codex": CODEX,
    "litellm": LITELLM,
    "bedrock-log": BEDROCK_LOG,
    "helicone": HELICONE,
    "langfuse": LANGFUSE,
    "otel": OTEL,
    "anthropic-admin": ANTHROPIC_ADMIN,
    "anthropic-csv": ANTHROPIC_CSV,
    "openai-admin": OPENAI_ADMIN,
    "har": HAR,
    "cassette": CASSETTE,
    "batch": BATCH,
    "capture": CAPTURE,
    "response": RESPONSE,
    "rows": ROWS,
}
"""By the name of the importer that must take them."""


def lines(entries: Sequence[Json]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)
