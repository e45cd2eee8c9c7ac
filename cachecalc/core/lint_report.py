"""What a lint run found, resolved to places and money: the one report that every renderer shows.

All text in it has passed redaction, but not escaping: prompt text is hostile, and each renderer escapes for its format.
"""

from __future__ import annotations

import datetime as dt
import posixpath
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core.finding import Level
from cachecalc.core.prompt import Confidence, Evidence


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a file. Lines and columns are 1-based, the end is exclusive; columns count characters, the byte
    columns UTF-8 bytes. `excerpt` is a short piece of the first line, starting at `excerpt_column`."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    byte_column: int = 1
    end_byte_column: int = 1
    excerpt: str = ""
    excerpt_column: int = 1


@dataclass(frozen=True, slots=True)
class RelatedPlace:
    message: str
    place: Place


@dataclass(frozen=True, slots=True)
class Replacement:
    """A fix as one replacement of one place."""

    title: str
    safe: bool
    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class PerThousand:
    """What the lost tokens cost, in USD per 1,000 requests: read from the cache, and billed or written anew."""

    model: str
    hit: Decimal
    miss: Decimal

    @property
    def lost(self) -> Decimal:
        return self.miss - self.hit


@dataclass(frozen=True, slots=True)
class Since:
    """When a line last changed. `commit` is empty where it is not committed yet; `usd` is what the finding has cost
    since then at today's traffic, None where it has no price."""

    commit: str
    date: dt.date | None = None
    usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with everything a reader of the report wants to know.

    `group` names findings that break the same prefix; `group_usd_per_month` is what mending all of them saves, while
    `usd_per_month` is what this one alone costs once everything else is mended. None is unpriced. `fingerprint` stays
    the same while lines move.
    """

    code: str
    rule: str
    level: Level
    confidence: Confidence
    evidence: Evidence
    place: Place
    message: str
    fingerprint: str
    help: str = ""
    related: tuple[RelatedPlace, ...] = ()
    lost_tokens: int = 0
    group: str = ""
    workload: str = ""
    fix: Replacement | None = None
    per_thousand: PerThousand | None = None
    usd_per_month: Decimal | None = None
    group_usd_per_month: Decimal | None = None
    since: Since | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A prompt before and after its fixes: the tokens of its stable prefix and, with traffic, USD per month."""

    path: str
    prompt: str
    prefix_before: int
    prefix_after: int
    usd_before: Decimal | None = None
    usd_after: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """`usd_per_month` is what mending everything saves, never a sum of findings; None where nothing was priced.
    `assumed` says that it rests on numbers nobody gave."""

    files: int
    suppressed: int = 0
    known: int = 0
    unpriced: int = 0
    fixed: int = 0
    usd_per_month: Decimal | None = None
    assumed: bool = False
    month: str = ""


@dataclass(frozen=True, slots=True)
class LintReport:
    """`explanations` say where numbers come from, if that was asked for. `base` is where relative paths start, seen from
    the root of the repository: "" or "services/bot/"."""

    findings: tuple[Finding, ...]
    summary: Summary
    proofs: tuple[Proof, ...] = ()
    warnings: tuple[str, ...] = ()
    explanations: tuple[str, ...] = ()
    base: str = ""


def rooted(path: str, base: str) -> str:
    """A path as seen from the root of the repository."""
    return posixpath.normpath(posixpath.join(base, path))
