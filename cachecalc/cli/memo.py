"""`cachecalc memo`: how much of a query log a response cache would answer, exactly or by meaning."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from cachecalc.cli import output


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class Normalisation(enum.StrEnum):
    NONE = "none"
    TRIM = "trim"
    WHITESPACE = "whitespace"
    CASE = "case"
    PUNCTUATION = "punctuation"


class EncoderName(enum.StrEnum):
    MINILM = "minilm"
    WORDLLAMA = "wordllama"


def memo(
    queries: Annotated[list[str], typer.Argument(help="Query logs: text, CSV, JSON Lines, captures; - for stdin.")],
    key: Annotated[str | None, typer.Option(help="The field that is the query, dotted; else the last message.")] = None,
    timestamp: Annotated[str | None, typer.Option(help="The field with the time; the usual names without it.")] = None,
    tenant: Annotated[str | None, typer.Option(help="The field that says whose query it is.")] = None,
    ttl: Annotated[list[str] | None, typer.Option(help="Lifetimes, 1h,1d; the first is the profile's.")] = None,
    normalise: Annotated[
        Normalisation, typer.Option(help="The key that the profile's share is of.")
    ] = Normalisation.WHITESPACE,
    semantic: Annotated[bool, typer.Option("--semantic/--no-semantic", help="Measure near matches, too.")] = True,
    encoder: Annotated[
        EncoderName | None, typer.Option(help="The embedding model; the best that is installed.")
    ] = None,
    thresholds: Annotated[str, typer.Option(help="Cosines from which a match is a hit.")] = "0.8,0.85,0.9,0.95,0.98",
    threshold: Annotated[float | None, typer.Option(help="The one for the profile; else the lowest safe one.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Distinct queries to compare by meaning.")] = 20_000,
    samples: Annotated[int, typer.Option(min=0, help="Near matches and duplicates to show.")] = 10,
    format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TEXT,
    to: output.OutputOption = None,
) -> None:
    """The measured hit rates of a response cache: exact by kind of key and lifetime, semantic by threshold."""
    from cachecalc.cli import memo_run

    options = memo_run.Options(
        key,
        timestamp,
        tenant,
        tuple(ttl or ()),
        normalise.value,
        semantic,
        encoder.value if encoder else None,
        thresholds,
        threshold,
        limit,
        samples,
    )
    output.write(memo_run.render(memo_run.measure(queries, options), format, to), to)
