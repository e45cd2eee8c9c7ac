"""Hold the counters to requests whose tokens the providers counted, and to texts that Anthropic counted.

    CACHECALC_TEST_DATA=... python benchmarks/tokens.py

Prints median and 95th percentile of the absolute relative error, next to what people do without a tokenizer, and the
speed next to plain tiktoken.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cachecalc.core.pricing import CacheRules, Model
from cachecalc.core.prompt import Form, Prompt
from cachecalc.load.prompts import payload
from cachecalc.tokens import Counter, count_prompt, counter_for
from cachecalc.tokens.bpe import Bpe, encoding
from cachecalc.tokens.estimate import Estimate
from cachecalc.tokens.framing.wire import tool
from cachecalc.tokens.registry import ESTIMATES

LARGE = ("openai", "anthropic", "google")
MAKERS = {
    "openai": "o200k",
    "google": "gemma",
    "deepseek": "deepseek-v3",
    "qwen": "qwen3",
    "glm": "glm-4.7",
    "mistral": "tekken",
    "kimi": "kimi",
    "xai": "grok",
}
_BEYOND = (
    *("previous_response_id", "conversation", "context_management", "compaction", "plugins", "preset", "transforms"),
    *("web_search_options", "response_format", "responseJsonSchema", "responseSchema", "json_schema"),
    *("thoughtSignature", "reasoning_details", "reasoning_effort", "thinking", "reasoning"),
)
SHORTEST = 50  # below, a token more or less is several percent
_CL100K = re.compile(r"gpt-4(-|$)|gpt-3\.5")


@dataclass(frozen=True, slots=True)
class Pair:
    """A request and the tokens its provider counted."""

    prompt: Prompt
    model: Model
    tokens: int
    group: str


def pairs(data: Path) -> Iterator[Pair]:
    with (data / "token_pairs_dev.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            request = row["request"].get("generateContentRequest", row["request"])
            prompt = payload.read(request, model=row["model"])
            if prompt is not None:
                model = Model(row["model"], row["provider"], (), CacheRules(), tokenizer_of(row))
                yield Pair(prompt, model, row["prompt_tokens_total"], group_of(prompt, row))


def tokenizer_of(row: dict[str, Any]) -> str:
    if row["claude_family"]:
        return f"claude-{row['claude_family']}"
    return "cl100k" if _CL100K.search(row["model"]) else MAKERS[row["provider"]]


def group_of(prompt: Prompt, row: dict[str, Any]) -> str:
    """What a request consists of. `beyond`: it has what no text shows (media, a provider's own tools, stored state,
    thinking, answers held to a schema)."""
    forms = {part.form for part in prompt.parts}
    own_tools = any(part.form is Form.TOOL and tool(part.text or "") is None for part in prompt.parts)
    beyond = f'"({"|".join(_BEYOND)})"'
    if own_tools or forms & {Form.MEDIA, Form.THINKING} or re.search(beyond, json.dumps(row["request"])):
        return "beyond"
    if forms & {Form.CALL, Form.RESULT}:
        return "tool history"
    return "tools" if Form.TOOL in forms else "text"


def bare(counter: Counter, prompt: Prompt) -> int:
    """The texts alone, without what a provider adds."""
    return sum(counter.count(part.text or "").tokens for part in prompt.parts)


def chars_by_4(prompt: Prompt) -> int:
    return sum(len(part.text or "") for part in prompt.parts) // 4


WAYS: dict[str, Callable[[Pair], int]] = {
    "cachecalc": lambda pair: count_prompt(pair.prompt, pair.model).tokens,
    "no extras": lambda pair: count_prompt(pair.prompt, pair.model, _without_extras(pair.model.tokenizer)).tokens,
    "o200k": lambda pair: bare(Bpe("o200k"), pair.prompt),
    "chars/4": lambda pair: chars_by_4(pair.prompt),
}


def _without_extras(tokenizer: str) -> Counter:
    return ESTIMATES.get(tokenizer) or counter_for(tokenizer)


def error(counted: float, true: float) -> float:
    return abs(counted - true) / true


def spread(errors: Sequence[float]) -> str:
    ordered = sorted(errors)
    return f"{statistics.median(ordered):6.1%} {ordered[int(0.95 * (len(ordered) - 1) + 0.5)]:7.1%}"


def print_requests(rows: Sequence[Pair]) -> None:
    long = [row for row in rows if row.tokens >= SHORTEST]
    print(f"{len(long)} requests of {SHORTEST} tokens or more; {len(rows) - len(long)} shorter ones left out")
    print(f"\n{'requests, median and p95 error':34}{'n':>4} " + "".join(f"{way:>17}" for way in WAYS) + "   in band")
    for maker in (*LARGE, "others"):
        for group in ("text", "tools", "tool history", "beyond"):
            chosen = [row for row in long if maker_of(row) == maker and row.group == group]
            if chosen:
                print_row(f"{maker}, {group}", chosen)


def print_row(name: str, chosen: Sequence[Pair]) -> None:
    cells = [spread([error(way(row), row.tokens) for row in chosen]) for way in WAYS.values()]
    inside = sum(is_inside(row) for row in chosen) / len(chosen)
    print(f"{name:34}{len(chosen):4} " + "".join(f"{cell:>17}" for cell in cells) + f"{inside:9.0%}")


def maker_of(pair: Pair) -> str:
    return pair.model.provider if pair.model.provider in LARGE else "others"


def is_inside(pair: Pair) -> bool:
    parts = count_prompt(pair.prompt, pair.model, _without_extras(pair.model.tokenizer)).parts
    counts = [part.count for part in parts if part.count]
    return sum(count.low for count in counts) <= pair.tokens <= sum(count.high for count in counts)


def print_texts(data: Path) -> None:
    """Claude's real counts of single texts. The estimator has seen two thirds of them, never a holdout."""
    with gzip.open(data / "claude_counts_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    print(
        f"\n{'texts, median and p95 error':34}{'n':>4} "
        + "".join(f"{w:>17}" for w in ("estimate", "o200k", "chars/4"))
        + "   in band"
    )
    for fit, column, frame in (("claude-v3", "v3_opus45", 7), ("claude-v4.7", "v47_opus47", 11)):
        for name in ("rosetta", "rosetta_holdout", "multipl_e", "udhr"):
            chosen = [row for row in texts if row["set"] == name and row[column] > frame]
            true = [row[column] - frame for row in chosen]
            counts = [Estimate(fit, fit).count(row["text"]) for row in chosen]
            o200k = [Bpe("o200k").count(row["text"]).tokens for row in chosen]
            columns = ([count.tokens for count in counts], o200k, [len(row["text"]) / 4 for row in chosen])
            cells = [spread(list(map(error, column, true))) for column in columns]
            inside = sum(count.low <= real <= count.high for count, real in zip(counts, true, strict=True)) / len(true)
            print(f"{fit + ', ' + name:34}{len(chosen):4} " + "".join(f"{c:>17}" for c in cells) + f"{inside:9.0%}")


def print_speed(rows: Sequence[Pair]) -> None:
    text = "\n".join(part.text or "" for row in rows for part in row.prompt.parts)[:1_000_000]
    plain = _seconds(partial(encoding("o200k").encode_ordinary, text))
    print(f"\nspeed, {len(text) / 1e6:.1f} MB of prompts; plain tiktoken: {len(text) / plain / 1e6:.1f} MB/s")
    for tokenizer in ("o200k", "claude-v3", "gemma", "qwen3.5"):
        for counter in dict.fromkeys((counter_for(tokenizer), _without_extras(tokenizer))):
            if not counter.name.startswith("ctok"):
                print(f"  {counter.name:24} {plain / _seconds(partial(counter.count, text)):6.2f} x tiktoken")


def _seconds(work: Callable[[], object]) -> float:
    """The quickest of five runs."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    folder = os.environ.get("CACHECALC_TEST_DATA")
    if not folder:
        sys.exit("set CACHECALC_TEST_DATA to the folder with token_pairs_dev.jsonl")
    rows = list(pairs(Path(folder)))
    print_requests(rows)
    print_texts(Path(folder))
    print_speed(rows)


if __name__ == "__main__":
    main()
