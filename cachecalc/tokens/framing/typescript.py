"""Function tools as OpenAI's models read them: a TypeScript namespace, one type a function."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_DEPTH = 40
_PLAIN = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}


def function(name: str, description: str, parameters: Any) -> str:
    """The declaration of one function."""
    fields = "\n".join(_fields(parameters, 0))
    arguments = f"_: {{\n{fields}\n}}" if fields else ""
    return f"{_comment(description)}type {name} = ({arguments}) => any;\n\n"


def _fields(schema: Any, depth: int) -> Iterator[str]:
    """One line for each property, its description above it."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or depth > MAX_DEPTH:
        return
    required = schema.get("required") or ()
    for name, value in properties.items():
        prop = value if isinstance(value, dict) else {}
        optional = "" if name in required else "?"
        default = f", // default: {_literal(prop['default'])}" if "default" in prop else ","
        yield f"{_comment(_said(prop))}{name}{optional}: {_type(prop, depth)}{default}"


def _said(prop: Mapping[str, Any]) -> Any:
    """A property's description, under its title where it has both."""
    title, description = prop.get("title"), prop.get("description")
    return f"{title}\n\n{description}" if isinstance(title, str) and isinstance(description, str) else description


def _comment(text: Any) -> str:
    return "".join(f"// {line}\n" for line in text.splitlines()) if isinstance(text, str) else ""


def _type(schema: Any, depth: int) -> str:
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return "any"
    if isinstance(values := schema.get("enum"), list):
        return " | ".join(map(_literal, values))
    choices = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(choices, list):
        return " | ".join(_type(choice, depth + 1) for choice in choices)
    return _of_kind(schema.get("type"), schema, depth)


def _of_kind(kind: Any, schema: Mapping[str, Any], depth: int) -> str:
    if isinstance(kind, Sequence) and not isinstance(kind, str):
        return " | ".join(_of_kind(one, schema, depth) for one in kind)
    if kind == "array":
        return f"{_type(schema.get('items'), depth + 1)}[]"
    if kind == "object":
        fields = "\n".join(_fields(schema, depth + 1))
        return f"{{\n{fields}\n}}" if fields else "object"
    return _PLAIN.get(str(kind), "any")


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
