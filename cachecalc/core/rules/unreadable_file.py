"""A file that looks like a prompt cannot be read.

## Why it matters
What was not read was not checked. One broken file among many is reported and survived; if nothing could be read, the
run fails.

## What to do
Mend the file (the message says where it is broken), or exclude it in the configuration.
"""

from __future__ import annotations

from cachecalc.core.finding import Level
from cachecalc.core.prompt import Evidence
from cachecalc.core.rules.rule import Rule

RULE = Rule(
    code="CC002",
    name="unreadable-file",
    summary="a file that cannot be read",
    level=Level.WARNING,
    sees=frozenset({Evidence.SOURCE, Evidence.TEMPLATE, Evidence.PAYLOAD}),
    since="0.1.0",
    doc=__doc__,
)
