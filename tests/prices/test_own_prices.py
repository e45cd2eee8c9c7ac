"""A user's own prices over the bundled table, and what is said of a file that is wrong."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from cachecalc.core.pricing import PriceTable
from cachecalc.core.problem import InputError
from cachecalc.load import pricing, pricing_overlay, yaml_text

TODAY = dt.date(2026, 11, 21)
ROW = "checked: 2026-11-21, sources: [contract], usd_per_mtok: {input: 1, output: 2}"
DOCS = Path(__file__).parents[2] / "docs" / "prices.md"


def over(text: str) -> PriceTable:
    """The bundled table with a file over it."""
    return pricing_overlay.merge(pricing.bundled_document().value, yaml_text.parse(text, "mine.yaml"))


def faults(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        over(text)
    return [str(problem) for problem in caught.value.problems]


def test_without_a_file_the_table_is_the_bundled_one() -> None:
    """No overlay, no copy."""
    assert pricing.load(None) is pricing.bundled()


def test_a_file_that_changes_nothing_changes_nothing() -> None:
    """The merge is neutral where the file says nothing."""
    assert over("version: 1") == pricing.bundled()


def test_periods_stand_in_place_of_the_bundled_ones_from_their_first_day() -> None:
    """Older bills keep their prices; from the contract's day on its own periods are all there is."""
    table = over(f"version: 1\nmodels: [{{id: gpt-5.6-sol, prices: [{{since: 2026-08-01, {ROW}}}]}}]")
    assert [period.since for period in table.find("gpt-5.6-sol").periods] == [None, dt.date(2026, 8, 1)]
    assert table.find("gpt-5.6-sol").period_on(TODAY).rates.input == 1


def test_periods_without_a_day_replace_all() -> None:
    """A price that always held leaves nothing of the bundled ones."""
    table = over(f"version: 1\nmodels: [{{id: gpt-5.6-sol, prices: [{{{ROW}}}]}}]")
    assert [period.rates.input for period in table.find("gpt-5.6-sol").periods] == [1]


def test_a_known_model_may_be_called_by_an_alias_and_keeps_what_is_not_said() -> None:
    """Only the given keys change, and new aliases join the old ones."""
    table = over("version: 1\nmodels: [{id: claude-sonnet-5.5, aliases: [our-sonnet], min_tokens: 600}]")
    found, bundled = table.find("our-sonnet"), pricing.bundled().find("claude-sonnet-5-5")
    assert found.id == "claude-sonnet-5-5"
    assert found.periods == bundled.periods
    assert {mode.min_tokens for mode in found.caching.modes} == {600}
    assert set(found.aliases) > set(bundled.aliases)


@given(st.decimals(0, 1, places=3).filter(lambda off: off < 1))
def test_a_discount_is_taken_off_every_price_exactly(off: Decimal) -> None:
    """Input, reads, writes, storage, tiers, services and hours all fall by the same share, without rounding."""
    table = over(f"version: 1\ndiscounts: {{google: {off}, deepseek: {off}}}")
    for name in ("gemini-2.5-pro", "deepseek-flash"):
        before, after = (source.find(name).period_on(TODAY) for source in (pricing.bundled(), table))
        pairs = [(before.rates, after.rates)]
        pairs += [(tier.rates, cheap.rates) for tier, cheap in zip(before.tiers, after.tiers, strict=True)]
        pairs += [(window.rates, cheap.rates) for window, cheap in zip(before.windows, after.windows, strict=True)]
        pairs += [(rates, after.services[service]) for service, rates in before.services.items()]
        for full, cheap in pairs:
            assert cheap.input == full.input * (1 - off)
            assert cheap.cache_read == (full.cache_read or 0) * (1 - off)
            assert cheap.storage == (full.storage * (1 - off) if full.storage else None)
        assert "off in mine.yaml" in after.sources[-1]


def test_a_models_discount_stands_in_place_of_its_providers() -> None:
    """The closer figure holds; the two are not taken off one after the other."""
    table = over("version: 1\ndiscounts: {anthropic: 0.1, claude-haiku-5.5: 0.5}")
    assert table.find("claude-haiku-5-5").period_on(TODAY).rates.input == Decimal("0.05")
    assert table.find("claude-opus-5-5").period_on(TODAY).rates.input == Decimal("3.6")


def test_a_discount_leaves_own_prices_alone() -> None:
    """A price that the file gives is what is paid."""
    table = over(f"version: 1\ndiscounts: {{openai: 0.5}}\nmodels: [{{id: gpt-5, prices: [{{{ROW}}}]}}]")
    assert table.find("gpt-5").period_on(TODAY).rates.input == 1
    assert table.find("gpt-5-mini").period_on(TODAY).rates.input == Decimal("0.125")


def test_every_fault_is_told_at_once_at_its_place() -> None:
    """One run shows all there is to mend: shape, types, names and laws, in the order of the file."""
    text = """\
version: 1
discounts: {anthropc: 0.15, openai: 15}
caching:
  mine: {source: x, scope: y, can_disable: yes, default: automatic, modes: {prefix: {kind: prefx, ttls: {5m: five}, default_ttl: 7m}}}
models:
  - id: claude-opus-5-5
    caching: cluade
    priices: 3
    prices:
      - since: 20261001
        checked: 2026-11-21
        sources: []
        usd_per_mtok: {input: -1, output: 2.0.1, cache_read: 7, cache_wirte_5m: 3}
      - since: 2026-01-01
        checked: 2026-11-21
        sources: [contract]
        usd_per_mtok: {input: 3, output: 2, cache_read: 7, cache_write_30m: 3}
        hours: [{name: p, days: [monday], utc: ["10:00-06:00"], usd_per_mtok: {input: true}}]
        above: [{tokens: 300, usd_per_mtok: {input: 1, output: 1}}, {tokens: 0, usd_per_mtok: {input: 1, output: 1}}]
  - id: my-model
    aliases: [gpt-5]
  - id: claude-opus-55
"""
    assert "\n".join(faults(text)) == snapshot("""\
mine.yaml:2:13: no provider or model is called 'anthropc'
  help: did you mean anthropic?
mine.yaml:2:37: write a share between 0 and 1, such as 0.15 for 15 % off
mine.yaml:4:44: this must be true or false
mine.yaml:4:92: this must be 'marks', 'tail', 'prefix' or 'named'
mine.yaml:4:110: 'five' is not a duration: write for example 90s, 5m, 1h30m or 2d
mine.yaml:7:14: unknown rule set 'cluade'
  help: did you mean claude?
mine.yaml:8:5: unknown key 'priices'
  help: did you mean prices or prefixes or providers?
mine.yaml:10:16: write a day as year-month-day, such as 2026-11-21
mine.yaml:12:18: at least 1 must be given
mine.yaml:13:31: a price cannot be negative
mine.yaml:13:43: write a price as a number of US dollars per million tokens, such as 3.75
mine.yaml:13:65: unknown key 'cache_wirte_5m'
  help: did you mean cache_write_5m or cache_write_30m or cache_write_1h?
mine.yaml:17:23: a cache read (7) dearer than input (3): are they swapped?
mine.yaml:18:34: this must be 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'
mine.yaml:18:49: write hours of a UTC day as "06:00-10:00", the start before the end
mine.yaml:18:79: the key 'output' is missing
mine.yaml:18:87: write a price as a number of US dollars per million tokens, such as 3.75
mine.yaml:19:78: this must be at least 1
mine.yaml:20:9: 'my-model' is a new model and lacks provider, tokenizer, caching, prices
  help: a model of your own needs them all
mine.yaml:20:9: the name 'gpt-5' already means gpt-5
  help: give each name to one model
mine.yaml:22:9: 'claude-opus-55' is a new model and lacks provider, tokenizer, caching, prices
  help: did you mean claude-opus-5.5 or claude-opus-5-5 or claude-opus-5?\
""")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("version: 2", "mine.yaml:1:10: this must be 1", id="a version that is not known"),
        pytest.param("- 1", "mine.yaml:1:1: this must be keys with values", id="a list"),
        pytest.param("version: 1\nmodels: 3", "mine.yaml:2:9: this must be a list", id="models that are none"),
        pytest.param(
            "version: 1\nmodels: [{id: gpt-5, prices: [{" + ROW.replace("input: 1", "input: 1, cache_write_5m: 2") + "}]}]",
            "mine.yaml:2:115: cache_write_5m has no such TTL to bill in the model's caching\n  help: billed: none",
            id="a write price where storing has none",
        ),
        pytest.param(
            "version: 1\nmodels: [{id: gpt-5, min_tokens: 9}, {id: openai/gpt-5, min_tokens: 8}]",
            "mine.yaml:2:43: the name 'openai/gpt-5' already means gpt-5\n  help: give each name to one model",
            id="a model twice",
        ),
        pytest.param(
            "version: 1\nmodels: [{id: gpt-5, prices: [{since: 2026-02-01, " + ROW + "}, {since: 2026-01-01, " + ROW + "}]}]",
            "mine.yaml:2:30: periods run from the oldest to the newest; only the first may lack `since`",
            id="periods out of order",
        ),
        pytest.param(
            "version: 1\nmodels: [{id: gpt-5, prices: [{" + ROW.replace("input: 1", "input: .nan") + "}]}]",
            "mine.yaml:2:96: .nan is not a number that can be used",
            id="not a number",
        ),
        pytest.param(
            "version: 1\nmodels: [{id: gpt-5, prices: [{" + ROW.replace("input: 1", "input: 1e400") + "}]}]",
            "mine.yaml:2:96: 1e400 is too large or too small to be meant",
            id="a price beyond reason",
        ),
        pytest.param(
            "version: 1\ndiscounts: {gpt5: 0.1}",
            "mine.yaml:2:13: no provider or model is called 'gpt5'\n  help: did you mean gpt-5 or gpt-5.6 or gpt-5.5?",
            id="a discount for nobody",
        ),
        pytest.param("version: 1\ndiscounts: {openai: 1}", "mine.yaml:2:21: write a share between 0 and 1, such as 0.15 for 15 % off", id="all off"),
        pytest.param("version: !!python/name:os.system 1", "mine.yaml:1:10: the tag tag:yaml.org,2002:python/name:os.system is not allowed\n  help: write a plain value", id="code"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_with_a_place_and_a_hint(text: str, expected: str) -> None:
    """A wrong value is named where it stands, with what to write instead."""
    assert "\n".join(faults(text)) == expected


def test_a_missing_file_is_bad_input() -> None:
    """A path that is not there is said to be so, without a trace."""
    with pytest.raises(InputError, match=r"no-such-file\.yaml: No such file or directory"):
        pricing.load("no-such-file.yaml")


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    """Whatever a file holds, it is read or refused with InputError."""
    with contextlib.suppress(InputError):
        over(f"version: 1\n{text}")


def test_the_example_in_the_documentation_works() -> None:
    """The documented file is valid and does what the page says."""
    text = DOCS.read_text(encoding="utf-8")
    example = next(block for block in text.split("```yaml\n") if "discounts:" in block).partition("```")[0]
    table = over(example)
    assert table.find("claude-sonnet-5-5").period_on(TODAY).rates.input == Decimal("1.70")
    assert table.find("claude-haiku-5-5").period_on(TODAY).rates.input == Decimal("0.075")
    assert table.find("claude-opus-5-5").period_on(TODAY).rates.input == 3
    assert table.find("claude-opus-5-5").period_on(dt.date(2026, 9, 30)).rates.input == Decimal("3.40")
    assert table.find("our-llama").caching.modes[0].increment == 16
