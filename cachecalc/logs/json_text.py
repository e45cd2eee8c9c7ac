"""JSON out of logs, by the fastest decoder that is installed."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any


@functools.cache
def decoder() -> Callable[[bytes | str], Any]:
    """A function that decodes one JSON text, raising ValueError or RecursionError where it cannot.

    msgspec (of the `logs` extra) is several times as fast as the standard library, which has the last word where msgspec
    finds a fault: it also takes NaN and lone surrogates, and both stand in real logs.
    """
    try:
        import msgspec
    except ImportError:
        return json.loads
    fast, fault = msgspec.json.decode, msgspec.MsgspecError

    def decode(text: bytes | str) -> Any:
        try:
            return fast(text)
        except (fault, UnicodeError):
            return json.loads(text)

    return decode
