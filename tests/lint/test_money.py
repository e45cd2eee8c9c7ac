"""What findings cost a month."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core import rules
from cachecalc.core.prompt import Count, Part, Prompt, Section, Span
from cachecalc.core.volatility import PER_REQUEST, STATIC, Clock, Identity, Volatility
from cachecalc.lint import money
from cachecalc.lint.check import Settings, of_prompt, placed
from cachecalc.lint.claims import claims
from cachecalc.lint.place import Source, Sources
from tests.lint.project import CLEAN, CLOCK, SOURCE, TRAFFIC, Capture, put, run

SETTINGS = Settings(frozenset(rule.code for rule in rules.ALL), dt.date(2026, 11, 21), "/")

CHANGES = {
    "static": STATIC,
    "clock": Volatility(clock=Clock.SECOND),
    "user": Volatility(identities=frozenset({Identity.USER})),
    "fresh": PER_REQUEST,
}


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def report(capture: Capture, *arguments: str) -> dict[str, Any]:
    _, out, err = run(capture, "lint", "--traffic", "traffic.yaml", "--format", "json", *arguments)
    assert out, err
    return dict(json.loads(out))


def test_a_finding_costs_what_the_estimate_says(capsys: Capture, tmp_path: Path) -> None:
    """150,000 requests that write the prompt anew up to its mark, instead of reading its static part."""
    put(tmp_path, "system.j2", CLOCK)
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="*.j2"))
    content = report(capsys, "--prove", "--unsafe-fixes")
    static = content["proofs"][0]["prefix_tokens"]["after"]
    hit = 1 - math.exp(-5000 / 86400 * 300)
    saved = 150_000 * static * hit * (3.75 - 0.30) / 1e6
    before, after = (float(content["proofs"][0]["usd_per_month"][key]) for key in ("before", "after"))
    assert before - after == pytest.approx(saved, rel=1e-3)
    (finding,) = report(capsys)["findings"]  # moves the clock alone, where the fix moves its sentence
    assert float(finding["usd_per_month"]) == pytest.approx(before - after, rel=0.01)
    assert finding["workload"] == "support"


def test_two_breaks_of_one_prefix_are_no_sum(capsys: Capture, tmp_path: Path) -> None:
    """Each alone loses the whole prefix, so mending both saves no more than the dearer of them."""
    put(tmp_path, "system.j2", "Ticket {{ uuid4() }}\n" + CLOCK)
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="*.j2"))
    content = report(capsys)
    prices = [Decimal(finding["usd_per_month"]) for finding in content["findings"]]
    total = Decimal(content["summary"]["usd_per_month"])
    assert len(prices) == 2
    assert {finding["group_usd_per_month"] for finding in content["findings"]} == {str(total)}
    assert max(prices) <= total < sum(prices)


def test_unclaimed_findings_are_unpriced_and_counted(capsys: Capture, tmp_path: Path) -> None:
    """No workload, no price; --workload claims everything."""
    put(tmp_path, "system.j2", CLOCK)
    put(tmp_path, "other_prompt.j2", CLOCK)
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="system.j2"))
    content = report(capsys)
    assert [(it["path"], it["usd_per_month"] is None) for it in content["findings"]] == [
        ("system.j2", False),
        ("other_prompt.j2", True),
    ]
    assert content["summary"]["unpriced"] == 1
    assert report(capsys, "--workload", "support")["summary"]["unpriced"] == 0


def test_prompts_of_one_workload_are_not_added_up(capsys: Capture, tmp_path: Path) -> None:
    """Each request sends one of them: the total is that of the dearest, and a warning says so."""
    put(tmp_path, "system.j2", CLOCK)
    put(tmp_path, "other_prompt.j2", CLOCK + CLEAN)
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="*.j2"))
    content = report(capsys)
    prices = [Decimal(finding["usd_per_month"]) for finding in content["findings"]]
    assert Decimal(content["summary"]["usd_per_month"]) == max(prices)
    assert content["warnings"] == ["workload support claims 2 prompts with findings; its total is that of the dearest"]


def test_money_sorts(capsys: Capture, tmp_path: Path) -> None:
    """The dearest finding comes first, whatever its name."""
    put(tmp_path, "a_prompt.j2", CLOCK)
    put(tmp_path, "z_prompt.j2", CLOCK + CLEAN)
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="*.j2"))
    assert [finding["path"] for finding in report(capsys)["findings"]] == ["z_prompt.j2", "a_prompt.j2"]


def test_a_function_is_claimed_by_name(capsys: Capture, tmp_path: Path) -> None:
    """`FILE:FUNCTION` means the prompts that hold text of that function."""
    put(tmp_path, "app/bot.py", SOURCE)
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="app/*.py:build_prompt"))
    assert report(capsys)["findings"][0]["usd_per_month"] is not None
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="app/*.py:other"))
    assert report(capsys)["findings"][0]["usd_per_month"] is None


@pytest.mark.parametrize(
    ("flags", "code", "level"),
    [
        pytest.param(["--min-usd", "1"], 1, "error", id="dearer-than-the-minimum"),
        pytest.param(["--min-usd", "100000"], 0, "note", id="cheaper-is-a-note"),
        pytest.param(["--fail-over-usd", "1"], 1, "error", id="over"),
        pytest.param(["--fail-over-usd", "$100,000"], 0, "error", id="not-over"),
        pytest.param(["--fail-over-usd", "100000", "--fail-on", "error"], 1, "error", id="level-still-fails"),
        pytest.param(["--fail-over-usd", "1", "--fail-on", "never"], 1, "error", id="only-money-fails"),
    ],
)
def test_limits(capsys: Capture, tmp_path: Path, flags: list[str], code: int, level: str) -> None:
    """Dollars decide where there are dollars; a level that was asked for still does."""
    put(tmp_path, "system.j2", CLOCK)
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="*.j2"))
    found, out, _ = run(capsys, "lint", "--traffic", "traffic.yaml", "--format", "json", *flags)
    assert (found, json.loads(out)["findings"][0]["level"]) == (code, level)


def test_an_uncalibrated_workload_gates_nothing(capsys: Capture, tmp_path: Path) -> None:
    """If last month's bill was far from the prediction, its dollars neither fail nor excuse a finding."""
    put(tmp_path, "system.j2", CLOCK)
    profile = TRAFFIC.format(source="*.j2") + "    observed: {month: 2026-10, usd: 1}\n"
    put(tmp_path, "traffic.yaml", profile)
    flags = ["lint", "--traffic", "traffic.yaml", "--fail-over-usd"]
    assert run(capsys, *flags, "1", "--fail-on", "never")[0] == 0
    assert run(capsys, *flags, "100000")[0] == 1


def test_assumed_arrivals_are_starred(capsys: Capture, tmp_path: Path) -> None:
    """Where nobody said when requests come, every amount has a star."""
    put(tmp_path, "system.j2", CLOCK)
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="*.j2").replace("    arrivals: poisson\n", ""))
    _, out, _ = run(capsys, "lint", "--traffic", "traffic.yaml")
    assert "* a month" in out


def test_what_only_moves_a_typed_in_hit_rate_has_no_price(capsys: Capture, tmp_path: Path) -> None:
    """A hit rate that somebody typed in does not fall with what a session id breaks: that price is unknown, not zero."""
    put(tmp_path, "system.j2", CLOCK.replace("{{ now() }}", "{{ session_id }}"))
    profile = TRAFFIC.format(source="*.j2").replace("cache: 5m", "cache: {ttl: 5m, hit_rate: 0.8}")
    put(tmp_path, "traffic.yaml", profile)
    content = report(capsys)
    assert "hit_rate" in profile
    assert [finding["usd_per_month"] for finding in content["findings"]] == [None]
    assert content["summary"]["unpriced"] == 1


def test_a_profile_that_does_not_fit_the_prompt_is_a_warning(capsys: Capture, tmp_path: Path) -> None:
    """A text that differs by user has no price until somebody says how many users there are."""
    put(tmp_path, "system.j2", CLOCK.replace("{{ now() }}", "{{ user_name }}"))
    put(tmp_path, "traffic.yaml", TRAFFIC.format(source="*.j2"))
    content = report(capsys)
    assert content["findings"][0]["usd_per_month"] is None
    assert "user" in content["warnings"][0]


@given(row=st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(20, 3000)), min_size=1, max_size=6))
def test_the_total_is_never_more_than_the_parts_alone_nor_less_than_one(row: list[tuple[str, int]]) -> None:
    """For a cost that grows with the tokens nobody can reuse: every price is at most the total."""
    prompt = Prompt(tuple(part(index, change, size) for index, (change, size) in enumerate(row)), path="p.j2")
    sources = Sources({}, Source("p.j2", "x" * 40_000))
    found = [placed(rule, hit, prompt, sources, SETTINGS) for rule, hit in of_prompt(prompt, SETTINGS) if hit.mended]
    if found:
        priced = money.price(prompt, found, lambda _: unreusable, lambda it: of_prompt(it, SETTINGS))
        assert all(Decimal(0) <= usd <= priced.total for usd in priced.each)
        assert max(priced.by_group.values()) <= priced.total
        if len(priced.by_group) == 1:
            assert list(priced.by_group.values()) == [priced.total]


def part(index: int, change: str, size: int) -> Part:
    span = Span(index * 10, index * 10 + 5)
    return Part(f"part{index}", Section.SYSTEM, CHANGES[change], Count(size), text="x" * size, span=span, block=index)


def unreusable(prompt: Prompt) -> Decimal:
    volatile, lost = False, 0
    for each in prompt.parts:
        volatile |= not each.volatility.is_static
        lost += each.tokens if volatile else 0
    return Decimal(lost)


@pytest.mark.parametrize(
    ("source", "path", "name", "expected"),
    [
        pytest.param("app/*.py", "app/bot.py", "x", True, id="glob"),
        pytest.param("app/*.py", "app/deep/bot.py", "x", False, id="one-directory"),
        pytest.param("app/**/*.py", "app/deep/bot.py", "x", True, id="any-directory"),
        pytest.param("bot.py", "app/bot.py", "x", False, id="anchored"),
        pytest.param("./app/bot.py", "app/bot.py", "x", True, id="dot-slash"),
        pytest.param("app/bot.py:build", "app/bot.py", "Bot.build", True, id="last-step-of-a-name"),
        pytest.param("app/bot.py:build*", "app/bot.py", "build_prompt", True, id="pattern-of-a-name"),
        pytest.param("app/bot.py:build", "app/bot.py", "rebuild", False, id="another-name"),
    ],
)
def test_sources(source: str, path: str, name: str, expected: bool) -> None:
    """Globs start at the project's root; a name may follow a colon."""
    assert claims([source], path, Prompt((), name=name)) is expected
