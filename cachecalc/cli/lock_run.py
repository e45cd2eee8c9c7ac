"""`cachecalc lock` behind its flags."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from cachecalc.cli import lint_run, output
from cachecalc.core import prefix_lock
from cachecalc.core.prefix_lock import Difference, Entry
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Prompt
from cachecalc.lint import lock, run, walk
from cachecalc.lint.check import Settings, per_thousand, target_of

Locked = dict[str, tuple[Entry, Prompt]]


def write(given: lint_run.Given, file: Path) -> str:
    """Write the lock file; the sentence that says so."""
    entries, _ = _now(given)
    output.write(lock.render({name: known for name, (known, _) in entries.items()}), file)
    return f"{len(entries)} prompts locked in {file}"


def compare(given: lint_run.Given, file: Path) -> list[Difference]:
    """Every prompt against the lock file."""
    if not file.exists():
        raise InputError(
            [Problem("there is no lock file", str(file), help="write it with `cachecalc lock`, and commit it")]
        )
    locked = lock.read(str(file))
    entries, settings = _now(given)
    now = {name: known for name, (known, _) in entries.items()}
    return prefix_lock.differences(locked, now, lambda name: _rewrite(*entries[name], settings))


def _now(given: lint_run.Given) -> tuple[Locked, Settings]:
    request = lint_run.request(given)
    prompts = run.run(request).prompts
    return lock.named(prompts, lambda path: walk.lasting_name(path, request.root)), request.settings


def _rewrite(known: Entry, prompt: Prompt, settings: Settings) -> Decimal | None:
    price = per_thousand(known.tokens, prompt, target_of(prompt, settings))
    return price.miss / 1000 if price else None
