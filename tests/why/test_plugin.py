"""The assertion for users' own tests, in a real pytest run."""

from __future__ import annotations

import json

import pytest

from cachecalc.core.problem import InputError
from cachecalc.testing import assert_prefix
from tests.why.cases import BROKEN, HEALTHY, Json

pytest_plugins = ["pytester"]


def test_a_users_test_fails_with_the_reason(pytester: pytest.Pytester) -> None:
    """The fixture is there without being imported; a broken prefix fails with its cause, a healthy one passes."""
    broken = next(case for case in BROKEN if case.code == "C01").requests
    healthy = next(case for case in HEALTHY if case.code == "C07").requests
    pytester.makepyfile(
        f"""
        import json

        def test_broken(assert_cache_prefix):
            assert_cache_prefix(json.loads({json.dumps(broken)!r}))

        def test_healthy(assert_cache_prefix):
            assert_cache_prefix(json.loads({json.dumps(healthy)!r}))
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*clock-in-prefix (CC101), actionable*", "*+ 2026-11-21T09:15:22.460Z*", "*do: *"])


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        pytest.param([], "0 request to compare", id="none"),
        pytest.param([HEALTHY[0].requests[0]], "1 request to compare", id="one"),
        pytest.param([{"a": 1}, {"b": 2}], r"no request to a model: requests\[0\], requests\[1\]", id="other objects"),
    ],
)
def test_what_cannot_be_compared_is_no_pass(requests: list[Json], message: str) -> None:
    """An assertion about nothing would always hold, so it is an error."""
    with pytest.raises(InputError, match=message):
        assert_prefix(requests)


def test_a_model_stands_in() -> None:
    """Captured arguments without a model are judged by the one that is given; an unknown one is an error."""
    first, second = ({key: value for key, value in body.items() if key != "model"} for body in BROKEN[0].requests)
    with pytest.raises(AssertionError, match="clock-in-prefix"):
        assert_prefix([first, second], model="claude-sonnet-5-5")
    with pytest.raises(InputError, match="unknown model"):
        assert_prefix([first, second], model="claude-sonnet-99")
