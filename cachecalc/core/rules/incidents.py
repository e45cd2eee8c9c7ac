"""What went wrong with prompt caching in public: the classes of reports that rules and their examples are shaped after.

Counted over 194 reports of 2025 and 2026 in the trackers of 128 repositories. Most were searched for by class, so the
numbers say that a class is real, not how common it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cachecalc.core.prompt import Evidence

_T, _S, _1, _2, _L = Evidence.TEMPLATE, Evidence.SOURCE, Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG


@dataclass(frozen=True, slots=True)
class Incident:
    """A class of reports. `observed` of them measured an effect; `shown_by` is what shows the cause beyond doubt."""

    code: str
    title: str
    reports: int
    observed: int
    shown_by: frozenset[Evidence]


INCIDENTS: Final[tuple[Incident, ...]] = (
    Incident("C01", "a clock or date in the cached prefix", 26, 20, frozenset({_S, _1, _2})),
    Incident("C02", "a nonce, session, request or user id in the prefix", 10, 10, frozenset({_S, _1, _2})),
    Incident("C03", "a tool list in no fixed order", 11, 3, frozenset({_2})),
    Incident("C04", "JSON keys in no fixed order", 8, 5, frozenset({_2})),
    Incident("C05", "tools or skill listings that change within a session", 7, 6, frozenset({_2})),
    Incident("C06", "memory, retrieved text or environment before static text", 18, 14, frozenset({_T, _2})),
    Incident("C07", "history rewritten in place", 8, 8, frozenset({_2, _L})),
    Incident("C08", "a resumed conversation that is not the same byte for byte", 10, 9, frozenset({_2})),
    Incident("C09", "a side call with a prefix of its own", 7, 6, frozenset({_2})),
    Incident("C10", "more marks than the API takes", 12, 12, frozenset({_1, _2})),
    Incident("C11", "a mark misplaced, left behind or out of reach", 11, 7, frozenset({_1, _2})),
    Incident("C12", "a longer TTL behind a shorter one", 5, 5, frozenset({_1, _2})),
    Incident("C13", "a TTL that does not fit the pauses", 9, 5, frozenset({_L})),
    Incident("C14", "a prefix below the model's minimum", 8, 7, frozenset({_1, _2})),
    Incident("C15", "caching never switched on, or a mark dropped on the way", 11, 11, frozenset({_S, _1, _2, _L})),
    Incident("C16", "requests of one conversation sent to different machines", 16, 13, frozenset({_S, _2, _L})),
    Incident("C17", "thinking, effort or tool choice switched", 4, 4, frozenset({_2})),
    Incident("C18", "the model switched within a conversation", 6, 1, frozenset({_2, _L})),
    Incident("C19", "misses that only the provider can explain", 6, 6, frozenset({_L})),
    Incident("C20", "parallel requests that all write", 1, 0, frozenset({_L})),
)
