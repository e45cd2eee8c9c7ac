"""Every rule's own examples are its tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cachecalc.core import rules
from cachecalc.core.finding import Hit, apply
from cachecalc.core.rules.rule import Bad, Good, Missed, Rule
from tests.rules.examples import hits_of, text_of

BAD = [pytest.param(rule, bad, id=f"{rule.name}-{bad.filename}") for rule in rules.ALL for bad in rule.bad]
GOOD = [pytest.param(rule, good, id=f"{rule.name}-{good.filename}") for rule in rules.ALL for good in rule.good]
MISSED = [pytest.param(rule, miss, id=f"{rule.name}-{miss.filename}") for rule in rules.ALL for miss in rule.missed]
MENDED = [
    pytest.param(rule, bad, text, id=f"{rule.name}-{bad.filename}")
    for rule in rules.ALL
    for bad in rule.bad
    for text in (bad.put_right(bad.fixed), bad.put_right(bad.mended))
    if text is not None
]

_NUMBER = re.compile(r"\d[\d,]*")
_COUNTER_DRIFT = 0.15
"""How far a better counter may move a number before the page that quotes it is wrong."""


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_a_bad_example_is_reported_once_and_in_these_words(rule: Rule, example: Bad, tmp_path: Path) -> None:
    """A bad example gives one finding, with the message its page shows."""
    hits = hits_of(rule, example, text_of(example.source), tmp_path)
    assert len(hits) == 1
    assert_says(hits[0], example.message)


def assert_says(hit: Hit, message: str) -> None:
    assert _NUMBER.sub("N", hit.message) == _NUMBER.sub("N", message)
    for said, expected in zip(numbers(hit.message), numbers(message), strict=True):
        assert said == pytest.approx(expected, rel=_COUNTER_DRIFT)


def numbers(message: str) -> list[int]:
    return [int(number.replace(",", "")) for number in _NUMBER.findall(message)]


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_a_fix_is_shown_where_there_is_one(rule: Rule, example: Bad, tmp_path: Path) -> None:
    """The fix of a bad example turns it into the fixed text its page shows, and there is no fix where none is shown."""
    text = text_of(example.source)
    (hit,) = hits_of(rule, example, text, tmp_path)
    fixed = apply(hit.fix.edits, text) if hit.fix else None
    expected = example.put_right(example.fixed)
    assert fixed == (text_of(expected) if expected is not None else None)


@pytest.mark.parametrize(("rule", "example", "text"), MENDED)
def test_a_mended_example_is_clean(rule: Rule, example: Bad, text: str, tmp_path: Path) -> None:
    """What a fix or a person made of a bad example is not reported again."""
    assert hits_of(rule, example, text_of(text), tmp_path) == []


@pytest.mark.parametrize(("rule", "example"), GOOD)
def test_a_good_example_is_left_alone(rule: Rule, example: Good, tmp_path: Path) -> None:
    """A healthy look-alike is not reported."""
    assert hits_of(rule, example, text_of(example.source), tmp_path) == []


@pytest.mark.parametrize(("rule", "example"), MISSED)
def test_a_documented_miss_is_still_missed(rule: Rule, example: Missed, tmp_path: Path) -> None:
    """What a page says is not reported yet, is not: move it to `bad` on the day the rule gets better."""
    assert hits_of(rule, example, text_of(example.source), tmp_path) == []
