"""Which earlier request a request is compared with: the one it continues, or else the latest of the same prompt."""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from dataclasses import dataclass, field

from cachecalc.core.divergence.relation import Relation, relation
from cachecalc.core.divergence.rows import Block, blocks, of_section
from cachecalc.core.prompt import Section
from cachecalc.core.why.request import Request

WINDOW = 8
"""Requests of a session that are remembered to be continued: helper calls may come between two turns."""


@dataclass(slots=True)
class Session:
    """What was seen of a session: its latest requests, the last one of each conversation and of each prompt, and the
    last one of each model for those without a text."""

    latest: deque[Request] = field(default_factory=lambda: deque(maxlen=WINDOW))
    conversations: dict[bytes, Request] = field(default_factory=dict)
    prompts: dict[bytes, Request] = field(default_factory=dict)
    by_model: dict[str, Request] = field(default_factory=dict)

    def without_text(self, request: Request) -> Request | None:
        """The request before on the same model; or on another one, if the prompt is as long, so that this may be its
        conversation."""
        before = self.by_model.get(request.model_name)
        latest = next(reversed(self.by_model.values()), None)
        if before is None and latest and latest.usage and request.usage:
            return latest if 2 * request.usage.input_tokens >= latest.usage.input_tokens else None
        return before

    def by_text(self, model: str | None, row: list[Block]) -> Request | None:
        same = self.conversations.get(_name(_opening(row)))
        if same and same.model_name == (model or same.model_name):
            return same
        related: dict[Relation, Request] = {}
        for earlier in reversed(self.latest):
            if before := earlier.prompt:
                kind = relation(blocks(before), row, is_same_model=before.model == model)
                if before.model == model or kind is not Relation.SIBLING:
                    related.setdefault(kind, earlier)
            if Relation.CONTINUED in related:
                break
        head = _head(row)
        alike = self.prompts.get(_name(head)) if head else None
        candidates = (
            related.get(Relation.CONTINUED),
            related.get(Relation.SIDE_CALL),
            alike if alike and alike.model_name == (model or alike.model_name) else None,
            related.get(Relation.SIBLING),
        )
        return next((found for found in candidates if found), None)

    def add(self, request: Request, row: list[Block] | None) -> None:
        self.by_model.pop(request.model_name, None)  # so that the last one is the latest
        self.by_model[request.model_name] = request
        if row is not None:
            self.latest.append(request)
            self.conversations[_name(_opening(row))] = request
            if head := _head(row):
                self.prompts[_name(head)] = request


@dataclass(slots=True)
class Lineage:
    """Everything that was seen. Entries belong to nobody's session: the first request of one is held against the others."""

    sessions: dict[tuple[str, str], Session] = field(default_factory=lambda: defaultdict(Session))
    everybody: Session = field(default_factory=Session)

    def predecessor(self, request: Request) -> Request | None:
        """The request before, by the texts where they are known, else by the session; it then counts as seen."""
        session, prompt = self.sessions[request.session, request.thread], request.prompt
        if prompt is None:
            before, row = session.without_text(request) if request.session else None, None
        else:
            row = blocks(prompt)
            before = session.by_text(prompt.model, row) or self.everybody.by_text(prompt.model, row)
            self.everybody.add(request, row)
        session.add(request, row)
        return before


def _opening(row: list[Block]) -> list[Block]:
    """What all requests of one conversation have in common, if nothing breaks it: tools, system, first message."""
    return _head(row) + of_section(row, Section.MESSAGES)[:1]


def _head(row: list[Block]) -> list[Block]:
    return of_section(row, Section.TOOLS, Section.SYSTEM)


def _name(row: list[Block]) -> bytes:
    return hashlib.sha256(repr([block.key for block in row]).encode("utf-8", "surrogatepass")).digest()
