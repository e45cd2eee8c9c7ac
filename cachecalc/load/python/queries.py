"""Queries that ask a database for rows in no order of their own."""

from __future__ import annotations

import ast
import re

from cachecalc.load.python.frame import Frame

_SELECT = re.compile(r"\bselect\b(?!.*\border\s+by\b)(?!.*\blimit\s+1\b)(?!.*\bcount\()", re.IGNORECASE | re.DOTALL)
_ASKED = frozenset({"execute", "fetch", "fetch_all"})
_FETCHED = frozenset({"fetchall", "fetchmany"})
_MAPPED = frozenset({"all", "scalars"})
_MODEL = re.compile(r"\.query\(|\.objects\b|\bselect\(")


def is_unordered_query(frame: Frame, node: ast.Call) -> bool:
    """Whether a call gives rows as the database finds them: SQL without ORDER BY, an ORM's query without `order_by`."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name in _ASKED:
        return bool(node.args) and _is_select(node.args[0])
    if name in _FETCHED:
        calls = ast.walk(frame.node or frame.module.tree)
        asked = [call.args[0] for call in calls if isinstance(call, ast.Call) and call.args and _is_asked(call)]
        return bool(asked) and all(map(_is_select, asked))
    if name not in _MAPPED:
        return False
    place = frame.module.place(node)
    chain = frame.module.text[place.start : place.end]
    return _MODEL.search(chain) is not None and "order_by" not in chain


def _is_asked(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in _ASKED


def _is_select(node: ast.expr) -> bool:
    """Whether an argument is SQL that selects rows and does not order them."""
    texts = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Constant))
    return _SELECT.search(" ".join(text for text in texts if isinstance(text, str))) is not None
