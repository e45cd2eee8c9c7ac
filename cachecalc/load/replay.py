"""Read what `cachecalc replay --format json` wrote, to compare a later replay with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.replay.check import Figures, Key
from cachecalc.load import files

_HELP = "write it with `cachecalc replay ... --format json --output FILE`"


def read(path: str) -> dict[Key, Figures]:
    """Raises InputError where the file is no such report."""
    try:
        return figures(json.loads(files.read_text(path)))
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError([Problem(f"not JSON: {error}", path, help=_HELP)]) from None
    except (KeyError, TypeError, AttributeError, InvalidOperation):
        raise InputError([Problem("not a report of this version of replay", path, help=_HELP)]) from None


def figures(report: Mapping[str, Any]) -> dict[Key, Figures]:
    """What can be compared in a report. Raises KeyError, TypeError or InvalidOperation where it is none."""
    return {Key(row["model"], row["policy"], row["ttl"]): _figures(row) for row in report["policies"]}


def _figures(row: Mapping[str, Any]) -> Figures:
    return Figures(
        read_share=float(row["read_share"]),
        read_share_error=row["read_share_error"],
        usd_per_mtok=Decimal(row["input_usd_per_mtok"]),
        usd_per_mtok_error=row["input_usd_per_mtok_error"],
        prices={name: Decimal(price) for name, price in row["usd_per_mtok"].items()},
    )
