from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.tokens.estimate import Estimate, fits, kind_of, tally

ANY_TEXT = st.text(st.characters(exclude_categories=()))
COMMON, RARE = 500, 150_000


@pytest.mark.parametrize(
    ("token", "rank", "kind"),
    [
        (b" the", COMMON, "_lower 0"),
        (b"the", RARE, "lower 4"),
        (b" Hello", COMMON, "_title 0"),
        (b"HTTP", RARE, "upper 4"),
        (b"getName", RARE, "mixed-case 4"),
        (b"123", COMMON, "digits 3"),
        (b"});\n", COMMON, "});\n"),
        (b" =====", RARE, "_marks 5"),
        (b".com", COMMON, "mixed 0"),
        (b"    ", COMMON, "spaces 4"),
        (b" " * 40, RARE, "spaces many"),
        (b"\n\n", COMMON, "\n\n"),
        (b"\n\n\n\n\n\n", RARE, "blank lines"),
        (" привет".encode(), RARE, "_CYRILLIC 5"),
        ("漢字".encode(), RARE, "CJK 2"),
        ("é".encode(), COMMON, "LATIN 1"),
        ("→".encode(), RARE, "SYMBOL 1"),
        (b"\xe4\xb8", RARE, "bytes 2"),
    ],
)
def test_kinds(token: bytes, rank: int, kind: str) -> None:
    """A token's kind says what it is made of, how long it is and how common."""
    assert kind_of(token, rank) == kind


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        pytest.param("def main() -> None:\n    return None\n", 0.0, 0.0, id="code"),
        pytest.param("Please answer the question.", 0.0, 0.0, id="English"),
        pytest.param("Ответьте на вопрос пользователя.", 1.0, 1.0, id="Russian"),
        pytest.param("请回答用户的问题", 1.0, 1.0, id="Chinese"),
        pytest.param("Answer in the language of the user, for example: " * 3 + "Größe", 0.01, 0.9, id="one word"),
    ],
)
def test_foreignness(text: str, least: float, most: float) -> None:
    """Text is the more foreign the more of its tokens have letters that English has not."""
    assert least <= tally(text).foreignness <= most


@pytest.mark.parametrize("fit", sorted(fits()))
@given(ANY_TEXT)
def test_any_text_is_estimated(fit: str, text: str) -> None:
    """No string raises; every text but the empty one has a token, and a band around it."""
    count = Estimate(fit, fit).count(text)
    assert (count.tokens > 0) == (text != "")
    assert 0 < count.error < 10
    assert count.low <= count.tokens <= count.high


@pytest.mark.parametrize("fit", sorted(fits()))
def test_bands_narrow_with_variety(fit: str) -> None:
    """A rich text is known better than a short one, and a repeated one no better, relatively."""
    estimate = Estimate(fit, fit)
    short, repeated = estimate.count("Answer shortly.\n" * 2), estimate.count("Answer shortly.\n" * 200)
    assert estimate.count(Path(__file__).read_text()).error < short.error
    assert repeated.error == pytest.approx(short.error)


@pytest.fixture(scope="module")
def real_counts() -> list[dict[str, Any]]:
    folder = os.environ.get("CACHECALC_TEST_DATA")
    if not folder:
        pytest.skip("CACHECALC_TEST_DATA is not set")
    with gzip.open(Path(folder) / "claude_counts_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        return list(map(json.loads, lines))


@pytest.mark.parametrize(("fit", "column", "frame"), [("claude-v3", "v3_opus45", 7), ("claude-v4.7", "v47_opus47", 11)])
def test_bands_hold_on_real_counts(fit: str, column: str, frame: int, real_counts: list[dict[str, Any]]) -> None:
    """Nine in ten of Anthropic's own counts lie within the band, and half within 4 %."""
    errors = list(_errors(fit, column, frame, real_counts))
    assert sum(inside for _, inside in errors) / len(errors) >= 0.9
    assert sorted(error for error, _ in errors)[len(errors) // 2] < 0.04


def test_never_fitted_texts_are_as_good(real_counts: list[dict[str, Any]]) -> None:
    """On texts that no weight was fitted to, the middle error stays below 4 % and the 95th percentile below 13 %."""
    held_out = [row for row in real_counts if row["set"] == "rosetta_holdout"]
    for fit, column, frame in (("claude-v3", "v3_opus45", 7), ("claude-v4.7", "v47_opus47", 11)):
        errors = sorted(error for error, _ in _errors(fit, column, frame, held_out))
        assert errors[len(errors) // 2] < 0.04
        assert errors[int(0.95 * len(errors))] < 0.13


def _errors(fit: str, column: str, frame: int, rows: list[dict[str, Any]]) -> Iterator[tuple[float, bool]]:
    for row in rows:
        real = row[column] - frame
        count = Estimate(fit, fit).count(str(row["text"]))
        yield abs(count.tokens - real) / max(real, 1), count.low <= real <= count.high
