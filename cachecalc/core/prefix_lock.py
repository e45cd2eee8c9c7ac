"""A prompt's static prefix as a short record, and what a change to it does to the cache."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cachecalc.core.prompt import Evidence, Part, Prompt
from cachecalc.core.rules import reach

WRITTEN = frozenset({Evidence.SOURCE, Evidence.TEMPLATE})
"""What a project writes itself; recorded requests are not its to lock."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A static prefix: the hash of what a provider would hash, its tokens, and who counted them."""

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
    """One prompt against its record. `usd` is what writing the changed prefix anew costs, once for each cache entry; None
    where no price is known."""

    name: str
    state: State
    before: Entry | None
    now: Entry | None
    usd: Decimal | None = None


def entry(prompt: Prompt) -> Entry | None:
    """The record of a prompt; None where nothing in front of it is static, or a request was only recorded."""
    prefix = reach.static_prefix(prompt)
    if not prefix or prompt.evidence not in WRITTEN:
        return None
    counter = next((part.count.counter for part in prefix if part.count), "")
    return Entry(_hash(prefix), reach.weight(prefix), counter)


def _hash(prefix: Iterable[Part]) -> str:
    """Of the text by section, role and block: how a reader cuts a block into parts is not the provider's matter."""
    blocks: dict[tuple[str, str, str, int], str] = {}
    for part in prefix:
        key = (part.section, part.role, part.form, part.block)
        blocks[key] = blocks.get(key, "") + (part.text or "") + part.digest
    known = json.dumps([[*key, text] for key, text in blocks.items()], ensure_ascii=True)
    return hashlib.sha256(known.encode()).hexdigest()


def differences(
    locked: Mapping[str, Entry], now: Mapping[str, Entry], rewrite: Callable[[str], Decimal | None]
) -> list[Difference]:
    """Every prompt of either side, in order of names. `rewrite` says what writing a prompt's prefix once costs."""
    return [_difference(name, locked.get(name), now.get(name), rewrite) for name in sorted({*locked, *now})]


def _difference(
    name: str, before: Entry | None, now: Entry | None, rewrite: Callable[[str], Decimal | None]
) -> Difference:
    if before is None or now is None:
        return Difference(name, State.GONE if now is None else State.NEW, before, now)
    if before.sha256 == now.sha256:
        return Difference(name, State.SAME, before, now)
    return Difference(name, State.CHANGED, before, now, rewrite(name))
