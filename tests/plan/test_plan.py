"""`plan`: the cheapest marks, and the worth of everything else that was weighed."""

from __future__ import annotations

import itertools
import json
import math
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cachecalc.core import advice
from cachecalc.core.estimate.case import Case
from cachecalc.core.estimate.projection import project
from cachecalc.core.estimate.workload import Calendar, Scenario, Workload
from cachecalc.core.plan import best_marks
from cachecalc.core.pricing import CacheRules, Kind, Mode
from cachecalc.core.prompt import Count, Part, Prompt, Section
from cachecalc.core.traffic.arrivals import Poisson
from cachecalc.core.traffic.population import Population
from cachecalc.core.units import Range, Rate
from cachecalc.core.volatility import WORDS, Identity
from cachecalc.load import pricing
from tests.compare.run import Capture, document, run
from tests.estimate.build import THIRTY_DAYS, estimated, workload
from tests.estimate.test_laws import brute_force

CHANGES = [volatility for volatility in WORDS.values() if not volatility.unknown]
MODEL = pricing.bundled().find("claude-sonnet-5-5")
RAG = "model: claude-sonnet-4-5\nprompt: {static: 90000, dynamic: 10000}\noutput: 500\nrequests: 10/hour\narrivals: poisson\n"


def _random_case(generator: random.Random) -> Case:
    """A prompt of up to nine parts of any size and volatility, at any traffic."""
    parts = tuple(
        Part(f"p{i}", Section.SYSTEM, generator.choice(CHANGES), Count(round(10 ** generator.uniform(0, 4.8))))
        for i in range(generator.randint(1, 9))
    )
    daily = Rate(Range.exactly(10 ** generator.uniform(0, 5)), "day")
    it = Workload(
        "any",
        MODEL,
        Prompt(parts),
        Range.exactly(100),
        daily,
        Poisson(),
        populations={scope: Population(9) for scope in (Identity.TENANT, Identity.USER, Identity.SESSION)},
        builds=Rate(Range.exactly(5), "week"),
    )
    return Case(it, Calendar(THIRTY_DAYS.first), Scenario(Poisson()))


def _marks(case: Case) -> Mode:
    mode = case.workload.model.caching.of_kind(Kind.MARKS)
    assert mode is not None
    return mode


def _best(case: Case, mode: Mode) -> Decimal:
    layout = case.layout()
    return project(case, best_marks(case, layout, mode), layout).total


def _assert_exact(seed: int, prompts: int) -> None:
    generator = random.Random(seed)
    for _ in range(prompts):
        case = _random_case(generator)
        mode = _marks(case)
        cheapest = brute_force(case, case.layout(), mode).total
        assert float(_best(case, mode)) == pytest.approx(float(cheapest), rel=1e-9)


def test_the_plan_is_the_best_of_all_legal_ones() -> None:
    """On sixty random prompts of up to nine parts: what trying every row of marks finds."""
    _assert_exact(seed=1, prompts=60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_the_plan_is_the_best_on_ten_thousand_prompts(seed: int) -> None:
    """The same, a thousand at a time."""
    _assert_exact(seed, prompts=1000)


def test_more_marks_or_more_ttls_never_cost_more() -> None:
    """On random prompts, from one mark to four and from one TTL to both."""
    generator = random.Random(3)
    for _ in range(60):
        case = _random_case(generator)
        mode = _marks(case)
        by_marks = [_best(case, replace(mode, max_marks=most)) for most in (1, 2, 3, 4)]
        for fewer, more in itertools.pairwise(by_marks):
            assert more <= fewer * Decimal("1.000000001")
        for ttl in mode.ttls:
            assert _best(case, mode) <= _best(case, replace(mode, ttls=(ttl,))) * Decimal("1.000000001")


def test_pings_follow_from_the_gaps() -> None:
    """A Poisson gap needs floor(gap / TTL) pings: 1 / (exp(rate * TTL) - 1) for each request."""
    found = estimated(RAG)
    kept = {each.ttl: each for each in advice.keep_alive(found.case, found.layout)}
    assert kept["5m"].pings == pytest.approx(7200 / math.expm1(10 / 12), rel=1e-3)
    assert kept["1h"].pings == pytest.approx(7200 / math.expm1(10), rel=1e-2)


def test_a_ping_costs_a_read_of_the_prefix_and_one_token() -> None:
    """90,000 tokens at $0.30 and one at $3 a million; with them every request reads: 7,200 times 0.0645."""
    found = estimated(RAG)
    each = next(each for each in advice.keep_alive(found.case, found.layout) if each.ttl == "5m")
    ping = Decimal("0.027003")
    assert float(each.pings_usd) == pytest.approx(float(ping) * each.pings, rel=1e-9)
    assert float(each.usd - each.pings_usd) == pytest.approx(7200 * 0.0645, rel=1e-9)
    assert f"{each.without_usd:.2f}" == "1435.99"


def test_pings_never_outnumber_the_ttls_of_the_month() -> None:
    """At one request a month a prefix of five minutes takes one ping every five minutes."""
    found = estimated(RAG.replace("10/hour", "1/month"))
    each = next(each for each in advice.keep_alive(found.case, found.layout) if each.ttl == "5m")
    assert each.pings <= 30 * 24 * 12
    assert each.usd > each.without_usd


def test_an_answer_not_asked_for_is_worth_its_request() -> None:
    """A memo hit behind prompt caching saves the request as it is with caching, less what the thinner traffic costs."""
    found = estimated(f"{RAG}cache: 1h\nmemo: {{exact: 0.1}}")
    [exact, semantic] = advice.memo_worth(found.case, found.layout, found.plan.strategy)
    assert exact.is_configured
    assert not semantic.is_configured
    assert float(exact.usd_per_hit) == pytest.approx(0.0645, rel=0.01)


def test_wrong_answers_can_cost_more_than_a_semantic_layer_saves() -> None:
    """At a dollar each, two wrong answers in a hundred hits are worth $0.02, and the limit is where nothing is left."""
    text = f"{RAG}cache: 1h\nmemo: {{semantic: 0.1, wrong_answer_rate: 0.02, wrong_answer_usd: 1}}"
    found = estimated(text)
    semantic = [*advice.memo_worth(found.case, found.layout, found.plan.strategy)][1]
    assert semantic.wrong_rate_limit is not None
    at_limit = estimated(text.replace("0.02", f"{semantic.wrong_rate_limit:.9f}"))
    again = [*advice.memo_worth(at_limit.case, at_limit.layout, at_limit.plan.strategy)][1]
    assert float(again.usd - again.without_usd) == pytest.approx(0, abs=1e-3)


def test_waiting_for_the_first_of_a_fan_out_saves_the_others_writes() -> None:
    """Nothing is said where requests do not start together."""
    busy = estimated(f"{RAG}cache: 1h\noptions: {{concurrent: 8, ready_after: 5s}}")
    saved = advice.warm_up(busy.case, busy.layout, busy.plan.strategy)
    assert saved is not None
    assert saved > 0
    alone = estimated(RAG)
    assert advice.warm_up(alone.case, alone.layout, alone.plan.strategy) is None


DATED = """
model: claude-sonnet-5-5
prompt:
  parts:
    - {{name: {0}, tokens: {1}, changes: {2}}}
    - {{name: {3}, tokens: {4}, changes: {5}}}
    - {{name: question, tokens: 100, changes: per request}}
output: 200
requests: 100/hour
arrivals: poisson
"""


def test_moving_a_clock_behind_the_static_text_is_worth_the_difference() -> None:
    """The other order's own plan costs what the reordering promises."""
    date, corpus = ("date", 9, "every minute"), ("corpus", 50000, "never")
    other = advice.reordering(estimated(DATED.format(*date, *corpus)).case)
    assert other is not None
    assert other.names == ("corpus", "date", "question")
    assert other.moved == ("date",)
    sorted_already = estimated(DATED.format(*corpus, *date))
    assert other.usd == sorted_already.plan.total
    assert advice.reordering(sorted_already.case) is None


def test_the_command_prints_what_estimate_plans(capsys: Capture) -> None:
    """The same plan, as text and as JSON."""
    flags = ("--model", "claude-sonnet-5-5", "--in", "90000+10000", "--out", "500", "--requests", "10/hour")
    [found] = document(capsys, "plan", *flags)["workloads"]
    [known] = document(capsys, "estimate", *flags)["workloads"]
    assert found["estimate"] == known
    _, out, _ = run(capsys, "plan", *flags)
    assert "marks 1h" in out
    assert '"ttl": "1h"' in out


REQUEST = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 100,
    "tools": [{"name": "find", "description": "Look it up. " * 600, "input_schema": {"type": "object"}}],
    "system": "You answer with one word. \u00e9 " * 600,
    "messages": [{"role": "user", "content": "Hello"}],
}


FLAGS = ("--out", "100", "--requests", "100/hour", "--write")


def test_write_puts_the_marks_and_nothing_else(capsys: Capture, tmp_path: Path) -> None:
    """Twice gives the same file; without the marks it is what it was."""
    path = tmp_path / "request.json"
    path.write_bytes(json.dumps(REQUEST, indent=1).encode())
    code, _, err = run(capsys, "plan", str(path), "--model", "claude-sonnet-5-5", *FLAGS)
    assert (code, "1 marks" in err) == (0, True)
    after = json.loads(path.read_text())
    [block] = after["system"]
    mark = {"type": "ephemeral", "ttl": "1h"}
    assert block == {"type": "text", "text": REQUEST["system"], "cache_control": mark}
    assert {**after, "system": REQUEST["system"]} == REQUEST
    once = path.read_bytes()
    run(capsys, "plan", str(path), "--model", "claude-sonnet-5-5", *FLAGS)
    assert path.read_bytes() == once


def test_write_moves_marks_that_are_of_no_use(capsys: Capture, tmp_path: Path) -> None:
    """A mark on the question goes, one behind the instructions comes; every other byte stays."""
    path = tmp_path / "request.json"
    text = (
        '{"model": "claude-sonnet-5-5",\r\n "max_tokens": 5, "system": [\r\n'
        f'   {{"type": "text", "text": "{"You answer with one word. " * 600}"}}],\r\n'
        ' "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello", "cache_control": {"type": "ephemeral"}}]}]}\r\n'
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    code, _, err = run(capsys, "plan", str(path), "--model", "claude-sonnet-5-5", *FLAGS)
    assert code == 0, err
    after = path.read_bytes().decode("utf-8-sig")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    mark = ', "cache_control": {"type": "ephemeral", "ttl": "1h"}'
    assert after.count("cache_control") == 1
    assert after.replace(mark, "") == text.replace(', "cache_control": {"type": "ephemeral"}', "")


def test_write_says_explicit_where_openai_would_mark_the_question(capsys: Capture, tmp_path: Path) -> None:
    """A Responses request gets its marks and its mode; Chat Completions knows one TTL only."""
    path = tmp_path / "request.json"
    system = {"role": "system", "content": "You answer with one word. " * 600}
    request = {"model": "gpt-5.6-sol", "input": [system, {"role": "user", "content": "Hello"}]}
    path.write_text(json.dumps(request, indent=2) + "\n")
    code, _, err = run(capsys, "plan", str(path), "--model", "gpt-5.6-sol", *FLAGS)
    assert code == 0, err
    after = json.loads(path.read_text())
    assert after["prompt_cache_options"] == {"mode": "explicit"}
    [block] = after["input"][0]["content"]
    assert (block["type"], block["text"]) == ("input_text", system["content"])
    assert block["prompt_cache_breakpoint"]["mode"] == "explicit"
    slow = ("--out", "100", "--requests", "10/day", "--write")
    path.write_text(json.dumps({"model": "gpt-5.6-sol", "messages": request["input"]}))
    code, _, err = run(capsys, "plan", str(path), "--model", "gpt-5.6-sol", *slow)
    assert (code, "Chat Completions" in err) == (2, True)


def test_write_refuses_what_it_cannot_edit(capsys: Capture) -> None:
    """Token numbers are no file."""
    flags = ("--model", "claude-sonnet-5-5", "--in", "9000+100", "--out", "5", "--requests", "10/hour", "--write")
    code, _, err = run(capsys, "plan", *flags)
    assert code == 2
    assert "--write needs a recorded request" in err


def test_rules_are_data() -> None:
    """A model without marks has nothing to keep alive."""
    bare = replace(MODEL, caching=CacheRules())
    given = replace(workload(RAG), model=bare)
    case = Case(given, THIRTY_DAYS, Scenario(Poisson()))
    assert [*advice.keep_alive(case, case.layout())] == []
