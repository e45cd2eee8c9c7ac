"""The JSON Schemas that editors read are those that the reader holds files to."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from cachecalc.load import pricing
from scripts.write_schemas import DIRECTORY, SCHEMAS, rendered


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_shipped_schema_is_current(name: str) -> None:
    """The file is generated; `python -m scripts.write_schemas` writes it anew."""
    assert (DIRECTORY / name).read_text(encoding="utf-8") == rendered(SCHEMAS[name])


def errors(name: str, value: Any) -> list[str]:
    validator = jsonschema_rs.validator_for(json.loads((DIRECTORY / name).read_text(encoding="utf-8")))
    return [error.message for error in validator.iter_errors(json.loads(json.dumps(value, default=float)))]


def test_the_bundled_table_satisfies_its_schema() -> None:
    """What an editor says of pricing.yaml is what the reader says of it: nothing."""
    assert errors("pricing.schema.json", pricing.bundled_document().value) == []


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"version": 2}, id="version"),
        pytest.param({"version": 1, "discounts": {"openai": 15}}, id="discount beyond all"),
        pytest.param({"version": 1, "models": [{"id": "gpt-5", "priices": []}]}, id="unknown key"),
    ],
)
def test_an_editor_sees_faults_as_well(value: dict[str, Any]) -> None:
    """A user's own file is checked while it is written."""
    assert errors("own-pricing.schema.json", {"version": 1}) == []
    assert errors("own-pricing.schema.json", value) != []
