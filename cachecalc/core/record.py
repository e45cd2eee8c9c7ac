"""The normal form of what a provider counted: one request (or a sum of several), its tokens by how they are billed.

Logs hold millions of these, so they are named tuples: as frozen as a frozen dataclass and four times as cheap to make.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

UNKNOWN_TTL = "unknown"
"""The label of cache writes whose lifetime the log does not say."""

NOTHING: Mapping[str, int] = MappingProxyType({})
NO_TAGS: Mapping[str, str] = MappingProxyType({})


class Usage(NamedTuple):
    """Tokens in buckets that never overlap. None: the log does not say, which is never the same as zero.

    `input` is fresh input: neither read from the cache nor written to it. `cache_write` is by TTL label, under
    `UNKNOWN_TTL` where the log gives none. `storage` is in token-seconds (a named cache of 1,000 tokens kept an hour is
    3,600,000). `reasoning` are those of the output tokens that were thought; `audio` those of input and output that were
    sound. `prompt` is the length of the longest single prompt, where the buckets sum several. `tools` are calls of the
    provider's own tools, which it bills by the call. `unknown` names token counts of the log that no bucket stands for.
    """

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: Mapping[str, int] | None = None
    storage: int | None = None
    reasoning: int | None = None
    audio: int | None = None
    prompt: int | None = None
    tools: Mapping[str, int] = NOTHING
    unknown: tuple[str, ...] = ()

    @property
    def written(self) -> int:
        return sum(self.cache_write.values()) if self.cache_write else 0

    @property
    def input_tokens(self) -> int:
        """All input, however billed."""
        return (self.input or 0) + (self.cache_read or 0) + self.written

    @property
    def prompt_tokens(self) -> int:
        """The length that decides on long-prompt prices."""
        return self.input_tokens if self.prompt is None else self.prompt


class Record(NamedTuple):
    """One request as a log tells of it; or, with `until`, the sum of all requests from `at` until then.

    `model` is the name in the log. `service` is how the tokens were bought ("batch", "flex", "priority", "fast"; None:
    the standard way, or not said), `geo` where they were processed, if that was asked for. `charged` is the cost in the
    log itself, in USD. `requests` is 1, the number summed up, 0 for a correction of a record that came before, or None
    where a sum does not say. `id` is equal for two copies of the same request. `request` is the body as sent: decoded
    JSON, its text, or a function that puts it together from what a log keeps, which may not be all. `path` and `line`
    say where it was read (line 0: a place inside a document, named in `path`). `thread` tells apart the conversations of
    one session (a side agent's from the main one), and `is_compacted` is a request before which the history was summed up,
    as far as a log says so.
    """

    usage: Usage | None
    model: str | None = None
    at: dt.datetime | None = None
    provider: str | None = None
    session: str | None = None
    tags: Mapping[str, str] = NO_TAGS
    service: str | None = None
    geo: str | None = None
    charged: Decimal | None = None
    requests: int | None = 1
    until: dt.datetime | None = None
    id: str | None = None
    request: object = None
    path: str = ""
    line: int = 0
    thread: str | None = None
    is_compacted: bool = False

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path
