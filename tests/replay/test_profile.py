"""A measured profile: its estimate comes to what the replay found."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from cachecalc.cli import calendar
from cachecalc.core.estimate import estimate as engine
from cachecalc.core.estimate.projection import OUTPUT, Projection
from cachecalc.core.problem import InputError
from cachecalc.core.replay.outcome import Replay
from cachecalc.core.replay.scheme import Policy, schemes
from cachecalc.load import pricing, profile
from cachecalc.logs.replay.run import Settings, replay
from cachecalc.logs.replay.sources import Reading
from cachecalc.report import replay_profile
from tests.replay.build import session, write_lines
from tests.replay.oracle import Request

DAY = dt.date(2026, 11, 21)
MONDAY = dt.datetime(2026, 11, 16, tzinfo=dt.UTC).timestamp()


def measured(
    path: Path, policies: list[Policy], ttls: tuple[str, ...], model: str = "claude-sonnet-4-6", mark: int = 1024
) -> Replay:
    found, _ = schemes([pricing.bundled().find(model)], policies, ttls, DAY)
    return replay([str(path)], found, Settings(measure=True, reading=Reading(marks=(mark,))))


def estimated(text: str) -> engine.Estimate:
    read = profile.parse(text, "profile.yaml", pricing.bundled(), lambda *_: pytest.fail("reads no prompt file"))
    return engine.estimate(read.workloads[0], calendar.of_month(None, read.days_per_month))


def input_price(month: Projection, estimate: engine.Estimate) -> Decimal:
    """USD per million input tokens."""
    cost = sum((line.amount for line in month.lines if line.label != OUTPUT), Decimal(0))
    tokens = Decimal(estimate.case.requests) * Decimal(estimate.case.layout().mean_tokens)
    return cost / tokens * 1_000_000


@pytest.mark.parametrize("trace", ["chat_trace_dev", "docqa_trace_dev", "agent_sessions_dev"])
@pytest.mark.parametrize("ttl", ["5m", "1h"])
@pytest.mark.parametrize("policy", [Policy.ROLLING, Policy.MARKS])
def test_its_estimate_reproduces_the_replay(data: Path, trace: str, ttl: str, policy: Policy) -> None:
    """Half a point of read share, a percent of input cost."""
    result = measured(data / f"traces/{trace}.jsonl", [policy], (ttl,))
    estimate = estimated(replay_profile.render([result]))
    (outcome,) = result.outcomes
    assert estimate.configured.read_share == pytest.approx(outcome.read_share, abs=0.005)
    cost = input_price(estimate.configured, estimate)
    assert cost == pytest.approx(outcome.input_usd_per_mtok, rel=Decimal("0.01"))


def test_prompts_that_pay_for_their_length_are_a_workload_of_their_own(data: Path) -> None:
    """A mean prompt would hide them: a fifth of the input cost here."""
    result = measured(data / "traces/agent_sessions_dev.jsonl", [Policy.MARKS], ("30m",), "gpt-5.6-sol")
    text = replay_profile.render([result])
    read = profile.parse(text, "profile.yaml", pricing.bundled(), lambda *_: pytest.fail("reads no prompt file"))
    assert [workload.name for workload in read.workloads] == ["gpt-5.6-sol", "gpt-5.6-sol-over-272000"]
    month = calendar.of_month(None, read.days_per_month)
    estimates = [engine.estimate(workload, month) for workload in read.workloads]
    cost = sum(input_price(each.configured, each) * Decimal(tokens_of(each)) for each in estimates)
    tokens = sum(tokens_of(each) for each in estimates)
    assert tokens == pytest.approx(result.input_tokens, rel=1e-4)
    assert cost / Decimal(tokens) == pytest.approx(result.outcomes[0].input_usd_per_mtok, rel=Decimal("0.01"))


def tokens_of(estimate: engine.Estimate) -> float:
    return estimate.case.requests * estimate.case.layout().mean_tokens


@pytest.mark.parametrize("trace", ["chat_trace_dev", "docqa_trace_dev", "agent_sessions_dev"])
def test_the_plan_and_the_replay_agree(data: Path, trace: str) -> None:
    """What the plan would pay is no more than no caching or any choice that was replayed, and no less than the best."""
    policies = [Policy.ROLLING, Policy.MARKS, Policy.BEST]
    result = measured(data / f"traces/{trace}.jsonl", policies, ("5m", "1h"))
    estimate = estimated(replay_profile.render([result]))
    cost = input_price(estimate.plan, estimate)
    costs = {(row.policy, row.ttl): row.input_usd_per_mtok for row in result.outcomes}
    choices = [price for (policy, _), price in costs.items() if policy is not Policy.BEST] + [Decimal(3)]
    bounds = [price for (policy, _), price in costs.items() if policy is Policy.BEST]
    assert min(bounds) <= cost <= min(choices) * Decimal("1.005")


def test_it_says_which_numbers_were_measured(tmp_path: Path) -> None:
    """Eight days of a question and a follow-up a minute later, an hour into every day."""
    lines = [
        {
            "timestamp": 1000 * (MONDAY + 86_400 * day + 3600 + 60 * turn),
            "input_length": 2048 + 512 * turn,
            "output_length": 100,
            "hash_ids": [10 * day + block for block in range(4 + turn)],
        }
        for day in range(8)
        for turn in range(2)
    ]
    path = write_lines(tmp_path / "trace.jsonl", lines)
    text = replay_profile.render([measured(path, [Policy.ROLLING], ("5m",))], ready_after=2)
    gaps = text[text.index("gaps: [") : text.index("]\n    cache")]
    hours = text[text.index("{hours: [") + 9 : text.index("]}")].split(", ")
    assert set(gaps.removeprefix("gaps: [").replace(",", " ").split()) == {"60"}
    assert (len(hours), sum(map(float, hours)), {i: n for i, n in enumerate(hours) if n != "0"}) == snapshot(
        (168, 14.0, {1: "2", 25: "2", 49: "2", 73: "2", 97: "2", 121: "2", 145: "2"})
    )
    assert text.replace(gaps, "gaps: [...").replace(", ".join(hours), "...") == snapshot("""\
# A traffic profile for cachecalc, measured by `cachecalc replay`. A number with `measured` beside it was counted in the
# log; `rho` and `gaps` hold for the way of caching that stands under `cache`.
version: 1
workloads:
  claude-sonnet-4-6:
    model: claude-sonnet-4-6
    prompt: {static: 2304}    # measured: tokens of a mean prompt
    output: 100    # measured: tokens of a mean answer
    requests: 2.285/day    # measured: 16 in 168h1m
    arrivals: {hours: [...]}    # measured: mean requests by hour of the week, from Monday 00:00 UTC
    conversation:
      rho: 0.444444    # measured: share of input tokens that repeat an earlier prompt
      # measured: time since the last use, each for 0.25 % of the repeated tokens
      # (p50 60s, p90 60s, p99 60s)
      gaps: [...]
    cache: {ttl: 5m, breakpoints: rolling}    # the cheapest that was played
    options: {ready_after: 2s}
""")


def test_sessions_are_described_and_their_rate_is_a_guess(tmp_path: Path) -> None:
    """Their clocks are their own."""
    turns = [Request(30 * n, 64 * (20 + n), tuple(range(20 + n))) for n in range(5)]
    path = write_lines(tmp_path / "trace.jsonl", [session(name, turns, 64) for name in "ab"])
    text = replay_profile.render([measured(path, [Policy.ROLLING, Policy.PREFIX], ("5m",))])
    assert text[text.index("      # measured, and") :] == snapshot("""\
      # measured, and contained in rho: 2 sessions, 5.0 turns each,
      # grows_by 64, retention 1.000
    cache: {ttl: 5m, breakpoints: rolling}    # the cheapest that was played
    assumed:
      requests: the log's sessions have clocks of their own, so its requests stand for a month's
""")


def test_automatic_caching_is_described_as_such(tmp_path: Path) -> None:
    """Its retention is the provider's, not the log's."""
    turns = [Request(30 * n, 64 * (20 + n), tuple(range(20 + n))) for n in range(5)]
    path = write_lines(tmp_path / "trace.jsonl", [session(name, turns, 64) for name in "ab"])
    assert "    cache: auto    #" in replay_profile.render([measured(path, [], (), "gpt-5")])


def test_a_log_without_repeats_has_no_conversation(tmp_path: Path) -> None:
    """And its profile can be read all the same."""
    turns = [Request(30 * n, 64 * 20, tuple(range(100 * n, 100 * n + 20))) for n in range(5)]
    path = write_lines(tmp_path / "trace.jsonl", [session(name, turns, 64) for name in "ab"])
    text = replay_profile.render([measured(path, [Policy.ROLLING], ("5m",))])
    assert "conversation:" not in text
    assert estimated(text).configured.read_share == 0


def test_a_profile_needs_a_policy_that_it_can_describe(tmp_path: Path) -> None:
    """Bounds are none."""
    path = write_lines(tmp_path / "trace.jsonl", [session("a", [Request(0, 1280, tuple(range(20)))], 64)])
    with pytest.raises(InputError, match="`rolling` or `automatic`"):
        replay_profile.render([measured(path, [Policy.BEST], ("5m",))])
