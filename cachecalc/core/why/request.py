"""A recorded request as an explanation needs it, and what is known beside the requests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from cachecalc.core.pricing import Kind, Mode, Model
from cachecalc.core.prompt import Mark, Prompt
from cachecalc.core.record import Usage

Count = Callable[[Prompt, Model | None], Prompt]
"""Counts the tokens of every part of a prompt."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `number` counts from 1 over all that were read. `session` is "" where the log names none. `load` gives
    the prompt; it is None where only the usage was kept, and `usage` is None where only the request was. `place` says where
    it was read. `is_correction` marks a record that completes an earlier one and is no request of its own, `is_rebuilt` one
    whose prompt was put together from a log that may leave out marks. `thread` and `is_compacted` are as in `Record`."""

    number: int
    session: str = ""
    place: str = ""
    load: Callable[[], Prompt | None] | None = None
    model: Model | None = None
    model_name: str = ""
    usage: Usage | None = None
    at: dt.datetime | None = None
    service: str | None = None
    geo: str | None = None
    is_correction: bool = False
    is_rebuilt: bool = False
    thread: str = ""
    is_compacted: bool = False

    @property
    def prompt(self) -> Prompt | None:
        return self.load() if self.load else None


@dataclass(frozen=True, slots=True)
class Settings:
    """`count` counts prompts. `today` dates requests that have no time. `ttl` is a lifetime's label that holds for all
    requests; without it, that of the marks or the usage. `ready_after`: seconds from the start of a request until what
    it stores can be read."""

    count: Count
    today: dt.date
    ttl: str | None = None
    ready_after: float = 2.0

    def moment(self, request: Request) -> dt.datetime:
        """When a request was made, for its price."""
        return request.at or dt.datetime.combine(self.today, dt.time(12), dt.UTC)


def marks(prompt: Prompt) -> list[Mark]:
    found = [part.mark for part in prompt.parts if part.mark]
    return [*found, prompt.automatic] if prompt.automatic else found


def mode(request: Request) -> Mode | None:
    """The way of caching that a request uses, as far as it can be told: that of its marks, or the model's default."""
    if request.model is None:
        return None
    caching = request.model.caching
    if request.prompt and any(part.mark for part in request.prompt.parts):
        return caching.of_kind(Kind.MARKS) or caching.mode(caching.default)
    if request.prompt and request.prompt.automatic:
        return caching.of_kind(Kind.TAIL) or caching.of_kind(Kind.MARKS)
    if request.usage and request.usage.written:
        return caching.of_kind(Kind.TAIL) or caching.of_kind(Kind.MARKS) or caching.mode(caching.default)
    return caching.mode(caching.default)


def ttl_label(request: Request, settings: Settings) -> str | None:
    """The shortest lifetime of what the request stored or asked to be stored; None where nobody says."""
    written = [label for label in (request.usage.cache_write or {} if request.usage else {}) if label != "unknown"]
    stated = [mark.ttl for mark in marks(request.prompt) if mark.ttl] if request.prompt else []
    labels = [settings.ttl] if settings.ttl else stated or written
    way = mode(request) or any_mode(request.model)
    known = [ttl for label in labels if way and (ttl := way.ttl(label))]
    return min(known, key=lambda ttl: ttl.typical).label if known else (labels[0] if labels else None)


def any_mode(model: Model | None) -> Mode | None:
    """The first way of caching by marks, or any other, that a model has."""
    if model is None:
        return None
    return model.caching.of_kind(Kind.MARKS) or next(iter(model.caching.modes), None)


def is_by_prefix(request: Request) -> bool:
    """Whether entries may end anywhere; else they end at marks."""
    way = mode(request)
    return way is not None and way.kind is Kind.PREFIX
