"""A comment that ignores a rule suppresses nothing.

## Why it matters
The finding it was written for is gone, or the rule's name is misspelt. Left in place, it would hide the next one.

## What to do
Delete the comment, or correct the name; `cachecalc rule` lists them all.
"""

from __future__ import annotations

from cachecalc.core.finding import Level
from cachecalc.core.prompt import Evidence
from cachecalc.core.rules.rule import Rule

RULE = Rule(
    code="CC001",
    name="unused-ignore",
    summary="an ignore comment that suppresses nothing",
    level=Level.NOTE,
    sees=frozenset({Evidence.SOURCE, Evidence.TEMPLATE, Evidence.PAYLOAD}),
    since="0.1.0",
    doc=__doc__,
)
