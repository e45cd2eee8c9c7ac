"""No price that once held is edited away: last year's bill still computes."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cachecalc.load import pricing, yaml_text

ABOUT_THE_ROW = {"checked", "sources", "note"}


def lost(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The price periods of `old` that `new` lacks or prices otherwise."""
    now = {(model["id"], row.get("since")): _prices(row) for model in new["models"] for row in model["prices"]}
    return [
        f"{model['id']} from {row.get('since') or 'release'}"
        for model in old["models"]
        for row in model["prices"]
        if now.get((model["id"], row.get("since"))) != _prices(row)
    ]


def _prices(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ABOUT_THE_ROW}


def table(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"models": [{"id": "m", "prices": list(rows)}]}


FIRST = {"usd_per_mtok": {"input": 2}, "checked": "2026-01-01", "sources": ["a"]}


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(table(FIRST), [], id="unchanged"),
        pytest.param(table({**FIRST, "checked": "2026-02-01", "note": "seen again"}), [], id="checked again"),
        pytest.param(table(FIRST, {**FIRST, "since": "2026-03-01"}), [], id="a new period"),
        pytest.param(table({**FIRST, "usd_per_mtok": {"input": 1}}), ["m from release"], id="an edited price"),
        pytest.param(table({**FIRST, "since": "2026-03-01"}), ["m from release"], id="a dropped period"),
        pytest.param({"models": []}, ["m from release"], id="a dropped model"),
    ],
)
def test_edits_of_the_past_are_seen(new: dict[str, Any], expected: list[str]) -> None:
    """A period may be looked at again and followed by others, but not changed or dropped."""
    assert lost(table(FIRST), new) == expected


def test_the_table_only_grew_since_the_last_release() -> None:
    """Every period of the last tagged version is still there, at the same prices."""
    root = Path(__file__).parents[2]
    tag = _git(root, "describe", "--tags", "--abbrev=0")
    released = tag and _git(root, "show", f"{tag}:pricing.yaml")
    if not released:
        pytest.skip("no release to compare with")
    assert lost(yaml_text.parse(released, "pricing.yaml").value, pricing.bundled_document().value) == []


def _git(root: Path, *arguments: str) -> str:
    try:
        result = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return result.stdout.rstrip("\n") if result.returncode == 0 else ""
