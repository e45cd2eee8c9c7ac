"""What `replay` prints of a bill, and what it never prints."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot
from typer.testing import CliRunner, Result

from cachecalc.cli.app import app
from cachecalc.core.problem import InputError
from tests.logs.samples import CHAT_USAGE, SAMPLES, SONNET, lines

KEY = "sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"


def replay(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["replay", *map(str, arguments)], input=stdin)


def result(outcome: Result) -> str:
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log that leaves as much open as a log can, named without its folder."""
    entries = [
        *SAMPLES["capture"].entries,
        *SAMPLES["litellm"].entries,
        {"model": "gpt-99", "usage": CHAT_USAGE, "timestamp": "2026-05-02T08:00:00Z"},
        {"model": SONNET, "usage": {"input_tokens": 50, "output_tokens": 5, "cache_creation_input_tokens": 900}},
        {"hello": "world"},
    ]
    monkeypatch.chdir(tmp_path)
    Path("log.jsonl").write_text(lines(entries))
    return Path("log.jsonl")


def test_the_text(log: Path) -> None:
    """Verdict, saving, shares, parts, tables, comparison, doubts and the account of the import, in this order."""
    assert result(replay(log)) == snapshot("""\
$0.01 ($0.01 to $0.02) for 6 requests, 2026-05-01 to 2026-05-02 (UTC). 1 of them has no price and is
left out.

Caching saved $0.02 (54.4 %): with all input fresh, the same requests would have cost $0.03.

Read share: 86.1 % of the input tokens were read from the cache. Prefix hit rate: 100.0 % of the
requests read any.

Of the cost, cache write 1h $0.0036, cache write unknown $0.0034, output $0.0027, cache read
$0.0021, cache write 5m $0.0011, input $0.00076.

by model           requests  input    read      cost
claude-sonnet-4-6         4   7.9k  86.7 %     $0.01  ████████████████████
gpt-5                     1   3.0k  85.3 %   $0.0013  ██
gpt-99                    1   3.0k  85.3 %  no price

by day      requests  input    read      cost
(none)             1    950           $0.0036  ███████▏
2026-05-01         4   9.9k  86.3 %     $0.01  ████████████████████
2026-05-02         1   3.0k  85.3 %  no price

The log itself gives 1 of the priced requests a cost: $0.002 in all, by the price table $0.0029
(-$0.00095 apart, 47.3 %). 0 are the same.
  log.jsonl:5: $0.002 in the log, $0.0029 by the price table (claude-sonnet-4-6)

Not priced (never taken as free):
  1 x the price table has no model 'gpt-99'
What the log leaves open:
  1 x the log does not say what was read from the cache: all input is priced as fresh
  1 x the log does not say for how long was written to the cache: the cost is a range
  1 x the log gives no date: priced as of the day of the bill

Read 10 entries in 1 file: capture 3, response 2, litellm 1, 3 entries tell of no request.
Skipped:
  1 x in no format that cachecalc knows (log.jsonl:10)
""")


def test_the_json(log: Path) -> None:
    """One document with exact strings for money, the bill as a policy that later runs compare with, and every doubt."""
    document = json.loads(result(replay(log, "--format", "json")))
    assert (document["version"], document["kind"], document["requests"]) == (1, "bill", 6)
    assert document["total"]["cost_usd"] == snapshot({"low": "0.013708", "expected": "0.013708", "high": "0.015733"})
    assert document["total"]["tokens"] == snapshot(
        {
            "input": 951,
            "cache_read": 11120,
            "cache_write_5m": 300,
            "cache_write_1h": 600,
            "cache_write_unknown": 900,
            "output": 235,
            "storage_token_seconds": 0,
        }
    )
    assert document["policies"][0]["policy"] == "billed"
    assert document["imported"]["skipped"] == snapshot(
        [{"reason": "in no format that cachecalc knows", "count": 1, "place": "log.jsonl:10"}]
    )


def test_the_csv(log: Path) -> None:
    """A row for the total and for each group of each dimension."""
    rows = list(csv.DictReader(io.StringIO(result(replay(log, "--format", "csv", "--by", "session")))))
    assert [row["dimension"] for row in rows].count("total") == 1
    assert {row["dimension"] for row in rows} == {"total", "model", "day", "month", "hour", "session"}
    assert rows[0]["requests"] == "6"


def test_tables_by_choice(log: Path) -> None:
    """`--by` chooses the tables, tags among them."""
    text = result(replay(log, "--by", "tag,hour"))
    assert "by tag" in text
    assert "nightly" in text
    assert "by model" not in text


def test_a_model_for_logs_that_name_none(tmp_path: Path) -> None:
    """`--model` stands in where a log names no model, and nowhere else."""
    file = tmp_path / "log.jsonl"
    file.write_text(
        lines(
            [{"input_tokens": 1_000_000, "output_tokens": 0}, {"input_tokens": 1, "output_tokens": 0, "model": "gpt-5"}]
        )
    )
    document = json.loads(result(replay(file, "--model", SONNET, "--format", "json")))
    assert [line["name"] for line in document["by"]["model"]] == [SONNET, "gpt-5"]


def test_columns_of_a_table(tmp_path: Path) -> None:
    """A CSV under names of its own is read with `--columns`."""
    file = tmp_path / "log.csv"
    file.write_text("llm,tokens_in,hits,tokens_out\ngpt-5,3000,2560,40\n")
    columns = "model=llm,prompt=tokens_in,cache_read=hits,output=tokens_out"
    document = json.loads(result(replay(file, "--columns", columns, "--format", "json")))
    assert document["total"]["tokens"]["input"] == 440


def test_standard_input(log: Path) -> None:
    """`-` reads a pipe."""
    assert result(replay("-", "--format", "line", stdin=log.read_bytes())).startswith("$")


def test_a_scheduled_check(log: Path) -> None:
    """`--fail-under` and `--compare` judge a bill like any replay: exit 1 and one line when caching got worse."""
    earlier = Path("last.json")
    result(replay(log, "--format", "json", "--output", earlier))
    assert replay(log, "--compare", earlier).exit_code == 0
    outcome = replay(log, "--fail-under", "0.9", "--format", "line")
    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("cachecalc replay: WORSE: billed as logged on all models: read share")
    document = json.loads(earlier.read_text())
    document["policies"][0]["read_share"] = 0.99
    earlier.write_text(json.dumps(document))
    assert replay(log, "--compare", earlier).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["nowhere.jsonl"], "no such file or folder", id="no such file"),
        pytest.param(["log.jsonl", "--from", "lite-llm"], "unknown log format 'lite-llm'", id="no such format"),
        pytest.param(["log.jsonl", "--columns", "inputs=x"], "unknown field 'inputs'", id="no such field"),
        pytest.param(["log.jsonl", "--columns", "input"], "is not of the form WHAT=COLUMN", id="no column"),
        pytest.param(["log.jsonl", "--by", "sesion"], "--by sesion: no request in the log has one", id="no such group"),
        pytest.param(["log.jsonl", "--model", "a,b"], "unknown model 'a'", id="models nobody knows"),
        pytest.param(["empty.jsonl"], "no request was found in the logs", id="nothing in it"),
        pytest.param(["log.jsonl", "trace.jsonl"], "block-hash traces and request logs in one run", id="a mixture"),
    ],
)
def test_mistakes(log: Path, arguments: list[str], message: str) -> None:
    """What cannot be used is said in one message."""
    Path("empty.jsonl").write_text("")
    Path("trace.jsonl").write_text('{"timestamp": 1, "input_length": 5, "output_length": 1, "hash_ids": [1]}\n')
    outcome = replay(*arguments)
    assert isinstance(outcome.exception, InputError)
    assert message in str(outcome.exception)


@pytest.mark.parametrize("format", ["text", "json", "csv", "line"])
def test_secrets_and_control_characters_are_never_printed(tmp_path: Path, format: str) -> None:
    """Keys in headers, bodies, names and tags do not come out, nor does anything that steers a terminal."""
    entry: dict[str, Any] = {
        "timestamp": "2026-05-01T10:00:00Z",
        "session_id": f"Bearer {KEY}",
        "tags": {"team": f"{KEY}\x1b]0;pwned\x07"},
        "request": {"model": SONNET, "messages": [{"role": "user", "content": KEY}], "headers": {"x-api-key": KEY}},
        "response": {"model": f"{SONNET} {KEY}\x1b[2J", "usage": {**CHAT_USAGE, f"{KEY}_tokens": 5}},
    }
    file = tmp_path / "log.jsonl"
    file.write_text(lines([entry, {"type": KEY, "sessionId": "s"}]))
    text = result(replay(file, "--format", format, "--by", "session,team"))
    assert KEY not in text
    assert KEY[10:] not in text
    assert "\x1b" not in text
