"""What a placeholder is for whose name no table knows: data or a setting?

Data differs from request to request, and has a place of its own: a line, a label in front, a tag around. A setting (a
limit, a format, the bot's name) stands within a sentence. The words of a name that say which decide before the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cachecalc.core.prompt import Confidence
from cachecalc.core.volatility import UNKNOWN
from cachecalc.load.prompts import placeholders, variable_names
from cachecalc.load.prompts.pieces import Piece, Value

_SETTINGS = frozenset(
    [
        "max",
        "maximum",
        "min",
        "minimum",
        "limit",
        "length",
        "size",
        "num",
        "format",
        "formats",
        "schema",
        "schemas",
        "instruction",
        "instructions",
        "rule",
        "rules",
        "guideline",
        "guidelines",
        "policy",
        "policies",
        "delimiter",
        "separator",
        "language",
        "lang",
        "dialect",
        "locale",
        "tone",
        "style",
        "tool",
        "tools",
        "function",
        "functions",
        "capability",
        "capabilities",
        "skill",
        "skills",
        "example",
        "examples",
        "shots",
        "persona",
        "role",
        "roles",
        "bot",
        "agent",
        "agents",
        "assistant",
        "model",
        "personality",
        "personalities",
        "template",
        "type",
        "types",
        "kind",
        "option",
        "options",
        "choice",
        "choices",
        "category",
        "categories",
        "label",
        "labels",
        "prefix",
        "suffix",
        "header",
        "footer",
        "base",
        "root",
        "platform",
        "os",
        "shell",
        "mode",
        "level",
        "threshold",
        "budget",
        "default",
        "enabled",
        "disabled",
        "is",
        "has",
        "should",
        "use",
        "allow",
        "with",
        "include",
        "enable",
        "show",
        "section",
        "sections",
        "config",
        "settings",
        "constraints",
        "criteria",
        "definition",
        "definitions",
    ]
)
# Words after which even a setting's name is that of data: `tool_output`, `agent_error`.
_PRODUCTS = frozenset(
    [
        "result",
        "results",
        "output",
        "outputs",
        "response",
        "responses",
        "error",
        "errors",
        "content",
        "contents",
        "diff",
        "history",
        "observation",
        "observations",
        "input",
        "inputs",
        "payload",
        "log",
        "logs",
        "trace",
        "traces",
    ]
)
_DATA = _PRODUCTS | frozenset(
    [
        "goal",
        "goals",
        "plan",
        "plans",
        "task",
        "tasks",
        "event",
        "events",
        "fact",
        "facts",
        "issue",
        "issues",
        "feedback",
        "patch",
        "change",
        "changes",
        "answer",
        "answers",
        "data",
        "dataset",
        "text",
        "texts",
        "message",
        "messages",
        "comment",
        "comments",
        "thread",
        "description",
        "title",
        "subject",
        "body",
        "transcript",
        "summary",
        "report",
        "html",
        "dom",
        "element",
        "elements",
        "page",
        "url",
        "urls",
        "link",
        "image",
        "images",
        "reason",
        "reasons",
        "reasoning",
        "action",
        "actions",
        "ticket",
        "tickets",
        "case",
        "record",
        "records",
        "row",
        "rows",
        "entry",
        "entries",
        "item",
        "items",
        "email",
        "emails",
        "conversation",
        "code",
        "snippet",
        "claim",
        "claims",
        "statement",
        "statements",
        "sentence",
        "sentences",
        "paragraph",
        "passage",
        "article",
        "story",
        "review",
        "reviews",
        "post",
        "posts",
        "tweet",
        "resume",
        "cv",
        "job",
        "requirement",
        "requirements",
        "request",
        "requests",
        "query",
        "queries",
        "selection",
        "screenshot",
        "repo",
        "repository",
        "workspace",
        "branch",
        "pr",
        "candidate",
        "candidates",
        "lead",
        "customer",
        "order",
        "orders",
        "state",
        "status",
        "topic",
        "topics",
        "component",
        "destination",
        "finding",
        "findings",
    ]
)
_COUNTS = frozenset({"number", "count", "cnt", "index", "no"})
_COUNTED = frozenset({"step", "turn", "iteration", "retry", "retries", "attempt", "round", "block"})
_LABEL = re.compile(r"[\w )*_`\]]\s*(?::|=)(?:\*\*)?\s*[\"'`]?\Z|[>\"'`]\Z|\A[ \t\"'`*>-]*\Z")
_BEHIND = re.compile(r"[\"'`]*[ \t]*(?:\Z|</|[\"'`])")
_WEB = re.compile(r"<(?:li|p|h[1-6]|div|span|td|th|a|b|i|em|strong|option|button|label)\b[^>]*>\s*\Z")
# The text shows what the model shall write, or speaks of templates.
_SHAPE = re.compile(
    r"\b(?:formats?|template|structure|respond|reply|return|output|exactly like|as follows|example)\b", re.IGNORECASE
)
_SYNTAX = re.compile(r"\b(?:jinja2?|mustache|handlebars|placeholders?|variables?|syntax|referenc\w+)\b", re.IGNORECASE)
_SHAPE_REACH = 600
_IF = re.compile(r"[\"']|\bif\b")


def informed(text: str, pieces: Iterable[Piece], *, is_template: bool = True) -> Iterator[Piece]:
    """The pieces of a text, with placeholders that are data likely to differ between requests. In a file that is not
    known to be a template (`is_template`), braces may also be what the model shall write."""
    row = list(pieces)
    if not is_template and _speaks_of_placeholders(text, row):
        yield from row
        return
    for piece in row:
        source = piece.within.text if piece.within else text
        is_open = bool(piece.name) and piece.value.volatility == UNKNOWN
        if (
            is_open
            and not _IF.search(source, piece.start, piece.end)
            and _is_data(source, piece, is_template=is_template)
        ):
            yield replace(piece, value=replace(piece.value, confidence=Confidence.LIKELY))
        else:
            yield piece


def listed(name: str, value: Value) -> Value:
    """What a loop runs over: a list of data, unless its name says that it is one of settings."""
    is_open = value.volatility == UNKNOWN
    return replace(value, confidence=Confidence.LIKELY) if is_open and says(name) is not False else value


def says(name: str) -> bool | None:
    """Whether a name is that of data (True), of a setting (False), or tells neither."""
    spoken = variable_names.words(name.rpartition(".")[2])
    if not spoken:
        return None
    if spoken[-1] in _PRODUCTS:
        return True
    if _SETTINGS.intersection(spoken):
        return False
    is_counter = spoken[-1] in _COUNTS and bool(_COUNTED.intersection(spoken))
    return True if is_counter or _DATA.intersection(spoken) else None


def _speaks_of_placeholders(text: str, row: Iterable[Piece]) -> bool:
    """Whether some of a text's placeholders are shown rather than filled in: then any may be."""
    own = [piece for piece in row if not piece.within]
    return any(
        placeholders.is_quoted(text, piece.start, piece.end) if piece.name else text.startswith("{{", piece.start)
        for piece in own
    )


def _is_data(text: str, piece: Piece, *, is_template: bool) -> bool:
    told = says(piece.name)
    is_glued = bool(re.match(r"[\w<{$]", text[max(0, piece.start - 1) : piece.start]))
    if told is False or is_glued or placeholders.is_quoted(text, piece.start, piece.end):
        return False
    if is_template:
        return bool(told) or _has_own_place(text, piece)
    line = text[text.rfind("\n", 0, piece.start) + 1 : piece.start]
    shown = text[max(0, piece.start - _SHAPE_REACH) : piece.start]
    if _SYNTAX.search(line) or _WEB.search(line) or not _has_own_place(text, piece):
        return False
    return text.startswith("{{", piece.start) or (not _SHAPE.search(shown) and (told or not line.strip()))


def _has_own_place(text: str, piece: Piece) -> bool:
    before = text[text.rfind("\n", 0, piece.start) + 1 : piece.start]
    behind = text[piece.end :].partition("\n")[0]
    return bool(_LABEL.search(before)) and bool(_BEHIND.match(behind))
