"""The bill of a whole log: records added one by one as they stream by, priced together at the end.

A price is linear in tokens, so records that pay the same rates are summed first and priced once. The result is exact,
the work for each record is a handful of additions, and memory grows with models and quarter-hours, not with records.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cachecalc.core import bill, model_names
from cachecalc.core.bill import FREE, TOOLS, ZERO, Conditions, Terms, Unpriced
from cachecalc.core.cell import LARGEST, SAME, SLOT, Cell, Key
from cachecalc.core.pricing import Model, PriceTable, Rates
from cachecalc.core.record import Record, Usage
from cachecalc.core.statement import Bill, Line, Reconciliation, Statement, Tally

NONE = "(none)"
LONGEST_NAME = 100
"""Characters of a model's name that a reason quotes."""

UNSPLIT = "the log does not say what was read from the cache: all input is priced as fresh"
NO_OUTPUT = "the log does not count the output"
SOUND = "audio tokens are priced like text"
OPEN_TTL = "the log does not say for how long was written to the cache: the cost is a range"
AS_OF = "the log gives no date: priced as of the day of the bill"
BY_CHARGE = "the log gives no date: priced as in the period that gives the cost in the log"
NO_SURCHARGE = "the price table has no surcharge for the region"
NO_USAGE = "the log counts no tokens"
BY_THE_HOUR = "prices change by the hour, and the log sums up longer spans"
NO_LENGTH = "sums do not say how long each prompt was: priced as short ones"
NO_MODEL = "the log names no model"


class Ledger:
    """Adds up records; `bill()` prices what was added so far.

    `as_of` is the day whose prices hold for records without a date. `by` names further groups of the bill: "session",
    "provider", or the name of a tag.
    """

    def __init__(self, table: PriceTable, as_of: dt.date, by: Iterable[str] = ()) -> None:
        self._names = model_names.index(table)
        self._as_of = as_of
        self._by = tuple(name for name in by if name not in _DIMENSIONS)
        self._models: dict[str, Model | None] = {}
        self._bands: dict[str, list[int]] = {}
        self._requests: dict[tuple[Any, ...], Cell] = {}
        self._sums: dict[tuple[Any, ...], Cell] = {}
        self._charges: dict[tuple[dt.date, str], Decimal] = {}
        self._other_charges = ZERO
        self._without_usage = 0

    def add(self, record: Record) -> None:
        usage = record.usage
        if usage is None:
            self._add_charge(record)
            return
        key = self._key(record, usage)
        cells = self._requests if record.until is None else self._sums
        cell = cells.get(key)
        if cell is None:
            cell = cells[key] = self._open(Key(*key), summed=record.until is not None)
        cell.add(usage, record.requests or 0)
        if record.charged is not None:
            cell.compare(record, usage, record.charged)

    def bill(self) -> Bill:
        """The bill of the requests; or of the sums in a provider's export, where there is nothing else."""
        cells = self._requests or self._sums
        tallies = [(cell, cell.tally()) for cell in cells.values()]
        unpriced, notes = Counter[str](), Counter[str]({NO_USAGE: self._without_usage})
        tools = Counter[str]()
        for cell, tally in tallies:
            tools.update(cell.unpriced_calls())
            if isinstance(reason := cell.priced(), Unpriced):
                unpriced[reason.reason] += cell.requests
            for note, requests in self._notes(cell, tally):
                notes[note] += requests
        starts = [cell.start for cell, _ in tallies if cell.start]
        return Bill(
            total=Line.of("total", _merged(tally for _, tally in tallies)),
            by={name: self._lines(tallies, name) for name in (*_DIMENSIONS, *self._by)},
            unpriced=dict(unpriced.most_common()),
            notes=dict((+notes).most_common()),
            tools=dict(sorted(tools.items())),
            prices=_last_prices(cells.values()),
            first=min(starts, default=None),
            last=max(starts, default=None),
            reconciliation=_reconciled(cells.values()),
            statement=self._statement(),
        )

    def _key(self, record: Record, usage: Usage) -> tuple[Any, ...]:
        """The fields of a `Key`; a plain tuple of them is quicker to look up."""
        model, at, write = record.model or "", record.at, usage.cache_write
        bands = self._bands.get(model)
        if bands is None:
            bands = self._bands[model] = self._thresholds(model)
        read = usage.cache_read
        return (
            model,
            None if at is None else int(at.timestamp()) // SLOT,
            bisect_left(bands, usage.prompt_tokens) if bands else 0,
            record.service,
            record.geo,
            None if at is not None or record.charged is None else self._period_of(record, usage, record.charged),
            None if read is None else read > 0,
            tuple(write) if write else (),
            bool(usage.storage),
            usage.unknown,
            tuple(_group(record, name) for name in self._by) if self._by else (),
        )

    def _add_charge(self, record: Record) -> None:
        """A record without tokens: a charge from a provider's export, or a request whose usage was not kept."""
        if record.until is None or record.charged is None:
            self._without_usage += record.requests or 0
        elif record.at is None or record.tags.get("cost_type", "tokens") != "tokens":
            self._other_charges += record.charged
        else:
            key = record.at.astimezone(dt.UTC).date(), self._id(record.model or "")
            self._charges[key] = self._charges.get(key, ZERO) + record.charged

    def _find(self, name: str) -> Model | None:
        if name not in self._models:
            self._models[name] = model_names.find(name, self._names)
        return self._models[name]

    def _id(self, name: str) -> str:
        model = self._find(name)
        return model.id if model else name

    def _thresholds(self, name: str) -> list[int]:
        """Every prompt length at which a price of this model ever changes."""
        model = self._find(name)
        return sorted({tier.above_tokens for period in model.periods for tier in period.tiers}) if model else []

    def _open(self, key: Key, *, summed: bool) -> Cell:
        model, start = self._find(key.model), key.start()
        if model is None:
            reason = f"the price table has no model {key.model[:LONGEST_NAME]!r}" if key.model else NO_MODEL
            return Cell(key, start, Unpriced(reason), Terms(), summed)
        return Cell(key, start, self._rates(model, key, start, summed=summed), Terms.of(model), summed)

    def _rates(self, model: Model, key: Key, start: dt.datetime | None, *, summed: bool) -> Rates | Unpriced:
        period = model.period_on(start.date() if start else self._as_of)
        if key.period is not None:
            period = model.periods[key.period]
        if summed and period.windows:
            return Unpriced(BY_THE_HOUR)
        length = self._bands[key.model][key.band - 1] + 1 if key.band else 0
        return bill.rates_in(period, start, Conditions(length, key.service, key.geo))

    def _period_of(self, record: Record, usage: Usage, charged: Decimal) -> int | None:
        """The number of the period whose prices give the cost in the log, for a record without a date."""
        model = self._find(record.model or "")
        if model is None or len(model.periods) == 1:
            return None
        conditions = Conditions(usage.prompt_tokens, record.service, record.geo)
        terms = Terms.of(model)
        for number, period in enumerate(model.periods):
            rates = bill.rates_in(period, None, conditions)
            cost = rates if isinstance(rates, Unpriced) else bill.expected(usage, rates, terms)
            if isinstance(cost, Decimal) and abs(cost - charged) <= SAME:
                return number
        return None

    def _notes(self, cell: Cell, tally: Tally) -> Iterator[tuple[str, int]]:
        """What is open about the records of a cell, with the number of requests."""
        key, requests = cell.key, cell.requests
        model = self._find(key.model)
        yield UNSPLIT, 0 if tally.measured else requests
        yield NO_OUTPUT, cell.no_output
        yield SOUND, cell.audio
        yield OPEN_TTL, 0 if tally.cost.is_exact else requests
        yield AS_OF if key.period is None else BY_CHARGE, requests if key.slot is None else 0
        if model and key.geo and not any(key.geo in period.geo for period in model.periods):
            yield NO_SURCHARGE, requests
        if model and cell.summed and not key.band and self._bands[key.model]:
            yield NO_LENGTH, requests

    def _lines(self, tallies: Iterable[tuple[Cell, Tally]], name: str) -> tuple[Line, ...]:
        groups: dict[str, list[Tally]] = {}
        for cell, tally in tallies:
            of = _DIMENSIONS[name](cell) if name in _DIMENSIONS else cell.key.groups[self._by.index(name)]
            groups.setdefault(of, []).append(tally)
        lines = [Line.of(group, _merged(members)) for group, members in groups.items()]
        by_time = name in {"day", "month", "hour"}
        return tuple(sorted(lines, key=lambda line: (0 if by_time else -line.cost.expected, line.name)))

    def _statement(self) -> Statement | None:
        """The bill of the requests against a provider's own export of charges, or else of tokens."""
        charges = self._charges or (self._priced_sums() if self._requests else {})
        if not charges and not self._other_charges:
            return None
        cells = self._requests or self._sums
        days = {day for day, _ in charges}
        computed, seen = FREE, set[dt.date]()
        for cell in cells.values():
            day = cell.start.date() if cell.start else None
            if day in days and ((day, self._id(cell.key.model)) in charges or (day, "") in charges):
                parts = cell.tally().parts  # an export tells the calls of tools apart
                computed = computed.plus(bill.total(cost for name, cost in parts.items() if name != TOOLS))
                seen.add(day)
        return Statement(sum(charges.values(), ZERO), computed, self._other_charges, len(days), len(days - seen))

    def _priced_sums(self) -> dict[tuple[dt.date, str], Decimal]:
        charges: dict[tuple[dt.date, str], Decimal] = {}
        for cell in self._sums.values():
            if cell.start:
                day = cell.start.date(), self._id(cell.key.model)
                charges[day] = charges.get(day, ZERO) + cell.tally().cost.expected
        return charges


def _merged(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total


def _last_prices(cells: Iterable[Cell]) -> dict[str, Decimal]:
    last: dict[str, Cell] = {}
    for cell in cells:
        before = last.get(cell.key.model)
        if isinstance(cell.rates, Rates) and (before is None or _slot(before) <= _slot(cell)):
            last[cell.key.model] = cell
    prices: dict[str, Decimal] = {}
    for model, cell in sorted(last.items()):
        parts = bill.components(cell.usage, cell.rates) if isinstance(cell.rates, Rates) else ()
        prices |= {f"{model} {part.name}": part.rate.expected for part in parts if part.tokens and part.rate}
    return prices


def _slot(cell: Cell) -> int:
    return cell.key.slot or 0


def _reconciled(cells: Collection[Cell]) -> Reconciliation | None:
    if not any(cell.compared or cell.without for cell in cells):
        return None
    apart = sorted((entry for cell in cells for entry in cell.apart), key=lambda entry: (-entry[0], entry[1]))
    return Reconciliation(
        requests=sum(cell.compared for cell in cells),
        matched=sum(cell.matched for cell in cells),
        without=sum(cell.without for cell in cells),
        computed=sum((cell.computed for cell in cells), ZERO),
        charged=sum((cell.charged for cell in cells), ZERO),
        largest=tuple(difference for _, _, difference in apart[:LARGEST]),
    )


def _group(record: Record, name: str) -> str:
    if name == "session":
        return record.session or NONE
    return (record.provider if name == "provider" else record.tags.get(name)) or NONE


def _model(cell: Cell) -> str:
    return cell.key.model or NONE


def _day(cell: Cell) -> str:
    return cell.start.date().isoformat() if cell.start else NONE


def _month(cell: Cell) -> str:
    return f"{cell.start:%Y-%m}" if cell.start else NONE


def _hour(cell: Cell) -> str:
    return f"{cell.start.hour:02}" if cell.start else NONE


_DIMENSIONS: Mapping[str, Callable[[Cell], str]] = {
    "model": _model,
    "day": _day,
    "month": _month,
    "hour": _hour,
}
