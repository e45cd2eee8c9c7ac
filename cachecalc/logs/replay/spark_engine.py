"""Spark: the same queries, for logs that lie in a lake.

A session that is there already (a notebook, `spark-submit`) is used as it is, so its master, its packages and its
credentials hold; otherwise one is started, as the usual configuration files say, or on this machine.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cachecalc.core.problem import InputError, Problem
from cachecalc.logs.replay import ingest
from cachecalc.logs.replay.engine import Source
from cachecalc.logs.traces import forms

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

T = TypeVar("T")
_HEAD = 20

_KINDS = {
    "VARCHAR": "STRING",
    "BIGINT[]": "ARRAY<BIGINT>",
    "STRUCT(pos BIGINT, before BIGINT, lo BIGINT, last BIGINT)[]": (
        "ARRAY<STRUCT<pos: BIGINT, before: BIGINT, lo: BIGINT, last: BIGINT>>"
    ),
}
_CONFIGURED = frozenset({"SPARK_CONF_DIR", "SPARK_REMOTE", "PYSPARK_GATEWAY_PORT"})
"""Variables that tell of a Spark of the user's own; the last is what `spark-submit` sets."""

_LOCAL = {
    "spark.master": "local[*]",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": "8",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


@contextmanager
def connected(folder: Path, memory: str) -> Iterator[Spark]:
    with session(folder, memory) as running:
        engine = Spark(running)
        try:
            yield engine
        finally:
            engine.close()


@contextmanager
def session(folder: Path, memory: str) -> Iterator[SparkSession]:
    """The session that is there, or one that ends with the block."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise InputError("this engine needs Spark", help="pip install 'cachecalc[spark]'") from None
    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    started = _started(folder, memory)
    try:
        yield started
    finally:
        started.stop()


def _started(folder: Path, memory: str) -> SparkSession:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("cachecalc replay")
    own = _LOCAL | {"spark.driver.memory": memory.lower().removesuffix("b"), "spark.local.dir": str(folder)}
    for name, value in own.items() if _CONFIGURED.isdisjoint(os.environ) else ():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkException as error:
        raise InputError(f"Spark does not start: {error}", help="it needs Java 17 or later") from None


@dataclass(frozen=True, slots=True)
class Spark:
    session: SparkSession
    kept: dict[str, DataFrame] = field(default_factory=dict)

    def columns(self, path: str) -> Mapping[str, str]:
        return dict(_reading(path, lambda: self.session.read.parquet(path).dtypes))

    def head(self, address: str) -> list[bytes]:
        rows = _reading(address, lambda: self.session.read.text(address).take(_HEAD))
        return [row.value.encode() for row in rows]

    def read(self, sources: Sequence[Source], marks: Sequence[int]) -> None:
        from pyspark.sql import DataFrame
        from pyspark.sql.functions import lit, monotonically_increasing_id

        parts = []
        for file, source in enumerate(sources):
            _reading(source.name, functools.partial(self._frame, source)).createOrReplaceTempView(f"source_{file}")
            parts.append(self.session.sql(_records(source, f"source_{file}", marks)).withColumn("file", lit(file)))
        together = functools.reduce(DataFrame.unionByName, parts)
        self._keep("records", together.withColumn("row", monotonically_increasing_id()))

    def _frame(self, source: Source) -> DataFrame:
        kinds = _kinds(source)
        if source.columns is not None:
            return self.session.read.parquet(source.path).selectExpr(*ingest.columns(source, kinds, ingest.SPARK))
        schema = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        return self.session.read.schema(schema).json(source.path)

    def define(self, name: str, sql: str) -> None:
        self._keep(name, self.session.sql(sql))

    def _keep(self, name: str, frame: DataFrame) -> None:
        from pyspark import StorageLevel

        self.kept[name] = frame.persist(StorageLevel.MEMORY_AND_DISK)
        frame.createOrReplaceTempView(name)

    def view(self, name: str, sql: str) -> None:
        self.session.sql(sql).createOrReplaceTempView(name)

    def forget(self, *names: str) -> None:
        """Later tables are computed from earlier ones, possibly more than once, so all are kept to the end."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def progress(self) -> float | None:
        return None

    def close(self) -> None:
        for frame in self.kept.values():
            frame.unpersist()


def _kinds(source: Source) -> dict[str, str]:
    """The columns of a source's form, and their types."""
    if source.form is forms.RUNS:
        return {name: _KINDS.get(kind, kind) for name, kind in ingest.COLUMNS.items() if name != "fault"}
    ids = "ARRAY<STRING>" if source.has_names else "ARRAY<BIGINT>"
    return dict.fromkeys(forms.COLUMNS, "DOUBLE") | {"hash_ids": ids}


def _records(source: Source, view: str, marks: Sequence[int]) -> str:
    relation = f"SELECT * FROM {view}"
    if source.form is forms.RUNS:
        return ingest.whole(relation)
    if source.has_names:
        relation = ingest.numbered(relation, ingest.SPARK)
    return ingest.hashed(relation, source.block, source.form.ticks, marks, ingest.SPARK)


def _reading(name: str, read: Callable[[], T]) -> T:
    """What `read` returns; a fault of Spark's is one of the log called `name`."""
    from pyspark.errors import PySparkException

    try:
        return read()
    except PySparkException as error:
        raise InputError([Problem(f"cannot be read: {str(error).splitlines()[0]}", name)]) from None
