"""The tables `records` and `requests` as SQL: every record of a log in one form, with what is wrong with it.

Here, and only here, DuckDB and Spark are told apart: they write functions over arrays differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cachecalc.logs.replay.engine import Source
from cachecalc.logs.replay.query import MICROSECONDS
from cachecalc.logs.traces.sessions import MAX_SECONDS, MAX_TOKENS

FAULTS = {
    "unreadable": "not a JSON object with the keys of a trace",
    "incomplete": "no timestamp, input_length or hash_ids that can be read",
    "impossible": "impossible numbers",
    "ids": "block ids that are not 64-bit integers",
}
"""What can be wrong with a record, by the word that stands in the column `fault`."""

COLUMNS = {
    "fault": "VARCHAR",
    "scope": "BIGINT",
    "session": "BIGINT",
    "t": "BIGINT",
    "block": "BIGINT",
    "blocks": "BIGINT",
    "input": "BIGINT",
    "output": "BIGINT",
    "tail": "BIGINT",
    "marks": "BIGINT[]",
    "system": "BIGINT",
    "runs": "STRUCT(pos BIGINT, before BIGINT, lo BIGINT, last BIGINT)[]",
}
"""A record. `scope` is who shares block ids, `session` a conversation, `t` in microseconds; `blocks` counts the full blocks and `tail` is the last
of them; `marks` and `system` (the last mark) are in blocks. A run is `lo`, `lo` + 1, ... `last` at block `pos`, behind
the block `before`."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an engine writes, over the array of integers `ids`: the part of `hash_ids` that are full blocks (`filled` of
    them), whether all ids are usable, at which positions runs start, the runs, and the last id. `numbered` makes
    numbers of ids that are none: 63 bits or more of a hash. `seconds` turns a moment into seconds since 1970."""

    cut: str
    is_sound: str
    starts: str
    runs: str
    tail: str
    size: str
    array: str
    numbered: str
    seconds: str


DUCKDB = Dialect(
    cut="hash_ids[1:filled]",
    is_sound="list_count(ids) = len(ids) AND coalesce(list_max(ids), 0) < 9223372036854775807",
    starts="list_filter(generate_series(1, len(ids)), lambda i: i = 1 OR ids[i] <> ids[i - 1] + 1)",
    runs="list_transform(starts, lambda s, j: {'pos': s - 1, 'before': ids[s - 1], 'lo': ids[s], "
    "'last': ids[coalesce(starts[j + 1] - 1, len(ids))]})",
    tail="ids[-1]",
    size="len",
    array="[{}]::BIGINT[]",
    numbered="list_transform(hash_ids, lambda name: CASE WHEN name IS NOT NULL THEN CAST(hash(name) >> 1 AS BIGINT) END)",
    seconds="epoch_us({}) / 1e6",
)

SPARK = Dialect(
    cut="slice(hash_ids, 1, CAST(filled AS INT))",
    is_sound="NOT exists(ids, i -> i IS NULL) AND coalesce(array_max(ids), 0) < 9223372036854775807",
    starts="filter(sequence(1, size(ids)), i -> size(ids) > 0 AND (i = 1 OR ids[i - 1] <> ids[i - 2] + 1))",
    runs="transform(starts, (s, j) -> named_struct('pos', CAST(s - 1 AS BIGINT), 'before', get(ids, s - 2), "
    "'lo', ids[s - 1], 'last', ids[coalesce(get(starts, j + 1) - 1, size(ids)) - 1]))",
    tail="get(ids, size(ids) - 1)",
    size="size",
    array="CAST(array({}) AS ARRAY<BIGINT>)",
    numbered="transform(hash_ids, name -> CASE WHEN name IS NOT NULL THEN xxhash64(name) END)",
    seconds="unix_micros(CAST({} AS TIMESTAMP)) / 1e6",
)


def columns(source: Source, kinds: Mapping[str, str], dialect: Dialect) -> list[str]:
    """The columns of a Parquet file as the kinds wanted; a moment becomes a timestamp in the ticks of the form."""
    known = source.columns or {}
    found = []
    for name, kind in kinds.items():
        value = name if name in known else "NULL"
        if name == "timestamp" and known.get(name, "").lower().startswith("timestamp"):
            value = f"{dialect.seconds.format(name)} * {source.form.ticks}"
        found.append(f"TRY_CAST({value} AS {kind}) AS {name}")
    return found


def numbered(relation: str, dialect: Dialect) -> str:
    """Mooncake records with numbers for names of blocks."""
    return f"SELECT timestamp, input_length, output_length, {dialect.numbered} AS hash_ids FROM ({relation})"


def hashed(relation: str, block: int, ticks: int, marks: Sequence[int], dialect: Dialect) -> str:
    """Records of the Mooncake form, whose columns `relation` holds, as numbers; `marks` are in tokens, for all alike."""
    depths = sorted({mark // block for mark in marks} - {0})
    reached = [f"CASE WHEN blocks >= {depth} THEN {depth} ELSE 0 END" for depth in depths]
    return f"""
SELECT CASE WHEN fault IS NOT NULL THEN fault WHEN NOT sound THEN 'ids' END AS fault,
       CAST(-{block} AS BIGINT) AS scope, CAST(NULL AS BIGINT) AS session, t, CAST({block} AS BIGINT) AS block, blocks, input, output,
       CASE WHEN sound THEN {dialect.tail} END AS tail,
       {dialect.array.format(", ".join(map(str, depths)))} AS marks,
       CAST({f"greatest(0, {', '.join(reached)})" if reached else "0"} AS BIGINT) AS system,
       CASE WHEN sound THEN {dialect.runs} END AS runs
FROM (SELECT *, CAST({dialect.size}(ids) AS BIGINT) AS blocks, CASE WHEN sound THEN {dialect.starts} END AS starts
      FROM (SELECT *, {dialect.is_sound} AS sound
            FROM (SELECT *, CASE WHEN fault IS NULL THEN {dialect.cut} END AS ids
                  FROM (SELECT *, CAST(floor(input / {block}) AS BIGINT) AS filled
                        FROM ({_numbers(relation, ticks)})))))
"""


def _numbers(relation: str, ticks: int) -> str:
    return f"""
SELECT fault, hash_ids,
       CASE WHEN fault IS NULL THEN CAST(round(timestamp * {MICROSECONDS // ticks}) AS BIGINT) END AS t,
       CASE WHEN fault IS NULL THEN CAST(input_length AS BIGINT) END AS input,
       CASE WHEN fault IS NULL THEN CAST(output_length AS BIGINT) END AS output
FROM (SELECT *, CASE
        WHEN coalesce(timestamp, input_length, output_length) IS NULL AND hash_ids IS NULL THEN 'unreadable'
        WHEN timestamp IS NULL OR input_length IS NULL OR hash_ids IS NULL THEN 'incomplete'
        WHEN abs(timestamp) > {MAX_SECONDS * ticks} OR NOT ({_is_count("input_length")})
             OR NOT ({_is_count("coalesce(output_length, 0)")}) THEN 'impossible'
      END AS fault
      FROM ({relation}))
"""


def _is_count(number: str) -> str:
    return f"{number} BETWEEN 0 AND {MAX_TOKENS} AND {number} = floor({number})"


def whole(relation: str) -> str:
    """Records that come as runs; what is missing makes them unusable."""
    needed = [name for name in COLUMNS if name not in {"fault", "session", "output", "tail"}]
    missing = " OR ".join(f"{name} IS NULL" for name in needed)
    others = ", ".join(name for name in COLUMNS if name != "fault")
    return f"SELECT CASE WHEN {missing} THEN 'unreadable' END AS fault, {others} FROM ({relation})"


REQUESTS = "SELECT * FROM records WHERE fault IS NULL"
FAULTY = "SELECT file, fault, count(*) FROM records WHERE fault IS NOT NULL GROUP BY file, fault ORDER BY file, fault"
RESERVES = {
    "no output_length: kept, with no output tokens": "SELECT count(*) FROM requests WHERE output IS NULL",
    "fewer block ids than full blocks: kept, the rest as sharing nothing": (
        "SELECT count(*) FROM requests WHERE block > 1 AND blocks < floor(input / block)"
    ),
    "equal to an earlier request in every field: kept": """
SELECT coalesce(sum(copies - 1), 0)
FROM (SELECT count(*) AS copies FROM requests GROUP BY scope, t, input, output, blocks, tail HAVING count(*) > 1)
""",
}
"""What is doubtful about requests that are played nevertheless, and how many they are."""
