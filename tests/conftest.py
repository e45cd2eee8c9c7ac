"""What every test runs under: no deadline (a shared machine's speed says nothing), and an environment that is not ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

SCRUBBED = ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_ACTIONS", "SOURCE_DATE_EPOCH", "ANTHROPIC_BASE_URL")
EPOCH = "1795219200"
"""2026-11-21 00:00 UTC: the day that dated prices are tested on."""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in SCRUBBED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def data() -> Path:
    """Real recordings, where they are at hand."""
    folder = os.environ.get("CACHECALC_TEST_DATA")
    if not folder:
        pytest.skip("CACHECALC_TEST_DATA is not set")
    return Path(folder)
