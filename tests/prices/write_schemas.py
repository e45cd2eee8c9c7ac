"""Write the JSON Schemas that are shipped for price files: `python -m tests.prices.write_schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

import cachecalc
from cachecalc.load.pricing_schema import OwnPricing, PricingFile

DIRECTORY = Path(cachecalc.__file__).parent / "schema"
SCHEMAS: dict[str, type[BaseModel]] = {
    "pricing.schema.json": PricingFile,
    "own-pricing.schema.json": OwnPricing,
}


def rendered(schema: type[BaseModel]) -> str:
    """The JSON Schema of a file kind as it is shipped."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema.model_json_schema()}
    return json.dumps(document, indent=2) + "\n"


def main() -> None:
    for name, schema in SCHEMAS.items():
        (DIRECTORY / name).write_text(rendered(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
