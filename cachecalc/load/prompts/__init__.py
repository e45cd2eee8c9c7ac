"""Files and requests as prompts.

`read_prompts` reads a file of any known format, `read_payload` one request that is parsed already; `prefilter` says
cheaply which files are worth reading. No prompt's text is ever executed or expanded. The readers are imported when
the first file is read: most runs start faster than all of them load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cachecalc.core.prompt import Prompt
from cachecalc.load.prompts.places import Path, shown

__all__ = ["read_payload", "read_prompts"]


def read_prompts(path: str, text: str, *, named: bool = False) -> list[Prompt]:
    """The prompts in a file; none where it is no prompt, unless it is `named`: then any text is one.

    Spans count characters of `text`. Raises InputError where the file says that it is a prompt and is broken.
    """
    from cachecalc.load.prompts import registry

    return registry.read(path, text, named=named)


def read_payload(
    value: Mapping[str, Any], *, path: str, at: Path = (), model: str | None = None, provider: str | None = None
) -> Prompt | None:
    """One request to any provider, already parsed; None where the object is no request.

    `at` is where it stood in its file, for the prompt's name. `model` and `provider` hold where the request does not
    say. Its parts have no spans.
    """
    from cachecalc.load.prompts import payload

    return payload.read(value, path=path, name=shown(at), model=model, provider=provider)
