"""The report of a log's bill: one document that every format is rendered from. Its keys are a contract.

Names come out of logs, so whatever looks like a credential is blotted out here, once for all formats.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from cachecalc.core.bill import Cost
from cachecalc.core.imported import Imported, Met
from cachecalc.core.record import Usage
from cachecalc.core.secrets import redact
from cachecalc.core.statement import Bill, Line, Reconciliation, Statement
from cachecalc.report.bill_document import (
    BillLine,
    BillReport,
    CostRange,
    ImportReport,
    Reason,
    ReconciliationRow,
    SetAside,
    StatementRow,
)
from cachecalc.report.cells import csv_cell
from cachecalc.report.money import exact
from cachecalc.report.replay_document import PolicyRow

VERSION = 1
KIND = "bill"
BILLED, AS_LOGGED, ALL_MODELS = "billed", "as logged", "all models"
"""What the bill as it was is called among the policies, with its TTL and its model."""

FEWEST_DAYS = 5
"""Days below which the spread between days says nothing."""

_CONTRACT_WRITES = ("5m", "1h")
_MICRO = Decimal("0.000001")
_MTOK = 1_000_000


def document(bill: Bill, imported: Imported) -> BillReport:
    total = bill.total
    return {
        "version": VERSION,
        "kind": KIND,
        "requests": total.requests,
        "input_tokens": total.usage.input_tokens,
        "output_tokens": total.usage.output or 0,
        "first": bill.first.isoformat() if bill.first else None,
        "last": bill.last.isoformat() if bill.last else None,
        "total": _line(total),
        "by": {name: [_line(line) for line in lines] for name, lines in bill.by.items()},
        "policies": [_billed(bill)],
        "unpriced": _reasons(bill.unpriced),
        "notes": _reasons(bill.notes),
        "tool_calls": {redact(name): calls for name, calls in bill.tools.items()},
        "reconciliation": _reconciliation(bill.reconciliation) if bill.reconciliation else None,
        "statement": _statement(bill.statement) if bill.statement else None,
        "imported": _imported(imported),
    }


def _line(line: Line) -> BillLine:
    return {
        "name": redact(line.name),
        "requests": line.requests,
        "unpriced": line.unpriced,
        "tokens": _tokens(line.usage),
        "cost_usd": _range(line.cost),
        "uncached_usd": exact(line.uncached.expected),
        "parts_usd": {name: exact(cost.expected) for name, cost in sorted(line.parts.items())},
        "read_share": line.read_share,
        "prefix_hit_rate": line.prefix_hit_rate,
    }


def _tokens(usage: Usage) -> dict[str, int]:
    writes = dict.fromkeys(_CONTRACT_WRITES, 0) | dict(usage.cache_write or {})
    return {
        "input": usage.input or 0,
        "cache_read": usage.cache_read or 0,
        **{f"cache_write_{ttl}": tokens for ttl, tokens in writes.items()},
        "output": usage.output or 0,
        "storage_token_seconds": usage.storage or 0,
    }


def _range(cost: Cost) -> CostRange:
    return {"low": exact(cost.low), "expected": exact(cost.expected), "high": exact(cost.high)}


def _reasons(counts: Mapping[str, int]) -> list[Reason]:
    return [{"reason": redact(reason), "requests": requests} for reason, requests in counts.items()]


def _billed(bill: Bill) -> PolicyRow:
    """The bill in the form of a policy of `replay`, so that `--compare` and `--fail-under` work on it alike."""
    line = bill.total
    total, uncached = line.cost.expected, line.uncached.expected
    tokens = _tokens(line.usage)
    tokens.pop("storage_token_seconds")
    days = bill.by.get("day", ())
    return {
        "model": ALL_MODELS,
        "policy": BILLED,
        "ttl": AS_LOGGED,
        "tokens": tokens,
        "input_cost_usd": exact(_input_cost(line)),
        "total_cost_usd": exact(total),
        "read_share": line.read_share or 0.0,
        "read_share_error": _spread(_shares(days)),
        "input_usd_per_mtok": exact(_per_mtok(line).quantize(_MICRO)),
        "input_usd_per_mtok_error": _spread(_costs(days)),
        "savings_percent": float((uncached - total) / uncached * 100) if uncached else 0.0,
        "usd_per_mtok": {name: exact(price) for name, price in bill.prices.items()},
        "pings": 0,
        "is_bound": False,
        "guaranteed": True,
    }


def _input_cost(line: Line) -> Decimal:
    return line.cost.expected - (line.parts["output"].expected if "output" in line.parts else 0)


def _per_mtok(line: Line) -> Decimal:
    tokens = line.usage.input_tokens
    return _input_cost(line) * _MTOK / tokens if tokens else Decimal(0)


def _shares(days: Sequence[Line]) -> Iterator[tuple[float, int]]:
    return ((day.read_share, day.usage.input_tokens) for day in days if day.read_share is not None)


def _costs(days: Sequence[Line]) -> Iterator[tuple[float, int]]:
    return ((float(_per_mtok(day)), day.usage.input_tokens) for day in days)


def _spread(days: Iterator[tuple[float, int]]) -> float | None:
    """The standard error of a ratio, weighted by tokens, from how it differs between days."""
    known = [(value, weight) for value, weight in days if weight]
    total = sum(weight for _, weight in known)
    if len(known) < FEWEST_DAYS:
        return None
    mean = sum(value * weight for value, weight in known) / total
    squares = sum((weight * (value - mean)) ** 2 for value, weight in known)
    return math.sqrt(squares * len(known) / (len(known) - 1)) / total


def _reconciliation(found: Reconciliation) -> ReconciliationRow:
    return {
        "requests": found.requests,
        "matched": found.matched,
        "unpriced": found.without,
        "computed_usd": exact(found.computed),
        "logged_usd": exact(found.charged),
        "largest": [
            {
                "place": redact(row.place),
                "model": redact(row.model),
                "computed_usd": exact(row.computed),
                "logged_usd": exact(row.charged),
            }
            for row in found.largest
        ],
    }


def _statement(found: Statement) -> StatementRow:
    return {
        "exported_usd": exact(found.charged),
        "computed_usd": _range(found.computed),
        "other_usd": exact(found.other),
        "days": found.days,
        "missing_days": found.missing,
    }


def _imported(imported: Imported) -> ImportReport:
    return {
        "files": imported.files,
        "entries": imported.entries,
        "records": imported.records,
        "merged": imported.merged,
        "formats": dict(imported.formats.most_common()),
        "others": {redact(kind): entries for kind, entries in imported.others.most_common()},
        "skipped": _set_aside(imported.skipped),
        "warnings": _set_aside(imported.warnings),
    }


def _set_aside(met: Mapping[str, Met]) -> list[SetAside]:
    rows = sorted(met.items(), key=lambda item: (-item[1].count, item[0]))
    return [{"reason": redact(reason), "count": found.count, "place": redact(found.place)} for reason, found in rows]


CSV_HEADER = (
    *("dimension", "name", "requests", "unpriced", "input_tokens", "cache_read_tokens", "cache_write_tokens"),
    *("output_tokens", "read_share", "prefix_hit_rate", "cost_usd", "cost_usd_low", "cost_usd_high", "uncached_usd"),
)


def as_csv(report: BillReport) -> str:
    """A row for the total, then a row for each group of each dimension; amounts with all their digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    writer.writerow(_row("total", report["total"]))
    for name, lines in report["by"].items():
        writer.writerows(_row(name, line) for line in lines)
    return out.getvalue()


def _row(dimension: str, line: BillLine) -> list[str]:
    tokens = line["tokens"]
    written = sum(count for name, count in tokens.items() if name.startswith("cache_write"))
    counts = (line["requests"], line["unpriced"], tokens["input"], tokens["cache_read"], written, tokens["output"])
    shares = ("" if share is None else f"{share:.6f}" for share in (line["read_share"], line["prefix_hit_rate"]))
    cost = line["cost_usd"]
    amounts = (cost["expected"], cost["low"], cost["high"], line["uncached_usd"])
    return [csv_cell(cell) for cell in (dimension, line["name"], *map(str, counts), *shares, *amounts)]
