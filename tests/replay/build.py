"""Traces and rules for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from cachecalc.core.replay.scheme import Policy, Price, Rule
from cachecalc.logs.replay.engine import opened
from cachecalc.logs.replay.play import Played, play
from cachecalc.logs.replay.sources import Reading, gather
from tests.replay.oracle import Request

PRICE = Price(Decimal(3), Decimal("0.3"), Decimal("3.75"), Decimal(15))
HOUR_PRICE = Price(Decimal(3), Decimal("0.3"), Decimal(6), Decimal(15))


def rule(policy: Policy, ttl: float = 300, min_tokens: int = 1024, **others: Any) -> Rule:
    prices = (PRICE if ttl < 3600 else HOUR_PRICE,) if policy is Policy.BEST else ()
    return Rule(policy, ttl, min_tokens, **({"prices": prices} | others))


def write_lines(path: Path, records: Iterable[object]) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path


def mooncake(requests: Iterable[Request]) -> list[dict[str, object]]:
    return [
        {
            "timestamp": request.time * 1000,
            "input_length": request.tokens,
            "output_length": 1,
            "hash_ids": list(request.ids),
        }
        for request in requests
    ]


def session(name: str, requests: Iterable[Request], block: int, **others: object) -> dict[str, object]:
    rows = [[request.time, request.tokens, 1, [[i, i] for i in request.ids]] for request in requests]
    return {"id": name, "block": block, "req": rows} | others


def play_file(
    path: Path, rules: Sequence[Rule], folder: Path, *, engine: str = "duckdb", block: int = 0, **others: Any
) -> Played:
    marks = others.pop("marks", ())
    with opened(engine, folder) as database:
        sources = gather([str(path)], folder, database, Reading(block, marks))
        played = play(database, sources.ready, rules, marks=marks, **others)
    return replace(played, skipped=(*sources.skipped, *played.skipped))


def pings(played: Played, rule: Rule) -> tuple[int, int]:
    """Pings, and the tokens that they read."""
    cells = played.cells[rule]
    return sum(cell.pings for cell in cells), sum(cell.pinged for cell in cells)


def counts(played: Played, rule: Rule) -> tuple[int, int]:
    """Tokens read and written, all requests together."""
    cells = played.cells[rule]
    return sum(cell.read for cell in cells), sum(cell.written for cell in cells)
