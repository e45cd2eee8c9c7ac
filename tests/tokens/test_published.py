from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachecalc.tokens.estimate import Estimate
from cachecalc.tokens.registry import ESTIMATES, PUBLISHED

pytest.importorskip("splintr", reason="needs the extra tokenizers")

ANY_TEXT = st.text(st.characters(exclude_categories=()))
PROSE = Path(__file__).parents[2].joinpath("LICENSE").read_text()


@pytest.mark.parametrize("name", sorted(PUBLISHED))
@pytest.mark.parametrize(
    "text",
    ["", "<|endoftext|><bos>[INST]", "\ud800 lone", " " * 200_000, "\0\x1b[31m", "e\u0301" * 1_000],
    ids=["nothing", "special tokens", "surrogate", "spaces", "control", "decomposed"],
)
def test_hostile_texts_are_counted(name: str, text: str) -> None:
    """Special tokens are text, and nothing raises."""
    assert (PUBLISHED[name].count(text).tokens > 0) == (text != "")


@pytest.mark.parametrize("name", sorted(PUBLISHED))
@settings(max_examples=30)
@given(ANY_TEXT)
def test_any_text_is_counted(name: str, text: str) -> None:
    """No string raises."""
    assert PUBLISHED[name].count(text).tokens >= 0


def test_composed_and_decomposed_text_cost_the_same() -> None:
    """The vendors' tokenizers see Unicode form C."""
    counter = PUBLISHED["qwen3"]
    assert counter.count("cafe\u0301 नि") == counter.count("café नि")


@pytest.mark.parametrize("name", sorted(set(PUBLISHED) & set(ESTIMATES)))
def test_estimate_agrees_with_vocabulary(name: str) -> None:
    """Without the extra, the estimate's band holds the vocabulary's own count."""
    estimate = ESTIMATES[name]
    assert isinstance(estimate, Estimate)
    count = estimate.count(PROSE)
    assert count.low <= PUBLISHED[name].count(PROSE).tokens <= count.high
