"""Is a log a block-hash trace, or a log of requests?"""

from __future__ import annotations

from collections.abc import Iterable

from cachecalc.core.problem import InputError, Problem
from cachecalc.logs import open as opening
from cachecalc.logs.traces import forms


def split(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The traces and the logs of requests among files, folders, standard input and addresses (which only traces have).

    Raises InputError for what is not there or cannot be read.
    """
    names = list(names)
    traces = [name for name in names if "://" in name]
    logs: list[str] = []
    problems: list[Problem] = []
    for name in opening.files(name for name in names if "://" not in name):
        try:
            (traces if _is_trace(name) else logs).append(name)
        except OSError as error:
            problems.append(Problem(f"cannot be read: {error.strerror or error}", name))
    if problems and not traces and not logs:
        raise InputError(problems)
    return traces, logs


def _is_trace(name: str) -> bool:
    """By the keys that stand in the first bytes."""
    head = opening.head(name)
    if head.startswith(b"PAR1"):
        return _is_parquet_trace(name)
    return any(all(f'"{key}"'.encode() in head for key in form.keys) for form in forms.FORMS)


def _is_parquet_trace(name: str) -> bool:
    try:
        import duckdb
    except ImportError:
        raise InputError("Parquet files need the logs extra", help="pip install 'cachecalc[logs]'") from None
    with duckdb.connect() as connection:
        try:
            columns = connection.execute("describe select * from read_parquet(?)", [name]).fetchall()
        except duckdb.Error:
            return False
    return forms.of_keys([str(row[0]) for row in columns]) is not None
