"""Usage objects of every provider: who counts the cached part as input, and what must hold in any case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.record import UNKNOWN_TTL, Usage
from cachecalc.logs.usage import read_usage
from cachecalc.logs.usage.counts import MOST_TOKENS, OUTSIDE, SPLIT, STALE, Malformed, count, within, writes

COUNTS = st.integers(0, 10**9)


def silent(_: str) -> None:
    """For objects in which nothing should be in doubt."""
    pytest.fail("a doubt was raised")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(
            {"input_tokens": 5, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 7, "output_tokens": 3},
            (5, 3, 90, {UNKNOWN_TTL: 7}),
            id="Anthropic: input excludes the cache",
        ),
        pytest.param(
            {"input_tokens": 5, "output_tokens": 3},
            (5, 3, None, None),
            id="no word of a cache: unknown, not zero",
        ),
        pytest.param(
            {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 90}, "output_tokens": 3},
            (10, 3, 90, {}),
            id="OpenAI Responses: input includes the cache",
        ),
        pytest.param(
            {
                "input_tokens": 100,
                "input_tokens_details": {
                    "cached_tokens": 0,
                    "cache_write_tokens": 80,
                    "cache_write_tokens_details": {"ttl_30m_tokens": 50, "ttl_12h_tokens": 30},
                },
                "output_tokens": 3,
            },
            (20, 3, 0, {"30m": 50, "12h": 30}),
            id="OpenAI Responses: writes by lifetime",
        ),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 90}},
            (10, 3, 90, {}),
            id="OpenAI Chat: writes are left out on a hit",
        ),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 3, "prompt_tokens_details": None},
            (100, 3, None, None),
            id="OpenAI Chat without details: nothing known of the cache",
        ),
        pytest.param(
            {
                "prompt_tokens": 100,
                "prompt_cache_hit_tokens": 90,
                "prompt_cache_miss_tokens": 10,
                "completion_tokens": 3,
            },
            (10, 3, 90, {}),
            id="DeepSeek: hits and misses",
        ),
        pytest.param(
            {
                "prompt_tokens": 100,
                "completion_tokens": 3,
                "total_tokens": 123,
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
            (100, 23, None, None),
            id="xAI: thoughts beside the answer",
        ),
        pytest.param(
            {
                "promptTokenCount": 100,
                "cachedContentTokenCount": 90,
                "candidatesTokenCount": 3,
                "thoughtsTokenCount": 4,
            },
            (10, 7, 90, {}),
            id="Gemini: prompt includes the cache, thoughts are output",
        ),
        pytest.param(
            {"prompt_token_count": 100, "candidates_token_count": 3, "tool_use_prompt_token_count": 11},
            (111, 3, 0, {}),
            id="Gemini: results of tools are input beside the prompt",
        ),
        pytest.param(
            {"total_input_tokens": 100, "total_cached_tokens": 90, "total_output_tokens": 3, "total_thought_tokens": 4},
            (10, 7, 90, {}),
            id="Gemini's Interactions",
        ),
        pytest.param(
            {
                "inputTokens": 5,
                "outputTokens": 3,
                "cacheReadInputTokens": 90,
                "cacheReadInputTokenCount": 90,
                "cacheWriteInputTokens": 7,
                "cacheDetails": [{"ttl": "1h", "inputTokens": 7}],
            },
            (5, 3, 90, {"1h": 7}),
            id="Bedrock Converse: input excludes the cache, counts stand twice",
        ),
        pytest.param(
            {
                "input_tokens": 100,
                "input_token_details": {"cache_read": 60, "ephemeral_1h_input_tokens": 30},
                "output_tokens": 3,
            },
            (10, 3, 60, {"1h": 30}),
            id="LangChain: input includes the cache",
        ),
        pytest.param({"requests": 5}, None, id="no tokens at all"),
    ],
)
def test_each_provider_counts_its_own_way(raw: Mapping[str, Any], expected: tuple[Any, ...] | None) -> None:
    """The same request comes out in the same buckets, whoever counted it."""
    usage = read_usage(raw, silent)
    assert (usage and usage[:4]) == expected


def test_coheres_cached_tokens_are_no_part_of_the_billed_ones() -> None:
    """More cached than billed tokens: what is billed stands, what was cached stays unknown, and a doubt is raised."""
    doubts: list[str] = []
    raw = {"billed_units": {"input_tokens": 2406, "output_tokens": 2}, "cached_tokens": 2928}
    assert read_usage(raw, doubts.append) == Usage(2406, 2, None, None)
    assert len(doubts) == 1


@pytest.mark.parametrize("value", [-1, 1.5, True, "many", "1e99", "1,20", [3], MOST_TOKENS + 1, float("nan")])
def test_what_is_no_count_is_refused(value: object) -> None:
    """Negative, broken and absurd counts are refused by name, not clamped."""
    with pytest.raises(Malformed):
        count(value)


@pytest.mark.parametrize(
    ("value", "tokens"), [("12", 12), ("12.0", 12), ("1,200", 1200), (13.0, 13), ("", None), (None, None), (0, 0)]
)
def test_counts_out_of_tables(value: object, tokens: int | None) -> None:
    """Cells of tables are text; an empty one is unknown."""
    assert count(value) == tokens


@given(total=COUNTS, read=st.none() | COUNTS, write=st.none() | COUNTS)
def test_fresh_input_is_never_negative(total: int, read: int | None, write: int | None) -> None:
    """Whatever the counts, fresh input lies within the total, and reads and writes are taken out of it if they fit."""
    doubts: list[str] = []
    fresh = within(total, read, None if write is None else {"5m": write}, doubts.append)
    assert fresh is not None
    assert 0 <= fresh <= total
    cached = (read or 0) + (write or 0)
    assert (fresh == total - cached) if cached <= total else doubts == [OUTSIDE]


@given(total=COUNTS, five=COUNTS, hour=COUNTS)
def test_writes_keep_their_total_or_raise_a_doubt(total: int, five: int, hour: int) -> None:
    """A split below the total leaves a rest of unknown lifetime; one above it is taken, with a doubt."""
    doubts: list[str] = []
    result = writes(total, {"5m": five, "1h": hour}, doubts.append)
    assert result is not None
    assert all(tokens > 0 for tokens in result.values())
    if five + hour <= total:
        assert sum(result.values()) == total
        assert not doubts
    else:
        assert doubts == ([STALE] if five == hour == total else [SPLIT])
        assert sum(result.values()) == (total if doubts == [STALE] else five + hour)


KEYS = [
    "input_tokens",
    "output_tokens",
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "cache_read_input_tokens",
]
KEYS += [
    "cache_creation_input_tokens",
    "inputTokens",
    "cacheReadInputTokens",
    "promptTokenCount",
    "billed_units",
    "usage",
]
KEYS += [
    "prompt_tokens_details",
    "input_tokens_details",
    "cache_creation",
    "iterations",
    "cacheDetails",
    "server_tool_use",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10**16) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8), st.sampled_from(["", "google/gemini-2.5-flash"]))
def test_no_usage_object_crashes_the_reader(raw: dict[str, Any], model: str) -> None:
    """Any object is read, found to count nothing, or refused with a reason; no bucket is ever negative."""
    try:
        usage = read_usage(raw, lambda _: None, model)
    except Malformed:
        return
    if usage is not None:
        buckets = (usage.input, usage.output, usage.cache_read, usage.storage, *(usage.cache_write or {}).values())
        assert all(tokens is None or tokens >= 0 for tokens in buckets)
