"""`cachecalc estimate` as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
from inline_snapshot import snapshot

from cachecalc.cli.app import main
from scripts.write_schemas import DIRECTORY

SAMPLES = Path(__file__).parents[2] / "sample_prompts/profiles"
RAG = ["estimate", "--model", "claude-sonnet-4-5", "--in", "90000+10000", "--out", "500", "--requests", "10/hour"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command line."""
    code = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["cachecalc", *arguments])
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_support_bot(capsys: pytest.CaptureFixture[str]) -> None:
    """The verdict first, then bars, then what is wrong with the typed-in hit rate."""
    code, out, err = run(capsys, "estimate", str(SAMPLES / "support-bot.yaml"))
    assert (code, err) == (0, "")
    assert out == snapshot("""\
support-bot: 150,000 requests on claude-sonnet-4-6, 30 days at the prices of 2026-11-21

Keep marks 5m: by the traffic it costs $365.63 a month, not the $441.31 of the typed-in hit rate.

  without caching  $1,170.00  ██████████████████████████████████████▏
  as configured      $441.31  ██████████████▍  marks 5m, typed-in hit rate 85%
  marks 1h           $365.62  ███████████▉
  automatic 5m       $877.50  ████████████████████████████▋
  automatic 1h     $1,228.50  ████████████████████████████████████████
  cheapest plan      $365.63  ███████████▉  marks 5m

Why not less: 80 % of what remains is output; 6 % of your input changes in every request.
It pays from 108.6 requests a day, from a hit rate of 21.7%, with 0.28 reads per write.

warning: the traffic contradicts the typed-in hit rate of 85%: it gives 100.0%, and a month that
  costs $75.68 less, $365.63
""")


def test_flags_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Figures that rest on assumed arrivals are starred."""
    code, out, _ = run(capsys, *RAG)
    assert code == 0
    assert out == snapshot("""\
workload: 7,200 requests on claude-sonnet-4-5, 30 days at the prices of 2026-11-21

Turn on marks 1h: $2,214.00 -> $465* a month (-79 %).

  without caching  $2,214.00  ████████████████████▎
  as configured    $2,214.00  ████████████████████▎  no caching
  marks 5m           $1,440*  █████████████▏
  automatic 5m       $2,750*  █████████████████████████▏
  automatic 1h       $4,370*  ████████████████████████████████████████
  cheapest plan        $465*  ████▎  marks 1h, $464* to $475*

Why not less: 12 % of what remains is output; 10 % of your input changes in every request.
The advice holds in all 3 readings of what is not known for certain.
It pays from 17.9 requests a day, from a hit rate of 52.6%, with 1.11 reads per write.

Paste:
  "cache_control": {"type": "ephemeral", "ttl": "1h"}    # at the end of `static`

warning: claude-sonnet-4-5 retires on 2026-11-30; the cost is kept as if it went on

* rests on what nobody gave:
  arrivals: Poisson at a constant rate; low and high also try even arrivals and 50 active hours a
  week; to make it exact, give `arrivals:` (hours, gaps or active_hours)
""")


def test_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Every line, boundary and price source."""
    _, out, _ = run(capsys, *RAG, "--explain")
    assert out[out.index("Lines, as") :] == snapshot("""\
Lines, as configured:
  input, not cached  720,000,000 tokens   $3/MTok  $2,160.00
  output               3,600,000 tokens  $15/MTok     $54.00

Lines, cheapest plan:
  input, not cached   72,000,000 tokens    $3/MTok  $216.00
  cache reads        647,970,581 tokens  $0.3/MTok  $194.39
  cache writes 1h         29,419 tokens    $6/MTok    $0.18
  output               3,600,000 tokens   $15/MTok   $54.00

Boundaries of the plan:
  static: prefix of 90,000 tokens, 1h, found warm by 100.00% of requests

Prices:
  claude-sonnet-4-5 since 2026-04-30, checked 2026-11-21: genai-prices 0.2.3; litellm 1.109.1

warning: claude-sonnet-4-5 retires on 2026-11-30; the cost is kept as if it went on

* rests on what nobody gave:
  arrivals: Poisson at a constant rate; low and high also try even arrivals and 50 active hours a
  week; to make it exact, give `arrivals:` (hours, gaps or active_hours)
""")


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("*.yaml")))
def test_every_sample_profile(capsys: pytest.CaptureFixture[str], sample: str) -> None:
    """Each computes, and its JSON satisfies the schema that is shipped."""
    code, out, err = run(capsys, "estimate", str(SAMPLES / sample), "--format", "json")
    assert (code, err) == (0, "")
    schema = json.loads((DIRECTORY / "estimate.schema.json").read_text())
    jsonschema_rs.validate(schema, json.loads(out))


@pytest.mark.parametrize(
    ("sample", "configured", "plan"),
    [
        ("support-bot", "441.31", "365.63"),
        ("implicit-mark", "3672.00", "619.20"),
        ("tenant-rag", "3706.86", "1748.56"),
        ("coding-agent", "4094.96", "4062.79"),
        ("office-hours", "52.01", "32.67"),
        ("semantic-cache", "881.83", "881.83"),
        ("fan-out", "1494.50", "336.91"),
    ],
)
def test_what_the_samples_cost(capsys: pytest.CaptureFixture[str], sample: str, configured: str, plan: str) -> None:
    """One profile for each shape of traffic; a change in any of these figures is a change in the model."""
    _, out, _ = run(capsys, "estimate", str(SAMPLES / f"{sample}.yaml"), "--format", "json")
    found = json.loads(out)["workloads"][0]
    assert f"{float(found['cached_usd']['expected']):.2f}" == configured
    assert f"{float(found['plan_usd']):.2f}" == plan


def test_csv_has_a_row_for_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Exact amounts, and names that no spreadsheet runs."""
    _, out, _ = run(capsys, *RAG, "--format", "csv")
    assert out.splitlines()[:4] == snapshot(
        [
            "workload,model,bill,strategy,label,rate,quantity,unit,usd_per_unit,amount_usd",
            'workload,claude-sonnet-4-5,baseline,no caching,"input, not cached",,720000000,token,0.000003,2160',
            "workload,claude-sonnet-4-5,baseline,no caching,output,,3600000,token,0.000015,54",
            'workload,claude-sonnet-4-5,configured,no caching,"input, not cached",,720000000,token,0.000003,2160',
        ]
    )


def test_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    """A table and the verdict."""
    _, out, _ = run(capsys, *RAG, "--format", "markdown")
    assert out == snapshot("""\
### Prompt caching, 30 days at the prices of 2026-11-21

| workload | model | without caching | as configured | cheapest plan |
|---|---|--:|--:|--:|
| workload | claude-sonnet-4-5 | $2,214.00 | $2,214.00 (no caching) | $465\\* (marks 1h) |

- **workload**: Turn on marks 1h: $2,214.00 -> $465* a month (-79 %).
- warning, workload: claude-sonnet-4-5 retires on 2026-11-30; the cost is kept as if it went on

\\* arrivals: Poisson at a constant rate; low and high also try even arrivals and 50 active hours a week
""")


@pytest.mark.parametrize(("budget", "code"), [("2214", 0), ("2213.99", 1)])
def test_a_budget(capsys: pytest.CaptureFixture[str], budget: str, code: int) -> None:
    """Exit 1 above it, with the reason on standard error."""
    found, _, err = run(capsys, *RAG, "--budget", budget)
    assert found == code
    assert ("over budget" in err) is bool(code)


def test_a_saved_profile_says_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`--save` writes what the flags meant."""
    file = tmp_path / "p.yaml"
    _, first, _ = run(capsys, *RAG, "--format", "json", "--save", str(file))
    _, second, _ = run(capsys, "estimate", str(file), "--format", "json")
    assert json.loads(first) == json.loads(second)


@pytest.mark.parametrize("like", ["support", "rag", "agent", "chat"])
def test_presets_are_starred_with_their_sources(capsys: pytest.CaptureFixture[str], like: str) -> None:
    """Every number nobody gave names where it is from."""
    code, out, _ = run(capsys, "estimate", "--like", like, "--model", "claude-sonnet-5-5")
    assert code == 0
    assert "*" in out
    assert "rests on what nobody gave" in out


def test_prices_change_within_a_month(capsys: pytest.CaptureFixture[str]) -> None:
    """January 2027 doubles the Gemini 3.8 Flash price; December is still at the old one."""
    flags = ["estimate", "--model", "gemini-3.8-flash", "--in", "90000+10000", "--out", "500", "--requests", "100/day"]
    _, december, _ = run(capsys, *flags, "--month", "2026-12", "--format", "json")
    _, january, _ = run(capsys, *flags, "--month", "2027-01", "--format", "json")
    before, after = (json.loads(out)["workloads"][0] for out in (december, january))
    assert float(after["baseline_usd"]) == pytest.approx(2 * float(before["baseline_usd"]))
    assert any(note["code"] == "price-change" for note in before["notes"])


def test_hostile_names_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Escape sequences in a workload's name are shown, not obeyed."""
    file = tmp_path / "p.yaml"
    file.write_text(
        'version: 1\nworkloads:\n  "\\e[31m=cmd|red":\n    model: gpt-5\n    prompt: {static: 9}\n'
        "    output: 1\n    requests: 1/day\n"
    )
    for form in ("text", "markdown", "csv"):
        _, out, _ = run(capsys, "estimate", str(file), "--format", form)
        assert "\x1b" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "what should be estimated?"),
        (("--model", "gpt-9", "--in", "5", "--out", "1", "--requests", "1/day"), "unknown model 'gpt-9'"),
        (("--model", "gpt-5", "--in", "5x", "--out", "1", "--requests", "1/day"), "--in '5x'"),
        (("--model", "gpt-5", "--in", "5"), "--out and --requests missing"),
        (("--like", "ragg", "--model", "gpt-5"), "did you mean rag"),
        (("--like", "rag", "--model", "gpt-5", "--month", "2026-13"), "is not a month"),
        (("--like", "rag", "--model", "gpt-5", "--budget", "lots"), "is not an amount"),
        (("nowhere.yaml",), "No such file"),
        (("nowhere.yaml", "--model", "gpt-5"), "a profile or flags, not both"),
    ],
)
def test_bad_input_ends_in_one_message(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    """Exit 2, nothing on standard output, no traceback."""
    code, out, err = run(capsys, "estimate", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_closed_pipe_is_no_error() -> None:
    """`cachecalc estimate | head -1` ends quietly."""
    command = f"{sys.executable} -m cachecalc {' '.join(RAG)} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
