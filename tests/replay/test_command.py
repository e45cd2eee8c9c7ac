"""`cachecalc replay` on traces, as people and programs use it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from cachecalc.cli import errors
from cachecalc.cli.app import app
from cachecalc.logs.replay.engine import opened
from tests.replay.build import write_lines

Capture = pytest.CaptureFixture[str]

CHAT = [
    {"timestamp": 100_000 * n, "input_length": 3000 + 500 * n, "output_length": 200, "hash_ids": list(range(5 + n))}
    for n in range(8)
]
"""One growing conversation, a turn every 100 seconds."""


@pytest.fixture
def trace(tmp_path: Path) -> str:
    return str(write_lines(tmp_path / "trace.jsonl", CHAT))


def run(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `cachecalc replay ...`."""
    with pytest.raises(SystemExit) as ended:
        errors.run(lambda: app(["replay", *arguments], prog_name="cachecalc"))
    captured = capture.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def printed(capture: Capture, *arguments: str) -> str:
    code, out, err = run(capture, *arguments)
    assert (code, err) == (0, "")
    return out


def test_people_get_the_verdict_first(capsys: Capture, trace: str) -> None:
    """Then every policy beside no caching."""
    assert printed(capsys, trace, "--model", "claude-sonnet-4-6", "--mark", "1500") == snapshot("""\
Cheapest is rolling caching at 5m on claude-sonnet-4-6: $0.07 instead of $0.14 without caching
(-51.0 %).

policy              read  input cost  with output   saved
no caching                     $0.11        $0.14          ████████████████████████
prefix 5m         75.5 %       $0.04        $0.07  52.8 %  ███████████▍
prefix 1h         75.5 %       $0.06        $0.08  42.7 %  █████████████▊
rolling 5m        75.5 %       $0.04        $0.07  51.0 %  ███████████▊
rolling 1h        75.5 %       $0.06        $0.09  35.8 %  ███████████████▍
marks 5m          75.5 %       $0.04        $0.07  51.0 %  ███████████▊
marks 1h          75.5 %       $0.06        $0.09  35.8 %  ███████████████▍
system 5m         18.9 %       $0.10        $0.12  13.5 %  ████████████████████▊
system 1h         18.9 %       $0.10        $0.12  11.8 %  █████████████████████▏
rolling+pings 5m  75.5 %       $0.04        $0.07  51.0 %  ███████████▊
rolling+pings 1h  75.5 %       $0.06        $0.09  35.8 %  ███████████████▍
system+pings 5m   18.9 %       $0.10        $0.12  13.5 %  ████████████████████▊
system+pings 1h   18.9 %       $0.10        $0.12  11.8 %  █████████████████████▏
best 5m           75.5 %       $0.04        $0.06  53.0 %  ███████████▎
best 1h           74.1 %       $0.05        $0.08  44.0 %  █████████████▌

8 requests in 11.7 minutes, 38,000 input and 1,600 output tokens. `read` is the share of input
tokens that came from the cache.
Bounds, not choices: `prefix` stores every block, which no caller can; `best` knows the future:
without pings nothing costs less.
""")


def test_programs_get_the_contract(capsys: Capture, trace: str) -> None:
    """With the tokens of each class, and money that is exact."""
    report = json.loads(
        printed(capsys, trace, "--model", "gpt-5", "--ttl", "5m", "--policy", "automatic", "--format", "json")
    )
    assert report == snapshot(
        {
            "version": 1,
            "requests": 8,
            "input_tokens": 38000,
            "output_tokens": 1600,
            "seconds": 700.0,
            "split_by_model": False,
            "baselines": [
                {
                    "model": "gpt-5",
                    "requests": 8,
                    "input_tokens": 38000,
                    "output_tokens": 1600,
                    "input_cost_usd": "0.0475",
                    "total_cost_usd": "0.0635",
                }
            ],
            "policies": [
                {
                    "model": "gpt-5",
                    "policy": "automatic",
                    "ttl": "5m",
                    "tokens": {
                        "input": 9328,
                        "cache_read": 28672,
                        "cache_write_5m": 0,
                        "cache_write_1h": 0,
                        "output": 1600,
                        "ping_read": 0,
                    },
                    "input_cost_usd": "0.015244",
                    "total_cost_usd": "0.031244",
                    "read_share": 0.7545263157894737,
                    "read_share_error": 0.07097083605137687,
                    "input_usd_per_mtok": "0.401158",
                    "input_usd_per_mtok_error": 0.079842190557799,
                    "savings_percent": 50.79685039370079,
                    "usd_per_mtok": {"input": "1.25", "read": "0.125", "write": "1.25", "output": "10"},
                    "pings": 0,
                    "is_bound": False,
                    "guaranteed": False,
                }
            ],
            "skipped": [],
            "notes": [],
        }
    )


def test_spreadsheets_get_rows(capsys: Capture, trace: str) -> None:
    """No caching first."""
    options = ("--model", "claude-sonnet-4-6", "--policy", "rolling,prefix", "--ttl", "5m", "--format", "csv")
    assert printed(capsys, trace, *options) == snapshot("""\
model,policy,ttl,input_tokens,cache_read_tokens,cache_write_tokens,output_tokens,read_share,input_cost_usd,total_cost_usd
claude-sonnet-4-6,none,,38000,0,0,1600,0,0.114,0.138
claude-sonnet-4-6,rolling,5m,0,28672,9328,1600,0.754526,0.0435816,0.0675816
claude-sonnet-4-6,prefix,5m,3184,28672,6144,1600,0.754526,0.0411936,0.0651936
""")


def test_a_chat_gets_a_line(capsys: Capture, trace: str) -> None:
    """Without a comparison, the verdict."""
    options = ("--model", "claude-sonnet-4-6", "--policy", "rolling", "--ttl", "1h", "--format", "line")
    assert printed(capsys, trace, *options) == snapshot(
        "Cheapest is rolling caching at 1h on claude-sonnet-4-6: $0.09 instead of $0.14 without caching (-35.8 %).\n"
    )


def test_nothing_that_pays_is_said_so(capsys: Capture, tmp_path: Path) -> None:
    """A log without repeats."""
    lines = [line | {"hash_ids": [n * 100 + i for i in range(12)]} for n, line in enumerate(CHAT)]
    path = write_lines(tmp_path / "trace.jsonl", lines)
    options = ("--model", "claude-sonnet-4-6", "--policy", "rolling", "--ttl", "5m", "--format", "line")
    assert printed(capsys, str(path), *options) == snapshot(
        "Caching does not pay on these requests: rolling caching at 5m on claude-sonnet-4-6 would have cost $0.17, no caching $0.14 (+20.7 %).\n"
    )


def test_a_check_compares_with_an_earlier_report(capsys: Capture, trace: str, tmp_path: Path) -> None:
    """Exit code 1 and one line if it got worse."""
    options = ("--model", "claude-sonnet-4-6", "--policy", "rolling", "--ttl", "5m", "--format", "json")
    last = str(tmp_path / "last.json")
    assert run(capsys, trace, *options, "--output", last) == (0, "", "")
    assert run(capsys, trace, *options, "--compare", last)[0] == 0
    cold = [line | {"timestamp": 1_000_000 * n} for n, line in enumerate(CHAT)]
    worse = str(write_lines(tmp_path / "worse.jsonl", cold))
    code, out, err = run(capsys, worse, *options[:-1], "line", "--compare", last)
    assert (code, err) == (1, "")
    assert out == snapshot(
        "cachecalc replay: WORSE: rolling 5m on claude-sonnet-4-6: read share fell from 75.5 % to 0.0 % (noise 14.2), input rose from $1.15 to $3.75 per million tokens\n"
    )
    code, out, err = run(capsys, worse, *options, "--fail-under", "0.5")
    assert (code, json.loads(out)["version"]) == (1, 1)
    assert err == snapshot(
        "cachecalc replay: WORSE: rolling 5m on claude-sonnet-4-6: read share 0.0 %, the limit is 50 %, input $3.75 per million tokens\n"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "not JSON", id="empty"),
        pytest.param("[]", "not a report of this version of replay", id="a-list"),
        pytest.param('{"policies": [{}]}', "not a report of this version of replay", id="another-report"),
        pytest.param(
            '{"policies": [{"model": "m", "policy": "p", "ttl": "5m", "read_share": 1, "read_share_error": null,'
            ' "input_usd_per_mtok": "x", "input_usd_per_mtok_error": null, "usd_per_mtok": {}}]}',
            "not a report of this version of replay",
            id="no-money",
        ),
    ],
)
def test_what_cannot_be_compared_with_is_refused(
    content: str, message: str, capsys: Capture, trace: str, tmp_path: Path
) -> None:
    """Before anybody takes it for a pass."""
    (tmp_path / "last.json").write_text(content)
    options = ("--model", "claude-sonnet-4-6", "--policy", "rolling", "--compare", str(tmp_path / "last.json"))
    code, out, err = run(capsys, trace, *options)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param((), "the traces name no model to price", id="no-model"),
        pytest.param(("--model", "gpt5"), "did you mean gpt-5", id="unknown-model"),
        pytest.param(("--model", "gpt-5", "--policy", "autmatic"), "did you mean automatic?", id="unknown-policy"),
        pytest.param(("--model", "claude-sonnet-4-6", "--policy", "marks"), "--mark 1500", id="no-marks"),
        pytest.param(("--model", "gpt-5", "--ready-after", "soon"), "--ready-after 'soon' is not", id="no-duration"),
        pytest.param(("--model", "gpt-5", "--by", "day"), "--by and --columns are of the bill", id="by"),
        pytest.param(("--model", "gpt-5", "--memory", "lots"), "DuckDB does not start", id="no-memory"),
    ],
)
def test_faults_of_the_command_line(options: tuple[str, ...], message: str, capsys: Capture, trace: str) -> None:
    """One clear message, exit code 2, no trace of Python."""
    code, out, err = run(capsys, trace, *options)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_who_waits_sees_what_is_done(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, trace: str, tmp_path: Path
) -> None:
    """On a terminal, and on standard error alone; whoever asks too late is told nothing."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    code, out, err = run(capsys, trace, "--model", "claude-sonnet-4-6", "--policy", "rolling", "--format", "line")
    assert code == 0
    assert out.startswith("Cheapest is rolling caching")
    assert "playing policies" in err
    with opened("duckdb", tmp_path) as engine:
        assert engine.progress() is None
    assert engine.progress() is None


def test_a_failed_run_leaves_the_old_result(capsys: Capture, tmp_path: Path) -> None:
    """What is written is whole, or not written."""
    (tmp_path / "result.json").write_text("old")
    (tmp_path / "bad.jsonl").write_text('{"timestamp": 0, "input_length": -1, "hash_ids": []}\n')
    arguments = (str(tmp_path / "bad.jsonl"), "--model", "gpt-5", "--output", str(tmp_path / "result.json"))
    assert run(capsys, *arguments)[0] == 2
    assert (tmp_path / "result.json").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} <= {"result.json", "bad.jsonl", "cache"}
