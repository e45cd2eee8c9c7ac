"""One thing that a request lost, with its cause, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core.divergence import Verdict
from cachecalc.core.prompt import Span

EXPIRED, PROVIDER_SIDE, UNEXPLAINED = "expired", "provider-side", "unexplained"
UNMARKED, BELOW_MINIMUM, FAN_OUT = "uncached-static-prefix", "below-minimum", "cold-fan-out"
NOT_STORED, MARKS_MOVED = "system-only-mark", "marks-moved"


@dataclass(frozen=True, slots=True)
class Loss:
    """`kind` is a rule's name, or `marks-moved`, `expired`, `provider-side`, `unexplained`. `path` is where it sits in
    the request, `block` its number there (None: no block). `was` and `now` are prompt text without its secrets: escape them.
    `span` and `file` say where it stands in a file, if it was read from one. `usd` is None where it has no price.
    `breaks_prefix`: the two requests show it, so that one is no prefix of the other."""

    kind: str
    verdict: Verdict
    message: str
    lost_tokens: int = 0
    usd: Decimal | None = None
    path: str = ""
    block: int | None = None
    was: str = ""
    now: str = ""
    span: Span | None = None
    file: str = ""
    breaks_prefix: bool = False
    effect: str = ""
