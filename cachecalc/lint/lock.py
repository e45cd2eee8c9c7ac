"""A committed record of every prompt's static prefix, so that a change that empties the cache is seen before it ships."""

from __future__ import annotations

import enum
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Evidence, Part, Prompt
from cachecalc.core.rules import reach
from cachecalc.load.files import read_text

VERSION = 1

WRITTEN = frozenset({Evidence.SOURCE, Evidence.TEMPLATE})
"""What a project writes itself; recorded requests are not its to lock."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A prompt's static prefix: the hash of what a provider would hash, and its size. `counter` says who counted."""

    sha256: str
    tokens: int
    counter: str = ""


class State(enum.StrEnum):
    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Difference:
    """One prompt against the lock. `usd` is what writing the changed prefix anew costs, once for each cache entry; None
    where no price is known."""

    name: str
    state: State
    before: Entry | None
    now: Entry | None
    usd: Decimal | None = None


def entries(prompts: Iterable[Prompt], file_name: Callable[[str], str]) -> dict[str, tuple[Entry, Prompt]]:
    """The prompts that have a static prefix, by lasting name: the file, the prompt's name, a number where both repeat."""
    seen: Counter[str] = Counter()
    found = {}
    for prompt in prompts:
        prefix = reach.static_prefix(prompt)
        if not prefix or prompt.evidence not in WRITTEN:
            continue
        name = f"{file_name(prompt.path)}:{prompt.name}".removesuffix(":")
        seen[name] += 1
        key = name if seen[name] == 1 else f"{name}#{seen[name]}"
        found[key] = (Entry(_hash(prefix), reach.weight(prefix), _counter(prefix)), prompt)
    return found


def _hash(prefix: Iterable[Part]) -> str:
    """Of the text by section, role and block: how a reader cuts a block into parts is not the provider's matter."""
    blocks: dict[tuple[str, str, str, int], str] = {}
    for part in prefix:
        key = (part.section, part.role, part.form, part.block)
        blocks[key] = blocks.get(key, "") + (part.text or "") + part.digest
    known = json.dumps([[*key, text] for key, text in blocks.items()], ensure_ascii=True)
    return hashlib.sha256(known.encode()).hexdigest()


def _counter(prefix: Iterable[Part]) -> str:
    return next((part.count.counter for part in prefix if part.count), "")


def render(found: Mapping[str, Entry]) -> str:
    """The lock file: one line a prompt, sorted, so that it merges and reads well."""
    lines = [
        f'{json.dumps(name)}: {{"sha256": "{entry.sha256}", "tokens": {entry.tokens}, "counter": {json.dumps(entry.counter)}}}'
        for name, entry in sorted(found.items())
    ]
    body = ",\n    ".join(lines)
    return f'{{\n  "version": {VERSION},\n  "prompts": {{\n    {body}\n  }}\n}}\n'


def read(path: str) -> dict[str, Entry]:
    """The entries of a lock file. Raises InputError where it is none."""
    try:
        content = json.loads(read_text(path))
        if content["version"] != VERSION:
            raise InputError([Problem(f"lock version {content['version']!r} is not known", path)])
        return {
            name: Entry(entry["sha256"], int(entry["tokens"]), entry["counter"])
            for name, entry in content["prompts"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        advice = "write it again with `cachecalc lock`; settle a merge conflict that way, too"
        raise InputError([Problem("not a cachecalc lock file", path, help=advice)]) from None


def compare(
    locked: Mapping[str, Entry],
    now: Mapping[str, tuple[Entry, Prompt]],
    rewrite: Callable[[Prompt, int], Decimal | None],
) -> list[Difference]:
    """Every prompt of either side, in order of names."""
    return [_difference(name, locked.get(name), now.get(name), rewrite) for name in sorted({*locked, *now})]


def _difference(
    name: str,
    before: Entry | None,
    now: tuple[Entry, Prompt] | None,
    rewrite: Callable[[Prompt, int], Decimal | None],
) -> Difference:
    if now is None:
        return Difference(name, State.GONE, before, None)
    entry, prompt = now
    if before is None:
        return Difference(name, State.NEW, None, entry)
    if before.sha256 == entry.sha256:
        return Difference(name, State.SAME, before, entry)
    return Difference(name, State.CHANGED, before, entry, rewrite(prompt, entry.tokens))
