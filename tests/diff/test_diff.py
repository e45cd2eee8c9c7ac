"""`diff`: the dollars of a change, in both directions, and the comment that says so."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from cachecalc.tokens import counter_for
from tests.compare.run import Capture, document, run

PROFILE = """
version: 1
workloads:
  bot:
    model: gpt-5.6-sol
    prompt: {file: prompts/support.j2, dynamic: 100}
    output: 200
    requests: 5000/day
    arrivals: poisson
    cache: 30m
"""
PLAIN = PROFILE.replace("{file: prompts/support.j2, dynamic: 100}", "{static: 2800, dynamic: 100}")
PROMPT = "Answer from the handbook. Quote the section.\n" * 300


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clean prompt in the first commit, a clock at its top in the second."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    _git("init", "-q", "-b", "main")
    Path("prompts").mkdir()
    Path("cachecalc.yaml").write_text(PROFILE)
    _commit("prompts/support.j2", PROMPT)
    _commit("prompts/support.j2", "It is {{ now }}.\n" + PROMPT)
    return tmp_path


def _git(*arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def _commit(path: str, text: str) -> None:
    Path(path).write_text(text)
    _git("add", "--all")
    _git("commit", "-q", "-m", "a change")


def _diff(capsys: Capture, *arguments: str) -> Any:
    return document(capsys, "diff", *arguments)


def _cost(capsys: Capture, profile: str = "cachecalc.yaml") -> Decimal:
    return Decimal(document(capsys, "estimate", profile)["workloads"][0]["cached_usd"]["expected"])


@pytest.mark.usefixtures("repository")
def test_a_clock_at_the_top_costs_what_the_two_estimates_differ(capsys: Capture) -> None:
    """To the last digit, in both directions, with nothing checked out by us."""
    after = _cost(capsys)
    _git("checkout", "-q", "HEAD~1")
    before = _cost(capsys)
    _git("checkout", "-q", "main")
    found = _diff(capsys, "HEAD~1", "HEAD", "--profile", "cachecalc.yaml")
    assert Decimal(found["totals"]["change_usd"]) == after - before > 100
    back = _diff(capsys, "HEAD", "HEAD~1", "--profile", "cachecalc.yaml")
    assert Decimal(back["totals"]["change_usd"]) == before - after


@pytest.mark.usefixtures("repository")
def test_the_bill_is_that_of_the_input_no_cache_can_read(capsys: Capture) -> None:
    """By hand: 150,000 requests, every token at the input price of $4 and every answer at $20 a million."""
    found = _diff(capsys, "HEAD~1", "HEAD", "--profile", "cachecalc.yaml")
    lines = document(capsys, "estimate", "cachecalc.yaml")["workloads"][0]["lines"]
    tokens = sum(Decimal(line["quantity"]) for line in lines if line["label"] != "output")
    assert Decimal(found["totals"]["after_usd"]) == (tokens * 4 + 150_000 * 200 * 20) / 1_000_000
    assert tokens > 150_000 * 2_000


@pytest.mark.usefixtures("repository")
def test_the_comment_on_a_pull_request(capsys: Capture) -> None:
    """One sentence with the cause and its place, a table, the finding that came with its own price."""
    code, out, _ = run(capsys, "diff", "HEAD~1", "HEAD", "--profile", "cachecalc.yaml", "--format", "markdown")
    assert code == 0
    assert out == snapshot("""\
<!-- cachecalc diff -->
**This change costs $1,470\\* more a month ($822\\* -&gt; $2,290\\*, +179 %): `{{ now }}`, which changes every second, is new at prompts/support.j2:1.**

| workload | model | before | after | change |
|---|---|--:|--:|--:|
| bot | gpt-5.6-sol | $822\\* | $2,290\\* | +$1,470\\* |

<details><summary>Details</summary>

- **bot** +$1,470\\* prompt: prompts/support.j2:1: `{{ now }}`, which changes every second, is new
- new: prompts/support.j2:1: CC101 `{{ now }}` changes every second before 2,700 cacheable tokens ($1,868.28 a month)
- both sides at the same prices, 30 days at the prices of 2026-11-21, and with the same traffic

</details>
""")


@pytest.mark.usefixtures("repository")
def test_the_comment_the_other_way_round(capsys: Capture) -> None:
    """A saving is called one, and the finding is gone."""
    _, out, _ = run(capsys, "diff", "HEAD", "HEAD~1", "--profile", "cachecalc.yaml", "--format", "markdown")
    assert out == snapshot("""\
<!-- cachecalc diff -->
**This change saves $1,470\\* a month ($2,290\\* -&gt; $822\\*, -64 %): `{{ now }}`, which changes every second, is gone at prompts/support.j2:1.**

| workload | model | before | after | change |
|---|---|--:|--:|--:|
| bot | gpt-5.6-sol | $2,290\\* | $822\\* | -$1,470\\* |

<details><summary>Details</summary>

- **bot** -$1,470\\* prompt: prompts/support.j2:1: `{{ now }}`, which changes every second, is gone
- gone: prompts/support.j2:1: CC101 `{{ now }}` changes every second before 2,700 cacheable tokens ($1,868.28 a month)
- both sides at the same prices, 30 days at the prices of 2026-11-21, and with the same traffic

</details>
""")


@pytest.mark.usefixtures("repository")
def test_markdown_is_silent_where_nothing_changed(capsys: Capture) -> None:
    """Between equal revisions, and below the threshold."""
    flags = ("--profile", "cachecalc.yaml", "--format", "markdown")
    assert run(capsys, "diff", "HEAD", "HEAD", *flags) == (0, "", "")
    assert run(capsys, "diff", "HEAD~1", "HEAD", *flags, "--threshold", "100000") == (0, "", "")


@pytest.mark.parametrize(
    ("gate", "fails"),
    [
        pytest.param(("--fail-over-usd", "100"), True, id="usd"),
        pytest.param(("--fail-over-usd", "100000"), False, id="usd-below"),
        pytest.param(("--fail-over-percent", "10"), True, id="percent"),
        pytest.param(("--fail-over-percent", "10000%"), False, id="percent-below"),
        pytest.param(("--budget", "$1,200"), True, id="budget-crossed"),
        pytest.param(("--budget", "10"), False, id="budget-exceeded-before"),
        pytest.param(("--budget", "100000"), False, id="budget-kept"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_gates(capsys: Capture, gate: tuple[str, str], fails: bool) -> None:
    """Exit code 1 beyond a limit; a budget that was exceeded before is nobody's change."""
    code, out, _ = run(capsys, "diff", "HEAD~1", "HEAD", "--profile", "cachecalc.yaml", *gate)
    assert code == (1 if fails else 0)
    assert ("FAILED" in out) == fails


@pytest.mark.usefixtures("repository")
def test_a_saving_fails_no_gate(capsys: Capture) -> None:
    """Limits look one way only."""
    limits = ("--fail-over-usd", "0", "--fail-over-percent", "0", "--budget", "0.01")
    code, _, _ = run(capsys, "diff", "HEAD", "HEAD~1", "--profile", "cachecalc.yaml", *limits)
    assert code == 0


@pytest.mark.usefixtures("repository")
def test_more_traffic_in_the_profile_is_told_apart(capsys: Capture) -> None:
    """Twice the requests double the bill, and the change is still free."""
    Path("cachecalc.yaml").write_text(PROFILE.replace("5000/day", "10000/day"))
    _git("commit", "-q", "-a", "-m", "more traffic")
    found = _diff(capsys, "HEAD~1", "HEAD", "--profile", "cachecalc.yaml")
    [workload] = found["workloads"]
    assert workload["status"] == "unchanged"
    assert Decimal(workload["traffic_usd"]) == Decimal(workload["after_usd"]) / 2


CODE = '''
import datetime

import anthropic

RULES = """{rules}"""


def ask(question: str) -> object:
    return anthropic.Anthropic().messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[{{"type": "text", "text": {text}, "cache_control": {{"type": "ephemeral"}}}}],
        messages=[{{"role": "user", "content": question}}],
    )
'''


@pytest.mark.usefixtures("repository")
def test_an_edit_of_code_that_a_workload_claims(capsys: Capture) -> None:
    """A clock in front of marked instructions: every request writes them at 1.25 times the input price instead of
    reading them at 0.05 times, and the gate sees it."""
    profile = PLAIN.replace("gpt-5.6-sol", "claude-sonnet-5-5").replace("cache: 30m", 'sources: ["bot.py"]')
    Path("cachecalc.yaml").write_text(profile)
    _commit("bot.py", CODE.format(rules=PROMPT, text="RULES"))
    _commit("bot.py", CODE.format(rules=PROMPT, text='f"It is {datetime.datetime.now()}. {RULES}"'))
    flags = ("HEAD~1", "HEAD", "--profile", "cachecalc.yaml")
    found = _diff(capsys, *flags)
    [cause] = found["workloads"][0]["causes"]
    assert "datetime.now()" in cause["message"]
    assert cause["place"].startswith("bot.py:")
    tokens = Decimal(cause["usd"]) * 1_000_000 / (150_000 * (Decimal("2.5") - Decimal("0.1")))
    assert float(tokens) == pytest.approx(counter_for("claude-v4.8").count(PROMPT).tokens, rel=0.02)
    assert Decimal(found["totals"]["change_usd"]) == Decimal(cause["usd"])
    code, _, _ = run(capsys, "diff", *flags, "--fail-over-usd", "100")
    assert code == 1


def _profile(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_causes_add_up(capsys: Capture, tmp_path: Path) -> None:
    """Prompt, cache and output changed at once: three amounts that make the whole."""
    base = _profile(tmp_path, "base.yaml", PLAIN)
    head = _profile(
        tmp_path, "head.yaml", PLAIN.replace("2800", "4000").replace("30m", "12h").replace("output: 200", "output: 300")
    )
    found = _diff(capsys, base, head)
    [workload] = found["workloads"]
    assert [cause["what"] for cause in workload["causes"]] == ["prompt", "cache", "output"]
    assert sum(Decimal(cause["usd"]) for cause in workload["causes"]) == Decimal(workload["change_usd"])
    assert Decimal(workload["causes"][2]["usd"]) == Decimal(150_000 * 100 * 20) / 1_000_000


def test_workloads_that_came_and_went(capsys: Capture, tmp_path: Path) -> None:
    """They count with the whole of their bill."""
    base = _profile(tmp_path, "base.yaml", PLAIN)
    head = _profile(tmp_path, "head.yaml", PLAIN.replace("  bot:", "  other:"))
    found = _diff(capsys, base, head)
    assert {row["name"]: row["status"] for row in found["workloads"]} == {"other": "added", "bot": "removed"}
    assert Decimal(found["totals"]["change_usd"]) == 0


def _estimate(capsys: Capture, folder: Path, name: str, month: str, text: str = PLAIN) -> str:
    known = document(capsys, "estimate", _profile(folder, "it.yaml", text), "--month", month)
    return _profile(folder, name, json.dumps(known))


def test_a_price_move_between_two_estimates_is_nobodys_change(capsys: Capture, tmp_path: Path) -> None:
    """Gemini 3.8 Flash doubles on 2027-01-01; December and January have 31 days each."""
    flash = PLAIN.replace("gpt-5.6-sol", "gemini-3.8-flash").replace("    cache: 30m\n", "")
    base = _estimate(capsys, tmp_path, "december.json", "2026-12", flash)
    head = _estimate(capsys, tmp_path, "january.json", "2027-01", flash)
    code, out, _ = run(capsys, "diff", base, head, "--format", "json", "--fail-over-usd", "0")
    [workload] = json.loads(out)["workloads"]
    assert (code, workload["status"]) == (0, "unchanged")
    assert Decimal(workload["prices_usd"]) == Decimal(workload["after_usd"]) / 2


def test_two_estimates_of_different_prompts(capsys: Capture, tmp_path: Path) -> None:
    """The change is the difference of their bills."""
    base = _estimate(capsys, tmp_path, "base.json", "2026-12")
    head = _estimate(capsys, tmp_path, "head.json", "2026-12", PLAIN.replace("dynamic: 100", "dynamic: 300"))
    found = _diff(capsys, base, head)
    costs = [Decimal(json.loads(Path(path).read_text())["totals"]["cached_usd"]["expected"]) for path in (base, head)]
    assert Decimal(found["totals"]["change_usd"]) == costs[1] - costs[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("HEAD~1", "HEAD"), "--profile cachecalc.yaml", id="revisions-without-profile"),
        pytest.param(("nowhere", "HEAD", "--profile", "cachecalc.yaml"), "no revision 'nowhere'", id="revision"),
        pytest.param(("HEAD~1", "--profile", "cachecalc.yaml", "--budget", "much"), "is not an amount", id="amount"),
        pytest.param(("cachecalc.yaml", "odd.json"), "not an estimate", id="json"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_bad_input_ends_in_one_message(capsys: Capture, arguments: tuple[str, ...], message: str) -> None:
    """Exit code 2, and nothing on standard output."""
    Path("odd.json").write_text('{"version": 2}')
    code, out, err = run(capsys, "diff", *arguments)
    assert (code, out) == (2, "")
    assert message in err
