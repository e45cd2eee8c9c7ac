"""What a rule says: a place, a sentence, what is lost, and maybe a fix."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from cachecalc.core.prompt import Prompt, Span


class Level(enum.IntEnum):
    """error: every request misses, or the API refuses; warning: often; note: once a day, or small."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


class Confidence(enum.IntEnum):
    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3


class Evidence(enum.StrEnum):
    SOURCE = "source"
    TEMPLATE = "template"
    PAYLOAD = "payload"
    PAIR = "pair"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` of the source by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding. A safe fix never changes what the model is told."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding: the text it strands, the mark it defeats."""

    message: str
    span: Span | None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """What one rule found in one prompt. The runner adds the rule's code, the file and the money.

    `lost_tokens` are the reusable tokens behind the break, per request that breaks. `mended` is the same prompt with
    this one thing put right; a finding's price is the estimate's difference between the two.
    """

    span: Span | None
    message: str
    level: Level
    confidence: Confidence = Confidence.CERTAIN
    lost_tokens: int = 0
    mended: Prompt | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
