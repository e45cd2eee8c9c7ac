"""Counts that were dear to get, kept on disk: one small file for each text and counter, named by a hash."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cachecalc.core.prompt import Count
from cachecalc.tokens.counter import Counter


@dataclass(frozen=True, slots=True)
class Stored:
    """A counter that asks another one only for texts it has not seen; texts below `shortest` characters always.

    Only numbers are kept, no text. A directory that cannot be written, or a damaged file, costs time and nothing else.
    """

    counter: Counter
    directory: Path
    shortest: int = 0

    @property
    def name(self) -> str:
        return self.counter.name

    def count(self, text: str) -> Count:
        if len(text) < self.shortest:
            return self.counter.count(text)
        path = self._path(text)
        known = _read(path)
        if known is not None:
            return Count(known, 0.0, self.name)
        count = self.counter.count(text)
        with contextlib.suppress(OSError):
            _write(path, count.tokens)
        return count

    def _path(self, text: str) -> Path:
        digest = hashlib.sha256(f"{self.name}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
        return self.directory / digest[:2] / digest[2:]


def default_directory() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("cachecalc") / "tokens"


def _read(path: Path) -> int | None:
    try:
        text = path.read_text("ascii")
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() else None


def _write(path: Path, tokens: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(str(tokens))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
