"""How fast logs are read and billed: `python benchmarks/log_import.py [ROWS] [FILE ...]`.

Each file is read three times: by a bare loop of `json.loads` (of the `csv` module for tables), into records, and into
a bill. Rates are rows a second of processor time, so a busy machine changes them little; the last column is the bill's
rate as a share of the bare loop's. Without files, logs of ROWS rows (100,000) are made up.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cachecalc.core.imported import Imported
from cachecalc.core.ledger import Ledger
from cachecalc.load import pricing
from cachecalc.logs.read import read_logs

START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
MODELS = ("claude-sonnet-4-5-20250929", "claude-opus-4-6", "claude-haiku-4-5-20251001")


def claude_code(rows: int) -> Iterator[dict[str, Any]]:
    """Session lines as Claude Code writes them: one to three for a message, about a kilobyte each."""
    number = 0
    while rows > 0:
        number += 1
        blocks = min(random.choice((1, 1, 2, 3)), rows)
        rows -= blocks
        for block in range(blocks):
            usage = {
                "input_tokens": 4,
                "cache_creation_input_tokens": 3200,
                "cache_read_input_tokens": 15000 + number % 997,
                "cache_creation": {"ephemeral_5m_input_tokens": 3200, "ephemeral_1h_input_tokens": 0},
                "output_tokens": 300 + number % 500 if block == blocks - 1 else 1,
                "service_tier": "standard",
            }
            message = {
                "id": f"msg_{number:024}",
                "type": "message",
                "role": "assistant",
                "model": MODELS[number % 3],
                "content": [{"type": "text", "text": "Reading the file before changing it. " * 12}],
                "usage": usage,
            }
            yield {
                "sessionId": f"{number // 50:036}",
                "cwd": f"/home/me/project-{number % 7}",
                "gitBranch": "main",
                "type": "assistant",
                "message": message,
                "requestId": f"req_{number:024}",
                "uuid": f"{number * 10 + block:036}",
                "timestamp": (START + dt.timedelta(seconds=8 * number)).isoformat(timespec="milliseconds"),
            }


def litellm(rows: int) -> Iterator[dict[str, Any]]:
    """Rows of LiteLLM's spend table, the counts in JSON text inside."""
    for number in range(rows):
        usage = {
            "prompt_tokens": 5000,
            "completion_tokens": 20 + number % 90,
            "total_tokens": 5020,
            "cache_read_input_tokens": 4000,
            "cache_creation_input_tokens": 500,
            "prompt_tokens_details": {"cached_tokens": 4000, "cache_creation_tokens": 500},
        }
        yield {
            "request_id": f"chatcmpl-{number:032}",
            "call_type": "acompletion",
            "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
            "spend": 0.004,
            "startTime": (START + dt.timedelta(seconds=3 * number)).isoformat(sep=" "),
            "model": MODELS[number % 3],
            "custom_llm_provider": "anthropic",
            "user": f"user-{number % 100}",
            "team_id": f"team-{number % 10}",
            "metadata": json.dumps({"usage_object": usage}),
            "cache_hit": "None",
            "request_tags": "[]",
            "session_id": f"s{number // 20}",
            "messages": "{}",
            "response": "{}",
        }


def responses(rows: int) -> Iterator[dict[str, Any]]:
    """Captured pairs of a request of some kilobytes and its response."""
    text = "You are a helpful assistant that answers from the handbook. " * 60
    for number in range(rows):
        yield {
            "timestamp": (START + dt.timedelta(seconds=2 * number)).isoformat(),
            "session_id": f"s{number // 10}",
            "request": {"model": "gpt-5", "messages": [{"role": "system", "content": text}]},
            "response": {
                "id": f"chatcmpl-{number}",
                "model": "gpt-5-2025-08-07",
                "usage": {
                    "prompt_tokens": 3000,
                    "completion_tokens": 40,
                    "total_tokens": 3040,
                    "prompt_tokens_details": {"cached_tokens": 2560},
                },
            },
        }


def spans(rows: int) -> Iterator[dict[str, Any]]:
    """OTLP exports of 1,024 spans each: one in two a model's call, the other a tool's."""
    for first in range(0, rows, 1024):
        found = [span for number in range(first, min(first + 1024, rows), 2) for span in _call_and_tool(number)]
        yield {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "gen_ai"}, "spans": found}]}]}


def _call_and_tool(number: int) -> Iterator[dict[str, Any]]:
    call: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": MODELS[number % 3],
        "gen_ai.conversation.id": f"s{number // 20}",
        "gen_ai.response.id": f"msg_{number:024}",
        "gen_ai.response.finish_reasons": "stop",
        "gen_ai.usage.input_tokens": 5000,
        "gen_ai.usage.output_tokens": 20 + number % 90,
        "gen_ai.usage.cache_read.input_tokens": 4000,
        "server.address": "api.anthropic.com",
    }
    tool: dict[str, Any] = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "read_file"}
    for offset, attributes in enumerate((call, tool)):
        pairs = [
            {"key": key, "value": {"intValue": str(value)} if type(value) is int else {"stringValue": value}}
            for key, value in attributes.items()
        ]
        start = int((START.timestamp() + 3 * number) * 1e9)
        ids = {
            "traceId": f"{number // 20:032x}",
            "spanId": f"{number + offset:016x}",
            "parentSpanId": f"{1 << 60:016x}",
        }
        yield {**ids, "name": "chat", "startTimeUnixNano": str(start), "attributes": pairs}


def flat(rows: int) -> Iterator[dict[str, Any]]:
    """One count a key."""
    for number in range(rows):
        yield {
            "timestamp": START.timestamp() + number,
            "model": MODELS[number % 3],
            "input_tokens": 5,
            "cache_read_input_tokens": 4000,
            "cache_creation_input_tokens": 30,
            "output_tokens": 20 + number % 90,
        }


FORMATS: dict[str, Callable[[int], Iterator[dict[str, Any]]]] = {
    "claude-code.jsonl": claude_code,
    "litellm.jsonl": litellm,
    "captures.jsonl": responses,
    "spans.jsonl": spans,
    "rows.jsonl": flat,
    "rows.csv": flat,
    "rows.jsonl.gz": flat,
}


def write(folder: Path, rows: int) -> list[Path]:
    random.seed(1)
    return [_write(folder / name, make(rows)) for name, make in FORMATS.items()]


def _write(path: Path, entries: Iterator[dict[str, Any]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            first = next(entries)
            writer = csv.DictWriter(file, list(first))
            writer.writeheader()
            writer.writerow(first)
            writer.writerows(entries)
        return path
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in entries)
    return path


def bare(path: Path) -> int:
    """The least that any reader must do."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="") as file:
        if path.suffix == ".csv":
            return sum(1 for _ in csv.DictReader(file))
        return sum(_size(json.loads(line)) for line in file)


def _size(entry: Any) -> int:
    """The rows in an entry: the spans of an export, or one."""
    scopes = [scope for resource in entry.get("resourceSpans", ()) for scope in resource["scopeSpans"]]
    return sum(len(scope["spans"]) for scope in scopes) or 1


def records(path: Path) -> int:
    return sum(1 for _ in read_logs([str(path)], Imported()))


def billed(path: Path) -> int:
    ledger = Ledger(pricing.bundled(), dt.date(2026, 11, 21))
    for record in read_logs([str(path)], Imported()):
        ledger.add(record)
    return ledger.bill().total.requests


def rate(work: Callable[[Path], int], path: Path, rows: int) -> float:
    """Rows a second of processor time, the best of three."""
    best = min(_seconds(work, path) for _ in range(3))
    return rows / best


def _seconds(work: Callable[[Path], int], path: Path) -> float:
    start = time.process_time()
    work(path)
    return time.process_time() - start


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdecimal() else 100_000
    given = [Path(name) for name in sys.argv[1:] if not name.isdecimal()]
    pricing.bundled()
    print(f"{'log':24} {'rows':>9} {'bare/s':>10} {'records/s':>10} {'billed/s':>10}  share")
    with tempfile.TemporaryDirectory() as folder:
        for path in given or write(Path(folder), rows):
            count = bare(path)
            plain, read, bill = (rate(work, path, count) for work in (bare, records, billed))
            print(f"{path.name:24} {count:>9,} {plain:>10,.0f} {read:>10,.0f} {bill:>10,.0f}  {bill / plain:>5.2f}")
    print(f"most memory held: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
