from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot
from pytest_httpserver import HTTPServer

from cachecalc.cli import app, errors
from cachecalc.tokens import official

Capture = pytest.CaptureFixture[str]

REQUEST = {
    "model": "gpt-4o",
    "messages": [
        {"role": "system", "content": "You sort tickets. " + "Label each ticket as bug, wish or question. " * 100},
        {"role": "user", "content": "The page is blank."},
    ],
}


def run(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command line."""
    try:
        errors.run(lambda: app.app(["tokens", *arguments], standalone_mode=False))
    except SystemExit as stop:
        code = int(stop.code or 0)
    else:
        code = 0
    out, err = capture.readouterr()
    return code, out, err


@pytest.fixture
def request_file(tmp_path: Path) -> str:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(REQUEST))
    return str(path)


@pytest.fixture
def _no_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splintr", None)
    monkeypatch.setitem(sys.modules, "ctok", None)


def test_the_prompts_own_model(capsys: Capture, request_file: str) -> None:
    """Without --model the tokens are those of the model that the request names."""
    code, out, _ = run(capsys, request_file)
    assert code == 0
    assert re.sub(r"\S*request\.json", "request.json", out) == snapshot("""\
request.json: request

gpt-4o: caches prefixes of 1,024 tokens or more
  part         tokens  prefix
  system text   1,009   1,009  below minimum
  user text        12   1,021  below minimum
total 1,021 tokens, counted by o200k
""")


@pytest.mark.usefixtures("_no_extras")
def test_several_models(capsys: Capture, request_file: str) -> None:
    """Each model has a table, with what is below its minimum or within the band around it; then they are compared."""
    models = ("-m", "gpt-4o", "-m", "claude-sonnet-4-5", "-m", "claude-opus-4-8", "-m", "grok-4.3")
    code, out, _ = run(capsys, request_file, *models)
    assert code == 0
    assert re.sub(r"\S*request\.json", "request.json", out) == snapshot("""\
request.json: request

gpt-4o: caches prefixes of 1,024 tokens or more
  part         tokens  prefix
  system text   1,009   1,009  below minimum
  user text        12   1,021  below minimum
total 1,021 tokens, counted by o200k

claude-sonnet-4-5: caches prefixes of 1,024 tokens or more
  part         tokens  prefix
  system text   1,016   1,016  uncertain
  user text        12   1,028  uncertain
total 1,028 tokens (890 to 1,187), counted by claude-v3 estimate

claude-opus-4-8: caches prefixes of 1,024 tokens or more
  part         tokens  prefix
  system text   1,590   1,590
  user text        13   1,603
total 1,603 tokens (1,284 to 2,001), counted by claude-v4.8 estimate

grok-4.3: no minimum to cache is known
  part         tokens  prefix
  system text   1,006   1,006
  user text         6   1,012
total 1,012 tokens (879 to 1,164), counted by o200k for grok

  model              tokens   band  counter
  gpt-4o              1,021  exact  o200k
  claude-sonnet-4-5   1,028   ±16%  claude-v3 estimate
  claude-opus-4-8     1,603   ±25%  claude-v4.8 estimate
  grok-4.3            1,012   ±15%  o200k for grok
""")


def test_json(capsys: Capture, request_file: str) -> None:
    """The document adds up: parts to prefixes, the last prefix to the total."""
    code, out, _ = run(capsys, request_file, "--model", "claude-sonnet-4-5", "--format", "json")
    assert code == 0
    document = json.loads(out)
    assert document["version"] == 1
    (count,) = document["counts"]
    total = 0
    for part in count["parts"]:
        total += part["tokens"]
        assert part["prefix"]["tokens"] == total
        assert part["low"] <= part["tokens"] <= part["high"]
    assert count["tokens"] == total
    assert count["min_tokens"] == 1_024


def test_csv(capsys: Capture, request_file: str) -> None:
    """A row for each part and model."""
    code, out, _ = run(capsys, request_file, "-m", "gpt-4o", "-m", "gpt-5", "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["model"], row["role"]) for row in rows] == [
        (model, role) for model in ("gpt-4o", "gpt-5") for role in ("system", "user")
    ]
    assert rows[0]["tokens"] == rows[0]["prefix_tokens"]


def test_plain_text_from_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any text can be counted; a terminal's control characters in it reach no terminal."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hello \x1b[31m world")))
    code, out, _ = run(capsys, "-", "-m", "gpt-4o")
    assert code == 0
    assert "counted by o200k" in out
    assert "\x1b" not in out


def test_output_file(capsys: Capture, request_file: str, tmp_path: Path) -> None:
    """--output writes the file and prints nothing."""
    code, out, _ = run(capsys, request_file, "--output", str(tmp_path / "out.txt"))
    assert (code, out) == (0, "")
    assert "gpt-4o" in (tmp_path / "out.txt").read_text()


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        pytest.param(b"", (), "the file is empty", id="empty"),
        pytest.param(b"\0\1", (), "not a UTF-8 text file", id="binary"),
        pytest.param(b"hi", ("-m", "gpt-9"), "unknown model 'gpt-9'", id="unknown model"),
        pytest.param(b"hi", ("-m", "grok-4.3", "--exact"), "no exact counter for grok", id="nothing exact"),
    ],
)
def test_bad_input(capsys: Capture, tmp_path: Path, content: bytes, arguments: tuple[str, ...], message: str) -> None:
    """Bad input is one message on standard error, and exit code 2."""
    path = tmp_path / "prompt.txt"
    path.write_bytes(content)
    code, out, err = run(capsys, str(path), *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_exact_asks_the_endpoint(
    capsys: Capture, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, request_file: str
) -> None:
    """--exact counts Claude's tokens at the endpoint, each text once."""
    httpserver.expect_request("/v1/messages/count_tokens").respond_with_json({"input_tokens": 107})
    monkeypatch.setenv("ANTHROPIC_BASE_URL", httpserver.url_for("").rstrip("/"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")
    official._client.cache_clear()
    documents: list[dict[str, Any]] = []
    for _ in range(2):
        code, out, _err = run(capsys, request_file, "-m", "claude-haiku-4-5", "--exact", "--format", "json")
        assert code == 0
        documents.append(json.loads(out))
    official._client.cache_clear()
    assert documents[0] == documents[1]
    assert documents[0]["counts"][0]["counters"] == ["count_tokens claude-haiku-4-5"]
    assert documents[0]["counts"][0]["tokens"] == 100 + 107
    assert len(httpserver.log) == 2
