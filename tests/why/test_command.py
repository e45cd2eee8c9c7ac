"""`cachecalc why` as users run it: what it reads, how it groups, what it prints and how it ends."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.estimate.test_command import run
from tests.why import cases
from tests.why.run import files, log, report

CLOCKED = next(case for case in cases.BROKEN if case.code == "C01").requests
KEY = "sk-ant-" + "a1b2c3d4e5" * 3


def test_the_place_is_a_line_and_a_column(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A payload's divergence is told with file, line, column and block, and both texts."""
    second = tmp_path / "b.json"
    (tmp_path / "a.json").write_text(json.dumps(CLOCKED[0]))
    second.write_text(json.dumps(CLOCKED[1], indent=2))
    (row,) = report(capsys, str(tmp_path / "a.json"), str(second))["divergences"]
    line = second.read_text().splitlines()[row["line"] - 1]
    assert line[row["column"] - 1 :].startswith(row["excerpt"])
    assert (row["file"], row["block"], row["was"]) == (str(second), 0, cases.CLOCK)


def test_the_text_says_it_all(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Cause, class, both texts, tokens and dollars, what the provider makes of it, what to do."""
    code, out, err = run(capsys, "why", *files(tmp_path, CLOCKED))
    assert (code, err) == (0, "")
    for words in ("clock-in-prefix (CC101), actionable", f"- {cases.CLOCK}", f"+ {cases.LATER}", "lost: ", "do: Move"):
        assert words in out


def test_markdown_is_a_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """For a comment: a table whose cells cannot break out."""
    code, out, _ = run(capsys, "why", *files(tmp_path, CLOCKED), "--format", "markdown")
    assert code == 0
    assert out.count("| clock-in-prefix | actionable |") == 1


@pytest.mark.parametrize(
    ("requests", "ends"),
    [
        pytest.param(CLOCKED, 1, id="broken"),
        pytest.param(cases.HEALTHY[0].requests, 0, id="healthy"),
        pytest.param(
            next(case for case in cases.BROKEN if case.code == "C15").requests, 0, id="a prefix, only unmarked"
        ),
    ],
)
def test_the_gate_asks_for_a_prefix(
    requests: tuple[cases.Json, ...], ends: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit 1 where a request does not continue the one before; nothing else closes the gate."""
    assert run(capsys, "why", *files(tmp_path, requests), "--gate")[0] == ends


def test_what_was_not_compared_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Requests that have nothing to do with each other are no all-clear, and one request passes no gate."""
    unrelated = cases.claude("fix it"), cases.gpt("hi", system="You serve customers. " * 300)
    _, out, _ = run(capsys, "why", *files(tmp_path, unrelated))
    assert "nothing was compared" in out
    code, out, err = run(capsys, "why", *files(tmp_path, unrelated[:1]), "--gate")
    assert (code, out) == (2, "")
    assert "nothing to compare" in err


def test_a_log_of_payloads_without_sessions(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Bare requests, one a line: each is compared with the one it continues, and the report says so."""
    other = cases.gpt("Where is my parcel?", system="You serve customers. " * 300)
    path = log(tmp_path, [CLOCKED[0], other, CLOCKED[1], cases.gpt("And mine?", system="You serve customers. " * 300)])
    found = report(capsys, path)
    assert [(row["request"], row["previous"], row["kind"]) for row in found["divergences"]] == [
        (3, 1, "clock-in-prefix")
    ]
    assert "4 requests name no session" in found["notes"][0]


def test_files_are_not_mixed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Recordings of a folder that name no session are each compared with themselves, but for what drifts."""
    for name, system in (("a", "You serve customers."), ("b", "You serve friends."), ("c", "You serve  friends.")):
        asked = [cases.gpt(*said, system=f"{system} {cases.RULES}") for said in (("fix it",), cases.NEXT)]
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in asked))
    found = report(capsys, str(tmp_path))["divergences"]
    assert [(row["request"], row["kind"]) for row in found] == [(5, "whitespace-drift")]


def test_sessions_are_not_mixed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Interleaved sessions are compared each with itself; one of them can be asked for."""
    entries = [
        {"session_id": session, "timestamp": f"2026-11-20T09:0{minute}:00Z", "request": request}
        for minute, (session, request) in enumerate(
            [("x", CLOCKED[0]), ("y", cases.gpt("fix it")), ("x", CLOCKED[1]), ("y", cases.gpt(*cases.NEXT))]
        )
    ]
    path = log(tmp_path, entries)
    assert [(row["session"], row["request"]) for row in report(capsys, path)["divergences"]] == [("x", 3)]
    assert report(capsys, path, "--session", "y")["divergences"] == []
    code, _, err = run(capsys, "why", path, "--session", "z")
    assert code == 2
    assert "no request of session 'z'" in err


def test_requests_out_of_order_are_put_in_order(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A log's times decide what came before what."""
    first, second = cases.claude("fix it"), cases.claude(*cases.NEXT)
    entries = [
        {"session_id": "x", "timestamp": "2026-11-20T09:01:00Z", "request": second},
        {"session_id": "x", "timestamp": "2026-11-20T09:00:00Z", "request": first},
    ]
    assert report(capsys, log(tmp_path, entries))["divergences"] == []


def test_an_expiry_shows_in_the_times_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Without counters, a gap beyond the lifetime of the marks is told; a longer lifetime covers it."""
    entries = [
        {"session_id": "x", "timestamp": f"2026-11-20T09:{minute}:00Z", "request": request}
        for minute, request in (("00", cases.claude("fix it")), ("09", cases.claude(*cases.NEXT)))
    ]
    path = log(tmp_path, entries)
    (row,) = report(capsys, path)["divergences"]
    assert (row["kind"], row["class"], row["breaks_prefix"]) == ("expired", "actionable", False)
    assert report(capsys, path, "--ttl", "1h")["divergences"] == []


def test_compressed_captures_are_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A packed log of requests and responses is read as it is."""
    answer = {"model": "claude-sonnet-5-5", "usage": {"input_tokens": 4000, "output_tokens": 1}}
    lines = [json.dumps({"session_id": "x", "request": request, "response": answer}) for request in CLOCKED]
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert "clock-in-prefix" in {row["kind"] for row in report(capsys, str(path))["divergences"]}


@pytest.mark.parametrize("format", ["text", "json", "markdown"])
def test_hostile_text_and_secrets(format: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """No format prints a secret, nor what could steer a terminal."""
    requests = [
        cases.gpt(*said, system=f"key {KEY}{number} password: hunter{number}22x \x1b[2J\u202e {number}\n{cases.RULES}")
        for number, said in enumerate((("fix it",), cases.NEXT))
    ]
    code, out, err = run(capsys, "why", *files(tmp_path, requests), "--format", format)
    assert (code, err) == (0, "")
    assert KEY not in out
    assert "hunter" not in out
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{", "ends within an entry", id="broken"),
        pytest.param('{"rows": []}', "no request was found", id="something else"),
        pytest.param("", "no request was found", id="empty"),
    ],
)
def test_what_is_no_request_is_bad_input(
    content: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One clear message and exit 2, never a trace."""
    (tmp_path / "a.json").write_text(content)
    code, out, err = run(capsys, "why", str(tmp_path / "a.json"))
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_recorded_traffic_is_healthy(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    """Real pairs of requests of every provider that read their cache have no divergence."""
    pairs = sorted((data / "samples").glob("wire_*.json"))
    assert pairs
    for path in pairs:
        assert report(capsys, str(path))["divergences"] == [], path.name
