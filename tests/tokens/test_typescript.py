from __future__ import annotations

from typing import Any

import pytest

from cachecalc.tokens.framing.typescript import function

NESTED: dict[str, Any] = {"type": "string"}
for _ in range(500):
    NESTED = {"type": "array", "items": NESTED}


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        pytest.param({"type": "string"}, "x?: string,", id="string"),
        pytest.param({"type": "integer"}, "x?: number,", id="integer"),
        pytest.param({"type": ["string", "null"]}, "x?: string | null,", id="several types"),
        pytest.param({"enum": ["c", "f"]}, 'x?: "c" | "f",', id="enum"),
        pytest.param({"type": "array", "items": {"type": "boolean"}}, "x?: boolean[],", id="array"),
        pytest.param({"anyOf": [{"type": "string"}, {"type": "number"}]}, "x?: string | number,", id="any of"),
        pytest.param({"type": "string", "default": "a"}, 'x?: string, // default: "a"', id="default"),
        pytest.param({"type": "string", "description": "One\nTwo"}, "// One\n// Two\nx?: string,", id="description"),
        pytest.param({"type": "string", "title": "X"}, "x?: string,", id="title alone"),
        pytest.param(
            {"type": "string", "title": "X", "description": "An x"}, "// X\n// \n// An x\nx?: string,", id="title"
        ),
        pytest.param(
            {"type": "object", "properties": {"y": {"type": "null"}}, "required": ["y"]},
            "x?: {\ny: null,\n},",
            id="object",
        ),
        pytest.param({"type": "object"}, "x?: object,", id="empty object"),
        pytest.param("string", "x?: any,", id="not a schema"),
        pytest.param({"type": "unheard-of"}, "x?: any,", id="unknown type"),
    ],
)
def test_properties(schema: Any, shown: str) -> None:
    """A property is shown as a TypeScript field, what is said of it as comments above."""
    declared = function("f", "", {"type": "object", "properties": {"x": schema}})
    assert declared == f"type f = (_: {{\n{shown}\n}}) => any;\n\n"


def test_function_without_parameters() -> None:
    """A function that takes nothing has empty brackets, and its description stands above it."""
    assert function("now", "The time", {}) == "// The time\ntype now = () => any;\n\n"


@pytest.mark.parametrize("parameters", [None, 3, [], {"properties": 7}, {"properties": {"x": NESTED}}])
def test_nonsense_is_shown_as_any(parameters: Any) -> None:
    """A schema that is none, or nested without end, does not raise."""
    assert function("f", "", parameters).startswith("type f = (")
