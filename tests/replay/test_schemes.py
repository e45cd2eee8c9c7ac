"""Which policies a model allows, at which lifetimes and prices."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from cachecalc.core.problem import InputError
from cachecalc.core.replay.outcome import Cell, ratio_error, settle
from cachecalc.core.replay.scheme import Policy, Price, schemes, thresholds
from cachecalc.load import pricing

DAY = dt.date(2026, 11, 21)


def offered(model: str, policies: list[Policy] | None = None, ttls: list[str] | None = None) -> list[str]:
    found, _ = schemes([pricing.bundled().find(model)], policies or [], ttls or [], DAY)
    return [f"{scheme.policy} {scheme.label}" for scheme in found]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        pytest.param(
            "claude-sonnet-4-6",
            "prefix 5m, prefix 1h, rolling 5m, rolling 1h, marks 5m, marks 1h, system 5m, system 1h, rolling+pings 5m, "
            "rolling+pings 1h, system+pings 5m, system+pings 1h, best 5m, best 1h",
            id="marks-at-two-lifetimes",
        ),
        pytest.param("gpt-5", "automatic 30m, automatic 24h, best 30m, best 24h", id="a-range-by-its-ends"),
        pytest.param("kimi-k3", "automatic 5m, automatic 1h, best 5m, best 1h", id="automatic-and-billed"),
    ],
)
def test_without_wishes_all_that_a_model_has(model: str, expected: str) -> None:
    """Where the provider stores every block itself, `prefix` would only say it twice."""
    assert ", ".join(offered(model)) == expected


def test_a_lifetime_nobody_sells_can_be_played_where_storing_is_free() -> None:
    """It is the provider's retention then, and may be anything."""
    assert offered("gpt-5", [Policy.AUTOMATIC], ["90s", "1h"]) == ["automatic 90s", "automatic 1h"]


@pytest.mark.parametrize(
    ("model", "policy", "ttl", "message"),
    [
        pytest.param("claude-sonnet-4-6", "rolling", "30m", "no cache TTL of 30m is sold, but 5m, 1h", id="not-sold"),
        pytest.param("gpt-5", "marks", "5m", "gpt-5: cannot be played with `marks`, but with", id="no-marks"),
        pytest.param("claude-sonnet-4-6", "automatic", "5m", "cannot be played with `automatic`", id="not-automatic"),
        pytest.param("claude-sonnet-4-6", "rolling", "soon", "'soon' is not a duration", id="no-duration"),
        pytest.param("claude-sonnet-4-6", "rolling", "0s", "longer than nothing", id="no-time"),
    ],
)
def test_what_no_model_offers_is_refused(model: str, policy: str, ttl: str, message: str) -> None:
    """With what it does offer."""
    with pytest.raises(InputError, match=message):
        offered(model, [Policy(policy)], [ttl])


def test_what_only_one_model_lacks_is_told() -> None:
    """The others are played."""
    models = [pricing.bundled().find(name) for name in ("claude-sonnet-4-6", "gpt-5", "gpt-4o")]
    found, notes = schemes(models, [Policy.ROLLING], ["5m"], DAY)
    assert [scheme.model.id for scheme in found] == ["claude-sonnet-4-6"]
    assert notes == ("gpt-5, gpt-4o: cannot be played with `rolling`, but with prefix, automatic, best",)


def test_a_long_prompt_pays_its_tier_and_a_stored_token_its_lifetime() -> None:
    """By hand: 272,000 tokens are the limit, above it input costs twice as much and output half as much again."""
    found, _ = schemes([pricing.bundled().find("gpt-5.6-sol")], [Policy.ROLLING], ["12h"], DAY)
    steps = thresholds(found)
    assert steps == (272_000,)
    rule = found[0].rule(steps)
    cells = [
        Cell(tier=0, slice=0, requests=2, input=100_000, output=1000, read=60_000, written=30_000),
        Cell(tier=1, slice=0, requests=1, input=300_000, output=1000, read=200_000, written=100_000),
    ]
    (baseline,), (outcome,) = settle(found, steps, [cell._replace(read=0, written=0) for cell in cells], {rule: cells})
    short = 10_000 * Decimal(4) + 60_000 * Decimal("0.4") + 30_000 * Decimal(10)
    long = 200_000 * Decimal("0.8") + 100_000 * Decimal(20)
    assert outcome.input_cost == (short + long) / 1_000_000
    assert outcome.total_cost - outcome.input_cost == (1000 * Decimal(20) + 1000 * Decimal(30)) / 1_000_000
    assert baseline.input_cost == (100_000 * Decimal(4) + 300_000 * Decimal(8)) / 1_000_000
    assert (outcome.input, outcome.cache_read, dict(outcome.cache_write)) == (10_000, 260_000, {"12h": 130_000})


def test_pings_go_on_until_storing_anew_would_cost_the_same() -> None:
    """By hand: (3.75 - 0.3) / 0.3 reads for five minutes, (6 - 0.3) / 0.3 for an hour; each has a token of its own."""
    found, _ = schemes([pricing.bundled().find("claude-sonnet-4-6")], [Policy.ROLLING_PINGS], [], DAY)
    rules = [scheme.rule(()) for scheme in found]
    assert [(rule.policy, rule.pings, rule.life / 60) for rule in rules] == [
        (Policy.ROLLING, 11, 60),
        (Policy.ROLLING, 19, 1200),
    ]
    cell = Cell(tier=0, slice=0, requests=1, input=4000, output=10, read=1024, written=2976, pings=7, pinged=7 * 1024)
    _, (outcome,) = settle(found[:1], (), [cell], {rules[0]: [cell]})
    plain = 1024 * Decimal("0.3") + 2976 * Decimal("3.75")
    assert outcome.input_cost == (plain + 7 * (1024 * Decimal("0.3") + 3)) / 1_000_000
    assert (outcome.cache_read, outcome.pings, outcome.pinged) == (1024, 7, 7168)


def test_tokens_that_are_stored_for_nothing_are_input() -> None:
    """A provider that does not bill writes does not count them either."""
    found, _ = schemes([pricing.bundled().find("gpt-5")], [Policy.AUTOMATIC], ["5m"], DAY)
    cell = Cell(tier=0, slice=0, requests=1, input=4000, output=10, read=1024, written=2048)
    _, (outcome,) = settle(found, (), [cell], {found[0].rule(()): [cell]})
    assert (outcome.input, outcome.cache_read, dict(outcome.cache_write)) == (2976, 1024, {})
    assert outcome.input_cost == (2976 * Decimal("1.25") + 1024 * Decimal("0.125")) / 1_000_000
    assert not outcome.guaranteed


def test_only_the_best_policy_depends_on_prices() -> None:
    """Others have one rule for every model with the same minimum, so they are counted once."""
    models = [pricing.bundled().find(name) for name in ("claude-sonnet-4-6", "claude-sonnet-5")]
    found, _ = schemes(models, [Policy.ROLLING, Policy.BEST], ["5m"], DAY)
    assert len({scheme.rule(()) for scheme in found if scheme.policy is Policy.ROLLING}) == 1
    (best,) = (scheme for scheme in found if scheme.policy is Policy.BEST and scheme.model.id == "claude-sonnet-4-6")
    assert best.rule(()).prices == (Price(Decimal(3), Decimal("0.3"), Decimal("3.75"), Decimal(15)),)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([(0, 5, 10)], None, id="one-slice"),
        pytest.param([(0, 0, 10), (0, 5, 10)], None, id="one-slice-in-two-tiers"),
        pytest.param([(0, 5, 10), (1, 5, 10)], 0.0, id="alike"),
        pytest.param([(0, 4, 10), (1, 6, 10)], 0.1, id="apart"),
    ],
)
def test_the_error_of_a_share_comes_from_its_slices(
    parts: list[tuple[int, float, int]], expected: float | None
) -> None:
    """By hand: deviations of 1 and -1 of 10 tokens each: sqrt(2 * 2 / 1) / 20."""
    assert ratio_error(parts) == (None if expected is None else pytest.approx(expected))
