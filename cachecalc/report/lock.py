"""What `cachecalc lock --check` found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cachecalc.core.prefix_lock import Difference, Entry, State
from cachecalc.report.money import usd
from cachecalc.report.terminal import visible

VERSION = 1


def as_text(differences: Sequence[Difference]) -> str:
    lines = [_line(each) for each in differences if each.state is not State.SAME]
    changed = [each for each in differences if each.state is State.CHANGED]
    costs = [each.usd for each in changed if each.usd is not None]
    total = f", {usd(sum(costs, Decimal(0)))} to write them anew once" if costs else ""
    closing = f"{len(differences)} prompts, {len(changed)} with a changed prefix{total}"
    hint = ["`cachecalc lock` records the change"] if lines else []
    return "\n".join([*lines, closing, *hint])


def _line(each: Difference) -> str:
    name = visible(each.name)
    match each.state:
        case State.NEW:
            return f"{name}: new, {_tokens(each.now)}"
        case State.GONE:
            return f"{name}: gone, {_tokens(each.before)} in the lock"
        case _:
            cost = "" if each.usd is None else f"; writing it anew costs {usd(each.usd)} for each cache entry"
            return f"{name}: the static prefix changed, {_tokens(each.before)} -> {_tokens(each.now)}{cost}"


def _tokens(entry: Entry | None) -> str:
    return f"{entry.tokens:,} tokens" if entry else "nothing"


def as_json(differences: Sequence[Difference]) -> str:
    content = {"version": VERSION, "prompts": [_row(each) for each in differences]}
    return json.dumps(content, indent=2) + "\n"


def _row(each: Difference) -> dict[str, Any]:
    return {
        "name": each.name,
        "state": str(each.state),
        "tokens": {"before": each.before and each.before.tokens, "now": each.now and each.now.tokens},
        "rewrite_usd": None if each.usd is None else f"{each.usd:f}",
    }
