"""`compare`: rows to the cent, order, what is left out, and where the ranking turns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from cachecalc.cli import recount
from cachecalc.core.compare import compare, line_up
from cachecalc.core.flips import flips, with_traffic
from cachecalc.core.prompt import Count
from cachecalc.core.units import Range
from cachecalc.load import pricing
from cachecalc.tokens import Counter as TokenCounter
from cachecalc.tokens import counter_for
from tests.compare.run import Capture, document, run
from tests.estimate.build import THIRTY_DAYS, workload

DOCS = Path(__file__).parents[2] / "docs/compare.md"
RAG = "version: 1\nworkloads:\n  rag:\n    model: {}\n    prompt: {{static: 90000, dynamic: 10000}}\n    output: 500\n    requests: {}\n    arrivals: poisson\n"
QUICK = ("--in", "90000+10000", "--out", "500", "--requests", "10/hour")


def cents(amount: str) -> str:
    return str(Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP))


def rag(folder: Path, model: str, requests: str) -> str:
    path = folder / "rag.yaml"
    path.write_text(RAG.format(model, requests))
    return str(path)


def rows_of(found: Any) -> dict[tuple[str, str], Any]:
    return {(row["model"], row["strategy"]): row for row in found["rows"] if not row["now"]}


def _table(heading: str) -> list[list[str]]:
    """The rows of the first table behind a text in the docs."""
    after = DOCS.read_text().split(heading)[1].split("|---|")[1]
    lines = [line for line in after.split("\n\n")[0].splitlines()[1:] if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_published_comparison_at_ten_requests_a_day(capsys: Capture, tmp_path: Path) -> None:
    """The corrected monthly figures that the docs print."""
    _assert_documented(capsys, tmp_path, "A million tokens a day", "10/day", 5)


def test_the_comparison_at_ten_requests_an_hour(capsys: Capture, tmp_path: Path) -> None:
    """Each TTL, each provider, to the cent."""
    _assert_documented(capsys, tmp_path, "At ten requests an hour", "10/hour", 8)


def _assert_documented(capsys: Capture, folder: Path, heading: str, requests: str, count: int) -> None:
    expected = _table(heading)
    assert len(expected) == count
    models = ",".join(dict.fromkeys(model for model, *_ in expected))
    found = rows_of(document(capsys, "compare", rag(folder, "claude-haiku-4-5", requests), "--models", models))
    shown = [
        [model, caching, cents(row["baseline_usd"]), cents(row["cached_usd"]["expected"])]
        for model, caching, *_ in expected
        for row in [found[model, caching]]
    ]
    assert shown == expected


def test_a_request_that_hits_costs_its_changing_part_and_its_output_too() -> None:
    """The published figures price the cached tokens alone; the docs show both."""
    for model, _, usd in _table("Its costs are not"):
        cache = "{named: {alive: 0h/day, creations: 0/day}, hit_rate: 1}" if "gemini" in model else "{hit_rate: 1}"
        asked = cache.replace("{hit", "{ttl: 5m, hit") if "claude" in model else cache
        text = f"model: {model}\nprompt: {{static: 90000, dynamic: 10000}}\noutput: 500\nrequests: 1/month\narrivals: poisson\ncache: {asked}"
        found = compare(workload(text), [], THIRTY_DAYS, lambda prompt, _: prompt)
        assert f"{found.now.usd.expected:.4f}" == usd


@pytest.mark.parametrize(("requests", "usd"), [("10/hour", "639.28"), ("1000/hour", "61920.00")])
def test_a_busy_and_a_slow_prefix(capsys: Capture, tmp_path: Path, requests: str, usd: str) -> None:
    """GPT-5.6 with marks, at ten and at a thousand requests an hour."""
    found = document(capsys, "compare", rag(tmp_path, "gpt-5.6-sol", requests), "--models", "gpt-5")
    assert cents(rows_of(found)["gpt-5.6-sol", "marks 30m"]["cached_usd"]["expected"]) == usd


def test_what_the_user_has_comes_first_and_the_rest_by_cost(capsys: Capture) -> None:
    """Also where it is far from the cheapest; nothing is listed twice."""
    found = document(capsys, "compare", "--model", "claude-sonnet-4-5", "--cache", "5m", *QUICK)
    first, *rest = found["rows"]
    assert (first["now"], first["model"], first["strategy"]) == (True, "claude-sonnet-4-5", "marks 5m")
    costs = [Decimal(row["cached_usd"]["expected"]) for row in rest]
    assert costs == sorted(costs)
    names = Counter((row["model"], row["strategy"]) for row in found["rows"])
    assert max(names.values()) == 1


def test_the_first_row_is_what_estimate_says(capsys: Capture) -> None:
    """Expected value and range alike."""
    flags = ("--model", "gpt-5", "--in", "90000+10000", "--out", "300..700", "--requests", "10..20/hour")
    found = document(capsys, "compare", *flags, "--models", "gpt-4o")
    known = document(capsys, "estimate", *flags)["workloads"][0]
    assert found["rows"][0]["cached_usd"] == known["cached_usd"]
    assert found["rows"][0]["baseline_usd"] == known["baseline_usd"]


def test_the_line_up_has_each_active_model_once(capsys: Capture) -> None:
    """Retired models and resold copies are there with --all only."""
    names = {model.id for model in line_up(pricing.bundled())}
    assert {"claude-opus-5-5", "gpt-6.2-sol", "amazon.nova-pro-v1:0"} <= names
    assert not {"claude-3-opus", "us.anthropic.claude-opus-5-5", "claude-mythos-5"} & names
    found = document(capsys, "compare", "--model", "gpt-5", *QUICK, "--all")
    assert {"claude-3-opus", "us.anthropic.claude-opus-5-5"} <= {row["model"] for row in found["rows"]}


def test_a_model_that_cannot_hold_the_prompt_is_left_out_and_said(capsys: Capture) -> None:
    """With the size of its window; a strategy without a price likewise."""
    flags = ("--in", "150000+10000", "--out", "500", "--requests", "10/hour")
    found = document(capsys, "compare", "--model", "claude-sonnet-5-5", *flags, "--models", "gpt-4o,gemini-3.5-flash")
    said = {(row["model"], row["strategy"]): row["reason"] for row in found["skipped"]}
    assert "context window of 128,000 tokens is too small" in said["gpt-4o", None]
    assert "storage price" in said["gemini-3.5-flash", "named"]
    assert "gpt-4o" not in {row["model"] for row in found["rows"]}


def test_batch_costs_what_estimate_says_of_a_batch(capsys: Capture, tmp_path: Path) -> None:
    """Half the price on GPT-5, and never called the best way to answer at once."""
    path = tmp_path / "batch.yaml"
    path.write_text(RAG.format("gpt-5", "10/hour") + "    options: {batch: 1.0}\n")
    whole = document(capsys, "estimate", str(path))["workloads"][0]
    found = document(capsys, "compare", rag(tmp_path, "gpt-5", "10/hour"), "--models", "gpt-5")
    [row] = [row for row in found["rows"] if row["batch"]]
    assert row["cached_usd"]["expected"] == whole["plan_usd"]
    assert not row["best"]


def test_a_price_change_shows_on_its_day(capsys: Capture) -> None:
    """Gemini doubles on 2026-12-01 and 2027-01-01, its storage with it; the months on either side say so."""
    models = ("--models", "gemini-4-argon,gemini-3.8-flash")
    months = {
        month: rows_of(document(capsys, "compare", "--model", "gpt-5", *QUICK, *models, "--month", month))
        for month in ("2026-11", "2026-12", "2027-01")
    }
    argon = [Decimal(months[month]["gemini-4-argon", "no caching"]["cached_usd"]["expected"]) for month in months]
    flash = [Decimal(months[month]["gemini-3.8-flash", "no caching"]["cached_usd"]["expected"]) for month in months]
    assert argon[1] / argon[0] == Decimal(2) * 31 / 30
    assert argon[2] == argon[1]
    assert flash[1] / flash[0] == Decimal(31) / 30
    assert flash[2] == 2 * flash[1]
    named = [Decimal(months[month]["gemini-3.8-flash", "named"]["cached_usd"]["expected"]) for month in months]
    assert named[2] == 2 * named[1]
    change = months["2026-12"]["gemini-3.8-flash", "named"]["price_changes"]
    assert change == [{"since": "2027-01-01", "percent": 100.0}]


def test_a_text_is_counted_once_for_each_tokenizer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Over the whole table, and the new length is in the rows and in the text."""
    seen: Counter[tuple[str, str]] = Counter()
    monkeypatch.setattr(recount, "counter_for", lambda name: _Seen(counter_for(name), name, seen))
    (tmp_path / "system.txt").write_text("Answer from the handbook, and quote the section.\n" * 300)
    path = tmp_path / "profile.yaml"
    path.write_text(
        "version: 1\nworkloads:\n  bot:\n    model: claude-sonnet-4-6\n    prompt: {file: system.txt, dynamic: 300}\n"
        "    output: 200\n    requests: 5000/day\n    arrivals: poisson\n"
    )
    found = document(capsys, "compare", str(path), "--all")
    tokenizers = {model.tokenizer for model in pricing.bundled().models} - {"claude-v3"}
    assert {name for name, _ in seen} == tokenizers
    assert max(seen.values()) == 1
    longer = {row["model"]: row["tokens_vs_now"] for row in found["rows"]}
    assert longer["claude-haiku-4-5"] == 0
    assert 0.1 < longer["claude-opus-5-5"] < 0.45
    _, out, _ = run(capsys, "compare", str(path))
    assert re.search(r"The same\s+text is\s+\d+\s+%\s+longer", out)


class _Seen:
    def __init__(self, counter: TokenCounter, tokenizer: str, seen: Counter[tuple[str, str]]) -> None:
        self.counter, self.tokenizer, self.seen = counter, tokenizer, seen

    @property
    def name(self) -> str:
        return self.counter.name

    def count(self, text: str) -> Count:
        self.seen[self.tokenizer, text] += 1
        return self.counter.count(text)


def _found(
    requests: str = "10/hour", output: int = 500, models: str = "claude-sonnet-5-5,gpt-5,gemini-3.8-flash"
) -> Any:
    text = f"model: claude-sonnet-4-6\nprompt: {{static: 90000, dynamic: 10000}}\noutput: {output}\nrequests: {requests}\narrivals: poisson"
    chosen = [pricing.bundled().find(name) for name in models.split(",")]
    return compare(workload(text), chosen, THIRTY_DAYS, lambda prompt, _: prompt)


def test_the_output_length_at_which_the_ranking_turns_is_exact() -> None:
    """A token above it another model is the cheapest, a token below it is not."""
    found = _found(models="deepseek-flash,gemini-2.5-flash-lite,gpt-5")
    turns = [(flip, flip.output) for flip in flips(found) if flip.output is not None]
    assert turns
    for flip, output in turns:
        for step in (-1, 1):
            length = Range.exactly(round(output) + step * 2)
            costs = {
                way.model.id: way.at(replace(way.case, workload=replace(way.case.workload, output=length))).total
                for way in found.ways
                if way.is_best
            }
            assert (min(costs, key=costs.__getitem__) == flip.model.id) == ((step > 0) == flip.upward)


def test_the_traffic_at_which_the_ranking_turns() -> None:
    """A tenth beyond it the other model wins, a tenth before it does not."""
    found = _found(models="deepseek-flash,gemini-2.5-flash-lite,gpt-5")
    turns = [(flip, flip.times) for flip in flips(found) if flip.times is not None]
    assert turns
    for flip, times in turns:
        for factor, wins in ((0.9, not flip.upward), (1.1, flip.upward)):
            costs = [
                (way.at(with_traffic(way.case, times * factor)).total, way.model.id)
                for way in found.ways
                if not way.batch
            ]
            assert (min(costs)[1] != found.best.model.id) == wins


def test_a_coming_price_that_turns_the_ranking_is_named() -> None:
    """From 2026-12-01 Gemini 4 Argon costs twice as much, and no longer wins."""
    found = _found(models="gemini-4-argon,claude-opus-5-5", requests="1000/hour")
    assert found.best.model.id == "gemini-4-argon"
    [flip] = [flip for flip in flips(found) if flip.day is not None]
    assert str(flip.day) == "2026-12-01"


def test_csv_and_markdown_hold_every_row_and_every_model(capsys: Capture) -> None:
    """CSV is a rectangle; Markdown has what there is now and the best of each model."""
    flags = ("compare", "--model", "claude-sonnet-4-5", *QUICK, "--models", "gpt-5,gemini-3.8-flash")
    _, out, _ = run(capsys, *flags, "--format", "csv")
    lines = list(csv.reader(io.StringIO(out)))
    assert {len(line) for line in lines} == {len(lines[0])}
    _, out, _ = run(capsys, *flags, "--format", "markdown")
    assert out.count("| gpt-5 |") == 1
    assert "| claude-sonnet-4-5 | no caching |" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param((), "what should be compared?", id="nothing"),
        pytest.param(("--model", "gpt-5", *QUICK, "--models", "gpt-55"), "unknown model", id="model"),
        pytest.param(("--model", "gpt-5", *QUICK, "--provider", "goggle"), "did you mean google", id="provider"),
    ],
)
def test_bad_input_ends_in_one_message(capsys: Capture, arguments: tuple[str, ...], message: str) -> None:
    """Exit code 2, and nothing on standard output."""
    code, out, err = run(capsys, "compare", *arguments)
    assert (code, out) == (2, "")
    assert message in err
