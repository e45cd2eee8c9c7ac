"""One module a format, listed here by hand; the first that knows an entry reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cachecalc.core.problem import InputError, did_you_mean
from cachecalc.logs.importers import rows
from cachecalc.logs.importers.admin import ANTHROPIC_ADMIN, ANTHROPIC_CSV, OPENAI_ADMIN
from cachecalc.logs.importers.bedrock_log import BEDROCK_LOG
from cachecalc.logs.importers.captures import BATCH, CAPTURE, CASSETTE, HAR, SENT
from cachecalc.logs.importers.claude_code import CLAUDE_CODE
from cachecalc.logs.importers.codex import CODEX
from cachecalc.logs.importers.helicone import HELICONE
from cachecalc.logs.importers.importer import Importer
from cachecalc.logs.importers.langfuse import LANGFUSE
from cachecalc.logs.importers.litellm import LITELLM
from cachecalc.logs.importers.otel import OTEL
from cachecalc.logs.importers.responses import RESPONSE

IMPORTERS: tuple[Importer, ...] = (
    CLAUDE_CODE,
    CODEX,
    LITELLM,
    BEDROCK_LOG,
    HELICONE,
    LANGFUSE,
    OTEL,
    ANTHROPIC_ADMIN,
    ANTHROPIC_CSV,
    OPENAI_ADMIN,
    HAR,
    CASSETTE,
    BATCH,
    CAPTURE,
    RESPONSE,
)
"""Every format but plain rows, which are tried last. The order decides where two could read an entry."""


def finder(name: str | None, columns: rows.Columns, *, unanswered: bool = False) -> Callable[[Any], Importer | None]:
    """What finds the importer of an entry: the first that knows it, or only the one called `name`.

    `unanswered`: requests without a response are read as well. Columns of the user's own make an import one of rows. Raises InputError for a name that is none.
    """
    plain = rows.importer(columns)
    if name is None:
        return _detector((plain,) if columns else (*IMPORTERS, plain, *([SENT] if unanswered else [])))
    known = {importer.name: importer for importer in (*IMPORTERS, plain)}
    if name not in known:
        raise InputError(f"unknown log format {name!r}", help=did_you_mean(name, known) or f"known: {', '.join(known)}")
    return _detector((known[name],))


def _detector(importers: tuple[Importer, ...]) -> Callable[[Any], Importer | None]:
    """Detection by content. The format of the entry before is tried first."""
    last: Importer | None = None

    def detect(value: Any) -> Importer | None:
        nonlocal last
        if not isinstance(value, dict):
            return None
        if last is None or not last.matches(value):
            last = next((importer for importer in importers if importer.matches(value)), None)
        return last

    return detect
