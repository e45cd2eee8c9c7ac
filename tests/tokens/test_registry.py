from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cachecalc.core.problem import InputError
from cachecalc.load import pricing
from cachecalc.tokens import TOKENIZERS, counter_for
from cachecalc.tokens.framing import FRAMINGS
from cachecalc.tokens.reconstructed import Reconstructed


@pytest.fixture
def _no_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the optional libraries were not installed."""
    monkeypatch.setitem(sys.modules, "splintr", None)
    monkeypatch.setitem(sys.modules, "ctok", None)


def test_every_model_can_be_counted() -> None:
    """Each tokenizer of the price table has a counter and a framing."""
    used = {model.tokenizer for model in pricing.bundled().models}
    assert used <= set(TOKENIZERS)
    assert set(FRAMINGS) == set(TOKENIZERS)


@pytest.mark.usefixtures("_no_extras")
@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_every_tokenizer_counts_without_extras(tokenizer: str) -> None:
    """The default install counts for every model and says by which counter."""
    count = counter_for(tokenizer).count("Hello, world! Bonjour, 世界.")
    assert 4 <= count.tokens <= 40
    assert count.counter == counter_for(tokenizer).name
    assert (count.error == 0) == (tokenizer in {"o200k", "cl100k"})


@pytest.mark.parametrize("tokenizer", ["gemma", "deepseek-v3", "qwen3", "tekken", "kimi", "llama", "glm-4.7"])
def test_installed_vocabularies_are_used(tokenizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra, the vendor's own vocabulary counts."""
    pytest.importorskip("splintr")
    with_extra = counter_for(tokenizer)
    monkeypatch.setitem(sys.modules, "splintr", None)
    assert counter_for(tokenizer).name.endswith("estimate")
    assert with_extra.name != counter_for(tokenizer).name


def test_reconstructed_claude_is_used_where_installed(tmp_path: Path) -> None:
    """ctok's counts are those that Anthropic's documentation and API give for its examples."""
    pytest.importorskip("ctok", reason="needs the extra claude-exact")
    counter = counter_for("claude-v3", cache=tmp_path)
    assert counter.name == "ctok claude-v3"
    assert counter.count("hello, world").tokens == 3
    assert [Reconstructed(f"claude-{v}").count("hello, world").tokens for v in ("v4.7", "v4.8")] == [4, 4]
    assert counter.count("").tokens == 0


@pytest.mark.usefixtures("_no_extras")
@pytest.mark.parametrize(
    ("tokenizer", "help"),
    [("gemma", "pip install 'cachecalc[tokenizers]'"), ("grok", "leave out --exact"), ("unknown", "leave out --exact")],
)
def test_exact_where_there_is_none(tokenizer: str, help: str) -> None:
    """Asked for an exact count that cannot be had, the message says how to get one, or what else there is."""
    with pytest.raises(InputError) as caught:
        counter_for(tokenizer, exact=True)
    assert caught.value.problems[0].help.startswith(help)


def test_unknown_tokenizer() -> None:
    """A misspelt name gets a suggestion."""
    with pytest.raises(InputError, match="did you mean claude-v4"):
        counter_for("claude-v4.9")
