"""YAML (and so JSON) with the place of every value, and nothing that can run or explode.

Scalars follow YAML 1.2: `off`, `no` and `12:30` are text, numbers are exact Decimals. Tags, duplicate keys, merge keys
and recursive aliases are refused. Positions survive validation, so a wrong value is reported where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from cachecalc.core.problem import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from pydantic import BaseModel

    Schema = TypeVar("Schema", bound=BaseModel)

Path = tuple[str | int, ...]

MAX_DEPTH = 100
MAX_REPEATS = 20_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: plain values, and for each path into them the node it was read from."""

    value: Any
    source: str
    path: str
    nodes: Mapping[Path, yaml.Node]

    def problem(self, at: Path, message: str, help: str = "") -> Problem:
        """A fault at a path, or at the nearest path above it that has a place."""
        while at and at not in self.nodes:
            at = at[:-1]
        mark = self.nodes[at].start_mark
        return Problem(message, self.path, mark.line + 1, mark.column + 1, help)


def parse(source: str, path: str) -> Document:
    """Read one YAML document. Raises InputError with every fault found."""
    document, faults = compose(source, path)
    if faults:
        raise InputError(faults)
    return document


def read(source: str, path: str, schema: type[Schema]) -> tuple[Document, Schema]:
    """Read a document and validate it. Raises InputError with the faults of both steps together."""
    document, faults = compose(source, path)
    try:
        found = validate(document, schema)
    except InputError as error:
        known = {(fault.line, fault.column) for fault in faults}
        others = [problem for problem in error.problems if (problem.line, problem.column) not in known]
        raise InputError(sorted([*faults, *others], key=lambda fault: (fault.line, fault.column))) from None
    if faults:
        raise InputError(faults)
    return document, found


def validate(document: Document, schema: type[Schema]) -> Schema:
    """The document as `schema`. Raises InputError with every fault, each at its line and column."""
    from pydantic import ValidationError

    try:
        return schema.model_validate(document.value)
    except ValidationError as error:
        raise InputError([_as_problem(document, schema, fault) for fault in error.errors()]) from None


def compose(source: str, path: str) -> tuple[Document, list[Problem]]:
    """The document, and the values in it that cannot be used. Raises InputError where it is no YAML at all."""
    try:
        _check_depth(source)
        root = yaml.compose(source, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise InputError([_syntax_problem(error, path)]) from None
    if root is None:
        raise InputError([Problem("the file is empty", path)])
    reader = _Reader(path)
    return Document(reader.read(root, ()), source, path, reader.nodes), reader.problems


def _check_depth(source: str) -> None:
    """The composer recurses, so depth is measured first, on the flat stream of events."""
    depth = 0
    for event in yaml.parse(source, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(None, None, f"nested deeper than {MAX_DEPTH} levels", mark)


class _Reader:
    """Turns nodes into plain values, noting each node's place and every fault on the way."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.nodes: dict[Path, yaml.Node] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._seen: set[int] = set()
        self._repeats = 0

    def read(self, node: yaml.Node, at: Path) -> Any:
        self._repeats += id(node) in self._seen
        self._seen.add(id(node))
        if self._repeats > MAX_REPEATS:
            raise InputError([*self.problems, self._problem(node, "aliases expand to too many values")])
        self.nodes[at] = node
        if id(node) in self._open:
            return self._refuse(node, "an alias that contains itself")
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            return self._refuse(node, f"the tag {node.tag} is not allowed", "write a plain value")
        self._open.add(id(node))
        try:
            return self._value(node, at)
        finally:
            self._open.discard(id(node))

    def _value(self, node: yaml.Node, at: Path) -> Any:
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, at))
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*at, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return node.value if node.style else self._plain(node)

    def _pairs(self, node: yaml.MappingNode, at: Path) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(key, "a key must be a word")
                continue
            if key.value in seen:
                self._refuse(key, f"the key {key.value!r} stands here twice", "keep one of them")
            seen.add(key.value)
            yield key.value, self.read(value, (*at, key.value))
            self.nodes[(*at, key.value, "")] = key

    def _plain(self, node: yaml.ScalarNode) -> Any:
        text = node.value
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.match(text):
            return int(text) if len(text) <= 40 else self._refuse(node, "the number is too large")
        if _NUMBER.match(text):
            return self._decimal(node)
        if text.lower() in {".nan", ".inf", "-.inf", "+.inf", "nan", "inf", "infinity", "-inf"}:
            return self._refuse(node, f"{text} is not a number that can be used")
        return text

    def _decimal(self, node: yaml.ScalarNode) -> Any:
        number = Decimal(node.value)
        if number and not -40 <= number.adjusted() <= 40:
            return self._refuse(node, f"{node.value} is too large or too small to be meant")
        return number

    def _refuse(self, node: yaml.Node, message: str, help: str = "") -> None:
        self.problems.append(self._problem(node, message, help))

    def _problem(self, node: yaml.Node, message: str, help: str = "") -> Problem:
        mark = node.start_mark
        return Problem(message, self.path, mark.line + 1, mark.column + 1, help)


def _syntax_problem(error: yaml.YAMLError, path: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return Problem(f"not valid YAML: {what}", path, line, column)


def _as_problem(document: Document, schema: type[BaseModel], fault: Any) -> Problem:
    """A pydantic fault as a sentence at its place. Union tags in its location are not keys of the file."""
    at = tuple(step for step in fault["loc"] if _is_step(document, step))
    if fault["type"] == "extra_forbidden":
        key = str(fault["loc"][-1])
        return document.problem((*at, ""), f"unknown key {key!r}", did_you_mean(key, _known_keys(schema)))
    if fault["type"] == "missing":
        return document.problem(at, f"the key {fault['loc'][-1]!r} is missing")
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    plainly = _PLAINLY.get(fault["type"])
    plain = plainly.format(**(fault.get("ctx") or {})) if plainly else message[0].lower() + message[1:]
    return document.problem(at, plain)


_PLAINLY = {
    "dict_type": "this must be keys with values",
    "model_type": "this must be keys with values",
    "list_type": "this must be a list",
    "string_type": "this must be text",
    "int_type": "this must be a whole number",
    "int_parsing": "this must be a whole number",
    "int_from_float": "this must be a whole number",
    "float_type": "this must be a number",
    "float_parsing": "this must be a number",
    "decimal_type": "this must be a number",
    "decimal_parsing": "this must be a number",
    "bool_type": "this must be true or false",
    "greater_than": "this must be more than {gt}",
    "greater_than_equal": "this must be at least {ge}",
    "less_than": "this must be less than {lt}",
    "less_than_equal": "this must be at most {le}",
    "literal_error": "this must be {expected}",
    "too_short": "at least {min_length} must be given",
}


def _is_step(document: Document, step: str | int) -> bool:
    return isinstance(step, int) or any(step in path for path in document.nodes)


def _known_keys(schema: type[BaseModel]) -> set[str]:
    """Every key the schema knows anywhere: enough for a did-you-mean, without walking unions."""
    definitions = schema.model_json_schema()
    tables = [definitions, *definitions.get("$defs", {}).values()]
    return {key for table in tables for key in table.get("properties", {})}
