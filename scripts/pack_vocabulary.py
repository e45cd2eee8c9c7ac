"""Pack a .tiktoken vocabulary into the form that travels in the wheel (see cachecalc/tokens/bpe.py).

    python scripts/pack_vocabulary.py o200k_base.tiktoken cachecalc/tokens/data/o200k.vocabulary

Ranks are the line numbers, so only the tokens are kept: how many, the length of each, then all their bytes.
"""

from __future__ import annotations

import base64
import sys
import zlib
from pathlib import Path


def pack(tiktoken_file: bytes) -> bytes:
    tokens: list[bytes] = []
    for rank, line in enumerate(tiktoken_file.splitlines()):
        encoded, stated = line.split()
        if int(stated) != rank:
            raise ValueError(f"line {rank + 1}: rank {int(stated)} where {rank} is needed")
        tokens.append(base64.b64decode(encoded))
    body = len(tokens).to_bytes(4, "big") + bytes(map(len, tokens)) + b"".join(tokens)
    return zlib.compress(body, 9)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(pack(source.read_bytes()))
