"""One log of three requests in every form in which people keep requests with their texts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml
import zstandard

from tests.why.wires import ARGUMENTS, WIRES, Json, Said, Turn

START = 1795252447
"""2026-11-21T09:14:07Z, in seconds since 1970."""
TIMES = ("2026-11-21T09:14:07Z", "2026-11-21T09:15:07Z", "2026-11-21T09:16:07Z")
MODELS = {"anthropic": "claude-sonnet-5-5", "chat": "gpt-5.5"}
URLS = {
    "anthropic": "https://api.anthropic.com/v1/messages",
    "chat": "https://api.openai.com/v1/chat/completions",
}
PREFIX, TURN, NEW = 4200, 60, 60


def _counts(number: int, *, hits: bool) -> tuple[int, int]:
    """What request `number` read and wrote: all before it, or nothing."""
    read = PREFIX + TURN * (number - 1) if hits and number else 0
    return read, (TURN if read else PREFIX)


def usage(wire: str, number: int, *, hits: bool) -> Json:
    read, written = _counts(number, hits=hits)
    if wire == "anthropic":
        ttl = {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0}
        cache = {"cache_read_input_tokens": read, "cache_creation_input_tokens": written, "cache_creation": ttl}
        return {"input_tokens": NEW, "output_tokens": 20, **cache}
    total = NEW + read + written
    return {"prompt_tokens": total, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": read}}


def answer(wire: str, number: int, *, hits: bool) -> Json:
    return {"id": f"r{number}", "model": MODELS[wire], "usage": usage(wire, number, hits=hits)}


def lines(entries: Sequence[Any]) -> bytes:
    return "".join(f"{json.dumps(entry)}\n" for entry in entries).encode()


def capture(wire: str, said: Sequence[Said], *, hits: bool) -> bytes:
    return lines(
        [
            {"timestamp": at, "session_id": "s", "request": WIRES[wire](each), "response": answer(wire, n, hits=hits)}
            for n, (at, each) in enumerate(zip(TIMES, said, strict=True))
        ]
    )


def cassette(wire: str, said: Sequence[Said], *, hits: bool) -> bytes:
    interactions = [
        {
            "recorded_at": at,
            "request": {"method": "POST", "uri": URLS[wire], "body": json.dumps(WIRES[wire](each)), "headers": {}},
            "response": {"status": {"code": 200}, "body": {"string": json.dumps(answer(wire, n, hits=hits))}},
        }
        for n, (at, each) in enumerate(zip(TIMES, said, strict=True))
    ]
    return yaml.safe_dump({"version": 1, "interactions": interactions}).encode()


def har(wire: str, said: Sequence[Said], *, hits: bool) -> bytes:
    entries = [
        {
            "startedDateTime": at,
            "request": {"method": "POST", "url": URLS[wire], "postData": {"text": json.dumps(WIRES[wire](each))}},
            "response": {"status": 200, "content": {"text": json.dumps(answer(wire, n, hits=hits))}},
        }
        for n, (at, each) in enumerate(zip(TIMES, said, strict=True))
    ]
    return json.dumps({"log": {"entries": entries}}).encode()


def gzipped(wire: str, said: Sequence[Said], *, hits: bool) -> bytes:
    return gzip.compress(capture(wire, said, hits=hits))


def payloads(wire: str, said: Sequence[Said], **_: Any) -> bytes:
    return lines([WIRES[wire](each) for each in said])


def zipped_payloads(wire: str, said: Sequence[Said], **_: Any) -> bytes:
    return zstandard.compress(payloads(wire, said))


def list_of_payloads(wire: str, said: Sequence[Said], **_: Any) -> bytes:
    return json.dumps([WIRES[wire](each) for each in said], indent=1).encode()


def batch(wire: str, said: Sequence[Said], **_: Any) -> bytes:
    """The requests of a batch, before there are results."""
    return lines([{"custom_id": str(number), "params": WIRES[wire](each)} for number, each in enumerate(said)])


def litellm(wire: str, said: Sequence[Said], *, hits: bool, whole: bool = True) -> bytes:
    """LiteLLM's spend logs with the proxy's request; or its callback payload, with the messages alone."""
    rows = []
    for number, (at, each) in enumerate(zip(TIMES, said, strict=True)):
        body = WIRES["litellm" if wire == "anthropic" else wire](each)
        read, written = _counts(number, hits=hits)
        details = {"cached_tokens": read} | ({"cache_creation_tokens": written} if wire == "anthropic" else {})
        counts = {"prompt_tokens": NEW + read + written, "completion_tokens": 20, "prompt_tokens_details": details}
        row = {
            "request_id": f"q{number}",
            "session_id": "s",
            "startTime": at,
            "model": MODELS[wire],
            "spend": 0.01,
            "metadata": json.dumps({"usage_object": counts}),
        }
        parts = {"messages": body["messages"], "model_parameters": {"tools": body["tools"]}}
        kept = {"proxy_server_request": json.dumps({"url": "/chat", "body": body})} if whole else parts
        rows.append(row | kept)
    return lines(rows)


def litellm_messages(wire: str, said: Sequence[Said], *, hits: bool) -> bytes:
    return litellm(wire, said, hits=hits, whole=False)


def helicone(wire: str, said: Sequence[Said], *, hits: bool) -> bytes:
    return lines(
        [
            {
                "request_id": f"h{n}",
                "request_created_at": at,
                "request_body": WIRES[wire](each),
                "response_body": answer(wire, n, hits=hits),
                "request_properties": {"Helicone-Session-Id": "s"},
            }
            for n, (at, each) in enumerate(zip(TIMES, said, strict=True))
        ]
    )


def langfuse(wire: str, said: Sequence[Said], *, hits: bool) -> bytes:
    rows = []
    for number, (at, each) in enumerate(zip(TIMES, said, strict=True)):
        body = WIRES[wire](each)
        read, written = _counts(number, hits=hits)
        buckets = (
            {"input": NEW, "cache_read_input_tokens": read, "cache_creation_input_tokens": written}
            if wire == "anthropic"
            else {"input": NEW + written, "input_cached_tokens": read}
        )
        rows.append(
            {
                "id": f"o{number}",
                "type": "GENERATION",
                "sessionId": "s",
                "startTime": at,
                "model": MODELS[wire],
                "usageDetails": buckets | {"output": 20},
                "input": body["messages"] if wire == "chat" else body,
            }
        )
    return json.dumps({"data": rows}).encode()


def bedrock_log(_: str, said: Sequence[Said], *, hits: bool) -> bytes:
    rows = []
    for number, (at, each) in enumerate(zip(TIMES, said, strict=True)):
        body = WIRES["converse"](each)
        read, written = _counts(number, hits=hits)
        counts = {"inputTokens": NEW, "cacheReadInputTokens": read, "cacheWriteInputTokens": written}
        rows.append(
            {
                "schemaType": "ModelInvocationLog",
                "timestamp": at,
                "requestId": f"b{number}",
                "operation": "Converse",
                "modelId": body.pop("modelId"),
                "input": {"inputBodyJson": body},
                "output": {"outputBodyJson": {"usage": counts | {"outputTokens": 20}}},
            }
        )
    return lines(rows)


Attributes = Callable[[Said], Json]


def spans(attributes: Attributes, names: Mapping[str, str]) -> Callable[..., bytes]:
    """OTLP spans with the prompt in `attributes`, and the rest under `names`."""

    def log(wire: str, said: Sequence[Said], *, hits: bool) -> bytes:
        found = []
        for number, each in enumerate(said):
            read, written = _counts(number, hits=hits)
            values = {"model": MODELS[wire], "session": "s", "input": NEW + read + written, "read": read, "output": 20}
            values |= {"written": written} if wire == "anthropic" else {}
            pairs = {names[name]: value for name, value in values.items()} | attributes(each)
            found.append(
                {
                    "traceId": f"t{number}",
                    "spanId": "a",
                    "name": "chat",
                    "startTimeUnixNano": f"{START + 60 * number}000000000",
                    "attributes": [{"key": key, "value": _otlp(value)} for key, value in pairs.items()],
                }
            )
        return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": found}]}]}).encode()

    return log


def _otlp(value: Any) -> Json:
    match value:
        case int():
            return {"intValue": str(value)}
        case list():
            return {"arrayValue": {"values": [_otlp(item) for item in value]}}
        case dict():
            return {"kvlistValue": {"values": [{"key": key, "value": _otlp(item)} for key, item in value.items()]}}
        case _:
            return {"stringValue": value}


def _parts(said: Said) -> list[Json]:
    return [{"role": turn.role, "parts": [_part(turn)]} for turn in said.turns]


def _part(turn: Turn) -> Json:
    if turn.call:
        return {"type": "tool_call", "id": turn.call, "name": "read_file", "arguments": ARGUMENTS}
    if turn.result:
        return {"type": "tool_call_response", "id": turn.result, "response": turn.text}
    return {"type": "text", "content": turn.text}


def current(said: Said) -> Json:
    """OpenTelemetry's own names: messages and tools as JSON text."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": text} for text in said.system]),
        "gen_ai.tool.definitions": json.dumps(list(said.tools)),
        "gen_ai.input.messages": json.dumps(_parts(said)),
    }


def structured(said: Said) -> Json:
    """The same as values, not as text."""
    return {key: json.loads(value) if value[0] == "[" else value for key, value in current(said).items()}


def openllmetry(said: Said) -> Json:
    """One attribute for each field of each message."""
    found: Json = {"llm.request.type": "chat"}
    for number, message in enumerate(WIRES["chat"](said)["messages"]):
        prefix = f"gen_ai.prompt.{number}"
        content = message["content"]
        found |= {f"{prefix}.role": message["role"]}
        found |= {f"{prefix}.content": content if isinstance(content, str) else json.dumps(content)} if content else {}
        for index, call in enumerate(message.get("tool_calls", ())):
            values = {"id": call["id"], **call["function"]}
            found |= {f"{prefix}.tool_calls.{index}.{key}": value for key, value in values.items()}
    for number, tool in enumerate(said.tools):
        found |= {f"llm.request.functions.{number}.name": tool["name"]}
        found |= {f"llm.request.functions.{number}.parameters": json.dumps(tool["input_schema"])}
    return found


def openinference(said: Said) -> Json:
    found: Json = {"openinference.span.kind": "LLM"}
    for number, message in enumerate(WIRES["chat"](said)["messages"]):
        prefix = f"llm.input_messages.{number}.message"
        content = message["content"]
        text = content if isinstance(content, str) else content[0]["text"] if content else ""
        found |= {f"{prefix}.role": message["role"], f"{prefix}.content": text}
        for index, call in enumerate(message.get("tool_calls", ())):
            inner = f"{prefix}.tool_calls.{index}.tool_call"
            found |= {f"{inner}.id": call["id"], f"{inner}.function.name": call["function"]["name"]}
            found |= {f"{inner}.function.arguments": call["function"]["arguments"]}
    for number, tool in enumerate(said.tools):
        found |= {f"llm.tools.{number}.tool.json_schema": json.dumps(tool)}
    return found


def recorded(said: Said) -> Json:
    """OpenInference where it keeps the call as a whole."""
    return {"openinference.span.kind": "LLM", "input.value": json.dumps(WIRES["anthropic"](said))}


GEN_AI = {
    "model": "gen_ai.request.model",
    "session": "gen_ai.conversation.id",
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "read": "gen_ai.usage.cache_read.input_tokens",
    "written": "gen_ai.usage.cache_creation.input_tokens",
}
LLM = {
    "model": "llm.model_name",
    "session": "session.id",
    "input": "llm.token_count.prompt",
    "output": "llm.token_count.completion",
    "read": "llm.token_count.prompt_details.cache_read",
    "written": "llm.token_count.prompt_details.cache_write",
}

CONTAINERS: Mapping[str, tuple[str, Callable[..., bytes]]] = {
    "capture.jsonl": ("anthropic chat", capture),
    "cassette.yaml": ("anthropic chat", cassette),
    "archive.har": ("anthropic chat", har),
    "capture.jsonl.gz": ("chat", gzipped),
    "payloads.jsonl": ("anthropic chat", payloads),
    "payloads.jsonl.zst": ("anthropic chat", zipped_payloads),
    "payloads.json": ("anthropic chat", list_of_payloads),
    "batch.jsonl": ("anthropic", batch),
    "litellm.jsonl": ("anthropic chat", litellm),
    "litellm_messages.jsonl": ("anthropic chat", litellm_messages),
    "helicone.jsonl": ("anthropic chat", helicone),
    "langfuse.json": ("anthropic chat", langfuse),
    "bedrock.jsonl": ("anthropic", bedrock_log),
    "spans.json": ("anthropic chat", spans(current, GEN_AI)),
    "spans_of_values.json": ("anthropic", spans(structured, GEN_AI)),
    "spans_openllmetry.json": ("anthropic chat", spans(openllmetry, GEN_AI)),
    "spans_openinference.json": ("anthropic chat", spans(openinference, LLM)),
    "spans_recorded.json": ("anthropic", spans(recorded, LLM)),
}
"""By the name of the file: which forms of requests it can hold, and how it is written."""
