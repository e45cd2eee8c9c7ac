"""Files that a prompt names: read only from its own folder, those below it, and the template folder it stands in."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from cachecalc.core.problem import InputError
from cachecalc.load.files import decode, instead, read_text

_LEVELS = 3
"""Folders upwards from the prompt in which a name such as `prompts/header.j2` may begin."""


def read(path: str, name: str) -> tuple[str, str] | None:
    """The path and text of the file called `name` in `path`; None where there is none that may be read.

    A name leads neither upwards, nor through a link out of the folder, nor to a hidden file: a prompt from elsewhere
    must not reach into the machine that lints it.
    """
    if any(step.startswith(".") for step in PurePath(name).parts):
        return None
    folders = list(Path(path).resolve().parents)[:_LEVELS] if path and path != "-" else []
    for folder in folders:
        found = (folder / name).resolve()
        shown = str(found) if Path(path).is_absolute() else os.path.relpath(found)
        raw = instead(shown, str(found))
        if found.is_relative_to(folder) and (raw is not None or found.is_file()):
            return _read(shown, raw)
    return None


def _read(shown: str, raw: bytes | None) -> tuple[str, str] | None:
    try:
        return shown, read_text(shown) if raw is None else decode(raw, shown)
    except InputError:
        return None
