"""From what a user names to streams of bytes: files, folders, standard input, any of them compressed."""

from __future__ import annotations

import contextlib
import gzip
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from cachecalc.core.problem import InputError, Problem

if TYPE_CHECKING:
    import zstandard
    from _typeshed import WriteableBuffer

STDIN = "-"
SUFFIXES = frozenset(
    {".jsonl", ".ndjson", ".json", ".har", ".log", ".csv", ".tsv", ".parquet", ".yaml", ".yml", ".txt"}
)
_COMPRESSED = frozenset({".gz", ".zst", ".zstd"})
_BUFFER = 1 << 20
_HEAD = 1 << 16


def files(names: Iterable[str]) -> list[str]:
    """The files that `names` stand for, each once and in order; a folder is every log below it.

    Raises InputError with every name that is not there.
    """
    found: dict[str, str] = {}
    missing: list[Problem] = []
    for name in names:
        path = Path(name)
        if name != STDIN and not path.exists():
            missing.append(Problem("no such file or folder", name))
        for file in _below(path) if name != STDIN and path.is_dir() else (name,):
            found.setdefault(file if file == STDIN else str(Path(file).resolve()), file)
    if missing:
        raise InputError(missing)
    return list(found.values())


def _below(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and suffix(str(path)) in SUFFIXES and path.is_file():
            yield str(path)


def suffix(name: str) -> str:
    """What a file's name ends in, compression aside: `.jsonl` of `log.jsonl.gz`."""
    path = Path(name)
    return (path.with_suffix("") if path.suffix in _COMPRESSED else path).suffix.lower()


@contextlib.contextmanager
def stream(name: str) -> Iterator[BinaryIO]:
    """The plain bytes of a file or of standard input, unpacked as they are read.

    Raises OSError where it cannot be read, and InputError where a library for unpacking is missing.
    """
    if name == STDIN:
        yield unpacked(cast("BinaryIO", sys.stdin.buffer))
        return
    with Path(name).open("rb", buffering=_BUFFER) as file:
        yield unpacked(file)


def head(name: str) -> bytes:
    """The first plain bytes of a file or of standard input, from which nothing is taken away."""
    if name == STDIN:
        raw = cast("io.BufferedReader", sys.stdin.buffer).peek(_HEAD)[:_HEAD]
    else:
        with Path(name).open("rb") as file:
            raw = file.read(_HEAD)
    try:
        return cast("io.BufferedReader", unpacked(io.BytesIO(raw))).peek(_HEAD)[:_HEAD]
    except damage():
        return b""


def unpacked(file: BinaryIO) -> BinaryIO:
    """`file` itself, or what is packed in it, by its first bytes."""
    file = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", file), _BUFFER)
    head = file.peek(4)[:4]
    if head.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=file)), _BUFFER))
    if head == b"\x28\xb5\x2f\xfd":
        return cast("BinaryIO", io.BufferedReader(_unpack_zstd(file), _BUFFER))
    return file


def _unpack_zstd(file: BinaryIO) -> io.RawIOBase:
    try:
        import zstandard
    except ImportError:
        raise InputError("zstd files need the logs extra", help="pip install 'cachecalc[logs]'") from None
    return _Chunks(_zstd_frames(file, zstandard.ZstdDecompressor()))


def _zstd_frames(file: BinaryIO, codec: zstandard.ZstdDecompressor) -> Iterator[bytes]:
    """The content of frame after frame. Raises EOFError where the last one is cut short, as gzip does."""
    frame = codec.decompressobj()
    while chunk := file.read(_BUFFER):
        while chunk:
            frame = codec.decompressobj() if frame.eof else frame
            yield frame.decompress(chunk)
            chunk = frame.unused_data
    if not frame.eof:
        raise EOFError


class _Chunks(io.RawIOBase):
    """A stream out of pieces of any size."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: WriteableBuffer) -> int:
        room = memoryview(target).cast("B")
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        taken = min(len(room), len(self._rest))
        room[:taken] = self._rest[:taken]
        self._rest = self._rest[taken:]
        return taken


def damage() -> tuple[type[Exception], ...]:
    """What reading a damaged compressed file can raise."""
    import zlib

    errors: list[type[Exception]] = [EOFError, zlib.error, gzip.BadGzipFile]
    with contextlib.suppress(ImportError):
        import zstandard

        errors.append(zstandard.ZstdError)
    return tuple(errors)
