"""The document of a measured response cache, from which every format is rendered.

Queries are quoted here and nowhere else: secrets are blotted out, what could steer a terminal is made visible.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cachecalc.core.imported import Imported
from cachecalc.core.memo import Measurement, Tally
from cachecalc.core.near_match import suspicions
from cachecalc.core.secrets import redact
from cachecalc.report.cells import csv_cell
from cachecalc.report.memo_document import (
    Duplicate,
    ExactRow,
    MemoReport,
    NearMatch,
    ProfileMemo,
    SemanticReport,
    ThresholdRow,
)
from cachecalc.report.terminal import visible

VERSION, KIND = 1, "memo"
LONGEST = 120
"""Characters of a query that are shown."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A hit of a semantic cache: the query, the one whose answer it would get, and their cosine."""

    query: str
    match: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Semantic:
    """The hits at each threshold, for the `asked` among the first `queries`."""

    encoder: str
    asked: int
    queries: int
    hits: Mapping[float, Sequence[Pair]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the profile's numbers rest on: a tally, its lifetime's label, and either a `threshold` or the greatest share
    of likely wrong hits (`most_wrong`) that the lowest threshold may have. `samples` and `duplicates` are how many are
    shown."""

    tally: Tally
    ttl: str | None = None
    threshold: float | None = None
    most_wrong: float = 0.02
    samples: int = 10
    duplicates: int = 10
    notes: tuple[str, ...] = field(default=())


def document(measured: Measurement, imported: Imported, choice: Choice, semantic: Semantic | None) -> MemoReport:
    """The report of a query log."""
    found = _semantic(semantic, choice) if semantic else None
    memo = _memo(choice, found)
    return {
        "version": VERSION,
        "kind": KIND,
        "queries": measured.queries,
        "exact": [_exact(tally) for tally in measured.tallies if tally.queries],
        "chosen": _exact(choice.tally),
        "duplicates": [
            Duplicate(text=shown(repeat.text), count=repeat.count, spellings=len(repeat.spellings))
            for repeat in measured.duplicates(choice.duplicates)
        ],
        "semantic": found,
        "memo": memo,
        "profile": _lines(memo, found, choice),
        "notes": [*_notes(measured, imported), *choice.notes],
    }


def shown(text: str) -> str:
    """A query on one line, cut, safe to print."""
    text = visible(redact(text))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _exact(tally: Tally) -> ExactRow:
    variant = tally.variant
    return {
        "normalisation": variant.normalisation,
        "scope": variant.scope,
        "sharing": variant.sharing,
        "ttl": tally.ttl,
        "queries": tally.queries,
        "hits": tally.hits,
        "share": tally.share,
    }


def _semantic(semantic: Semantic, choice: Choice) -> SemanticReport:
    flags = {
        threshold: [suspicions(pair.query, pair.match) for pair in pairs] for threshold, pairs in semantic.hits.items()
    }
    rows = [_threshold(threshold, flags[threshold], semantic.queries) for threshold in sorted(semantic.hits)]
    chosen = _chosen(rows, choice)
    return {
        "encoder": semantic.encoder,
        "asked": semantic.asked,
        "queries": semantic.queries,
        "threshold": chosen,
        "thresholds": rows,
        "samples": _samples(semantic, chosen, choice.samples),
    }


def _threshold(threshold: float, flags: Sequence[tuple[str, ...]], queries: int) -> ThresholdRow:
    wrong = sum(map(bool, flags))
    return {
        "threshold": threshold,
        "hits": len(flags),
        "share": len(flags) / queries if queries else 0.0,
        "likely_wrong": wrong,
        "likely_wrong_share": wrong / len(flags) if flags else 0.0,
        "reasons": dict(Counter(reason for reasons in flags for reason in reasons).most_common()),
    }


def _chosen(rows: Sequence[ThresholdRow], choice: Choice) -> float | None:
    if choice.threshold is not None:
        return choice.threshold
    safe = [row["threshold"] for row in rows if row["hits"] and row["likely_wrong_share"] <= choice.most_wrong]
    return min(safe, default=None)


def _samples(semantic: Semantic, chosen: float | None, most: int) -> list[NearMatch]:
    """Some hits, each pair of texts once, half of them likely wrong if there are as many: the same on every run."""
    hits = semantic.hits[max(semantic.hits) if chosen is None else chosen] if semantic.hits else ()
    pairs = list({frozenset((hit.query, hit.match)): hit for hit in hits}.values())
    picks = random.Random(0)  # noqa: S311  # a sample to look at, the same each time
    flagged = [pair for pair in pairs if suspicions(pair.query, pair.match)]
    plain = [pair for pair in pairs if not suspicions(pair.query, pair.match)]
    wrong = picks.sample(flagged, min(len(flagged), max(most - len(plain), (most + 1) // 2)))
    taken = [*wrong, *picks.sample(plain, min(len(plain), most - len(wrong)))]
    return [
        NearMatch(
            query=shown(pair.query),
            match=shown(pair.match),
            cosine=round(pair.cosine, 4),
            suspicions=list(suspicions(pair.query, pair.match)),
        )
        for pair in sorted(taken, key=lambda pair: pair.cosine)
    ]


def _memo(choice: Choice, found: SemanticReport | None) -> ProfileMemo:
    row = next((row for row in found["thresholds"] if row["threshold"] == found["threshold"]), None) if found else None
    return {
        "exact": round(choice.tally.share, 4),
        "semantic": round(row["share"], 4) if row else 0.0,
        "ttl": choice.ttl,
        "wrong_answer_rate": round(row["likely_wrong_share"], 4) if row else 0.0,
    }


def _lines(memo: ProfileMemo, found: SemanticReport | None, choice: Choice) -> str:
    """YAML for a workload of a profile."""
    variant = choice.tally.variant
    lines = [
        "memo:",
        f"  exact: {memo['exact']}    # measured: {variant.scope}, {variant.normalisation}, {variant.sharing}",
    ]
    if found and found["threshold"] is not None:
        lines.append(f"  semantic: {memo['semantic']}    # measured: {found['encoder']} at {found['threshold']:g}")
        lines.append(f"  wrong_answer_rate: {memo['wrong_answer_rate']}    # hits that are likely wrong by their texts")
    else:
        why = "no threshold is safe enough" if found else "not measured"
        lines.append(f"  semantic: 0    # {why}")
    return "\n".join([*lines, *([f"  ttl: {memo['ttl']}"] if memo["ttl"] else [])]) + "\n"


def _notes(measured: Measurement, imported: Imported) -> list[str]:
    notes = [
        f"{met.count:,} entries skipped: {reason} ({visible(met.place)})" for reason, met in imported.skipped.items()
    ]
    if 0 < measured.untimed < measured.queries:
        notes.append(f"{measured.untimed:,} queries have no time and are left out of the lifetimes")
    if measured.late:
        notes.append(f"{measured.late:,} queries came out of order; their distance in time was taken as it is")
    evicted = max((tally.evicted for tally in measured.tallies), default=0)
    if evicted:
        notes.append(f"a cache of 1,000,000 entries was measured; {evicted:,} were evicted")
    return notes


def as_csv(report: MemoReport) -> str:
    """One row for each way to key the cache and for each threshold."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "kind",
            "normalisation",
            "scope",
            "sharing",
            "ttl",
            "threshold",
            "queries",
            "hits",
            "share",
            "likely_wrong_share",
        ]
    )
    for row in report["exact"]:
        ttl = "" if row["ttl"] is None else f"{row['ttl']:g}"
        cells = [
            row["normalisation"],
            row["scope"],
            row["sharing"],
            ttl,
            "",
            row["queries"],
            row["hits"],
            row["share"],
            "",
        ]
        writer.writerow(["exact", *(csv_cell(str(cell)) for cell in cells)])
    semantic = report["semantic"]
    for near in semantic["thresholds"] if semantic else ():
        queries = semantic["queries"] if semantic else 0
        writer.writerow(
            [
                "semantic",
                "",
                "",
                "",
                "",
                near["threshold"],
                queries,
                near["hits"],
                near["share"],
                near["likely_wrong_share"],
            ]
        )
    return out.getvalue()
