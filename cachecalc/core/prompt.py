"""The one prompt model: an ordered row of parts, in the order in which a provider hashes them.

Every reader ends here (templates, payloads, source code, recorded requests, a profile's plain numbers) and
every view starts here (lint, estimate, plan, why, replay).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cachecalc.core.volatility import STATIC, Volatility


class Section(enum.StrEnum):
    """The regions of a request. A provider hashes them in an order of its own."""

    TOOLS = "tools"
    SYSTEM = "system"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of character offsets in the source file the part was read from."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Count:
    """A number of tokens and how far to trust it.

    `error` is the counter's 95th-percentile relative error (0.08 = within 8 % on 95 of 100 texts);
    0 means exact, or given by the user.
    """

    tokens: int
    error: float = 0.0
    counter: str = "given"

    @property
    def low(self) -> int:
        return int(self.tokens / (1 + self.error))

    @property
    def high(self) -> int:
        return -int(-self.tokens * (1 + self.error) // 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A cache mark at the end of a part (Claude's `cache_control`, OpenAI's `prompt_cache_breakpoint`, Bedrock's
    `cachePoint`). `ttl` is a label of the price table ("5m"), or None for the provider's default."""

    ttl: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of prompt whose text changes as one.

    `block` numbers the provider's content blocks from 0 (a look-back counts blocks; several parts can share one).
    `path` is where the part sits in the request ("system[0]", "messages[2].content[1]"). `origin` is the source of a
    volatile text ("datetime.now()", "{{ user_name }}"), for messages.
    """

    name: str
    section: Section
    volatility: Volatility = STATIC
    count: Count | None = None
    text: str | None = None
    span: Span | None = None
    role: str = ""
    block: int = 0
    path: str = ""
    mark: Mark | None = None
    origin: str = ""

    @property
    def tokens(self) -> int:
        """The expected count in tokens; raises if the prompt was not counted."""
        if self.count is None:
            raise ValueError(f"part {self.name} was not counted")
        return self.count.tokens


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request after its file format is forgotten.

    `automatic` is a request-level mark (Claude's top-level `cache_control`, OpenAI's implicit mode when stated).
    `parameters` are the settings outside the text that a provider's cache depends on (`thinking`, `tool_choice`,
    `prompt_cache_key`, ...), as sent. `fragment` says that this is known to be a piece of a larger prompt.
    """

    parts: tuple[Part, ...]
    name: str = ""
    path: str = ""
    model: str | None = None
    provider: str | None = None
    automatic: Mark | None = None
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    fragment: bool = False

    def prefixes(self) -> Iterator[tuple[int, Volatility]]:
        """Behind each part: tokens so far and the volatility of all the text so far."""
        tokens, volatility = 0, STATIC
        for part in self.parts:
            tokens += part.tokens
            volatility |= part.volatility
            yield tokens, volatility

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.parts)
