"""`[tool.cachecalc]` of a pyproject.toml, or a cachecalc.toml: the options a project fixes for everyone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from cachecalc.core.finding import Level
from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.core.prompt import Confidence
from cachecalc.load.files import read_text

NAMES = ("cachecalc.toml", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Config:
    """Options as a file gives them; None or empty where it is silent. File names in it are relative to `directory`."""

    directory: Path = Path()
    path: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    confidence: Confidence | None = None
    fail_on: str | None = None
    min_usd: Decimal | None = None
    fail_over_usd: Decimal | None = None
    model: str | None = None
    traffic: str | None = None
    workload: str | None = None
    pricing: str | None = None
    baseline: str | None = None


def discover(start: Path) -> Config:
    """The nearest configuration at or above `start`: a cachecalc.toml, or a pyproject.toml with a `[tool.cachecalc]`
    table. Raises InputError where it is not valid."""
    real = start.resolve()
    for directory in (real, *real.parents):
        for name in NAMES:
            if (directory / name).is_file():
                config = _load(directory / name, required=False)
                if config is not None:
                    return config
    return Config()


def load(path: Path) -> Config:
    """The configuration in a file the user named. Raises InputError where it is not valid, or holds none."""
    config = _load(path, required=True)
    assert config is not None
    return config


def _load(path: Path, *, required: bool) -> Config | None:
    text = read_text(str(path))
    if not required and path.name == "pyproject.toml" and "tool.cachecalc" not in text:
        return None
    document = _parse(text, str(path))
    table = document.get("tool", {}).get("cachecalc") if path.name == "pyproject.toml" else document
    if table is None:
        if required:
            raise InputError([Problem("no [tool.cachecalc] table", str(path))])
        return None
    return _read(table, text, path)


def _parse(text: str, path: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text.replace("\r\n", "\n"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        line, column = (int(number) for number in (*re.findall(r"\d+", place), "0", "0")[:2])
        raise InputError([Problem(f"not valid TOML: {message[0].lower()}{message[1:]}", path, line, column)]) from None


def _read(table: Any, text: str, path: Path) -> Config:
    if not isinstance(table, dict):
        raise InputError([Problem("[tool.cachecalc] is not a table", str(path))])
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in table.items():
        reader = _READERS.get(key)
        line, column = _place(text, key)
        if reader is None:
            problems.append(Problem(f"unknown key {key!r}", str(path), line, column, did_you_mean(key, _READERS)))
            continue
        try:
            values[key.replace("-", "_")] = reader(value)
        except ValueError as error:
            problems.append(Problem(f"{key}: {error}", str(path), line, column))
    if problems:
        raise InputError(problems)
    return Config(path.parent, str(path), **values)


def _place(text: str, key: str) -> tuple[int, int]:
    """Where a key of our table stands; TOML's parser does not say. The table's own header is the fallback."""
    inside, header = "tool.cachecalc" not in text, (0, 0)
    for number, line in enumerate(text.splitlines(), 1):
        opened = re.match(r"\s*\[+([^\]]*)\]", line)
        if opened:
            name = re.sub(r"[\s\"']", "", opened[1])
            if name.removeprefix("tool.cachecalc.") == key:
                return number, line.index("[") + 1
            inside = name == "tool.cachecalc"
            header = (number, 1) if inside else header
        found = re.match(rf"\s*([\"']?){re.escape(key)}\1\s*[.=]", line)
        if inside and found:
            return number, len(line) - len(line.lstrip()) + 1
    return header


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ValueError("a list of strings is wanted")


def _word(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError("a string is wanted")


def _ignores_by_pattern(value: Any) -> dict[str, tuple[str, ...]]:
    if isinstance(value, dict):
        return {pattern: _words(rules) for pattern, rules in value.items()}
    raise ValueError('a table is wanted, like {"tests/**" = ["clock-in-prefix"]}')


def _usd(value: Any) -> Decimal:
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite() and value >= 0:
        return Decimal(value)
    raise ValueError("a number of US dollars, 0 or more, is wanted")


def _one_of(words: Iterator[str]) -> Any:
    known = tuple(words)

    def read(value: Any) -> str:
        if value in known:
            return str(value)
        raise ValueError(f"one of {', '.join(known)} is wanted")

    return read


_confidence_word = _one_of(level.name.lower() for level in Confidence)


def _confidence(value: Any) -> Confidence:
    return Confidence[_confidence_word(value).upper()]


_READERS = {
    "select": _words,
    "ignore": _words,
    "per-path-ignores": _ignores_by_pattern,
    "exclude": _words,
    "confidence": _confidence,
    "fail-on": _one_of(word for word in (*(level.name.lower() for level in Level), "never")),
    "min-usd": _usd,
    "fail-over-usd": _usd,
    "model": _word,
    "traffic": _word,
    "workload": _word,
    "pricing": _word,
    "baseline": _word,
}
"""Every key, and how its value is read."""

KEYS = tuple(_READERS)
