"""Exact hits of a response cache: by kind of key, lifetime and tenant, worked out by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core import memo
from cachecalc.core.memo import NORMALISATIONS, PER_TENANT, WHOLE, Query, Variant, measurement

START = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


def hits(queries: Sequence[Query], variant: Variant, ttl: float | None = None) -> tuple[int, int]:
    """Hits and queries counted for one cache."""
    measured = measurement([] if ttl is None else [ttl])
    for query in queries:
        measured.meet(query)
    (tally,) = [tally for tally in measured.tallies if (tally.variant, tally.ttl) == (variant, ttl)]
    return tally.hits, tally.queries


@pytest.mark.parametrize(
    ("first", "second", "from_"),
    [
        pytest.param("where is it?", "where is it?", "none", id="the same"),
        pytest.param("where is it?", " where is it?\n", "trim", id="blanks around"),
        pytest.param("where is it?", "where  is\tit?", "whitespace", id="blanks within"),
        pytest.param("where is it?", "Where is IT?", "case", id="capitals"),
        pytest.param("caf\u00e9", "cafe\u0301", "case", id="Unicode forms"),
        pytest.param("where is it?", "Where is it", "punctuation", id="a question mark"),
        pytest.param("where is it?", "where was it?", None, id="another question"),
    ],
)
def test_each_normalisation_takes_in_those_before(first: str, second: str, from_: str | None) -> None:
    """Two spellings are one key from a certain normalisation on."""
    names = list(NORMALISATIONS)
    for name in names:
        same = from_ is not None and names.index(name) >= names.index(from_)
        assert hits([Query(first), Query(second)], Variant(name)) == (int(same), 2)


def test_an_entry_lives_from_when_it_was_stored() -> None:
    """A hit does not renew it: of five queries 40 s apart and a minute to live, the 2nd and the 4th hit."""
    queries = [Query("a", at=START + dt.timedelta(seconds=40 * number)) for number in range(5)]
    assert hits(queries, Variant("none"), 60.0) == (2, 5)
    assert hits(queries, Variant("none"), 40.0) == (2, 5)
    assert hits(queries, Variant("none"), 39.0) == (0, 5)
    assert hits(queries, Variant("none")) == (4, 5)


def test_a_tenant_is_answered_from_its_own_cache() -> None:
    """What one tenant asked answers no other; queries without a tenant have no such cache."""
    queries = [Query("a", tenant="x"), Query("a", tenant="y"), Query("a", tenant="x"), Query("a")]
    assert hits(queries, Variant("none")) == (3, 4)
    assert hits(queries, Variant("none", sharing=PER_TENANT)) == (1, 3)


def test_the_whole_request_is_the_stricter_key() -> None:
    """The same question under another system prompt is another request."""
    queries = [Query("a", '{"system": "x"}'), Query("a", '{"system": "y"}'), Query("a", '{"system": "x"}')]
    assert hits(queries, Variant("none")) == (2, 3)
    assert hits(queries, Variant("none", WHOLE)) == (1, 3)


def test_queries_without_a_time_count_for_no_lifetime() -> None:
    """A lifetime is measured on what has a time alone."""
    assert hits([Query("a"), Query("a", at=START), Query("a", at=START)], Variant("none"), 60.0) == (1, 2)


def test_a_full_cache_drops_its_oldest_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: beyond its size the cache forgets what it stored first, and counts it."""
    monkeypatch.setattr(memo, "MOST_ENTRIES", 2)
    measured = measurement([])
    answers = [measured.meet(Query(text))[Variant("none"), None] for text in "abcba"]
    assert answers == [False, False, False, True, False]
    assert measured.tallies[0].evicted == 2


@given(st.lists(st.text(st.sampled_from("aA .?"), max_size=4), max_size=20))
def test_hits_are_queries_less_distinct_keys(texts: list[str]) -> None:
    """Without a lifetime every key misses once; a coarser key never hits less."""
    shares = []
    for name, normalise in NORMALISATIONS.items():
        found, queries = hits([Query(text) for text in texts], Variant(name))
        assert (found, queries) == (len(texts) - len({normalise(text) for text in texts}), len(texts))
        shares.append(found)
    assert shares == sorted(shares)
