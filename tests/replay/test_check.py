"""The scheduled check: worse, or only noise?"""

from __future__ import annotations

from decimal import Decimal

import pytest
from inline_snapshot import snapshot

from cachecalc.core.problem import InputError
from cachecalc.core.replay.check import Figures, Key, check, is_bad
from cachecalc.report.replay_text import headline

KEY = Key("claude-sonnet-4-6", "rolling", "5m")
PRICES = {"input": Decimal(3)}


def figures(share: float, cost: str, error: float | None = None, prices: dict[str, Decimal] | None = None) -> Figures:
    return Figures(share, error, Decimal(cost), error, prices or PRICES)


@pytest.mark.parametrize(
    ("now", "last", "bad"),
    [
        pytest.param(figures(0.70, "1.00"), figures(0.70, "1.00"), False, id="same"),
        pytest.param(figures(0.695, "1.01"), figures(0.70, "1.00"), False, id="less-than-ever-told"),
        pytest.param(figures(0.68, "1.00"), figures(0.70, "1.00"), True, id="fell"),
        pytest.param(figures(0.68, "1.00", 0.01), figures(0.70, "1.00", 0.01), False, id="within-the-noise"),
        pytest.param(figures(0.66, "1.00", 0.01), figures(0.70, "1.00", 0.01), True, id="beyond-the-noise"),
        pytest.param(figures(0.70, "1.03"), figures(0.70, "1.00"), True, id="dearer"),
        pytest.param(figures(0.90, "0.50"), figures(0.70, "1.00"), False, id="better"),
        pytest.param(
            figures(0.70, "2.00", prices={"input": Decimal(6)}), figures(0.70, "1.00"), False, id="prices-have-moved"
        ),
    ],
)
def test_worse_by_more_than_noise_is_bad(now: Figures, last: Figures, bad: bool) -> None:
    """The noise is two standard errors of the difference, and never less than a point or two percent."""
    assert is_bad(check({KEY: now}, {KEY: last}, None)) is bad


@pytest.mark.parametrize(("limit", "bad"), [(0.7, False), (0.71, True), (None, False)])
def test_a_read_share_below_the_limit_is_bad(limit: float | None, bad: bool) -> None:
    """With or without something to compare with."""
    now = {KEY: figures(0.70, "1.00")}
    assert is_bad(check(now, None, limit)) is bad
    assert is_bad(check(now, now, limit)) is bad


def test_replays_of_other_policies_cannot_be_compared() -> None:
    """Which would look like a pass."""
    with pytest.raises(InputError, match="no policy in common"):
        check({KEY: figures(0.7, "1")}, {KEY._replace(ttl="1h"): figures(0.7, "1")}, None)


def test_one_line_says_it_all() -> None:
    """The worst policy first, with what changed and by how much."""
    other = KEY._replace(ttl="1h")
    now = {KEY: figures(0.64, "1.12"), other: figures(0.69, "1.05")}
    last = {KEY: figures(0.724, "0.91", 0.01), other: figures(0.724, "0.91")}
    lines = [
        headline(check(now, last, None), None),
        headline(check(last, last, None), None),
        headline(check(now, None, 0.65), 0.65),
        headline(check({KEY: figures(0.7, "1", prices={"input": Decimal(9)})}, last, None), None),
    ]
    assert "\n".join(lines) == snapshot("""\
cachecalc replay: WORSE: rolling 5m on claude-sonnet-4-6: read share fell from 72.4 % to 64.0 % (noise 2.0), input rose from $0.91 to $1.12 per million tokens; 1 more worse
cachecalc replay: ok: rolling 5m on claude-sonnet-4-6: read share 72.4 %, 72.4 % before, input $0.91 per million tokens, $0.91 before
cachecalc replay: WORSE: rolling 5m on claude-sonnet-4-6: read share 64.0 %, the limit is 65 %, input $1.12 per million tokens
cachecalc replay: WORSE: rolling 5m on claude-sonnet-4-6: read share fell from 72.4 % to 70.0 % (noise 2.0), input $1.00 per million tokens, but prices have changed\
""")
