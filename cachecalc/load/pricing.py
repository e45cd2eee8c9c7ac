"""Read pricing.yaml, and a user's own prices over it, into a `PriceTable`.

The bundled file is held to its schema by the tests and by `cachecalc prices check`, so here it is read without
validation: a command that only needs prices starts fast. A user's file is validated in full.
"""

from __future__ import annotations

import datetime as dt
import functools
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from cachecalc.core import units
from cachecalc.core.pricing import CacheRules, Kind, Mode, Model, Period, PriceTable, Rates, Tier, Ttl, Window
from cachecalc.load import files, pricing_laws, yaml_text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SERVICES = ("batch", "flex", "priority", "fast", "ultrafast")
_WRITE = "cache_write_"


@functools.cache
def bundled() -> PriceTable:
    """The price table that comes with this version of cachecalc."""
    return table(bundled_document().value)


def load(overlay: str | None = None) -> PriceTable:
    """The bundled table, with the prices of the file `overlay` over it. Raises InputError with all its faults."""
    if overlay is None:
        return bundled()
    from cachecalc.load import pricing_overlay

    document = yaml_text.parse(files.read_text(overlay), overlay)
    return pricing_overlay.merge(bundled_document().value, document)


@functools.cache
def bundled_document() -> yaml_text.Document:
    """pricing.yaml as parsed: inside an installed package, or at the top of a checkout."""
    try:
        raw = pkgutil.get_data("cachecalc", "pricing.yaml")
    except FileNotFoundError:
        raw = None
    if raw is None:
        raw = (Path(__file__).parents[2] / "pricing.yaml").read_bytes()
    return yaml_text.parse(files.decode(raw, "pricing.yaml"), "pricing.yaml")


def table(value: Mapping[str, Any]) -> PriceTable:
    """A valid pricing file's plain value as core values."""
    rules = {name: _rules(name, entry) for name, entry in value["caching"].items()}
    return PriceTable(tuple(_model(entry, rules, value["providers"]) for entry in value["models"]))


def _model(entry: Mapping[str, Any], rules: Mapping[str, CacheRules], providers: Mapping[str, Any]) -> Model:
    provider = providers[entry["provider"]]
    geo = provider.get("geo", {}) if _is_from(provider.get("geo_for_models_from"), entry.get("released")) else {}
    return Model(
        id=entry["id"],
        provider=entry["provider"],
        periods=tuple(_period({"geo": geo, **row}) for row in entry["prices"]),
        caching=_with_minimum(rules[entry["caching"]], entry),
        tokenizer=entry["tokenizer"],
        aliases=tuple(name for name in pricing_laws.names(entry, providers) if name != entry["id"]),
        context_window=entry.get("context_window"),
        released=_date(entry.get("released")),
        retired=_date(entry.get("retired")),
        status=entry.get("status", "active"),
        tier=entry.get("tier", ""),
        usd_per_call={tool: Decimal(usd) for tool, usd in provider.get("usd_per_call", {}).items()},
    )


def _is_from(first: str | None, released: str | None) -> bool:
    """Whether a model was released on a day or later. One without a date is too new to have one."""
    return first is None or released is None or released >= first


def _with_minimum(rules: CacheRules, entry: Mapping[str, Any]) -> CacheRules:
    if "min_tokens" not in entry:
        return rules
    return replace(rules, modes=tuple(replace(mode, min_tokens=entry["min_tokens"]) for mode in rules.modes))


def _period(row: Mapping[str, Any]) -> Period:
    storage = row.get("storage_usd_per_mtok_hour")
    return Period(
        since=_date(row.get("since")),
        rates=_rates(row["usd_per_mtok"], storage),
        sources=tuple(row["sources"]),
        checked=dt.date.fromisoformat(row["checked"]),
        tiers=tuple(
            Tier(t["tokens"], _rates(t["usd_per_mtok"], storage), _services(t, storage)) for t in row.get("above", ())
        ),
        windows=tuple(_window(entry, storage) for entry in row.get("hours", ())),
        services=_services(row, storage),
        note=row.get("note", ""),
        geo={region: Decimal(factor) for region, factor in row.get("geo", {}).items()},
    )


def _services(row: Mapping[str, Any], storage: Any) -> dict[str, Rates]:
    given = ((name, row.get(f"{name}_usd_per_mtok")) for name in SERVICES)
    return {name: _rates(rates, storage) for name, rates in given if rates}


def _rates(row: Mapping[str, Any], storage: Any) -> Rates:
    return Rates(
        input=Decimal(row["input"]),
        output=Decimal(row["output"]),
        cache_read=_price(row.get("cache_read")),
        cache_write={key.removeprefix(_WRITE): Decimal(price) for key, price in row.items() if key.startswith(_WRITE)},
        storage=_price(storage),
        cache_read_marked=_price(row.get("cache_read_marked")),
    )


def _window(entry: Mapping[str, Any], storage: Any) -> Window:
    days = frozenset(DAYS.index(day) for day in entry["days"])
    return Window(entry["name"], days, tuple(map(_hours, entry["utc"])), _rates(entry["usd_per_mtok"], storage))


def _hours(span: str) -> tuple[float, float]:
    """`06:00-10:30` as hours of the day."""
    start, end = (int(clock[:2]) + int(clock[3:]) / 60 for clock in span.split("-"))
    return start, end


def _rules(name: str, entry: Mapping[str, Any]) -> CacheRules:
    hits = entry.get("batch_hits")
    return CacheRules(
        modes=tuple(_mode(mode, row, entry["source"]) for mode, row in entry["modes"].items()),
        default=entry.get("default"),
        can_disable=entry["can_disable"],
        scope=entry["scope"],
        batch_hits=(float(hits[0]), float(hits[1])) if hits else None,
        name=name,
        source=entry["source"],
    )


def _mode(name: str, row: Mapping[str, Any], source: str) -> Mode:
    return Mode(
        name=name,
        kind=Kind(row["kind"]),
        ttls=tuple(_ttl(label, value) for label, value in row["ttls"].items()),
        default_ttl=row["default_ttl"],
        min_tokens=row.get("min_tokens"),
        increment=row.get("increment", 1),
        max_marks=row.get("max_marks", 1),
        look_back_blocks=row.get("look_back_blocks"),
        guaranteed=row.get("guaranteed", True),
        requests_to_store=row.get("requests_to_store", 1),
        bills_writes=row.get("bills_writes", False),
        source=row.get("source", source),
    )


def _ttl(label: str, value: str | Mapping[str, Any]) -> Ttl:
    """`5m`, or `{low, typical, high}`, or `{lasts}`, the last two with `refreshed`."""
    if isinstance(value, str):
        return _lasting(label, (value, value, value))
    lasts = value.get("lasts")
    span = (lasts, lasts, lasts) if lasts else (value["low"], value["typical"], value["high"])
    return _lasting(label, span, refreshed=value.get("refreshed", True))


def _lasting(label: str, span: Iterable[str], *, refreshed: bool = True) -> Ttl:
    low, typical, high = map(units.duration, span)
    return Ttl(label, low, typical, high, refreshed)


def _price(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
