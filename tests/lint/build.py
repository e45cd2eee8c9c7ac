"""Reports to render, built by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import (
    Finding,
    LintReport,
    PerThousand,
    Place,
    Proof,
    RelatedPlace,
    Replacement,
    Since,
    Summary,
)
from cachecalc.core.prompt import Confidence, Evidence

LINE = '    return f"Es ist {datetime.now()}. " + POLICY'


def place(path: str = "app/bot.py", **changes: Any) -> Place:
    where = {"line": 8, "column": 21, "end_line": 8, "end_column": 37, "byte_column": 21, "end_byte_column": 37}
    return Place(path, **{**where, "excerpt": LINE, **changes})


def clock(**changes: Any) -> Finding:
    given: dict[str, Any] = {
        "code": "CC101",
        "rule": "clock-in-prefix",
        "level": Level.ERROR,
        "confidence": Confidence.CERTAIN,
        "evidence": Evidence.SOURCE,
        "place": place(),
        "message": "`datetime.now()` changes on every call in front of 1,480 tokens that could be cached",
        "fingerprint": "f" * 32,
        "help": "Move the clock to the end.",
        "related": (RelatedPlace("this text could be cached", place(line=3, column=10, end_line=4, end_column=2)),),
        "lost_tokens": 1480,
        "group": "app/bot.py:build_prompt:120",
        "per_thousand": PerThousand("claude-sonnet-5-5", Decimal("0.444"), Decimal("5.55")),
        "fix": Replacement("move the time to the end", safe=False, place=place(), text="NOW"),
    }
    return Finding(**{**given, **changes})


def nonce(**changes: Any) -> Finding:
    given = {
        "code": "CC102",
        "rule": "nonce-in-prefix",
        "place": place(line=9, end_line=9),
        "message": "`uuid4()` is new on every call",
        "fingerprint": "e" * 32,
        "level": Level.WARNING,
        "related": (),
        "fix": None,
    }
    return clock(**{**given, **changes})


def priced(usd: str, group_usd: str) -> dict[str, Any]:
    return {
        "usd_per_month": Decimal(usd),
        "group_usd_per_month": Decimal(group_usd),
        "workload": "support-bot",
        "since": Since("3f2a91c" + "0" * 33, dt.date(2026, 9, 11), Decimal("1280.4")),
    }


def report(*findings: Finding, **changes: Any) -> LintReport:
    summary = {"files": 3, "suppressed": 1, "unpriced": len(findings)}
    given = {key: changes.pop(key) for key in ("proofs", "warnings", "explanations", "base") if key in changes}
    return LintReport(findings, Summary(**{**summary, **changes}), **given)


def proof() -> Proof:
    return Proof("app/bot.py", "build_prompt", 12, 1492, Decimal("128.4"), Decimal("102.05"))
