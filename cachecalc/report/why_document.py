"""What an explanation of misses looks like to programs: `cachecalc why --format json`."""

from __future__ import annotations

from typing import TypedDict

DivergenceRow = TypedDict(
    "DivergenceRow",
    {
        "session": str,
        "request": int,
        "previous": int | None,
        "kind": str,
        "class": str,
        "path": str,
        "excerpt": str,
        "lost_tokens": int,
        "usd": str | None,
        "code": str | None,
        "message": str,
        "was": str,
        "block": int | None,
        "place": str,
        "previous_place": str | None,
        "file": str,
        "line": int | None,
        "column": int | None,
        "effect": str,
        "help": str,
        "breaks_prefix": bool,
    },
)
"""`request` and `previous` number the requests from 1 in the order in which they were sent. `excerpt` is the differing
text as it is now, `was` as it was before: escaped, shortened, with secrets blotted out."""

CauseRow = TypedDict(
    "CauseRow", {"cause": str, "class": str | None, "usd": str, "tokens": int, "requests": int, "share": float}
)


class WhyReport(TypedDict):
    """`compared` requests have one before them that they continue or share a prompt with. `spend_by_cause` adds up to `spend_usd`; requests without a price are in neither and counted in `unpriced`."""

    version: int
    kind: str
    requests: int
    sessions: int
    without_session: int
    compared: int
    divergences: list[DivergenceRow]
    lost_usd: str
    spend_usd: str
    spend_by_cause: dict[str, str]
    causes: list[CauseRow]
    unpriced: dict[str, int]
    is_gate_closed: bool
    notes: list[str]
    skipped: dict[str, int]
