"""Figures that were published, or that can be worked out by hand, to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest

from cachecalc.core.estimate import notices
from cachecalc.core.estimate.projection import READ
from cachecalc.core.estimate.workload import Calendar
from tests.estimate.build import estimated, projected, workload

RAG = """
model: {model}
prompt: {{static: 90000, dynamic: 10000}}
output: 500
requests: {requests}
arrivals: {arrivals}
cache: {cache}
"""

SUPPORT = """
model: claude-sonnet-4-6
prompt: {static: 1500, dynamic: 100}
output: 200
requests: 5000/day
arrivals: poisson
memo: {exact: 0.20, semantic: 0.15}
"""

AGENT = """
model: claude-sonnet-4-5
prompt: {static: 10000}
conversation: {turns: 20, grows_by: 1500, gaps: {p50: 8s, p90: 30s}}
output: 300
requests: 1 conversations/month
arrivals: poisson
"""


def cents(amount: Decimal, places: str = "0.01") -> str:
    return str(amount.quantize(Decimal(places), ROUND_HALF_UP))


def rag(model: str, requests: str = "10/hour", arrivals: str = "poisson", cache: str = "off") -> str:
    return RAG.format(model=model, requests=requests, arrivals=arrivals, cache=cache)


def test_support_bot_with_the_typed_in_hit_rate() -> None:
    """The worked example's own arithmetic, which its printed result misses: 1,170.00 and 441.31."""
    found = estimated(f"{SUPPORT}cache: {{ttl: 5m, hit_rate: 0.85}}")
    assert cents(found.baseline.total) == "1170.00"
    assert cents(found.configured.total) == "441.31"
    assert cents(found.savings) == "728.69"
    assert f"{found.savings / found.baseline.total:.1%}" == "62.3%"


def test_a_typed_in_hit_rate_is_held_against_the_traffic() -> None:
    """At one request in 26 seconds the prefix is all but always warm, and the warning says what that makes."""
    found = estimated(f"{SUPPORT}cache: {{ttl: 5m, hit_rate: 0.85}}")
    codes = {notice.code: notice.message for notice in notices.warnings(found)}
    assert "$365.63" in codes["hit-rate-contradicted"]


def test_support_bot_with_the_derived_hit_rate() -> None:
    """Poisson arrivals at 3,250 model calls a day."""
    assert cents(projected(workload(f"{SUPPORT}cache: 5m")).total) == "365.63"


@pytest.mark.parametrize(
    ("model", "requests", "arrivals", "cache", "usd"),
    [
        pytest.param("claude-sonnet-4-5", "10/hour", "poisson", "off", "2214.00", id="sonnet-4.5-uncached"),
        pytest.param("claude-sonnet-4-5", "10/hour", "poisson", "5m", "1435.99", id="sonnet-4.5-5m"),
        pytest.param("claude-sonnet-4-5", "10/hour", "even", "5m", "2700.00", id="sonnet-4.5-5m-even"),
        pytest.param("claude-sonnet-4-5", "10/hour", "poisson", "1h", "464.57", id="sonnet-4.5-1h"),
        pytest.param("claude-sonnet-4-5", "1000/hour", "poisson", "off", "221400.00", id="sonnet-4.5-busy-uncached"),
        pytest.param("claude-sonnet-4-5", "1000/hour", "poisson", "5m", "46440.00", id="sonnet-4.5-busy"),
        pytest.param("claude-sonnet-5-5", "10/hour", "poisson", "off", "1476.00", id="sonnet-5.5-uncached"),
        pytest.param("claude-sonnet-5-5", "10/hour", "poisson", "5m", "920.69", id="sonnet-5.5-5m"),
        pytest.param("claude-sonnet-5-5", "10/hour", "poisson", "1h", "244.91", id="sonnet-5.5-1h"),
        pytest.param("gpt-5.6-sol", "10/hour", "poisson", "30m", "639.28", id="gpt-5.6-sol-marked"),
        pytest.param("gpt-5.6-sol", "10/hour", "poisson", "default", "3672.00", id="gpt-5.6-sol-implicit"),
        pytest.param("gpt-5.6-sol", "1000/hour", "poisson", "30m", "61920.00", id="gpt-5.6-sol-marked-busy"),
    ],
)
def test_rag_over_a_corpus(model: str, requests: str, arrivals: str, cache: str, usd: str) -> None:
    """90,000 static and 10,000 dynamic tokens, 500 out, thirty days."""
    assert cents(projected(workload(rag(model, requests, arrivals, cache))).total) == usd


def test_gemini_explicit_cache_alive_all_month() -> None:
    """498.60 plus one creation; 291.60 of it is storage."""
    found = projected(workload(rag("gemini-2.5-pro", cache="named")))
    by_label = {line.label: cents(line.amount, "0.0001") for line in found.lines}
    assert by_label["cache storage"] == "291.6000"
    assert by_label["cache creation"] == "0.1125"
    assert cents(found.total) == "498.71"


def test_gpt_5_keeps_entries_for_half_an_hour_to_a_day() -> None:
    """A provider's retention is a range, and so is the bill."""
    month = estimated(rag("gpt-5", cache="default")).configured_usd
    assert (cents(month.low, "1"), cents(month.high, "1")) == ("207", "212")


def test_gpt_4o_keeps_entries_in_memory() -> None:
    """Five to ten minutes of retention span 1,179 to 1,378 dollars."""
    month = estimated(rag("gpt-4o", cache="default")).configured_usd
    assert (cents(month.low, "1"), cents(month.high, "1")) == ("1179", "1378")


@pytest.mark.parametrize(
    ("cache", "usd"),
    [
        pytest.param("cache: off", "1.5450", id="uncached"),
        pytest.param("cache: {ttl: 5m, breakpoints: rolling}", "0.3683", id="rolling"),
        pytest.param("cache: {ttl: 5m, breakpoints: system}", "1.0395", id="system-only"),
    ],
)
def test_an_agent_run_of_twenty_turns(cache: str, usd: str) -> None:
    """10,000 tokens and 1,500 more each turn: marking only the system prompt leaves the history at full price."""
    talk = AGENT.replace("{p50: 8s, p90: 30s}", "[8s]")
    assert cents(projected(workload(talk + cache)).total, "0.0001") == usd


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        pytest.param("claude-3-5-sonnet", "27.0000", id="claude"),
        pytest.param("gpt-4o", "12.5000", id="gpt-4o"),
        pytest.param("gemini-1.5-pro", "9.3750", id="gemini-1.5-pro"),
    ],
)
def test_ten_million_cached_tokens_a_day(model: str, usd: str) -> None:
    """What reading instead of sending saves each day, storage aside."""
    cache = "{named: {alive: 0h/day, creations: 0/day}, hit_rate: 1}" if "gemini" in model else "{hit_rate: 1}"
    text = f"model: {model}\nprompt: {{static: 80000}}\noutput: 0\nrequests: 125/day\narrivals: poisson\ncache: "
    one_day = Calendar(dt.date(2026, 11, 21), days=1.0)
    cached = projected(
        workload(text + cache.replace("{hit", "{ttl: 5m, hit" if "claude" in model else "{hit")), one_day
    )
    plain = projected(workload(text + "off"), one_day)
    reads = sum(line.quantity for line in cached.lines if line.label == READ)
    assert reads == 10_000_000
    assert cents(_plain_cost(workload(text + "off").model.id, reads) - cached.total, "0.0001") == usd
    assert plain.lines


def _plain_cost(model: str, tokens: Decimal | int) -> Decimal:
    from cachecalc.load import pricing

    rates = pricing.bundled().find(model).period_on(dt.date(2026, 11, 21)).rates
    return Decimal(tokens) * rates.input / 1_000_000


def test_memoisation_cools_the_prompt_cache() -> None:
    """35 % answered from a memo at 300 requests a day: the 5-minute prefix hit rate falls from 64.7 % to 49.2 %."""
    text = (
        "model: claude-sonnet-4-6\nprompt: {static: 1500}\noutput: 1\nrequests: 300/day\narrivals: poisson\ncache: 5m\n"
    )
    plain = projected(workload(text)).prefix_hit_rate
    thinned = projected(workload(f"{text}memo: {{exact: 0.20, semantic: 0.15}}")).prefix_hit_rate
    assert (f"{plain:.3f}", f"{thinned:.3f}") == ("0.647", "0.492")
