"""Cases in which real tools counted or priced cache tokens wrongly, as entries of logs, with the right figures.

Each entry has the shape in which the tool met it. The rates are those of the report, in USD per million tokens.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cachecalc.core import bill
from cachecalc.core.bill import Unpriced
from cachecalc.core.imported import Imported
from cachecalc.core.pricing import Period, Rates, Tier
from cachecalc.core.record import Record
from cachecalc.logs import importers
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.read import distinct, records_in

Json = Mapping[str, Any]
GITHUB = "https://github.com/"


@dataclass(frozen=True, slots=True)
class Case:
    """`wrong` is what the tool said, `right` what is true, `figure` what cachecalc makes of the entries (which it makes
    itself where they are too many to keep)."""

    id: str
    source: str
    what: str
    entries: tuple[Json, ...]
    wrong: str
    right: str
    figure: Callable[[tuple[Json, ...]], str]


def imported(entries: tuple[Json, ...]) -> tuple[list[Record], Imported]:
    text = "".join(json.dumps(entry) + "\n" for entry in entries)
    report = Imported()
    file = io.BufferedReader(io.BytesIO(text.encode()))
    return list(distinct(records_in(file, Cursor("log.jsonl", report), importers.finder(None, {})), report)), report


def usd(**rates: str) -> Callable[[tuple[Json, ...]], str]:
    """The exact cost at the report's rates: `input`, `output`, `read`, and writes as `w5m`, `w1h`, `w30m`."""
    paid = Rates(
        Decimal(rates.pop("input", "0")),
        Decimal(rates.pop("output", "0")),
        Decimal(rates.pop("read", "0")),
        {name[1:]: Decimal(rate) for name, rate in rates.items()},
    )

    def figure(entries: tuple[Json, ...]) -> str:
        costs = [bill.price(record.usage, paid, bill.Terms("5m")) for record in imported(entries)[0] if record.usage]
        assert not any(isinstance(cost, Unpriced) for cost in costs)
        return f"${sum((cost.expected for cost in costs if not isinstance(cost, Unpriced)), Decimal(0)).normalize():f}"

    return figure


def usd_by_length(above: int, short: Rates, long: Rates) -> Callable[[tuple[Json, ...]], str]:
    """The exact cost where prompts of more than `above` tokens have rates of their own."""
    period = Period(None, short, ("the report",), dt.date(2025, 9, 24), tiers=(Tier(above, long),))

    def figure(entries: tuple[Json, ...]) -> str:
        (usage,) = (record.usage for record in imported(entries)[0] if record.usage)
        rates = bill.rates_in(period, None, bill.Conditions(usage.prompt_tokens))
        assert isinstance(rates, Rates)
        cost = bill.price(usage, rates)
        assert not isinstance(cost, Unpriced)
        return f"${cost.expected.normalize():f}"

    return figure


def tokens(count: Callable[[Record], int | None], unit: str) -> Callable[[tuple[Json, ...]], str]:
    """Tokens of one kind over all requests."""

    def figure(entries: tuple[Json, ...]) -> str:
        return f"{sum(count(record) or 0 for record in imported(entries)[0]):,} {unit}"

    return figure


def fresh(record: Record) -> int | None:
    return record.usage.input if record.usage else None


def all_input(record: Record) -> int | None:
    return record.usage.input_tokens if record.usage else None


def all_tokens(record: Record) -> int | None:
    return record.usage.input_tokens + (record.usage.output or 0) if record.usage else None


def lifetimes(entries: tuple[Json, ...]) -> str:
    writes = [record.usage.cache_write or {} for record in imported(entries)[0] if record.usage]
    return ", ".join(f"{count:,} for {ttl}" for write in writes for ttl, count in write.items())


def _of(model: str, usage: Json) -> tuple[Json, ...]:
    return ({"model": model, "usage": usage},)


def _gemini(prompt: int, cached: int, answer: int) -> tuple[Json, ...]:
    counts = {"promptTokenCount": prompt, "cachedContentTokenCount": cached, "candidatesTokenCount": answer}
    return ({"modelVersion": "gemini", "usageMetadata": counts},)


def _responses(total: int, read: int, output: int, written: int | None = None) -> tuple[Json, ...]:
    details = {"cached_tokens": read} | ({} if written is None else {"cache_write_tokens": written})
    return _of("gpt", {"input_tokens": total, "input_tokens_details": details, "output_tokens": output})


def _chat(total: int, read: int, written: int | None, output: int) -> tuple[Json, ...]:
    details = {"cached_tokens": read} | ({} if written is None else {"cache_write_tokens": written})
    return _of("gpt", {"prompt_tokens": total, "prompt_tokens_details": details, "completion_tokens": output})


def _claude(fresh: int, read: int, output: int, **written: int) -> tuple[Json, ...]:
    split = {f"ephemeral_{ttl[1:]}_input_tokens": count for ttl, count in written.items()}
    usage = {
        "input_tokens": fresh,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": sum(written.values()),
        "cache_creation": split,
        "output_tokens": output,
    }
    return _of("claude", usage)


def _claude_code(message: str, request: str | None, counted: int) -> Json:
    usage = {
        "input_tokens": 0,
        "cache_read_input_tokens": counted,
        "cache_creation_input_tokens": 0,
        "output_tokens": 0,
    }
    entry = {"sessionId": "s", "message": {"id": message, "model": "claude", "usage": usage}}
    return entry if request is None else {**entry, "requestId": request}


def session(lines: int, unique: int, all_lines: int, once: int, *, requests: bool = True) -> Iterator[Json]:
    """A session file of so many lines for so many messages, whose tokens add up to `all_lines` over the lines and to
    `once` over the messages. The first messages stand there twice."""
    repeated = lines - unique
    doubles = _spread(all_lines - once, repeated)
    singles = _spread(once - (all_lines - once), unique - repeated)
    for number, counted in enumerate(itertools.chain(doubles, singles)):
        line = _claude_code(f"msg_{number}", f"req_{number}" if requests else None, counted)
        yield from (line, line) if number < repeated else (line,)


def _spread(total: int, count: int) -> list[int]:
    share, rest = divmod(total, count) if count else (0, 0)
    return [share + (number < rest) for number in range(count)]


def _span(**attributes: int) -> tuple[Json, ...]:
    named = {f"gen_ai.usage.{name.replace('__', '.')}": value for name, value in attributes.items()}
    return ({"name": "chat", "trace_id": "t", "attributes": {"gen_ai.request.model": "claude", **named}},)


def _stream(start: Json, delta: Json) -> tuple[Json, ...]:
    events = [
        {"type": "message_start", "message": {"model": "claude", "usage": start}},
        {"type": "message_delta", "usage": delta},
    ]
    return ({"request": {"messages": []}, "response": events},)


CASES: tuple[Case, ...] = (
    Case(
        "A01",
        "earendil-works/pi/pull/2148",
        "Gemini: cached tokens billed at the full rate and at the read rate",
        _gemini(20212, 16298, 931),
        "$0.0137139",
        "$0.0055649",
        usd(input="0.5", read="0.05", output="3"),
    ),
    Case(
        "A02",
        "BerriAI/litellm/issues/14849",
        "Gemini 2.5 Pro: counted twice, and the report's own figure leaves out the price of prompts over 200,000 tokens",
        _gemini(262960, 257955, 1744),
        "$0.7642",
        "$0.199894375",
        usd_by_length(
            200_000,
            Rates(Decimal("1.25"), Decimal(10), Decimal("0.3125")),
            Rates(Decimal("2.5"), Decimal(15), Decimal("0.625")),
        ),
    ),
    Case(
        "A03",
        "everruns/everruns/pull/2331",
        "OpenAI: cached tokens at the full rate",
        _responses(327079, 284672, 2096),
        "$1.698275",
        "$0.417251",
        usd(input="5", read="0.5", output="30"),
    ),
    Case(
        "A04",
        "BerriAI/litellm/issues/11364",
        "Claude through LiteLLM: cache reads billed as input (and a total that leaves the writes out)",
        _of(
            "claude",
            {
                "prompt_tokens": 30946,
                "cache_read_input_tokens": 30940,
                "cache_creation_input_tokens": 460,
                "completion_tokens": 102,
            },
        ),
        "$0.096093",
        "$0.012555",
        usd(input="3", read="0.3", w5m="3.75", output="15"),
    ),
    Case(
        "A05",
        "BerriAI/litellm/issues/11789",
        "Claude streamed through LiteLLM: reads counted as input",
        _of("claude", {"prompt_tokens": 2459, "cache_read_input_tokens": 2455, "completion_tokens": 23}),
        "$0.0020592",
        "$0.0002916",
        usd(input="0.8", read="0.08", w5m="1", output="4"),
    ),
    Case(
        "A06",
        "BerriAI/litellm/issues/35127",
        "OpenAI behind Anthropic's interface: only Anthropic's keys read, so the cache is dropped",
        _responses(172000, 155000, 0, 3000),
        "$0.86",
        "$0.16625",
        usd(input="5", read="0.5", w5m="6.25"),
    ),
    Case(
        "A07",
        "langfuse/langfuse/issues/10592",
        "OpenRouter: a total that includes the cached tokens, with them added again",
        _chat(17903, 17817, None, 0),
        "35,720 input",
        "17,903 input",
        tokens(all_input, "input"),
    ),
    Case(
        "A08",
        "langfuse/langfuse/issues/12306",
        "OpenTelemetry: a total that includes reads and writes, with them added again",
        _span(input_tokens=130213, output_tokens=1, cache_read__input_tokens=128955, cache_creation__input_tokens=1253),
        "260,421 input",
        "130,213 input",
        tokens(all_input, "input"),
    ),
    Case(
        "A09",
        "dust-tt/dust/pull/20989",
        "Claude: the whole prompt sent on as uncached",
        _chat(9844, 9842, None, 0),
        "9,844 fresh",
        "2 fresh",
        tokens(fresh, "fresh"),
    ),
    Case(
        "A10",
        "langfuse/langfuse/issues/17450",
        "an unknown key for 1-hour writes, priced at zero",
        (
            {
                "type": "GENERATION",
                "model": "claude",
                "usageDetails": {
                    "input": 1000,
                    "cache_read_input_tokens": 10000,
                    "input_cache_creation_1h": 1000,
                    "output": 100,
                },
            },
        ),
        "$0.005",
        "$0.009",
        usd(input="2", read="0.2", w5m="2.5", w1h="4", output="10"),
    ),
    Case(
        "A11",
        "langfuse/claude-observability-plugin/issues/34",
        "1-hour writes priced as 5-minute writes",
        _claude(0, 0, 0, w1h=37175),
        "$0.4646875",
        "$0.7435",
        usd(w5m="12.5", w1h="20"),
    ),
    Case(
        "A12",
        "langfuse/claude-observability-plugin/issues/34",
        "1-hour writes priced as 5-minute writes, over a day",
        _claude(1900, 4800000, 16300, w1h=533800),
        "$12.3065",
        "$16.31",
        usd(input="10", read="1", w5m="12.5", w1h="20", output="50"),
    ),
    Case(
        "A14",
        "Wei-Shaw/sub2api/issues/6125",
        "a stream's first lifetime kept beside the final one",
        _stream(
            {
                "input_tokens": 3,
                "cache_creation_input_tokens": 463184,
                "cache_creation": {"ephemeral_5m_input_tokens": 463184},
            },
            {
                "cache_creation_input_tokens": 463184,
                "cache_creation": {"ephemeral_1h_input_tokens": 463184},
                "output_tokens": 1,
            },
        ),
        "926,368 written",
        "463,184 for 1h",
        lifetimes,
    ),
    Case(
        "A17",
        "QuantumNous/new-api/issues/5003",
        "Claude taken for inclusive: -16,638 tokens",
        _claude(56322, 72960, 87),
        "$-0.008907",
        "$0.064053",
        usd(input="1", read="0.1", output="5"),
    ),
    Case(
        "A18",
        "weave-os/router/pull/117",
        "the same, hidden by a clamp to zero",
        _claude(1792, 1346549, 0, w5m=53078),
        "0 fresh",
        "1,792 fresh",
        tokens(fresh, "fresh"),
    ),
    Case(
        "A19",
        "langchain-ai/langsmith-sdk/pull/2519",
        "the remainder clamped to zero, and 1-hour writes under a misspelt key",
        _claude(19, 30000, 0, w5m=5000, w1h=4000),
        "0 fresh",
        "19 fresh",
        tokens(fresh, "fresh"),
    ),
    Case(
        "A20",
        "browser-use/browser-use/issues/5305",
        "writes billed twice",
        _chat(2000, 500, 300, 0),
        "$0.005775",
        "$0.004875",
        usd(input="3", read="0.3", w5m="3.75"),
    ),
    Case(
        "A24",
        "omnigent-ai/omnigent/pull/1746",
        "Gemini: cached tokens not taken out of the prompt",
        (
            {
                "model": "gemini",
                "usage_metadata": {
                    "prompt_token_count": 1000,
                    "cached_content_token_count": 800,
                    "candidates_token_count": 1,
                },
            },
        ),
        "1,000 fresh",
        "200 fresh",
        tokens(fresh, "fresh"),
    ),
    Case(
        "A28",
        "titeya/dms-claudecode/issues/52",
        "Claude Code: one line a content block, each counted (a log of the report's size: 71,460 lines, 38,675 messages)",
        (),
        "20,063,151,976 tokens",
        "11,158,043,424 tokens",
        lambda _: tokens(all_tokens, "tokens")(tuple(session(71460, 38675, 20063151976, 11158043424))),
    ),
    Case(
        "A29",
        "ccusage/ccusage/pull/985",
        "Claude Code behind a gateway: no request id, so nothing was merged",
        tuple(session(3000, 1700, 44879939, 25017696, requests=False)),
        "44,879,939 tokens",
        "25,017,696 tokens",
        tokens(all_tokens, "tokens"),
    ),
    Case(
        "A30",
        "xiufengsun/TokenTracker/pull/62",
        "the same, with more lines a message",
        tuple(_claude_code(f"msg_{n}", None, c) for n, c in enumerate(_spread(1259118, 100)) for _ in range(3)),
        "3,352,768 tokens",
        "1,259,118 tokens",
        tokens(all_tokens, "tokens"),
    ),
    Case(
        "A34",
        "pydantic/pydantic-ai, OpenRouter's Responses",
        "what the provider charged, first request",
        _responses(4020, 0, 5, 4012),
        "",
        "$0.025265",
        usd(input="5", read="0.5", w30m="6.25", output="30"),
    ),
    Case(
        "A35",
        "pydantic/pydantic-ai, OpenRouter's Responses",
        "what the provider charged, second request: no count of writes at all",
        _responses(4020, 4012, 5),
        "",
        "$0.002196",
        usd(input="5", read="0.5", w30m="6.25", output="30"),
    ),
    Case(
        "A36",
        "pydantic/pydantic-ai, OpenRouter's Chat",
        "what the provider charged: Claude's counts include the cache there",
        _chat(3214, 0, 3211, 100),
        "",
        "$0.01355025",
        usd(input="3", read="0.3", w5m="3.75", output="15"),
    ),
    Case(
        "A37",
        "pydantic/pydantic-ai, OpenRouter's Chat",
        "what the provider charged, second request",
        _chat(3329, 3211, 115, 53),
        "",
        "$0.00219855",
        usd(input="3", read="0.3", w5m="3.75", output="15"),
    ),
)
