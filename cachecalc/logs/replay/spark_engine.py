"""Spark: the same queries, for logs that lie in a lake.

A session that is there already (a notebook, `spark-submit`) is used as it is, so its master, its packages and its
credentials hold; otherwise one is started, as the usual configuration files say, or on this machine.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cachecalc.core.problem import InputError, Problem
from cachecalc.logs.replay import ingest
from cachecalc.logs.replay.engine import Source
from cachecalc.logs.traces import forms

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_KINDS = {
    "VARCHAR": "STRING",
    "BIGINT[]": "ARRAY<BIGINT>",
    "STRUCT(pos BIGINT, before BIGINT, lo BIGINT, last BIGINT)[]": (
        "ARRAY<STRUCT<pos: BIGINT, before: BIGINT, lo: BIGINT, last: BIGINT>>"
    ),
}
_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}

_LOCAL = {
    "spark.master": "local[*]",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
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
    own = _QUIET | {"spark.driver.memory": memory.lower().removesuffix("b"), "spark.local.dir": str(folder)}
    if "SPARK_CONF_DIR" not in os.environ and "SPARK_REMOTE" not in os.environ:
        own |= _LOCAL
    for name, value in own.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkException as error:
        raise InputError(f"Spark does not start: {error}", help="it needs Java 17 or later") from None


@dataclass(frozen=True, slots=True)
class Spark:
    session: SparkSession
    kept: dict[str, DataFrame] = field(default_factory=dict)

    def keys(self, path: str) -> Collection[str]:
        return self.session.read.parquet(path).columns

    def read(self, sources: Sequence[Source], marks: Sequence[int]) -> None:
        from pyspark.sql import DataFrame
        from pyspark.sql.functions import lit, monotonically_increasing_id

        parts = (self._records(source, marks).withColumn("file", lit(file)) for file, source in enumerate(sources))
        together = functools.reduce(DataFrame.unionByName, parts)
        self._keep("records", together.withColumn("row", monotonically_increasing_id()))

    def _records(self, source: Source, marks: Sequence[int]) -> DataFrame:
        if source.form is forms.RUNS:
            kinds = {name: _KINDS.get(kind, kind) for name, kind in ingest.COLUMNS.items() if name != "fault"}
            return self.session.sql(ingest.whole(self._relation(source, kinds)))
        kinds = dict.fromkeys(forms.COLUMNS, "DOUBLE") | {"hash_ids": "ARRAY<BIGINT>"}
        block = source.block or source.form.block
        sql = ingest.hashed(self._relation(source, kinds), block, source.form.ticks, marks, ingest.SPARK)
        return self.session.sql(sql)

    def _relation(self, source: Source, kinds: dict[str, str]) -> str:
        """A query for the columns of a file, as the kinds given."""
        from pyspark.errors import PySparkException

        try:
            frame = self._parquet(source, kinds) if source.is_parquet else self._json(source, kinds)
        except PySparkException as error:
            raise InputError([Problem(f"cannot be read: {str(error).splitlines()[0]}", source.name)]) from None
        name = f"source_{len(self.kept)}_{abs(hash(source))}"
        frame.createOrReplaceTempView(name)
        return f"SELECT * FROM {name}"

    def _json(self, source: Source, kinds: dict[str, str]) -> DataFrame:
        schema = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        return self.session.read.schema(schema).json(source.path)

    def _parquet(self, source: Source, kinds: dict[str, str]) -> DataFrame:
        frame = self.session.read.parquet(source.path)
        known = set(frame.columns)
        columns = (f"CAST({name if name in known else 'NULL'} AS {kind}) AS {name}" for name, kind in kinds.items())
        return frame.selectExpr(*columns)

    def define(self, name: str, sql: str) -> None:
        self._keep(name, self.session.sql(sql))

    def _keep(self, name: str, frame: DataFrame) -> None:
        from pyspark import StorageLevel

        self.kept[name] = frame.persist(StorageLevel.MEMORY_AND_DISK)
        frame.createOrReplaceTempView(name)

    def view(self, name: str, sql: str) -> None:
        self.session.sql(sql).createOrReplaceTempView(name)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def progress(self) -> float | None:
        return None

    def close(self) -> None:
        for frame in self.kept.values():
            frame.unpersist()
