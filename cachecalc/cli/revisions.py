"""A profile and its prompts as they are in a git revision; nothing is checked out."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cachecalc.cli import prompt_files
from cachecalc.core.pricing import Model, PriceTable
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Prompt
from cachecalc.core.volatility import Volatility
from cachecalc.load import files, git, profile


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of a repository."""

    root: Path
    name: str
    commit: str

    def text(self, path: Path) -> str | None:
        """A file's text; None where the revision has none of that name. Raises InputError for one outside of the
        repository, or that is no text."""
        inside = self.inside(path)
        found = git.read(self.root, self.commit, [inside])
        return files.decode(found[inside], f"{self.name}:{inside}") if inside in found else None

    def inside(self, path: Path) -> str:
        """A path as the repository knows it."""
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            raise InputError([Problem("outside of the git repository", str(path))]) from None


def at(profile_path: Path, name: str) -> Revision:
    """The revision called `name` of the repository that a profile is in. Raises InputError where there is none."""
    root = git.top(profile_path.resolve())
    return Revision(root, name, git.commit(root, name))


def read(path: Path, revision: Revision, otherwise: Revision | None, prices: PriceTable) -> profile.Profile:
    """The profile as it is in a revision, with its prompts; where it is not there, as it is in `otherwise`, or on disk,
    still with the prompts of the revision."""
    text = revision.text(path)
    if text is None and otherwise is not None:
        text = otherwise.text(path)
    reader = functools.partial(_prompt, revision)
    return profile.parse(files.read_text(str(path)) if text is None else text, str(path), prices, reader)


def _prompt(
    revision: Revision, path: str, model: Model, bound: Mapping[str, tuple[int | None, Volatility | None]]
) -> Prompt:
    text = revision.text(Path(path))
    if text is None:
        raise InputError([Problem(f"not in revision {revision.name}", path)])
    return prompt_files.read(path, model, bound, text=text)
