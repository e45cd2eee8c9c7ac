"""From what a user names to streams of bytes: files, folders, standard input, any of them compressed."""

from __future__ import annotations

import contextlib
import io
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from cachecalc.core.problem import InputError, Problem

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDIN = "-"
SUFFIXES = frozenset(
    {".jsonl", ".ndjson", ".json", ".har", ".log", ".csv", ".tsv", ".parquet", ".yaml", ".yml", ".txt"}
)
_COMPRESSED = frozenset({".gz", ".zst", ".zstd"})
_BUFFER = 1 << 20
_HEAD = 1 << 16
_PACKED = 1 << 16


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
        raw = _peek(sys.stdin.buffer)
    else:
        with Path(name).open("rb") as file:
            raw = file.read(_HEAD)
    try:
        return _peek(unpacked(io.BytesIO(raw)))
    except damage():
        return b""


def _peek(file: BinaryIO) -> bytes:
    if isinstance(file, io.BufferedReader):
        return file.peek(_HEAD)[:_HEAD]
    start = file.tell()
    raw = file.read(_HEAD)
    file.seek(start)
    return raw


def unpacked(file: BinaryIO) -> BinaryIO:
    """`file` itself, or what is packed in it, by its first bytes."""
    file = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", file), _BUFFER)
    head = file.peek(4)[:4]
    if head.startswith(b"\x1f\x8b"):
        return _unpack(file, _gzip_frame)
    if head == b"\x28\xb5\x2f\xfd":
        return _unpack(file, _zstd_codec())
    return file


class _Frame(Protocol):
    """One packed piece of a file, which may hold several: what zlib and zstandard agree on."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _gzip_frame() -> _Frame:
    return zlib.decompressobj(wbits=31)


def _zstd_codec() -> Callable[[], _Frame]:
    try:
        import zstandard
    except ImportError:
        raise InputError("zstd files need the logs extra", help="pip install 'cachecalc[logs]'") from None
    return zstandard.ZstdDecompressor().decompressobj


def _unpack(file: BinaryIO, new_frame: Callable[[], _Frame]) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Chunks(_unpacked_frames(file, new_frame)), _BUFFER))


def _unpacked_frames(file: BinaryIO, new_frame: Callable[[], _Frame]) -> Iterator[bytes]:
    """The content of frame after frame, all there is of it. Raises EOFError where the last one is cut short."""
    frame = new_frame()
    while chunk := file.read(_PACKED):
        while chunk:
            if frame.eof:
                chunk = chunk.lstrip(b"\0")  # zeros pad a file
                if not chunk:
                    break
                frame = new_frame()
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
    errors: list[type[Exception]] = [EOFError, zlib.error]
    with contextlib.suppress(ImportError):
        import zstandard

        errors.append(zstandard.ZstdError)
    return tuple(errors)
