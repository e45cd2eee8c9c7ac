"""Bad profiles: each fault once, at its line and column, with a way to mend it."""

from __future__ import annotations

import pytest

from cachecalc.core.problem import InputError
from cachecalc.load import pricing, profile
from tests.estimate.build import no_files

GOOD = {
    "model": "claude-sonnet-4-6",
    "prompt": "{static: 1500, dynamic: 100}",
    "output": "200",
    "requests": "5000/day",
}


def written(**changes: str) -> str:
    """A profile of one workload, one line a key, from line 4 on."""
    lines = [f"    {key}: {value}" for key, value in {**GOOD, **changes}.items()]
    return "version: 1\nworkloads:\n  bot:\n" + "\n".join(lines) + "\n"


def faults(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        profile.parse(text, "p.yaml", pricing.bundled(), no_files)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"cashe": "5m"}, "p.yaml:8:5: unknown key 'cashe'\n  help: did you mean cache", id="unknown key"),
        pytest.param(
            {"model": "claude-sonet-4-6"}, "p.yaml:4:12: unknown model 'claude-sonet-4-6'", id="unknown model"
        ),
        pytest.param({"requests": "5000/fortnight"}, "p.yaml:7:15: '5000/fortnight' is not a rate", id="wrong unit"),
        pytest.param({"requests": "5000"}, "p.yaml:7:15: write a rate such as 5000/day", id="no unit"),
        pytest.param({"output": "-3"}, "p.yaml:6:13: must not be negative", id="negative"),
        pytest.param({"output": ".nan"}, "p.yaml:6:13: .nan is not a number that can be used", id="NaN"),
        pytest.param({"output": "1e400"}, "p.yaml:6:13: 1e400 is too large or too small to be meant", id="1e400"),
        pytest.param({"output": "300..100"}, "p.yaml:6:13: '300..100' runs backwards", id="backward range"),
        pytest.param(
            {"cache": "7m"}, "p.yaml:8:12: claude-sonnet-4-6 has no cache TTL '7m'\n  help: it has 5m, 1h", id="TTL"
        ),
        pytest.param({"cache": "{named: {}}"}, "p.yaml:8:12: claude-sonnet-4-6 has no named", id="no named caches"),
        pytest.param(
            {"cache": "{breakpoints: [statik]}"}, "p.yaml:8:12: no part is called 'statik'", id="unknown part"
        ),
        pytest.param({"arrivals": "{hours: [1, 2]}"}, "p.yaml:8:15: `hours` takes 24 or 168 counts", id="hours"),
        pytest.param({"arrivals": "sometimes"}, "p.yaml:8:15: this must be 'even' or 'poisson'", id="arrivals"),
        pytest.param({"memo": "{exact: 0.8, semantic: 0.5}"}, "p.yaml:8:11: `exact` and `semantic`", id="memo over 1"),
        pytest.param({"options": "{batch: 2}"}, "p.yaml:8:22: this must be at most 1", id="share over 1"),
        pytest.param({"options": "{service_tier: gold}"}, "p.yaml:8:14: no gold price is known", id="service tier"),
        pytest.param({"options": "{geo: mars}"}, "p.yaml:8:14: no price for processing in 'mars'", id="region"),
        pytest.param(
            {"conversation": "{turns: 5, grows_by: 9, gaps: {p50: 8s, p90: 1s}}"},
            "p.yaml:8:19: gaps must grow with their percentile",
            id="gaps out of order",
        ),
        pytest.param(
            {"requests": "9 conversations/day"}, "p.yaml:7:15: conversations are counted", id="no conversation"
        ),
        pytest.param({"requests": "9 cows/day"}, "p.yaml:7:15: 'cows' is nothing to count", id="cows"),
        pytest.param(
            {"prompt": "{parts: [{name: a, tokens: 9, changes: per tennant}]}"},
            "p.yaml:5:52: nothing changes 'per tennant': did you mean per tenant",
            id="unknown change",
        ),
        pytest.param(
            {"prompt": "{parts: [{name: a, tokens: 9, changes: per tenant}]}"},
            "p.yaml:5:13: a part of the prompt changes per tenant, and nobody said how many",
            id="unknown population",
        ),
        pytest.param({"prompt": "{static: 3, file: x}"}, "p.yaml:5:13: describe the prompt one way", id="two forms"),
        pytest.param({"observed": "{month: October}"}, "p.yaml:8:23: ", id="month"),
    ],
)
def test_a_fault_is_told_at_its_place(changes: dict[str, str], expected: str) -> None:
    """One message that starts with file, line and column."""
    found = faults(written(**changes))
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_all_faults_come_at_once() -> None:
    """Values, units, keys and models, in one go."""
    found = faults(written(model="gpt-99", output=".inf", requests="5/aeon", cash="1"))
    assert sorted(fault.split(":")[1] for fault in found) == ["4", "6", "7", "8"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "p.yaml: the file is empty", id="empty"),
        pytest.param("[1, 2]", "p.yaml:1:1: this must be keys with values", id="a list"),
        pytest.param("version: 2\nworkloads: {}", "p.yaml:1:10: this must be 1", id="version"),
        pytest.param("a: &x [*x]", "p.yaml:1:4: an alias that contains itself", id="recursive"),
        pytest.param("a: !!python/object/apply:os.system [ls]", "p.yaml:1:4: the tag", id="code"),
        pytest.param("a: 1\na: 2", "p.yaml:2:1: the key 'a' stands here twice", id="duplicate key"),
        pytest.param("[" * 50_000, "p.yaml:1:101: not valid YAML: nested deeper", id="deep"),
        pytest.param("a: [1", "p.yaml:2:1: not valid YAML", id="unclosed"),
    ],
)
def test_what_is_no_profile_at_all(text: str, expected: str) -> None:
    """Empty, recursive, code-bearing and broken files end in one message, not in a traceback."""
    assert any(fault.startswith(expected) for fault in faults(text)), faults(text)


def test_aliases_cannot_explode() -> None:
    """A few lines that would expand to a billion values are refused."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]" for i in range(8)]
    assert "too many values" in faults("\n".join(lines))[0]
