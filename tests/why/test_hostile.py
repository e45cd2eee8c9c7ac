"""Whatever a log holds, its explanation ends, and its causes add up to its spend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachecalc.core.problem import InputError
from cachecalc.core.why import explain, spend
from cachecalc.core.why.request import Settings
from cachecalc.load import pricing
from cachecalc.logs import requests as reading
from cachecalc.report import why as report
from cachecalc.report import why_text
from cachecalc.tokens.prompts import counting
from tests.logs.test_read import mutants
from tests.rules.examples import TODAY
from tests.why.containers import CONTAINERS, lines
from tests.why.test_containers import CLOCKED
from tests.why.wires import Json

NAMES = [name for name in CONTAINERS if name.endswith((".json", ".jsonl", ".har"))]


def entries(name: str) -> list[Json]:
    """A log's entries, texts cut short: what matters here is their form."""
    wires, write = CONTAINERS[name]
    short = [each.__class__(each.turns[:4], (each.system[0][:90],), each.tools[:1]) for each in CLOCKED]
    raw = write(wires.split()[0], short, hits=False)
    return [entry for line in raw.splitlines() if isinstance(entry := json.loads(line), dict)]


LOGS = {name: found for name in NAMES if name != "payloads.json" and (found := entries(name))}


@pytest.mark.parametrize("name", LOGS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_entry_crashes_an_explanation(name: str, data: st.DataObject, tmp_path: Path) -> None:
    """Entries with any part of them replaced by anything are explained, or no request is found in them."""
    path, wishes, prices = tmp_path / name, Settings(counting(), TODAY), pricing.load()
    path.write_bytes(lines(data.draw(st.lists(mutants(LOGS[name]), min_size=2, max_size=4))))
    try:
        found = reading.read([str(path)], prices)
    except InputError:
        return
    explained = list(explain.explain(found.requests, wishes))
    causes = spend.spend(explained, wishes)
    assert sum(share.usd for share in causes.causes.values()) == causes.total
    assert why_text.render(report.document(explained, causes, found.imported, found.texts), why_text.View())
