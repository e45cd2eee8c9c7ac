"""`cachecalc prices` as people and programs use it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from cachecalc.cli import errors
from cachecalc.cli.app import app

Capture = pytest.CaptureFixture[str]


def run(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `cachecalc prices ...`."""
    with pytest.raises(SystemExit) as ended:
        errors.run(lambda: app(["prices", *arguments], prog_name="cachecalc"))
    captured = capture.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def printed(capture: Capture, *arguments: str) -> str:
    code, out, err = run(capture, *arguments)
    assert (code, err) == (0, "")
    return out


def test_a_provider_s_prices_are_a_table(capsys: Capture) -> None:
    """Prices, minimums, and what is about to change, in columns."""
    assert printed(capsys, "list", "--provider", "deepseek") == snapshot("""\
Prices on 2026-11-21, USD per million tokens; storage per million tokens and hour; - is not known or not offered

deepseek         input  output   read  write     minimum
deepseek-flash    0.15     0.6  0.003  as input        -  other prices at peak
deepseek-v4-pro   0.66    1.98  0.022  as input        -  other prices at peak
deepseek-chat     0.28    0.42  0.028  as input        -  retired 2026-07-24
""")


def test_prices_on_a_day_to_come_are_the_announced_ones(capsys: Capture) -> None:
    """A day is priced by the periods in force on it, retirements told from that day's view."""
    assert printed(capsys, "at", "2026-12-01", "gemini-4-argon", "claude-sonnet-4.5") == snapshot("""\
Prices on 2026-12-01, USD per million tokens; storage per million tokens and hour; - is not known or not offered

google          input  output  read  write     minimum
gemini-4-argon      4      20   0.2  as input    4,096

anthropic          input  output  read  write          minimum
claude-sonnet-4-5      3      15   0.3  5m 3.75, 1h 6    1,024  retired 2026-11-30
""")


def test_a_model_s_page_shows_all_that_is_known(capsys: Capture) -> None:
    """Every period, tier and service, the caching rules, sources and other names."""
    assert printed(capsys, "show", "grok-4.3") == snapshot("""\
grok-4.3 · xai · balanced · active · 1,000,000 tokens of context · tokenizer grok

   since    bought as  prompt     input  output  read
>  release  standard               1.25     2.5   0.2
            batch                     1       2  0.16
            standard   > 199,999    2.5       5   0.4
            batch      > 199,999      2       4  0.32
USD per million tokens; storage per million tokens and hour; - is not known or not offered; > is in force on 2026-11-21

from release: genai-prices 0.2.3, litellm 1.109.1, checked 2026-11-21 (long context starts at 200,000 tokens, inclusive)

Caching (xai): on without being asked for (automatic), cannot be switched off; entries are shared within: server
mode       stores at        lifetime                 minimum  steps  marks  looks back  storing costs  hits
automatic  common prefixes  best-effort (1m to 1h)*        -    128      -           -  as input       best effort
source: docs.x.ai/developers/advanced-api-usage/prompt-caching (2026-11)

Also found as: grok-4.3-latest; each also behind x-ai/, xai/
""")


def test_bare_prices_is_the_list(capsys: Capture) -> None:
    """Without a subcommand every model's price of today is printed."""
    assert printed(capsys) == printed(capsys, "list") == printed(capsys, "at", "2026-11-21")


def test_nothing_is_cut_where_the_output_is_piped(capsys: Capture) -> None:
    """Each model stays whole on one line, however long its name, and no colour is sent."""
    out = printed(capsys, "list", "--provider", "amazon")
    assert "us.anthropic.claude-sonnet-4-5-20250929-v1:0        3.3    16.5   0.33  5m 4.125, 1h 6.6 " in out
    assert "\x1b" not in out


def test_json_carries_exact_prices_and_unknown_as_null(capsys: Capture) -> None:
    """Programs get strings without rounding, and null where nothing is known."""
    document = json.loads(printed(capsys, "at", "2026-11-21", "deepseek-v4-pro", "gpt-4o", "--format", "json"))
    pro, gpt = document["models"]
    assert document["date"] == "2026-11-21"
    assert pro["usd_per_mtok"] == snapshot(
        {
            "input": "0.66",
            "output": "1.98",
            "cache_read": "0.022",
            "cache_read_marked": None,
            "cache_write": {},
            "storage_per_mtok_hour": None,
        }
    )
    assert (gpt["id"], gpt["usd_per_mtok"]["cache_read"], gpt["retired"]) == ("gpt-4o", "1.25", "2027-01-14")


def test_show_in_json_marks_the_period_in_force(capsys: Capture) -> None:
    """Exactly one period is current, and services are keyed by name."""
    document = json.loads(printed(capsys, "show", "gpt-5.6-sol", "--format", "json"))
    (current,) = (period for period in document["periods"] if period["current"])
    assert (current["since"], current["services"]["batch"]["cache_write"]) == ("2026-08-21", {"30m": "2.5", "12h": "5"})
    assert document["caching"]["modes"][0]["ttls"][0]["seconds"] == {"low": 1800, "typical": 1800, "high": 1800}


def test_csv_has_a_row_a_model(capsys: Capture) -> None:
    """A spreadsheet opens it: one header, one row a model, numbers as numbers."""
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "list", "--format", "csv"))))
    assert len(rows) == 135
    (opus,) = (row for row in rows if row["model"] == "claude-opus-5-5")
    assert (opus["input"], opus["cache_read"], opus["cache_write_1h"], opus["storage_per_mtok_hour"]) == (
        "4",
        "0.2",
        "8",
        "",
    )


def test_a_name_cannot_become_a_formula(capsys: Capture, tmp_path: Path) -> None:
    """A cell that a spreadsheet would run is defused, and control characters never reach a terminal."""
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        'version: 1\nmodels:\n  - {id: "=cmd()", provider: openai, tokenizer: o200k, caching: groq, prices: [{checked: 2026-11-21,'
        ' sources: ["@\\e[31m"], usd_per_mtok: {input: 1, output: 1}}]}\n',
        encoding="utf-8",
    )
    table = printed(capsys, "list", "--format", "csv", "--pricing", str(mine))
    assert "'=cmd()" in table
    assert "\x1b" not in printed(capsys, "show", "=cmd()", "--pricing", str(mine))


def test_own_prices_are_used_where_they_are_given(capsys: Capture, tmp_path: Path) -> None:
    """Every subcommand takes `--pricing`."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("version: 1\ndiscounts: {mistral: 0.5}\n", encoding="utf-8")
    document = json.loads(printed(capsys, "list", "--provider", "mistral", "--format", "json", "--pricing", str(mine)))
    assert [model["usd_per_mtok"]["input"] for model in document["models"]] == ["0.35", "0.75", "0.075", "0.15"]


def test_check_says_what_needs_looking_after(capsys: Capture) -> None:
    """A sound table passes; what is announced, retires, or has one source is listed."""
    out = printed(capsys, "check")
    assert out.startswith("pricing.yaml: valid (135 models, 155 price periods) on 2026-11-21\n")
    assert (
        "2026-12-01  gemini-4-argon    input 2 to 4, output 10 to 20, read 0.1 to 0.2, batch, flex, priority\n" in out
    )
    assert "2026-11-30  claude-sonnet-4-5\n" in out
    assert "Not checked for 60 days: none\n" in out
    assert "qwen3.8-max                         litellm 1.109.1\n" in out


def test_rows_grow_stale(capsys: Capture) -> None:
    """After 60 days without a look every price in force is listed, and fails nothing."""
    document = json.loads(printed(capsys, "check", "--as-of", "2027-01-21", "--format", "json"))
    on_sale = document["models"] - len([model for model in document["stale"] if not model])
    assert 0 < len(document["stale"]) < on_sale
    assert document["announced"] == [row for row in document["announced"] if row["since"] > "2027-01-21"]
    assert json.loads(printed(capsys, "check", "--as-of", "2027-01-20", "--format", "json"))["stale"] == []


def test_a_faulty_file_fails_the_check(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are the result of the check: on standard output, each at its place, exit code 1."""
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("version: 1\ndiscounts: {anthropc: 0.15, openai: 15}\n", encoding="utf-8")
    code, out, err = run(capsys, "check", "mine.yaml")
    assert (code, err) == (1, "")
    assert out == snapshot("""\
mine.yaml: 2 problems
2:13: no provider or model is called 'anthropc'
    help: did you mean anthropic?
2:37: write a share between 0 and 1, such as 0.15 for 15 % off
""")


def test_a_sound_file_passes_the_check(capsys: Capture, tmp_path: Path) -> None:
    """Of a user's own file only its own models are looked after."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("version: 1\nmodels: [{id: gpt-4o, min_tokens: 2048}]\n", encoding="utf-8")
    out = printed(capsys, "check", str(mine))
    assert out.startswith(f"{mine}: valid (1 models, 1 price periods)")
    assert "2027-01-14  gpt-4o\n" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["show", "gpt5"], "unknown model 'gpt5'\n  help: did you mean gpt-5 or gpt-5.6 or gpt-5.5?", id="model"
        ),
        pytest.param(
            ["list", "--provider", "googel"], "unknown provider 'googel'\n  help: did you mean google?", id="provider"
        ),
        pytest.param(
            ["at", "soon"], "'soon' is not a day\n  help: write it as year-month-day, such as 2026-12-01", id="day"
        ),
        pytest.param(["list", "--pricing", "none.yaml"], "none.yaml: No such file or directory", id="file"),
        pytest.param(["check", "none.yaml"], "none.yaml: No such file or directory", id="file to check"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(capsys: Capture, arguments: list[str], message: str) -> None:
    """What is wrong and how to mend it, on standard error; nothing on standard output."""
    assert run(capsys, *arguments) == (2, "", f"cachecalc: {message}\n")


def test_the_result_can_be_written_to_a_file(capsys: Capture, tmp_path: Path) -> None:
    """`--output` takes what standard output would have."""
    target = tmp_path / "prices.csv"
    assert printed(capsys, "list", "--format", "csv", "--output", str(target)) == ""
    assert target.read_text(encoding="utf-8") == printed(capsys, "list", "--format", "csv")
