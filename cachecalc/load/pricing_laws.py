"""What must hold between the entries of a pricing file: names that exist, names that mean one model, prices that apply.

The laws read plain values that may be malformed elsewhere, so that one run reports every fault of a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.load import yaml_text

REQUIRED = ("provider", "tokenizer", "caching", "prices")
_WRITE = "cache_write_"


@dataclass(frozen=True, slots=True)
class Known:
    """What a user's file may refer to beside its own entries: the table it stands over. `ids` says which model each
    name, in lower case, means; `cached_by` which caching rules each model has."""

    caching: Mapping[str, Any]
    providers: Mapping[str, Any]
    ids: Mapping[str, str]
    cached_by: Mapping[str, str]


def known(base: Mapping[str, Any]) -> Known:
    """What a valid pricing file's plain value offers to a file that stands over it."""
    ids = {name.lower(): entry["id"] for entry in base["models"] for name in names(entry, base["providers"])}
    cached_by = {entry["id"]: entry["caching"] for entry in base["models"]}
    return Known(base["caching"], base["providers"], ids, cached_by)


def validate(document: yaml_text.Document, schema: type[Any], base: Known | None = None) -> None:
    """Hold a pricing file, or a user's own over `base`, to its schema and to these laws.

    Raises InputError with every fault, in order of place.
    """
    problems: list[Problem] = []
    try:
        yaml_text.validate(document, schema)
    except InputError as error:
        problems += error.problems
    problems += faults(document, base)
    if problems:
        raise InputError(sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column)))


def faults(document: yaml_text.Document, base: Known | None = None) -> Iterator[Problem]:
    """Every broken law of a file, with its place."""
    value, under = _mapping(document.value), base or Known({}, {}, {}, {})
    caching = {**under.caching, **_mapping(value.get("caching"))}
    providers = {**under.providers, **_mapping(value.get("providers"))}
    meant = dict(under.ids)
    for index, entry in enumerate(_entries(value.get("models"))):
        at = ("models", index)
        yield from _unknown(document, (*at, "caching"), entry.get("caching"), "rule set", caching)
        yield from _unknown(document, (*at, "provider"), entry.get("provider"), "provider", providers)
        yield from _incomplete(document, at, entry, base)
        known_rules = under.cached_by.get(under.ids.get(str(entry.get("id")).lower(), ""))
        yield from _writes_without_ttl(document, at, entry, caching.get(str(entry.get("caching", known_rules))))
    yield from _ambiguous(document, providers, meant)
    for name in _mapping(value.get("discounts")):
        if name.lower() not in meant and name not in providers:
            hint = did_you_mean(name, {**providers, **meant})
            yield document.problem(("discounts", name, ""), f"no provider or model is called {name!r}", hint)


def names(entry: Mapping[str, Any], providers: Mapping[str, Any]) -> Iterator[str]:
    """Everything a model entry answers to: id and aliases, and each of them behind each of its provider's prefixes."""
    aliases = entry.get("aliases")
    written = [entry.get("id"), *(aliases if isinstance(aliases, list) else ())]
    prefixes = _mapping(providers.get(str(entry.get("provider")))).get("prefixes")
    for prefix in ("", *(f"{prefix}/" for prefix in prefixes or ())):
        yield from (f"{prefix}{name}" for name in written if isinstance(name, str))


def _unknown(
    document: yaml_text.Document, at: yaml_text.Path, name: Any, what: str, known: Iterable[str]
) -> Iterator[Problem]:
    if isinstance(name, str) and name not in known:
        yield document.problem(at, f"unknown {what} {name!r}", did_you_mean(name, known))


def _incomplete(
    document: yaml_text.Document, at: yaml_text.Path, entry: Mapping[str, Any], base: Known | None
) -> Iterator[Problem]:
    """What a model of a user's own file still needs where the table below does not know it."""
    ident = entry.get("id")
    lacking = [key for key in REQUIRED if key not in entry]
    if base and lacking and isinstance(ident, str) and ident.lower() not in base.ids:
        hint = did_you_mean(ident.lower(), base.ids) or "a model of your own needs them all"
        yield document.problem((*at, "id"), f"{ident!r} is a new model and lacks {', '.join(lacking)}", hint)


def _ambiguous(document: yaml_text.Document, providers: Mapping[str, Any], meant: dict[str, str]) -> Iterator[Problem]:
    """Every name that two models have. `meant` holds the names of the table below and gathers those of this file."""
    seen: set[str] = set()
    for index, entry in enumerate(_entries(_mapping(document.value).get("models"))):
        ident = meant.get(str(entry.get("id")).lower(), str(entry.get("id")))
        taken = {name: meant.setdefault(name.lower(), ident) for name in names(entry, providers)}
        clashes = [(name, other) for name, other in taken.items() if other != ident or ident in seen]
        seen.add(ident)
        for name, other in clashes[:1]:
            place = ("models", index, "id")
            yield document.problem(place, f"the name {name!r} already means {other}", "give each name to one model")


def _writes_without_ttl(
    document: yaml_text.Document, at: yaml_text.Path, entry: Mapping[str, Any], rules: Any
) -> Iterator[Problem]:
    """A write price for a TTL that none of the model's modes bills: it would never be used."""
    if rules is None:
        return
    modes = (_mapping(mode) for mode in _mapping(_mapping(rules).get("modes")).values())
    billed = {ttl for mode in modes if mode.get("bills_writes") is True for ttl in _mapping(mode.get("ttls"))}
    for index, period in enumerate(_entries(entry.get("prices"))):
        for key in _mapping(period.get("usd_per_mtok")):
            if key.startswith(_WRITE) and key.removeprefix(_WRITE) not in billed:
                place = (*at, "prices", index, "usd_per_mtok", key)
                offered = ", ".join(sorted(billed)) or "none"
                yield document.problem(
                    place, f"{key} has no such TTL to bill in the model's caching", f"billed: {offered}"
                )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (_mapping(entry) for entry in value) if isinstance(value, list) else ()
