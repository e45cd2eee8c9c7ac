"""Reading logs as they lie about: compressed, piped, in folders, cut short, mixed, hostile."""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.imported import Imported
from cachecalc.core.problem import InputError
from cachecalc.core.record import Record
from cachecalc.logs import importers
from cachecalc.logs import open as opening
from cachecalc.logs.cursor import Cursor
from cachecalc.logs.read import distinct, read_logs, records_in
from tests.logs.samples import CLAUDE_CODE, SAMPLES, Json, lines

PLAIN = lines(SAMPLES["response"].entries).encode()


def read(*names: Path | str, **options: Any) -> tuple[list[Record], Imported]:
    report = Imported()
    return list(read_logs([str(name) for name in names], report, **options)), report


def read_bytes(raw: bytes, name: str = "log.jsonl", source: str | None = None) -> tuple[list[Record], Imported]:
    """As `read`, without a file."""
    at = Cursor(name, Imported())
    return list(records_in(opening.unpacked(io.BytesIO(raw)), at, importers.finder(source, {}))), at.report


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        pytest.param("", lambda raw: raw, id="plain"),
        pytest.param(".gz", gzip.compress, id="gzip"),
        pytest.param(".zst", zstandard.compress, id="zstd"),
        pytest.param(".gz", lambda raw: gzip.compress(raw[:50]) + gzip.compress(raw[50:]), id="gzip in two members"),
        pytest.param(
            ".zst", lambda raw: zstandard.compress(raw[:50]) + zstandard.compress(raw[50:]), id="zstd in two frames"
        ),
        pytest.param("", gzip.compress, id="gzip under a plain name"),
    ],
)
def test_compression_is_seen_by_content(tmp_path: Path, suffix: str, pack: Any) -> None:
    """A packed file reads like the plain one, whatever its name ends in."""
    file = tmp_path / f"log.jsonl{suffix}"
    file.write_bytes(pack(PLAIN))
    records, _ = read(file)
    assert len(records) == 2


@pytest.mark.parametrize("pack", [lambda raw: raw, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, pack: Any) -> None:
    """`-` reads standard input, compressed or not."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(pack(PLAIN)))))
    records, report = read("-")
    assert len(records) == 2
    assert records[0].place == "-:1"
    assert report.files == 1


def test_a_folder_is_all_logs_below_it(tmp_path: Path) -> None:
    """Folders are read in the order of their paths; files of other kinds and hidden ones are passed over."""
    (tmp_path / "a" / ".hidden").mkdir(parents=True)
    for name in ("b.jsonl", "a/x.json.gz", "a/.hidden/y.jsonl", "notes.md"):
        (tmp_path / name).write_bytes(gzip.compress(PLAIN) if name.endswith("gz") else PLAIN)
    records, report = read(tmp_path, source="response")
    assert report.files == 2
    assert [Path(record.path).name for record in records] == ["x.json.gz", "x.json.gz"]
    assert report.merged == 2


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """A file that is named and lies in a named folder counts once, ids or none."""
    file = tmp_path / "log.jsonl"
    file.write_text(lines(SAMPLES["rows"].entries))
    records, report = read(file, tmp_path, file)
    assert (len(records), report.files) == (2, 1)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_file_cut_short_gives_what_is_there(tmp_path: Path, pack: Any) -> None:
    """What a damaged file still holds is read, and the damage is told with its place."""
    rng = random.Random(1)
    many = [{**entry, "noise": rng.random()} for entry in SAMPLES["rows"].entries * 5000]
    file = tmp_path / "log.jsonl.gz"
    packed = pack(lines(many).encode())
    file.write_bytes(packed[: len(packed) * 2 // 3])
    records, report = read(file)
    assert 100 < len(records) < 10000
    assert report.skipped["compressed data is cut short or damaged"].count == 1


def test_broken_lines_are_counted_and_the_rest_is_read() -> None:
    """Broken, cut, foreign and empty lines are counted by reason with the first place; good ones around them are read."""
    good = json.dumps(SAMPLES["rows"].entries[0])
    broken = [
        good,
        "{not json}",
        "",
        "[[[",
        '"text"',
        '{"hello": 1}',
        good,
        '{"input_tokens": -4, "output_tokens": 1}',
        "{not",
    ]
    records, report = read_bytes("\n".join(broken).encode())
    assert [record.line for record in records] == [1, 7]
    assert {reason: (met.count, met.place) for reason, met in report.skipped.items()} == {
        "not valid JSON": (2, "log.jsonl:2"),
        "in no format that cachecalc knows": (2, "log.jsonl:5"),
        "a negative number of tokens": (1, "log.jsonl:8"),
        "the file ends within an entry": (1, "log.jsonl:9"),
    }


def test_formats_may_be_mixed_in_one_file(tmp_path: Path) -> None:
    """Entries of all formats, shuffled in one file, each find their importer."""
    pool = [
        (name, entry)
        for name, sample in SAMPLES.items()
        if name not in {"codex", "claude-code"}
        for entry in sample.entries
    ]
    random.Random(7).shuffle(pool)
    records, report = read_bytes(lines([entry for _, entry in pool]).encode())
    wanted = Counter(
        {name: len(sample.requests) for name, sample in SAMPLES.items() if name not in {"codex", "claude-code"}}
    )
    assert len(records) == sum(wanted.values())
    assert not report.skipped


def documents() -> list[Any]:
    entries = SAMPLES["response"].entries
    return [
        pytest.param(json.dumps(entries), id="an array on one line"),
        pytest.param(json.dumps(entries, indent=2), id="an array over many lines"),
        pytest.param("".join(json.dumps(entry, indent=1) for entry in entries), id="objects one behind the other"),
        pytest.param(json.dumps({"data": entries, "has_more": False}, indent=2), id="a page of an interface"),
        pytest.param("\ufeff" + lines(entries), id="with a byte-order mark"),
        pytest.param(lines(entries).replace("\n", "\r\n"), id="with Windows line ends"),
    ]


@pytest.mark.parametrize("text", documents())
def test_json_in_any_arrangement(text: str) -> None:
    """Lines, arrays, pages and pretty-printed objects hold the same requests."""
    records, report = read_bytes(text.encode(), "log.json")
    assert len(records) == 2
    assert not report.skipped


def test_a_document_cut_short_gives_its_whole_entries() -> None:
    """The elements of an array that were written whole are read; the torn one is counted."""
    text = json.dumps(SAMPLES["rows"].entries * 3, indent=2)
    records, report = read_bytes(text[:-40].encode(), "log.json")
    assert len(records) == 5
    assert report.skipped["the file ends within an entry"].count == 1


def test_places_within_documents(tmp_path: Path) -> None:
    """A request inside a document is placed by its path in it, for there are no lines to count."""
    file = tmp_path / "tape.json"
    file.write_text(json.dumps(SAMPLES["cassette"].entries[0], indent=2))
    records, _ = read(file)
    assert records[0].place == f"{file}#interactions[0]"


@pytest.mark.parametrize(("name", "separator"), [("log.csv", ","), ("log.csv", ";"), ("log.tsv", "\t")])
def test_tables(name: str, separator: str) -> None:
    """CSV under its separators; empty cells are unknown."""
    rows = [
        ["model", "prompt_tokens", "cached_tokens", "completion_tokens"],
        ["gpt-5", "3000", "2560", "40"],
        ["gpt-5", "10", "", "1"],
    ]
    records, _ = read_bytes("\n".join(separator.join(row) for row in rows).encode(), name)
    assert [record.usage and record.usage[:3] for record in records] == [(440, 40, 2560), (10, 1, None)]


def test_cells_over_several_lines_keep_the_count_of_lines() -> None:
    """A request is placed at the line where its row begins, quoted line feeds above it or not."""
    text = 'model,input_tokens,note\ngpt-5,1,"two\nlines"\n\ngpt-5,2,x\n'
    records, _ = read_bytes(text.encode(), "log.csv")
    assert [record.line for record in records] == [2, 5]


def test_parquet(tmp_path: Path) -> None:
    """Parquet tables are read column by name, nested usage included."""
    import duckdb

    file = tmp_path / "log.parquet"
    query = "select 'gpt-5' as model, {'prompt_tokens': 3000, 'completion_tokens': 40} as usage"
    duckdb.execute(f"copy ({query}) to '{file}' (format parquet)")
    records, _ = read(file)
    assert records[0].usage is not None
    assert records[0].usage[:2] == (3000, 40)


def test_a_cassette_in_yaml(tmp_path: Path) -> None:
    """YAML cassettes read like JSON ones; tags that would run code are refused."""
    import yaml

    file = tmp_path / "tape.yaml"
    file.write_text(yaml.safe_dump(SAMPLES["cassette"].entries[0]))
    records, _ = read(file)
    assert len(records) == 1
    file.write_text("interactions: !!python/object/apply:os.system ['true']\n")
    records, report = read(file)
    assert not records
    assert "not valid YAML" in report.skipped


def test_names_that_are_not_there(tmp_path: Path) -> None:
    """Every missing name is told at once."""
    with pytest.raises(InputError) as caught:
        read(tmp_path / "a", tmp_path / "b")
    assert len(caught.value.problems) == 2


def shuffled_totals(found: Sequence[Json], seed: int) -> tuple[int, ...]:
    """Requests, input and output of a log whose lines were shuffled."""
    shuffled = list(found)
    random.Random(seed).shuffle(shuffled)
    records, report = read_bytes(lines(shuffled).encode())
    once = list(distinct(iter(records), report))
    usages = [record.usage for record in once if record.usage]
    requests = sum(record.requests or 0 for record in once)
    return requests, sum(usage.input_tokens for usage in usages), sum(usage.output or 0 for usage in usages)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 900)), max_size=30), st.integers(0, 99))
def test_totals_do_not_hang_on_the_order(blocks: list[tuple[int, int]], seed: int) -> None:
    """However the lines of a session lie, each message counts once, with its largest count of output."""
    template = CLAUDE_CODE.entries[2]
    entries = [
        {
            **template,
            "message": {
                **template["message"],
                "id": f"msg_{message}",
                "usage": {**template["message"]["usage"], "output_tokens": output},
            },
        }
        for message, output in blocks
    ]
    largest: dict[int, int] = {}
    for message, output in blocks:
        largest[message] = max(largest.get(message, 0), output)
    assert shuffled_totals(entries, seed) == (len(largest), 2307 * len(largest), sum(largest.values()))
    assert shuffled_totals([*entries, *entries], seed) == (len(largest), 2307 * len(largest), sum(largest.values()))


@given(st.binary(max_size=300), st.sampled_from(["log.jsonl", "log.json", "log.csv", "log.yaml", "-"]))
def test_no_bytes_crash_an_import(raw: bytes, name: str) -> None:
    """Whatever a file holds, the import ends, and gives records or reasons."""
    read_bytes(raw, name)


ENTRIES = [entry for sample in SAMPLES.values() for entry in sample.entries]
KEYS = sorted({key for entry in ENTRIES for key in entry} | {"usage", "message", "payload"})
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["{}", "[1]", "data: {}"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), inner, max_size=5)
    ),
    max_leaves=10,
)


@st.composite
def mutants(draw: st.DrawFn, samples: Sequence[Json] = ENTRIES) -> Json:
    """One of the entries with a part of it replaced by anything."""
    entry = json.loads(json.dumps(draw(st.sampled_from(samples))))
    here: Any = entry
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return entry  # type: ignore[no-any-return]  # JSON
        key = draw(st.sampled_from(keys))
        if not isinstance(here[key], (dict, list)) or draw(st.booleans()):
            here[key] = draw(JSON)
            return entry  # type: ignore[no-any-return]  # JSON
        here = here[key]


@given(st.lists(mutants(), min_size=1, max_size=4))
def test_no_entry_crashes_an_importer(found: list[Json]) -> None:
    """Entries of every format with any part of them replaced by anything are read or counted; no bucket is negative."""
    records, report = read_bytes(lines(found).encode())
    skipped = sum(met.count for met in report.skipped.values())
    assert len(records) + report.merged + skipped + report.others.total() >= len(found)
    for record in records:
        if record.usage:
            buckets = (record.usage.input, record.usage.cache_read, record.usage.output, record.usage.written)
            assert all(tokens is None or tokens >= 0 for tokens in buckets)


@given(JSON)
def test_no_value_crashes_an_importer_that_is_forced_on_it(value: Any) -> None:
    """With `--from`, one importer is all there is, whatever the entries hold."""
    raw = json.dumps(
        {"usage": value, "message": value, "payload": value, "results": value, "log": value, "request": value}
    ).encode()
    for name in SAMPLES:
        read_bytes(raw, source=name)


def test_deep_nesting_is_survived() -> None:
    """A line nested beyond all reason is one line that cannot be read."""
    records, report = read_bytes(b"[" * 100_000 + b"\n" + PLAIN)
    assert len(records) == 2
    assert sum(met.count for met in report.skipped.values()) == 1
