"""A user's own prices over the bundled table: negotiated rates, discounts, models of their own.

A known model is changed where the file gives a key. Its price periods replace the bundled ones from the day of the
first of them (without `since`: all of them), so that older bills still compute. A discount is taken off bundled prices
only: a price that the file itself gives is what is paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cachecalc.core.pricing import PriceTable
from cachecalc.load import pricing, pricing_laws, pricing_schema, yaml_text


def merge(base: Mapping[str, Any], document: yaml_text.Document) -> PriceTable:
    """The table of `base` (a valid pricing file's plain value) with the prices of `document` over it.

    Raises InputError with every fault of the document.
    """
    known = pricing_laws.known(base)
    pricing_laws.validate(document, pricing_schema.OwnPricing, known)
    own = document.value
    discounts = {known.ids.get(name.lower(), name): off for name, off in own.get("discounts", {}).items()}
    return pricing.table(
        {
            "caching": {**base["caching"], **own.get("caching", {})},
            "providers": {**base["providers"], **own.get("providers", {})},
            "models": [
                *_changed(_discounted(base["models"], discounts, document.path), own.get("models", []), known.ids),
                *(entry for entry in own.get("models", []) if entry["id"].lower() not in known.ids),
            ],
        }
    )


def _changed(
    base: Iterator[Mapping[str, Any]], own: list[Mapping[str, Any]], ids: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    """The entries of `base`, each with what the entries of `own` say of it."""
    changes = {ids.get(entry["id"].lower()): entry for entry in own}
    for entry in base:
        change = changes.get(entry["id"], {})
        yield {
            **entry,
            **change,
            "id": entry["id"],
            "aliases": [*entry.get("aliases", []), *change.get("aliases", [])],
            "prices": _periods(entry["prices"], change.get("prices", [])),
        }


def _periods(base: list[Any], own: list[Any]) -> list[Any]:
    """The periods of `base` up to the first of `own`, then those."""
    if not own:
        return base
    start = own[0].get("since", "")
    return [period for period in base if period.get("since", "") < start] + own


def _discounted(
    models: list[Mapping[str, Any]], discounts: Mapping[str, Any], path: str
) -> Iterator[Mapping[str, Any]]:
    """The entries with each discount taken off. One for a model stands in place of its provider's."""
    for entry in models:
        off = discounts.get(entry["id"], discounts.get(entry["provider"]))
        yield (
            entry
            if off is None
            else {**entry, "prices": [_cheaper(row, Decimal(off), path) for row in entry["prices"]]}
        )


def _cheaper(period: Mapping[str, Any], off: Decimal, path: str) -> Mapping[str, Any]:
    source = f"{(off * 100).normalize():f} % off in {path}"
    return {**_scaled(period, 1 - off), "sources": [*period["sources"], source]}


def _scaled(row: Mapping[str, Any], factor: Decimal) -> dict[str, Any]:
    """A price row with every price times a factor, exactly."""
    return {key: _scaled_value(key, value, factor) for key, value in row.items()}


def _scaled_value(key: str, value: Any, factor: Decimal) -> Any:
    if key.endswith("usd_per_mtok"):
        return {name: price * factor for name, price in value.items()}
    if key == "storage_usd_per_mtok_hour":
        return value * factor
    return [_scaled(row, factor) for row in value] if key in {"above", "hours"} else value
