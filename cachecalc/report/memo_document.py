"""What a measurement of a response cache looks like to programs: `cachecalc memo --format json`."""

from __future__ import annotations

from typing import TypedDict


class ExactRow(TypedDict):
    """One way to key the cache. `ttl` is in seconds, None for ever; `share` is of the queries that could be keyed so."""

    normalisation: str
    scope: str
    sharing: str
    ttl: float | None
    queries: int
    hits: int
    share: float


class Duplicate(TypedDict):
    """A text that came `count` times in `spellings` spellings, as it was first spelt: escaped, secrets blotted out."""

    text: str
    count: int
    spellings: int


class ThresholdRow(TypedDict):
    """`share` is of all queries, beyond those that the exact cache answers. `likely_wrong` are the hits whose texts differ
    in a number, a negation, an opposite or a name; `reasons` counts these, of which a hit may have several."""

    threshold: float
    hits: int
    share: float
    likely_wrong: int
    likely_wrong_share: float
    reasons: dict[str, int]


class NearMatch(TypedDict):
    query: str
    match: str
    cosine: float
    suspicions: list[str]


class SemanticReport(TypedDict):
    """`asked` queries were left over by the exact cache among the first `queries`; `threshold` is the one for the profile,
    None where none is safe enough. `samples` are hits at that threshold, or at the highest one."""

    encoder: str
    asked: int
    queries: int
    threshold: float | None
    thresholds: list[ThresholdRow]
    samples: list[NearMatch]


class ProfileMemo(TypedDict):
    exact: float
    semantic: float
    ttl: str | None
    wrong_answer_rate: float


class MemoReport(TypedDict):
    """`profile` is what to paste into a workload; `memo` the same numbers. `chosen` is the row of `exact` they stand for."""

    version: int
    kind: str
    queries: int
    exact: list[ExactRow]
    chosen: ExactRow
    duplicates: list[Duplicate]
    semantic: SemanticReport | None
    memo: ProfileMemo
    profile: str
    notes: list[str]
