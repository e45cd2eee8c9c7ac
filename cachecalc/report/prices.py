"""The price table as documents: one shape for JSON, CSV and text. Prices are exact strings, an unknown one is null."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cachecalc.core.pricing import CacheRules, Mode, Model, Period, PriceTable, Rates, Tier, Ttl, Window
from cachecalc.core.problem import Problem

VERSION = 1
STALE_AFTER_DAYS = 60

Document = dict[str, Any]

_WRITES = ("5m", "1h", "30m", "12h")
_COLUMNS = (
    "date", "provider", "model", "tier", "status", "retired", "since", "checked", "input", "output", "cache_read",
    *(f"cache_write_{ttl}" for ttl in _WRITES), "storage_per_mtok_hour", "min_tokens", "context_window", "sources",
)  # fmt: skip


def listing(models: Iterable[Model], day: dt.date) -> Document:
    """What each model costs on a day."""
    return {"version": VERSION, "date": day.isoformat(), "models": [_row(model, day) for model in models]}


def _row(model: Model, day: dt.date) -> Document:
    period = model.period_on(day)
    coming = next((later.since for later in model.periods if later.since and later.since > day), None)
    return {
        **_identity(model),
        "min_tokens": _smallest(mode.min_tokens for mode in model.caching.modes),
        "context_window": model.context_window,
        "since": _iso(period.since),
        "checked": period.checked.isoformat(),
        "sources": list(period.sources),
        "usd_per_mtok": _rates(period.rates),
        "long_prompts_above": [tier.above_tokens for tier in period.tiers],
        "hours": [window.name for window in period.windows],
        "next_change": _iso(coming),
    }


def _identity(model: Model) -> Document:
    return {
        "id": model.id,
        "provider": model.provider,
        "tier": model.tier,
        "status": model.status,
        "released": _iso(model.released),
        "retired": _iso(model.retired),
    }


def card(model: Model, day: dt.date) -> Document:
    """Everything the table says of one model; `current` marks the period in force on the day."""
    current = model.period_on(day)
    return {
        "version": VERSION,
        "date": day.isoformat(),
        **_identity(model),
        "tokenizer": model.tokenizer,
        "context_window": model.context_window,
        "aliases": list(model.aliases),
        "caching": _rules(model.caching),
        "periods": [{**_period(period), "current": period is current} for period in model.periods],
    }


def _period(period: Period) -> Document:
    return {
        "since": _iso(period.since),
        "checked": period.checked.isoformat(),
        "sources": list(period.sources),
        "single_source": period.is_single_source,
        "note": period.note,
        "usd_per_mtok": _rates(period.rates),
        "services": _services(period.services),
        "tiers": [_tier(tier) for tier in period.tiers],
        "hours": [_window(window) for window in period.windows],
    }


def _tier(tier: Tier) -> Document:
    return {
        "above_tokens": tier.above_tokens,
        "usd_per_mtok": _rates(tier.rates),
        "services": _services(tier.services),
    }


def _window(window: Window) -> Document:
    return {
        "name": window.name,
        "days": sorted(window.days),
        "utc_hours": [list(span) for span in window.hours],
        "share_of_week": window.share_of_week,
        "usd_per_mtok": _rates(window.rates),
    }


def _services(services: Mapping[str, Rates]) -> Document:
    return {name: _rates(rates) for name, rates in services.items()}


def _rates(rates: Rates) -> Document:
    return {
        "input": plain(rates.input),
        "output": plain(rates.output),
        "cache_read": plain(rates.cache_read),
        "cache_read_marked": plain(rates.cache_read_marked),
        "cache_write": {ttl: plain(price) for ttl, price in rates.cache_write.items()},
        "storage_per_mtok_hour": plain(rates.storage),
    }


def _rules(rules: CacheRules) -> Document:
    return {
        "name": rules.name,
        "source": rules.source,
        "default": rules.default,
        "can_disable": rules.can_disable,
        "scope": rules.scope,
        "batch_hits": rules.batch_hits,
        "modes": [_mode(mode) for mode in rules.modes],
    }


def _mode(mode: Mode) -> Document:
    return {
        "name": mode.name,
        "kind": mode.kind.value,
        "source": mode.source,
        "min_tokens": mode.min_tokens,
        "increment": mode.increment,
        "max_marks": mode.max_marks,
        "look_back_blocks": mode.look_back_blocks,
        "guaranteed": mode.guaranteed,
        "requests_to_store": mode.requests_to_store,
        "bills_writes": mode.bills_writes,
        "default_ttl": mode.default_ttl,
        "ttls": [_ttl(ttl) for ttl in mode.ttls],
    }


def _ttl(ttl: Ttl) -> Document:
    seconds = {"low": ttl.low, "typical": ttl.typical, "high": ttl.high}
    return {"label": ttl.label, "seconds": seconds, "refreshed": ttl.refreshed}


def audit(table: PriceTable, day: dt.date, path: str, problems: Iterable[Problem] = ()) -> Document:
    """What is wrong with a price file, and what to look after in a valid one: rows long unchecked, rows of one source,
    what is announced, what retires."""
    on_sale = [model for model in table.models if not (model.retired and model.retired <= day)]
    return {
        "version": VERSION,
        "date": day.isoformat(),
        "path": path,
        "models": len(table.models),
        "periods": sum(len(model.periods) for model in table.models),
        "problems": [
            {"line": problem.line, "column": problem.column, "message": problem.message, "help": problem.help}
            for problem in problems
        ],
        "stale": [{"model": model.id, "checked": period.checked.isoformat()} for model, period in _stale(on_sale, day)],
        "single_source": [
            {"model": model.id, "source": "; ".join(model.period_on(day).sources)}
            for model in on_sale
            if model.period_on(day).is_single_source
        ],
        "announced": sorted(_announced(on_sale, day), key=lambda row: (row["since"], row["model"])),
        "retirements": sorted(
            ({"model": model.id, "retired": _iso(model.retired)} for model in on_sale if model.retired),
            key=lambda row: (row["retired"] or "", row["model"]),
        ),
    }


def _stale(models: Iterable[Model], day: dt.date) -> Iterator[tuple[Model, Period]]:
    for model in models:
        period = model.period_on(day)
        if (day - period.checked).days > STALE_AFTER_DAYS:
            yield model, period


def _announced(models: Iterable[Model], day: dt.date) -> Iterator[Document]:
    for model in models:
        for before, period in itertools.pairwise(model.periods):
            if period.since and period.since > day:
                yield {
                    "model": model.id,
                    "since": _iso(period.since),
                    "was": _rates(before.rates),
                    "becomes": _rates(period.rates),
                    "services": sorted(
                        name for name, rates in period.services.items() if before.services.get(name) != rates
                    ),
                }


def comma_separated(document: Document) -> str:
    """A listing as CSV, a price a column."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_cells(row, document["date"]) for row in document["models"])
    return out.getvalue()


def _cells(row: Document, day: str) -> Document:
    rates = row["usd_per_mtok"]
    return {
        "date": day,
        "provider": _harmless(row["provider"]),
        "model": _harmless(row["id"]),
        **{key: row[key] for key in ("tier", "status", "retired", "since", "checked", "min_tokens", "context_window")},
        **{key: rates[key] for key in ("input", "output", "cache_read", "storage_per_mtok_hour")},
        **{f"cache_write_{ttl}": rates["cache_write"].get(ttl) for ttl in _WRITES},
        "sources": _harmless("; ".join(row["sources"])),
    }


def _harmless(text: str) -> str:
    """A spreadsheet would run a cell that starts like a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def plain(price: Decimal | None) -> str | None:
    """A price without exponent or idle zeros: `0.05`, `10`."""
    if price is None:
        return None
    return f"{price.normalize():f}"


def _smallest(counts: Iterable[int | None]) -> int | None:
    return min((count for count in counts if count is not None), default=None)


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
