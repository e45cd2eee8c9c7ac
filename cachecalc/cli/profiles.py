"""The workloads a command is about: a profile, or a few flags that stand for one."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from cachecalc.cli import output
from cachecalc.core.problem import InputError

if TYPE_CHECKING:
    from cachecalc.core.pricing import PriceTable
    from cachecalc.load.profile import Profile
    from cachecalc.load.quick import Flags


def of(
    path: Path | None,
    flags: Flags,
    prices: PriceTable,
    save: Path | None = None,
    *,
    what: str,
    example: str,
    exact: bool = False,
) -> Profile:
    """The profile at `path`, or the one the flags describe, written to `save` if that is given. Raises InputError
    where both or neither are there."""
    from cachecalc.cli import prompt_files
    from cachecalc.load import profile, quick

    reader = functools.partial(prompt_files.read, exact=exact)
    if path is not None:
        if flags.any or save is not None:
            raise InputError("give a profile or flags, not both", help="the profile says it all; edit it instead")
        return profile.read(str(path), prices, reader)
    if not flags.any:
        raise InputError(f"what should be {what}? give a profile or flags", help=f"for example: {example}")
    text = quick.profile_text(flags)
    found = profile.parse(text, str(save) if save else "<flags>", prices, reader)
    if save is not None:
        output.write(text, save)
    return found
