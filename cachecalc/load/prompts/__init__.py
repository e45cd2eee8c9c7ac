"""Files and requests as prompts.

`read_prompts` reads a file of any known format, `read_payload` one request that is parsed already, and `is_candidate`
says cheaply which files are worth reading. No prompt's text is ever executed or expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cachecalc.core.prompt import Prompt
from cachecalc.load.prompts import payload, registry
from cachecalc.load.prompts.places import Path


def read_prompts(path: str, text: str) -> list[Prompt]:
    """The prompts in a file; none where it is no prompt.

    Raises InputError where the file says that it is a prompt and is broken.
    """
    reader = registry.reader_of(path, text)
    return reader.read(path, text) if reader else []


def read_payload(value: Mapping[str, Any], *, path: str, at: Path = ()) -> Prompt | None:
    """One request to any provider, already parsed; None where the object is no request.

    `at` is where it stood in its file, for the prompt's name. Its parts have no spans.
    """
    from cachecalc.load.prompts.places import shown

    return payload.read(value, path=path, name=shown(at))


def is_candidate(path: str, head: bytes) -> bool:
    """Whether a file may hold a prompt, judged by its name and first bytes. Never False for one that does."""
    return b"\0" not in head and registry.reader_of(path, head.decode("utf-8", "replace")) is not None
