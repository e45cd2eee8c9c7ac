"""The bundled price table: complete, sound, and true on the days it speaks of."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from cachecalc.core.pricing import Kind, Model, Period, Rates
from cachecalc.core.problem import InputError
from cachecalc.load import pricing, pricing_laws, pricing_schema
from cachecalc.tokens.registry import TOKENIZERS

TABLE = pricing.bundled()
MODELS = {model.id: model for model in TABLE.models}
EVERY_PERIOD = [
    pytest.param(model, period, id=f"{model.id} from {period.since or 'release'}")
    for model in TABLE.models
    for period in model.periods
]


def every_rates(period: Period) -> Iterator[Rates]:
    """All the rates of a period: standard and services, each tier's, each window's."""
    yield period.rates
    yield from period.services.values()
    for tier in period.tiers:
        yield tier.rates
        yield from tier.services.values()
    yield from (window.rates for window in period.windows)


def test_the_bundled_file_keeps_its_schema_and_laws() -> None:
    """The table is read without validation at run time, so it must be valid when it is shipped."""
    pricing_laws.validate(pricing.bundled_document(), pricing_schema.PricingFile)


def test_every_known_model_is_in_the_table(data: Path) -> None:
    """Nothing that was researched is missing, under its own id and at its current price."""
    source = data.parent / "facts" / "providers.yaml"
    if not source.exists():
        pytest.skip("the researched prices are not at hand")
    facts = yaml.safe_load(source.read_text(encoding="utf-8"))["models"]
    assert len(facts) == 103
    assert [fact["id"] for fact in facts if fact["id"] not in MODELS] == []
    wrong = [fact["id"] for fact in facts if not _agrees(fact, MODELS[fact["id"]])]
    assert wrong == ["deepseek-chat"]  # researched off-peak and at the price of early 2025; see its periods


def _agrees(fact: dict[str, Any], model: Model) -> bool:
    rates, given = model.period_on(dt.date(2026, 11, 21)).rates, fact["prices_usd_per_mtok"]
    classes = {"input": rates.input, "output": rates.output, "cache_read": rates.cache_read}
    same = all(Decimal(str(given[name])) == price for name, price in classes.items())
    writes = {key: given[key] for key in given if key.startswith("cache_write")}
    known = {("" if ttl in {"5m", "30m"} else f"_{ttl}"): price for ttl, price in rates.cache_write.items()}
    return same and all(
        known.get(key.removeprefix("cache_write")) == Decimal(str(price)) for key, price in writes.items()
    )


def test_every_name_means_one_model() -> None:
    """Ids and aliases, with or without a gateway's prefix, are never ambiguous."""
    names = sorted((name.lower(), model.id) for model in TABLE.models for name in (model.id, *model.aliases))
    assert [pair for pair in itertools.pairwise(names) if pair[0][0] == pair[1][0]] == []


@pytest.mark.parametrize(
    ("name", "ident"),
    [
        pytest.param("claude-sonnet-4.5", "claude-sonnet-4-5", id="dotted"),
        pytest.param("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5", id="as OpenRouter writes it"),
        pytest.param("vertex_ai/claude-sonnet-4-5@20250929", "claude-sonnet-4-5", id="on Google Cloud"),
        pytest.param("Claude-Sonnet-4-5-20250929", "claude-sonnet-4-5", id="dated, letter case aside"),
        pytest.param(
            "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            id="a Bedrock region",
        ),
        pytest.param(
            "bedrock/global.anthropic.claude-opus-5-5", "global.anthropic.claude-opus-5-5", id="Bedrock, global"
        ),
        pytest.param("gemini/gemini-pro-latest", "gemini-3.1-pro-preview", id="latest"),
        pytest.param("x-ai/grok-latest", "grok-4.5", id="another latest"),
        pytest.param("z-ai/glm-5.3", "GLM-5.3", id="capitals"),
    ],
)
def test_a_model_is_found_by_the_names_people_use(name: str, ident: str) -> None:
    """Dated ids, platform ids and gateway names lead to the model whose prices they pay."""
    assert TABLE.find(name).id == ident


@pytest.mark.parametrize("name", ["gpt-5.7", "gpt-5-2", "claude-sonnet-6", "gpt-4o-2024-05-13", ""])
def test_a_name_never_matches_across_versions(name: str) -> None:
    """A name that is only similar is refused with a suggestion: near names cost something else."""
    with pytest.raises(InputError, match="unknown model"):
        TABLE.find(name)


@pytest.mark.parametrize(("model", "period"), EVERY_PERIOD)
def test_reading_is_cheaper_than_input_and_storing_is_not(model: Model, period: Period) -> None:
    """Reads cost less than fresh input, writes at least as much, at every length and in every service."""
    same_read = {"groq"}  # a batch reads at the batch's input price
    billed_below_input = {"MiniMax-M2.7"}
    for rates in every_rates(period):
        for read in filter(None, (rates.cache_read, rates.cache_read_marked)):
            assert read < rates.input or (read == rates.input and model.provider in same_read)
        for write in rates.cache_write.values():
            assert write >= rates.input or model.id in billed_below_input


@pytest.mark.parametrize(("model", "period"), EVERY_PERIOD)
def test_every_price_has_a_source_and_a_date(model: Model, period: Period) -> None:
    """No figure stands without where it comes from and when it was looked at."""
    assert period.sources
    assert period.checked <= dt.date(2027, 11, 21)
    assert all(source.strip() for source in period.sources)


@pytest.mark.parametrize(("model", "period"), EVERY_PERIOD)
def test_tiers_rise_and_cost_more(model: Model, period: Period) -> None:
    """A longer prompt never falls into a cheaper tier."""
    thresholds = [0, *(tier.above_tokens for tier in period.tiers)]
    assert thresholds == sorted(set(thresholds))
    rates = [period.rates, *(tier.rates for tier in period.tiers)]
    assert all(before.input < after.input for before, after in itertools.pairwise(rates))


@pytest.mark.parametrize(
    "model", [pytest.param(model, id=model.id) for model in TABLE.models if model.id.startswith("claude")]
)
def test_claude_marks_have_both_write_prices_everywhere(model: Model) -> None:
    """Both TTLs are priced in every period, tier and service: at 1.25 and 2 times the input price, but for Claude 3 Haiku."""
    factor = Decimal("1.2") if model.id == "claude-3-haiku" else Decimal("1.25")
    for period in model.periods:
        for rates in every_rates(period):
            assert rates.cache_write == {"5m": rates.input * factor, "1h": rates.input * 2}
        batch = period.services["batch"]
        assert (batch.input, batch.output) == (period.rates.input / 2, period.rates.output / 2)


@pytest.mark.parametrize("model", [pytest.param(model, id=model.id) for model in TABLE.models])
def test_every_write_price_belongs_to_a_ttl(model: Model) -> None:
    """A mode that bills writes knows what they cost, or the gap is one that is known."""
    unpublished = {("qwen4-max", "5m"), ("qwen4-max", "1h"), ("qwen3.8-max", "5m")}
    rates = model.period_on(dt.date(2026, 11, 21)).rates
    for mode in (mode for mode in model.caching.modes if mode.bills_writes):
        for ttl in mode.ttls:
            assert (rates.write(mode, ttl.label) is None) == ((model.id, ttl.label) in unpublished)


@pytest.mark.parametrize(
    ("name", "day", "input", "read"),
    [
        pytest.param("claude-sonnet-5-5", "2026-10-06", "2", "0.2", id="Sonnet 5.5 reads, before the cut"),
        pytest.param("claude-sonnet-5-5", "2026-10-07", "2", "0.1", id="and from it"),
        pytest.param("claude-sonnet-5", "2026-09-01", "2", "0.2", id="a rise that was cancelled"),
        pytest.param("gemini-4-argon", "2026-11-30", "2", "0.1", id="Argon, introductory"),
        pytest.param("gemini-4-argon", "2026-12-01", "4", "0.2", id="Argon, doubled"),
        pytest.param("gemini-3.8-flash", "2027-01-01", "1.5", "0.15", id="3.8 Flash, doubled"),
        pytest.param("gpt-5.6-sol", "2026-08-20", "5", "0.5", id="GPT-5.6 Sol, list price"),
        pytest.param("gpt-5.6-sol", "2026-08-21", "4", "0.4", id="GPT-5.6 Sol, cut"),
        pytest.param("gpt-5.6-luna", "2026-07-29", "1", "0.1", id="Luna before an 80 % cut"),
        pytest.param("deepseek-v4-pro", "2026-08-16", "0.435", "0.003625", id="DeepSeek before peak hours"),
        pytest.param("deepseek-chat", "2026-01-01", "0.28", "0.028", id="DeepSeek V3.2"),
        pytest.param("mistral-large-4", "2026-10-25", "1.36", "0.14", id="Mistral's nine days at list price"),
        pytest.param("o3", "2025-06-09", "10", "0.5", id="o3 before June 2025"),
        pytest.param("grok-4.20", "2026-04-29", "2", "0.2", id="Grok 4.20 at launch"),
        pytest.param("claude-3-5-sonnet", "2025-06-01", "3", "0.3", id="a retired model"),
        pytest.param("gemini-1.5-pro", "2025-01-01", "1.25", "0.3125", id="another"),
    ],
)
def test_prices_are_those_of_the_day(name: str, day: str, input: str, read: str) -> None:
    """Old bills and months to come are priced by what held, or is announced to hold, on their days."""
    rates = TABLE.find(name).period_on(dt.date.fromisoformat(day)).rates
    assert (rates.input, rates.cache_read) == (Decimal(input), Decimal(read))


def test_storage_doubles_with_the_prices() -> None:
    """A named cache of the Flash models costs 0.50 a MTok-hour until the end of 2026, 1.00 after."""
    for name in ("gemini-3.6-flash", "gemini-3.7-flash", "gemini-3.8-flash"):
        before, after = (MODELS[name].period_on(dt.date(2026, 12, 31) + dt.timedelta(day)).rates for day in (0, 1))
        assert (before.storage, after.storage) == (Decimal("0.5"), Decimal(1))


@pytest.mark.parametrize(
    ("name", "retired"),
    [
        ("claude-3-5-sonnet", "2025-10-28"),
        ("claude-3-opus", "2026-01-05"),
        ("claude-3-haiku", "2026-04-20"),
        ("claude-sonnet-4-5", "2026-11-30"),
        ("gpt-4o", "2027-01-14"),
        ("gemini-2.5-pro", "2026-12-01"),
        ("gemini-1.5-flash", "2025-09-24"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "2027-04-08"),
    ],
)
def test_retirements_are_dated(name: str, retired: str) -> None:
    """The day from which calls fail is known, platform by platform."""
    assert MODELS[name].retired == dt.date.fromisoformat(retired)


def test_grok_counts_its_threshold_in() -> None:
    """At 200,000 tokens the higher price holds already, unlike everywhere else."""
    period = MODELS["grok-4.7"].periods[-1]
    assert (period.for_prompt(199_999).input, period.for_prompt(200_000).input) == (Decimal(2), Decimal(4))


def test_deepseek_doubles_on_weekday_peaks() -> None:
    """Peak is 01-04 and 06-10 UTC from Monday to Friday, at twice the price."""
    (window,) = MODELS["deepseek-flash"].periods[-1].windows
    assert window.rates.input == 2 * MODELS["deepseek-flash"].periods[-1].rates.input
    assert window.share_of_week == pytest.approx(35 / 168)


@pytest.mark.parametrize(
    ("name", "default", "kinds"),
    [
        ("claude-opus-5-5", None, [Kind.MARKS, Kind.TAIL]),
        ("global.anthropic.claude-opus-4-6-v1", None, [Kind.MARKS]),
        ("gpt-5.6-sol", "implicit", [Kind.TAIL, Kind.MARKS]),
        ("gpt-5", "automatic", [Kind.PREFIX]),
        ("gemini-2.5-pro", "implicit", [Kind.PREFIX, Kind.NAMED]),
        ("gemini-4-argon", "implicit", [Kind.PREFIX]),
        ("gemini-1.5-pro", None, [Kind.NAMED]),
        ("qwen4-max", "implicit", [Kind.PREFIX, Kind.MARKS, Kind.TAIL]),
        ("kimi-k3", "automatic", [Kind.PREFIX]),
    ],
)
def test_models_cache_as_their_providers_do(name: str, default: str | None, kinds: list[Kind]) -> None:
    """What is cached without being asked for, and what can be asked for."""
    rules = MODELS[name].caching
    assert (rules.default, [mode.kind for mode in rules.modes]) == (default, kinds)


@pytest.mark.parametrize(
    ("name", "minimum"),
    [
        ("claude-opus-5", 512),
        ("claude-opus-4-8", 1024),
        ("claude-opus-4-7", 2048),
        ("claude-haiku-4-5", 4096),
        ("claude-fable-5-2", None),
        ("gpt-5.6-sol", 1024),
        ("gemini-3.8-flash", 4096),
        ("MiniMax-M2.7", 512),
        ("grok-4.7", None),
    ],
)
def test_minimums_are_the_models_own(name: str, minimum: int | None) -> None:
    """The shortest prefix that is cached differs by model; one that nobody publishes is None."""
    assert {mode.min_tokens for mode in MODELS[name].caching.modes} == {minimum}


def test_retention_is_a_range_where_nothing_is_promised() -> None:
    """OpenAI's older models keep entries for minutes to a day; the marked ones for as long as they say."""
    (extended, memory) = MODELS["gpt-5"].caching.modes[0].ttls
    assert (extended.label, extended.low, extended.high) == ("24h", 1800, 86400)
    assert (memory.label, memory.low, memory.typical, memory.high) == ("in_memory", 300, 450, 600)
    assert MODELS["gpt-4o"].caching.modes[0].default_ttl == "in_memory"


def test_every_tokenizer_has_a_counter() -> None:
    """The names a model may give for its tokenizer are those that can be counted with, no more and no fewer."""
    assert set(get_args(pricing_schema.Tokenizer)) == set(TOKENIZERS)


def test_both_yaml_parsers_read_the_same_table() -> None:
    """Where PyYAML has no C extension its Python parser must accept the file as well."""
    source = pricing.bundled_document().source
    assert yaml.serialize(yaml.compose(source, Loader=yaml.SafeLoader)) == yaml.serialize(
        yaml.compose(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    )
