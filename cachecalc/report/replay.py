"""The report of `replay`: one document that every format is rendered from. Its keys are a contract."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal

from cachecalc.core.replay.outcome import Baseline, Outcome, Replay
from cachecalc.core.replay.scheme import Policy
from cachecalc.report.cells import csv_cell
from cachecalc.report.money import exact
from cachecalc.report.replay_document import BaselineRow, PolicyRow, ReplayReport

VERSION = 1
BOUNDS = frozenset({Policy.PREFIX, Policy.BEST})
"""Policies that no caller can carry out."""

_CONTRACT_WRITES = ("5m", "1h")
_MICRO = Decimal("0.000001")


def document(replays: Sequence[Replay]) -> ReplayReport:
    """Of one replay, on all requests, or of several, on requests of their own."""
    return {
        "version": VERSION,
        "requests": sum(replay.requests for replay in replays),
        "input_tokens": sum(replay.input_tokens for replay in replays),
        "output_tokens": sum(replay.output_tokens for replay in replays),
        "seconds": max((replay.seconds for replay in replays if replay.seconds is not None), default=None),
        "split_by_model": len(replays) > 1,
        "baselines": [_baseline(row, replay) for replay in replays for row in replay.baselines],
        "policies": [_policy(outcome, replay) for replay in replays for outcome in replay.outcomes],
        "skipped": [
            {"path": row.path, "reason": row.reason, "count": row.count, "line": row.line}
            for replay in replays
            for row in replay.skipped
        ],
        "notes": [note for replay in replays for note in replay.notes],
    }


def _baseline(row: Baseline, replay: Replay) -> BaselineRow:
    return {
        "model": row.model,
        "requests": replay.requests,
        "input_tokens": replay.input_tokens,
        "output_tokens": replay.output_tokens,
        "input_cost_usd": exact(row.input_cost),
        "total_cost_usd": exact(row.total_cost),
    }


def _policy(outcome: Outcome, replay: Replay) -> PolicyRow:
    baseline = replay.baseline(outcome.model).total_cost
    saved = float((baseline - outcome.total_cost) / baseline) if baseline else 0.0
    return {
        "model": outcome.model,
        "policy": str(outcome.policy),
        "ttl": outcome.ttl,
        "tokens": _tokens(outcome),
        "input_cost_usd": exact(outcome.input_cost),
        "total_cost_usd": exact(outcome.total_cost),
        "read_share": outcome.read_share,
        "read_share_error": outcome.read_share_error,
        "input_usd_per_mtok": exact(outcome.input_usd_per_mtok.quantize(_MICRO)),
        "input_usd_per_mtok_error": outcome.input_usd_per_mtok_error,
        "savings_percent": 100 * saved,
        "usd_per_mtok": {name: exact(price) for name, price in asdict(outcome.price).items()},
        "pings": outcome.pings,
        "is_bound": outcome.policy in BOUNDS,
        "guaranteed": outcome.guaranteed,
    }


def _tokens(outcome: Outcome) -> dict[str, int]:
    writes = dict.fromkeys(_CONTRACT_WRITES, 0) | dict(outcome.cache_write)
    return {
        "input": outcome.input,
        "cache_read": outcome.cache_read,
        **{f"cache_write_{ttl}": tokens for ttl, tokens in writes.items()},
        "output": outcome.output,
        "ping_read": outcome.pinged,
    }


CSV_HEADER = (
    "model",
    "policy",
    "ttl",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "read_share",
    "input_cost_usd",
    "total_cost_usd",
)


def as_csv(report: ReplayReport) -> str:
    """A row for no caching, then a row a policy; amounts with all their digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    writer.writerows([csv_cell(cell) for cell in row] for row in _rows(report))
    return out.getvalue()


def _rows(report: ReplayReport) -> Iterator[list[str]]:
    for row in report["baselines"]:
        tokens = [str(row["input_tokens"]), "0", "0", str(row["output_tokens"])]
        yield [row["model"], "none", "", *tokens, "0", row["input_cost_usd"], row["total_cost_usd"]]
    for policy in report["policies"]:
        counts = policy["tokens"]
        written = sum(count for name, count in counts.items() if name.startswith("cache_write"))
        tokens = [str(count) for count in (counts["input"], counts["cache_read"], written, counts["output"])]
        costs = [policy["input_cost_usd"], policy["total_cost_usd"]]
        yield [policy["model"], policy["policy"], policy["ttl"], *tokens, f"{policy['read_share']:.6f}", *costs]
