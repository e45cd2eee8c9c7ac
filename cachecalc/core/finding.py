"""What a rule says: a place, a sentence, what is lost, and maybe a fix."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from cachecalc.core.prompt import Confidence, Prompt, Span


class Level(enum.IntEnum):
    """error: every request misses, or the API refuses; warning: often; note: once a day, or small."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` of the source by `text`; where that is a span, by what stands there before any edit (so text
    moves and swaps byte for byte)."""

    span: Span
    text: str | Span


def apply(edits: Iterable[Edit], source: str) -> str:
    """The source after the edits. Raises ValueError where two of them overlap."""
    pieces, position = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        if edit.span.start < position:
            raise ValueError(f"edits overlap at offset {edit.span.start}")
        new = edit.text if isinstance(edit.text, str) else source[edit.text.start : edit.text.end]
        pieces += [source[position : edit.span.start], new]
        position = edit.span.end
    return "".join((*pieces, source[position:]))


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
    this one thing put right; a finding's price is the estimate's difference between the two. Hits that break the same
    prefix share a `group`. `path` is the file of `span`, where it is not the prompt's own.
    """

    span: Span | None
    message: str
    level: Level
    confidence: Confidence = Confidence.CERTAIN
    lost_tokens: int = 0
    mended: Prompt | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    group: str = ""
    path: str = ""
