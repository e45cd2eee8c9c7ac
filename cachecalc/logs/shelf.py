"""The texts of requests, put away on disk until they are compared, so that memory does not grow with a log's texts."""

from __future__ import annotations

import functools
import io
import json
import tempfile
import weakref
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cachecalc.core.prompt import Prompt
from cachecalc.load.prompts import read_payload

IN_MEMORY = 64 * 1024 * 1024
"""Bytes of texts beyond which they go to disk."""

AT_HAND = 256
"""Prompts that are kept ready: those of the requests that were compared last."""


class Sender(NamedTuple):
    """What a log says of a request beside its body."""

    place: str
    model: str | None = None
    provider: str | None = None

    def prompt(self, body: Mapping[str, Any]) -> Prompt | None:
        return read_payload(body, path=self.place, model=self.model, provider=self.provider)


class Shelf:
    """Takes requests, and gives for each what reads its prompt again. The disk's space is free again with the shelf."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # as long as the shelf
        weakref.finalize(self, self._file.close)
        self._at_hand = functools.lru_cache(AT_HAND)(self._read)

    def put(self, body: Mapping[str, Any], sender: Sender) -> Callable[[], Prompt | None]:
        start = self._file.seek(0, io.SEEK_END)
        size = self._file.write(json.dumps(body, default=str).encode())
        return functools.partial(self._at_hand, start, size, sender)

    def _read(self, start: int, size: int, sender: Sender) -> Prompt | None:
        self._file.seek(start)
        return sender.prompt(json.loads(self._file.read(size)))
