"""Since when a finding has been there, and what it has cost since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from cachecalc.core.lint_report import Since
from cachecalc.lint.check import Found
from cachecalc.load import git

DAYS_PER_MONTH = 30


def dated(found: Sequence[Found], root: Path, today: dt.date) -> list[Found]:
    """Each finding with the commit of its line. Raises InputError outside a git repository."""
    top = git.top(root)
    return [
        each.revised(since=_since(each, git.blame(top, Path(each.finding.place.path), each.finding.place.line), today))
        for each in found
    ]


def _since(found: Found, origin: git.Origin, today: dt.date) -> Since:
    if origin.commit is None or origin.date is None:
        return Since("")
    usd = found.finding.usd_per_month
    days = max(0, (today - origin.date).days)
    return Since(origin.commit, origin.date, None if usd is None else usd * Decimal(days) / DAYS_PER_MONTH)
