"""DuckDB: in this process, out of core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cachecalc.core.problem import InputError, Problem
from cachecalc.logs.replay import ingest
from cachecalc.logs.replay.engine import Source
from cachecalc.logs.traces import forms

if TYPE_CHECKING:
    import duckdb

_MACROS = (
    "CREATE MACRO explode(list) AS unnest(list)",
    "CREATE MACRO sequence(first, last) AS generate_series(first, last)",
)
"""Spark's words for what DuckDB calls otherwise."""

_TELL_PROGRESS = ("SET enable_progress_bar = true", "SET enable_progress_bar_print = false")


@contextmanager
def connected(folder: Path, memory: str) -> Iterator[DuckDb]:
    try:
        import duckdb
    except ImportError:
        raise InputError("replay needs DuckDB", help="pip install 'cachecalc[logs]'") from None
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(folder),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        connection = duckdb.connect(folder / "replay.duckdb", config=settings)
    except duckdb.Error as error:
        raise InputError(f"DuckDB does not start: {error}") from None
    with connection:
        yield DuckDb(connection)


@contextmanager
def _interruptible() -> Iterator[None]:
    """DuckDB makes errors of its own of a signal that comes while it works."""
    import duckdb

    try:
        yield
    except (RuntimeError, duckdb.InterruptException) as error:
        raise KeyboardInterrupt from error


@dataclass(frozen=True, slots=True)
class DuckDb:
    connection: duckdb.DuckDBPyConnection

    def __post_init__(self) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in ingest.COLUMNS.items())
        for statement in (*_TELL_PROGRESS, *_MACROS, f"CREATE TABLE filed (file BIGINT, {columns})"):
            self.connection.execute(statement)
        self.view("records", "SELECT rowid AS row, * FROM filed")

    def columns(self, path: str) -> Mapping[str, str]:
        import duckdb

        try:
            described = self.connection.execute("DESCRIBE FROM read_parquet(?)", [path]).fetchall()
        except duckdb.Error as error:
            raise InputError([Problem(f"cannot be read: {str(error).splitlines()[0]}", path)]) from None
        return {name: kind for name, kind, *_ in described}

    def head(self, address: str) -> list[bytes]:
        raise InputError([Problem("DuckDB reads files only", address, help="--engine spark reads addresses")])

    def read(self, sources: Sequence[Source], marks: Sequence[int]) -> None:
        import duckdb

        names = ", ".join(ingest.COLUMNS)
        for number, source in enumerate(sources):
            query = self._records(source, marks)
            try:
                with _interruptible():
                    self.connection.execute(f"INSERT INTO filed SELECT {number}, {names} FROM ({query})", [source.path])
            except duckdb.Error as error:
                raise InputError([Problem(f"cannot be read: {str(error).splitlines()[0]}", source.name)]) from None

    def _records(self, source: Source, marks: Sequence[int]) -> str:
        if source.form is forms.RUNS:
            return ingest.whole(self._relation(source, {k: v for k, v in ingest.COLUMNS.items() if k != "fault"}))
        ids = "VARCHAR[]" if source.has_names else "BIGINT[]"
        relation = self._relation(source, dict.fromkeys(forms.COLUMNS, "DOUBLE") | {"hash_ids": ids})
        if source.has_names:
            relation = ingest.numbered(relation, ingest.DUCKDB)
        return ingest.hashed(relation, source.block, source.form.ticks, marks, ingest.DUCKDB)

    def _relation(self, source: Source, kinds: dict[str, str]) -> str:
        if source.columns is not None:
            return f"SELECT {', '.join(ingest.columns(source, kinds, ingest.DUCKDB))} FROM read_parquet(?)"
        columns = ", ".join(f"{name}: '{kind}'" for name, kind in kinds.items())
        return f"FROM read_json(?, format = 'newline_delimited', columns = {{{columns}}}, ignore_errors = true)"

    def define(self, name: str, sql: str) -> None:
        self._run(f"CREATE OR REPLACE TABLE {name} AS {sql}")

    def view(self, name: str, sql: str) -> None:
        self._run(f"CREATE OR REPLACE VIEW {name} AS {sql}")

    def forget(self, *names: str) -> None:
        for name in names:
            self._run(f"DROP TABLE {name}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._run(sql).fetchall()

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        import duckdb

        try:
            with _interruptible():
                return self.connection.execute(sql)
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            what = f"the engine ran out of room: {str(error).splitlines()[0]}"
            raise InputError(what, help="give it more with --memory, or put TMPDIR on a larger disk") from None

    def progress(self) -> float | None:
        import duckdb

        try:
            percent = self.connection.query_progress()
        except duckdb.ConnectionException:  # who watches may ask once more after the end
            return None
        return percent if percent >= 0 else None
