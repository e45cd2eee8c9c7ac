"""Earlier messages are edited, pruned, truncated or encoded anew: one request is no prefix of the next.

## Why it costs money
A conversation is cheap as long as each request is the last one plus something. Keeping the newest twenty messages,
clearing old tool results, dropping old images, or storing a message in another form than it was sent in changes text in
the middle, and everything behind it is billed in full. Pruning a little on every turn costs more than it saves.

## What to do
Only append. When the context must shrink, prune once, far below the limit, so that many turns follow before the next
time. Store and send again exactly what was sent: the same blocks, the same images, the same thinking.
"""

from __future__ import annotations

from collections.abc import Iterator

from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Evidence, Prompt, Trait
from cachecalc.core.rules import facts, reach
from cachecalc.core.rules.rule import Rule, Target


def check(prompt: Prompt, _target: Target) -> Iterator[Hit]:
    yield from facts.hits(
        prompt,
        Trait.HISTORY_REWRITTEN,
        Level.WARNING,
        lambda fact: f"{reach.quoted(fact.origin)} changes earlier messages: each request misses behind them",
    )


RULE = Rule(
    code="CC501",
    name="rewritten-history",
    summary="earlier messages of a conversation are changed",
    level=Level.ERROR,
    sees=frozenset({Evidence.SOURCE, Evidence.PAIR, Evidence.LOG}),
    since="0.1.0",
    doc=__doc__,
    check=check,
    incidents=("C07", "C08"),
)
