"""The one place that looks at the clock."""

from __future__ import annotations

import calendar
import datetime as dt
import os
import re
from typing import TYPE_CHECKING

from cachecalc.core.problem import InputError

if TYPE_CHECKING:
    from cachecalc.core.estimate.workload import Calendar

DEFAULT_DAYS = 30.0


def today() -> dt.date:
    """Today in UTC; SOURCE_DATE_EPOCH, as reproducible builds set it, stands in for the clock."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)
    return now.date()


def of_month(month: str | None, days_per_month: float | None) -> Calendar:
    """A month such as `2026-12` at its dated prices, or 30 days at today's. Raises InputError for anything else."""
    from cachecalc.core.estimate.workload import Calendar

    if month is None:
        return Calendar(today(), days_per_month or DEFAULT_DAYS)
    match = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", month)
    if not match:
        raise InputError(f"--month {month!r} is not a month: write for example 2026-12")
    first = dt.date(int(match[1]), int(match[2]), 1)
    days = calendar.monthrange(first.year, first.month)[1]
    return Calendar(first, days_per_month or float(days), month)
