"""Which earlier request a request is compared with: the one it continues, or else the latest of the same prompt."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field

from cachecalc.core.divergence.relation import Relation, relation
from cachecalc.core.divergence.rows import Block, blocks, of_section
from cachecalc.core.prompt import Prompt, Section
from cachecalc.core.why.request import Request

WINDOW = 8
"""Requests of a session that are remembered to be continued: helper calls may come between two turns."""

_PREFERENCE = (Relation.CONTINUED, Relation.SIDE_CALL, Relation.SIBLING)


@dataclass(slots=True)
class Session:
    """What was seen of a session: its latest requests, the last one of each conversation, and the last one of each model
    for those without a text."""

    latest: deque[Request] = field(default_factory=lambda: deque(maxlen=WINDOW))
    heads: dict[bytes, Request] = field(default_factory=dict)
    by_model: dict[str, Request] = field(default_factory=dict)

    def predecessor(self, request: Request) -> Request | None:
        """The request before, by the texts where they are known; it then counts as seen."""
        prompt = request.prompt
        if prompt is None:
            before = self.by_model.get(request.model_name) or self._switched(request)
            self.by_model[request.model_name] = request
            return before
        row = blocks(prompt)
        found = self._by_text(prompt, row)
        self.latest.append(request)
        self.heads[head(row)] = request
        self.by_model[request.model_name] = request
        return found

    def _switched(self, request: Request) -> Request | None:
        """The latest request, if this one may be its conversation on another model: its prompt is about as long."""
        latest = next(reversed(self.by_model.values()), None)
        if latest is None or latest.usage is None or request.usage is None:
            return None
        return latest if 2 * request.usage.input_tokens >= latest.usage.input_tokens else None

    def _by_text(self, prompt: Prompt, row: list[Block]) -> Request | None:
        same = self.heads.get(head(row))
        if same and same.model_name == (prompt.model or same.model_name):
            return same
        related: dict[Relation, Request] = {}
        for earlier in reversed(self.latest):
            before = earlier.prompt
            if before:
                kind = relation(blocks(before), row, is_same_model=before.model == prompt.model)
                related.setdefault(kind, earlier)
            if Relation.CONTINUED in related:
                break
        return next((related[kind] for kind in _PREFERENCE if kind in related), None)


def head(row: list[Block]) -> bytes:
    """What all requests of one conversation have in common, if nothing breaks it: tools, system, first message."""
    first = of_section(row, Section.TOOLS, Section.SYSTEM) + of_section(row, Section.MESSAGES)[:1]
    return hashlib.sha256(repr([block.key for block in first]).encode("utf-8", "surrogatepass")).digest()
