"""Pack a .tiktoken vocabulary into the form that travels in the wheel (see cachecalc/tokens/vocabulary.py).

python scripts/pack_vocabulary.py o200k_base.tiktoken cachecalc/tokens/data/o200k.vocabulary
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path

from cachecalc.tokens.vocabulary import pack


def tokens(tiktoken_file: bytes) -> Iterator[bytes]:
    """The tokens of a .tiktoken file, whose line numbers are their ranks."""
    for rank, line in enumerate(tiktoken_file.splitlines()):
        encoded, stated = line.split()
        if int(stated) != rank:
            raise ValueError(f"line {rank + 1}: rank {int(stated)} where {rank} is needed")
        yield base64.b64decode(encoded)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(pack(tokens(source.read_bytes())))
