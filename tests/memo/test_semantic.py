"""Near matches: what a semantic cache would answer, and which of its answers are likely wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.near_match import suspicions
from cachecalc.core.problem import InputError
from cachecalc.logs import encoders, similar
from cachecalc.logs.similar import Asked

np: Any = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    ("query", "match", "found"),
    [
        ("refund for order 1234", "refund for order 9981", ("numbers",)),
        ("the first invoice", "the last invoice", ("numbers", "opposites")),
        ("does the plan include support", "does the plan not include support", ("negation",)),
        ("why doesn't it start", "why does it start", ("negation",)),
        ("why doesn\u2019t it start", "why doesn't it start", ()),
        ("enable two factor login", "disable two factor login", ("opposites",)),
        ("how to ship to Berlin", "how to ship to Paris", ("names",)),
        ("what does the API cost", "what does the SDK cost", ("names",)),
        ("mail ada@example.org", "mail max@example.org", ("names",)),
        ("from paris to london", "from london to paris", ("order",)),
        ("how do I reset my password?", "how can I reset my password", ()),
        ("Where is it", "where is it?", ()),
        ("is Berlin far", "IS BERLIN FAR", ()),
    ],
)
def test_what_changes_the_answer_is_seen(query: str, match: str, found: tuple[str, ...]) -> None:
    """Numbers, negation, opposites, names and the order of words tell two near queries apart, in either order; spelling does not."""
    assert suspicions(query, match) == found
    assert suspicions(match, query) == found


def naive(rows: Any, asked: Sequence[Asked], threshold: float, ttl: float | None) -> list[tuple[int, float]]:
    """The same cache, one comparison at a time."""
    stored: list[int] = []
    found = []
    for index, query in enumerate(asked):
        near = [
            float(rows[index] @ rows[earlier])
            for earlier in stored
            if asked[earlier].tenant == query.tenant
            and (ttl is None or abs((query.at or 0) - (asked[earlier].at or 0)) <= ttl)
        ]
        best = min(max(near, default=-1.0), 1.0)
        if best >= threshold:
            found.append((index, round(best, 4)))
        else:
            stored.append(index)
    return found


POINTS = st.tuples(st.integers(0, 7), st.sampled_from(["x", "y"]), st.integers(0, 100))


@given(st.lists(POINTS, max_size=30), st.sampled_from([None, 20.0]))
def test_the_matrix_does_what_one_by_one_does(points: list[tuple[int, str, int]], ttl: float | None) -> None:
    """Chunks and masks give the hits of a cache that is asked query by query: the nearest stored one of the tenant, not
    too old, and only what missed is stored."""
    angles = np.array([angle for angle, _, _ in points]) * 0.2
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32) if points else np.zeros((0, 2))
    asked = [Asked(str(number), tenant, float(at)) for number, (_, tenant, at) in enumerate(points)]
    found = similar.hits(asked, [0.9, 0.97], lambda texts: rows[[int(text) for text in texts]], ttl)
    for threshold in (0.9, 0.97):
        assert [(hit.query, round(hit.cosine, 4)) for hit in found[threshold]] == naive(rows, asked, threshold, ttl)


def test_more_queries_than_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The border of a chunk changes nothing."""
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    asked = [Asked(str(number)) for number in range(40)]
    whole = similar.hits(asked, [0.9], lambda texts: rows[[int(text) for text in texts]])
    monkeypatch.setattr(similar, "CHUNK", 7)
    assert similar.hits(asked, [0.9], lambda texts: rows[[int(text) for text in texts]]) == whole


def test_the_bundled_model_knows_what_is_near() -> None:
    """Loaded without any download: the same question in other words is nearer than another question."""
    pytest.importorskip("wordllama")
    encode = encoders.ENCODERS["wordllama"].load()
    rows = encode(["how do I reset my password?", "how can I reset the password", "where is my parcel", ""])
    assert rows[0] @ rows[1] > 0.8 > rows[0] @ rows[2]
    assert np.allclose(np.linalg.norm(rows[:3], axis=1), 1, atol=1e-4)
    assert not np.isnan(rows).any()


def test_a_missing_encoder_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for by name it is an error that says what to install; otherwise there is none."""
    for encoder in encoders.ENCODERS.values():
        monkeypatch.setitem(sys.modules, encoder.module, None)
    assert encoders.find(None) is None
    with pytest.raises(InputError, match=r"cachecalc\[semantic\]"):
        encoders.find("wordllama")
