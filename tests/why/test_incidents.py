"""Every class of public reports that a pair of requests shows is found, and what looks like one is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachecalc.core.prompt import Evidence
from cachecalc.core.rules.incidents import INCIDENTS
from tests.estimate.test_command import run
from tests.why import cases
from tests.why.cases import Case
from tests.why.run import files, report


def params(table: tuple[Case, ...]) -> list[object]:
    return [pytest.param(case, id=f"{case.code} {case.title}") for case in table]


@pytest.mark.parametrize("case", params(cases.BROKEN))
def test_an_incident_is_found(case: Case, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The pair has the one kind of its class, can be mended, and is told where and what to do."""
    found = report(capsys, *files(tmp_path, case.requests))["divergences"]
    assert [row["kind"] for row in found] == [case.kind]
    (row,) = found
    assert row["class"] == "actionable"
    assert row["help"]
    assert (row["request"], row["previous"]) == (2, 1)
    if case.path:
        assert row["path"] == case.path
    if case.kind not in ("too-many-marks", "ttl-order"):
        assert row["lost_tokens"] > 0


@pytest.mark.parametrize("case", params(cases.HEALTHY))
def test_a_near_miss_is_left_alone(case: Case, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What looks like the class and is healthy has no divergence, and passes the gate."""
    assert report(capsys, *files(tmp_path, case.requests))["divergences"] == []
    assert run(capsys, "why", *files(tmp_path, case.requests), "--gate")[0] == 0


def test_every_class_that_a_pair_shows_has_a_case() -> None:
    """No class of reports is left out on either side."""
    shown = {incident.code for incident in INCIDENTS if Evidence.PAIR in incident.shown_by}
    assert shown == {case.code for case in cases.BROKEN} == {case.code for case in cases.HEALTHY}


def test_the_conformance_page_is_the_table() -> None:
    """The published page is what the script writes from these cases."""
    from scripts import write_why_conformance as script

    assert script.TARGET.read_text("utf-8") == script.page()
