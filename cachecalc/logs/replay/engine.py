"""What a replay asks of a database, and the two that answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cachecalc.core.problem import InputError
from cachecalc.logs.traces.forms import Form

DEFAULT_MEMORY = "1GB"


@dataclass(frozen=True, slots=True)
class Source:
    """A plain file of one form. `name` is what the user calls it, `path` where it lies; `block` tokens make a block.

    `columns` are those of a Parquet file, with their types; `has_names` says that block ids are not 64-bit integers.
    """

    name: str
    path: str
    form: Form
    block: int = 0
    columns: Mapping[str, str] | None = None
    has_names: bool = False


class Engine(Protocol):
    """Holds the table `records` and whatever is made from it."""

    def columns(self, path: str) -> Mapping[str, str]:
        """The columns of a Parquet file and their types. Raises InputError where it cannot be read."""

    def head(self, address: str) -> list[bytes]:
        """The first lines of what only the engine can reach. Raises InputError where it cannot."""

    def read(self, sources: Sequence[Source], marks: Sequence[int]) -> None:
        """Fill `records`, in the order of `sources`. `marks`, in tokens, stand where a form has none."""

    def define(self, name: str, sql: str) -> None:
        """Make a table; one of that name gives way."""

    def view(self, name: str, sql: str) -> None:
        """Name a query, which is computed anew wherever it is used."""

    def forget(self, *names: str) -> None:
        """Drop tables that are not needed any more."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    def progress(self) -> float | None:
        """The part of the current statement that is done, in percent; None where the engine does not say."""


def opened(name: str, folder: Path, memory: str = DEFAULT_MEMORY) -> AbstractContextManager[Engine]:
    """The engine called `name`, with `folder` for what does not fit into `memory`."""
    match name:
        case "duckdb":
            from cachecalc.logs.replay import duckdb_engine

            return duckdb_engine.connected(folder, memory)
        case "spark":
            from cachecalc.logs.replay import spark_engine

            return spark_engine.connected(folder, memory)
        case _:
            raise InputError(f"unknown engine {name!r}", help="the engines are duckdb and spark")
