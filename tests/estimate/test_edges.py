"""Estimates at the edges of what a profile can say."""

from __future__ import annotations

import pytest

from cachecalc.core import units
from cachecalc.core.estimate.projection import project
from cachecalc.core.plan import best_marks
from cachecalc.core.pricing import Kind
from cachecalc.core.problem import InputError
from tests.estimate.build import estimated, workload


def test_a_prompt_without_tokens_costs_nothing() -> None:
    """An empty prompt has no boundary to store, and that is no fault."""
    text = "model: claude-sonnet-5-5\nprompt: {static: 0, dynamic: 0}\noutput: 0\nrequests: 10/day\ncache: 1h"
    assert estimated(text).configured.total == 0


def test_more_breakpoints_than_the_model_takes_are_refused() -> None:
    """A request with five marks would be rejected by the provider, so no price is given for it."""
    parts = ", ".join(f"{{name: {name}, tokens: 2000, cache: on}}" for name in "abcde")
    text = f"model: claude-sonnet-5-5\nprompt: {{parts: [{parts}]}}\noutput: 1\nrequests: 10/day"
    with pytest.raises(InputError, match="takes at most 4 breakpoints, and 5 are set"):
        workload(text)


def test_the_plan_knows_the_hit_rate_inside_a_batch() -> None:
    """The search prices marks with the ceiling that the bill applies, so it never chooses what costs more than none."""
    text = "model: claude-sonnet-5-5\nprompt: {static: 9000, dynamic: 100}\noutput: 1\nrequests: 5000/day\n"
    found = estimated(text + "arrivals: poisson\noptions: {batch: 1.0}")
    marks = found.case.workload.model.caching.of_kind(Kind.MARKS)
    assert marks is not None
    best = project(found.case, best_marks(found.case, found.layout, marks), found.layout)
    assert best.total <= min(option.total for option in found.options if option.strategy.mode in {None, marks})


def test_a_rate_beyond_all_numbers_is_refused() -> None:
    """Four hundred digits are more than a float holds: a fault of the profile, not of the program."""
    with pytest.raises(ValueError, match="too large"):
        units.rate("9" * 400 + "/second")
