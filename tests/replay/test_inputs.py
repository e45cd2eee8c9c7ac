"""Logs as they come: packed, piped, in pieces, broken."""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from cachecalc.core.problem import InputError
from cachecalc.core.replay.scheme import Policy
from tests.replay.build import counts, play_file, rule, session, write_lines
from tests.replay.oracle import Request

PREFIX = rule(Policy.PREFIX)
LINE = {"timestamp": 0, "input_length": 2100, "output_length": 7, "hash_ids": [1, 2, 3, 4, 5]}
TWICE = [LINE, LINE | {"timestamp": 1000}]
"""The second request reads the four full blocks that the first one wrote."""

BOTH = (2048, 2048)


def text(*records: object) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def skipped(played_skipped: object) -> list[tuple[str, int]]:
    return [(row.reason, row.count) for row in played_skipped]  # type: ignore[attr-defined]  # a tuple of Skipped


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(lambda raw: raw, id="plain"),
        pytest.param(gzip.compress, id="gzip"),
        pytest.param(lambda raw: gzip.compress(raw[:50]) + gzip.compress(raw[50:]), id="gzip-in-two-members"),
        pytest.param(lambda raw: gzip.compress(raw) + bytes(100), id="gzip-with-padding"),
        pytest.param(lambda raw: zstandard.compress(raw[:50]) + zstandard.compress(raw[50:]), id="zstd"),
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, id="byte-order-mark"),
        pytest.param(lambda raw: raw.replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(lambda raw: raw.replace(b"\n", b"\n\n"), id="blank-lines"),
        pytest.param(lambda raw: raw.rstrip(), id="no-last-line-feed"),
    ],
)
@pytest.mark.parametrize("source", ["file", "folder", "stdin"])
def test_a_log_is_read_however_it_is_kept(
    pack: Callable[[bytes], bytes], source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content decides, not the name."""
    folder = tmp_path / "logs" / "deep"
    folder.mkdir(parents=True)
    raw = pack(text(*TWICE))
    (folder / "trace.jsonl").write_bytes(raw)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(raw))))
    name = {"file": folder / "trace.jsonl", "folder": tmp_path / "logs", "stdin": Path("-")}[source]
    played = play_file(name, [PREFIX], tmp_path)
    assert (counts(played, PREFIX), played.skipped) == (BOTH, ())


def test_the_pieces_of_a_log_are_one_log(tmp_path: Path) -> None:
    """Files of a folder share their blocks, whichever order they come in."""
    (tmp_path / "logs").mkdir()
    write_lines(tmp_path / "logs" / "a.jsonl", TWICE[1:])
    write_lines(tmp_path / "logs" / "b.jsonl", TWICE[:1])
    assert counts(play_file(tmp_path / "logs", [PREFIX], tmp_path), PREFIX) == BOTH


@pytest.mark.parametrize(
    ("changes", "block"),
    [
        pytest.param({}, 0, id="mooncake"),
        pytest.param({"chat_id": 3, "hash_ids": list(range(131))}, 0, id="bailian-16-token-blocks"),
        pytest.param({"hash_ids": ["a1", "b2", "c3", "d4"]}, 0, id="hexadecimal-ids"),
        pytest.param({"hash_ids": [2**64 - 1, 2**64 - 2, 2**64 - 3, 2**64 - 4]}, 0, id="unsigned-ids"),
        pytest.param({"hash_ids": [2**63 - 2, -(2**63), 5, 6]}, 0, id="ids-at-the-ends-of-64-bits"),
        pytest.param({"hash_ids": list(range(33))}, 64, id="another-block-size"),
    ],
)
def test_forms_of_traces(changes: dict[str, object], block: int, tmp_path: Path) -> None:
    """What is known of a form needs no telling; the block size may be told."""
    later = {"timestamp": 1 if "chat_id" in changes else 1000}
    path = write_lines(tmp_path / "trace.jsonl", [LINE | changes, LINE | changes | later])
    played = play_file(path, [PREFIX], tmp_path, block=block)
    full = 2100 - 2100 % (block or (16 if "chat_id" in changes else 512))
    assert (counts(played, PREFIX), played.seconds) == ((full, full), 1.0)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param("*", id="as-they-are"),
        pytest.param(
            "* REPLACE (hash_ids::INTEGER[] AS hash_ids, input_length::SMALLINT AS input_length)", id="narrow"
        ),
        pytest.param("* REPLACE (to_timestamp(timestamp / 1000) AS timestamp)", id="moments"),
        pytest.param("* REPLACE (hash_ids::VARCHAR[] AS hash_ids)", id="ids-as-text"),
    ],
)
def test_parquet_columns_of_any_fitting_type(columns: str, tmp_path: Path) -> None:
    """Numbers, moments and texts."""
    import duckdb

    source, target = write_lines(tmp_path / "trace.jsonl", TWICE), tmp_path / "trace.parquet"
    duckdb.execute(f"COPY (SELECT {columns} FROM read_json('{source}')) TO '{target}' (FORMAT parquet)")
    played = play_file(target, [PREFIX], tmp_path)
    assert (counts(played, PREFIX), played.seconds) == (BOTH, 1.0)


UNREADABLE = "not a JSON object with the keys of a trace"
INCOMPLETE = "no timestamp, input_length or hash_ids that can be read"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b'{"timestamp": 1, "input_le', UNREADABLE, id="cut"),
        pytest.param(b"garbage", UNREADABLE, id="no-json"),
        pytest.param(b"[1, 2]", UNREADABLE, id="a-list"),
        pytest.param(b"null", UNREADABLE, id="null"),
        pytest.param(b"\xff\xfe\x00\x80", UNREADABLE, id="bytes"),
        pytest.param(bytes(5000), UNREADABLE, id="zeros"),
        pytest.param(text({"id": "s", "block": 64, "req": []}), UNREADABLE, id="another-form"),
        pytest.param(text(LINE | {"timestamp": "yesterday"}), INCOMPLETE, id="no-time"),
        pytest.param(text(LINE | {"hash_ids": 5}), INCOMPLETE, id="no-list"),
        pytest.param(text(LINE | {"input_length": -1}), "impossible numbers", id="negative"),
        pytest.param(text(LINE | {"input_length": 10.5}), "impossible numbers", id="half-a-token"),
        pytest.param(text(LINE | {"input_length": 1e300}), "impossible numbers", id="huge"),
        pytest.param(text(LINE | {"timestamp": 1e300}), "impossible numbers", id="far-away"),
        pytest.param(text(LINE | {"hash_ids": [1, None]}), "block ids that are not 64-bit integers", id="null-id"),
        pytest.param(text(LINE | {"hash_ids": ["x"]}), "block ids that are not 64-bit integers", id="text-id"),
        pytest.param(text(LINE | {"hash_ids": [2**70]}), "block ids that are not 64-bit integers", id="huge-id"),
    ],
)
def test_a_broken_record_is_counted_and_nothing_else_is_lost(line: bytes, reason: str, tmp_path: Path) -> None:
    """Wherever it stands."""
    path = tmp_path / "trace.jsonl"
    first, second = text(TWICE[0]), text(TWICE[1])
    path.write_bytes(first + line.rstrip() + b"\n" + second + line.rstrip() + b"\n")
    played = play_file(path, [PREFIX], tmp_path)
    assert (counts(played, PREFIX), skipped(played.skipped)) == (BOTH, [(reason, 2)])


def test_requests_with_a_reserve_are_kept_and_told(tmp_path: Path) -> None:
    """Missing output, missing ids, copies: each counts as it can."""
    bare = {key: value for key, value in LINE.items() if key != "output_length"}
    path = write_lines(tmp_path / "trace.jsonl", [bare, LINE | {"hash_ids": [1]}, LINE, LINE])
    played = play_file(path, [PREFIX], tmp_path)
    assert sum(cell.requests for cell in played.everything) == 4
    assert sum(cell.output for cell in played.everything) == 21
    assert skipped(played.skipped) == [
        ("no output_length: kept, with no output tokens", 1),
        ("fewer block ids than full blocks: kept, the rest as sharing nothing", 1),
        ("equal to an earlier request in every field: kept", 1),
    ]


def test_order_in_the_file_does_not_matter(tmp_path: Path) -> None:
    """Requests are played in the order of their times."""
    dice = random.Random(1)
    lines = [LINE | {"timestamp": 1000 * n, "hash_ids": [1, 2, 3, 10 + dice.randrange(4)]} for n in range(40)]
    orderly = play_file(write_lines(tmp_path / "a.jsonl", lines), [PREFIX], _sub(tmp_path, "a"))
    dice.shuffle(lines)
    shuffled = play_file(write_lines(tmp_path / "b.jsonl", lines), [PREFIX], _sub(tmp_path, "b"))
    assert counts(orderly, PREFIX) == counts(shuffled, PREFIX)


def _sub(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_what_a_cut_file_still_holds_is_read(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """And the damage is told."""
    dice = random.Random(2)
    lines = [LINE | {"timestamp": n, "hash_ids": dice.sample(range(10**9), 4)} for n in range(5000)]
    packed = pack(text(*lines))
    path = tmp_path / "trace.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    played = play_file(path, [PREFIX], tmp_path)
    kept = sum(cell.requests for cell in played.everything)
    assert 1000 < kept < 4000
    assert "compressed data is cut short or damaged: what comes before was read" in dict(skipped(played.skipped))


def test_a_session_written_twice_counts_once(tmp_path: Path) -> None:
    """Its copy would be read from the cache in full."""
    requests = [Request(0, 1300, tuple(range(1, 21))), Request(5, 1300, tuple(range(1, 21)))]
    line, bad = (
        session("a", requests, 64),
        session("b", [], 64) | {"req": [[0, 1], ["x", 1, 1, []], [0, 5, 5, [[2, 1]]]]},
    )
    path = write_lines(tmp_path / "trace.jsonl", [line, line, bad, {"id": 3}])
    played = play_file(path, [PREFIX], tmp_path)
    assert counts(played, PREFIX) == (1280, 1280)
    assert sorted(skipped(played.skipped)) == [
        ("not an agent session", 1),
        ("request with impossible numbers or blocks", 3),
        ("session written twice", 1),
    ]


def test_ids_that_contradict_each_other_are_never_read(tmp_path: Path) -> None:
    """An id behind another block than before names another prefix, whatever it says."""
    lines = [LINE | {"timestamp": n} for n in range(40)]
    odd = LINE | {"timestamp": 99_000, "hash_ids": [1, 2, 4, 3]}
    played = play_file(write_lines(tmp_path / "trace.jsonl", [*lines, odd]), [PREFIX], tmp_path)
    assert counts(played, PREFIX) == (39 * 2048, 2 * 2048)
    assert skipped(played.skipped) == [("block ids that contradict earlier requests: kept, as sharing nothing", 1)]


def test_two_traces_with_ids_of_their_own_are_refused(tmp_path: Path) -> None:
    """To mix them would make hits up."""
    other = [LINE | {"timestamp": n, "hash_ids": [9, 1, 2, 3]} for n in range(9)]
    path = write_lines(tmp_path / "trace.jsonl", [*TWICE, *other])
    with pytest.raises(InputError, match="block ids do not name prefixes: in 9 of 11 requests"):
        play_file(path, [PREFIX], tmp_path)


def test_a_trace_of_one_form_beside_one_of_another(tmp_path: Path) -> None:
    """Their blocks are not the same, though their ids are."""
    (tmp_path / "logs").mkdir()
    write_lines(tmp_path / "logs" / "chat.jsonl", TWICE)
    requests = [Request(0, 1300, tuple(range(1, 21))), Request(5, 1300, tuple(range(1, 21)))]
    write_lines(tmp_path / "logs" / "agents.jsonl", [session("a", requests, 64)])
    (tmp_path / "logs" / "notes.txt").write_text("nothing")
    played = play_file(tmp_path / "logs", [PREFIX], tmp_path)
    assert counts(played, PREFIX) == (2048 + 1280, 2048 + 1280)
    assert skipped(played.skipped) == [("not a block-hash trace", 1)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "not a block-hash trace", id="empty"),
        pytest.param(b"hello\n", "not a block-hash trace", id="text"),
        pytest.param(b"PAR1 but not", "cannot be read", id="broken-parquet"),
        pytest.param(text(LINE | {"input_length": -5}), "no request of this log can be used", id="nothing-usable"),
    ],
)
def test_a_log_without_a_request_is_an_error(content: bytes, message: str, tmp_path: Path) -> None:
    """Never a bill of nothing."""
    path = tmp_path / "trace.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        play_file(path, [PREFIX], tmp_path)
