"""Write the JSON Schemas that are shipped: `python -m scripts.write_schemas`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

import cachecalc
from cachecalc.load.pricing_schema import OwnPricing, PricingFile
from cachecalc.load.profile_schema import ProfileSpec
from cachecalc.report.bill_document import BillReport
from cachecalc.report.compare_document import CompareReport
from cachecalc.report.diff_document import DiffReport
from cachecalc.report.estimate_document import EstimateReport
from cachecalc.report.lint_document import LintDocument
from cachecalc.report.plan_document import PlansReport
from cachecalc.report.replay_document import ReplayReport

DIRECTORY = Path(cachecalc.__file__).parent / "schema"
SCHEMAS: dict[str, Any] = {
    "pricing.schema.json": PricingFile,
    "own-pricing.schema.json": OwnPricing,
    "profile.schema.json": ProfileSpec,
    "estimate.schema.json": EstimateReport,
    "compare.schema.json": CompareReport,
    "plan.schema.json": PlansReport,
    "diff.schema.json": DiffReport,
    "lint.schema.json": LintDocument,
    "replay.schema.json": ReplayReport,
    "bill.schema.json": BillReport,
}


def rendered(schema: Any) -> str:
    """The JSON Schema of a file kind as it is shipped."""
    body = TypeAdapter(schema).json_schema()
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **body}, indent=2) + "\n"


def main() -> None:
    for name, schema in SCHEMAS.items():
        (DIRECTORY / name).write_text(rendered(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
