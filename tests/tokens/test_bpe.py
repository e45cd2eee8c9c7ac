from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.tokens import short
from cachecalc.tokens.bpe import _ENCODED, ENOUGH, MAX_CHUNK, PATTERNS, Bpe, chunks, encoding
from cachecalc.tokens.vocabulary import pack, unpack, vocabulary

ANY_TEXT = st.text(st.characters(exclude_categories=()))
WORDS = st.lists(
    st.sampled_from(["alpha", "Beta", "x1", "12345", "naïve", "日本語", "});", "  ", "\n\n", "\t", "it's"])
)


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("o200k", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
        ("cl100k", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
    ],
)
def test_vocabulary_is_tiktokens(name: str, digest: str) -> None:
    """Written in tiktoken's own form, each vocabulary has the digest that tiktoken expects of its download."""
    ranks = vocabulary(name).ranks()
    lines = (b"%s %d\n" % (base64.b64encode(token), ranks[token]) for token in sorted(ranks, key=ranks.__getitem__))
    assert hashlib.sha256(b"".join(lines)).hexdigest() == digest


@given(st.lists(st.binary(min_size=1, max_size=6), unique=True), st.binary(max_size=6))
def test_packed_vocabulary_gives_ranks(tokens: list[bytes], other: bytes) -> None:
    """Out of its file, a vocabulary has every token at its rank, and no other."""
    found = unpack(pack(tokens))
    assert found.ranks() == {token: rank for rank, token in enumerate(tokens)}
    assert [found.rank(token) for token in tokens] == list(range(len(tokens)))
    assert (found.rank(other) is None) == (other not in tokens)


def short_tokens(name: str, text: str) -> list[bytes] | None:
    return short.encode(name, re.compile(PATTERNS[name].format(**short.CLASSES)), text)


def tiktokens(name: str, text: str) -> list[bytes]:
    return encoding(name).decode_tokens_bytes(encoding(name).encode_ordinary(text))


@pytest.mark.parametrize("name", sorted(PATTERNS))
@given(text=st.text(st.sampled_from("aB1 '\t\r\n\x1c\x85\xa0/=_s\u017féÉǅʰ中\u0301\u0661½—😀\ue000")))
def test_short_texts_have_tiktokens_tokens(name: str, text: str) -> None:
    """The encoder for short texts cuts and merges as tiktoken does."""
    assert short_tokens(name, text) == tiktokens(name, text)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_every_character_has_its_class(name: str) -> None:
    """Whatever a character is, the pattern cuts around it where tiktoken's does; of the many letters of the East some."""
    characters = map(chr, [*range(0x3000), *range(0x3000, 0xD800, 97), *range(0xE000, 0x110000, 997)])
    known = (char for char in characters if unicodedata.category(char) != "Cn")
    for char in known:
        text = f"a{char}B {char}1{char}'S '{char}{char}\n{char}"
        assert short_tokens(name, text) == tiktokens(name, text), ascii(char)


@pytest.mark.parametrize("text", ["a " + "=-" * short.MAX_PIECE, "\u0378"], ids=["long piece", "unassigned"])
def test_what_is_not_plain_is_left_to_tiktoken(text: str) -> None:
    """A long piece and a character that this Python does not know are encoded by tiktoken."""
    assert short_tokens("o200k", text) is None
    assert Bpe("o200k").tally(text) == Counter(tiktokens("o200k", text))


@given(text=ANY_TEXT)
def test_how_much_was_counted_before_changes_nothing(text: str) -> None:
    """The first texts of a process are encoded without tiktoken, the others with it; the tokens are the same."""
    counter = Bpe("o200k")
    _ENCODED.clear()
    first, tally = counter.count(text), counter.tally(text)
    _ENCODED[counter.name] = ENOUGH
    assert (counter.count(text), counter.tally(text)) == (first, tally)


@pytest.mark.parametrize(
    ("name", "text", "tokens"),
    [
        pytest.param("o200k", "", 0, id="nothing"),
        pytest.param("o200k", "hello world", 2, id="words"),
        pytest.param("cl100k", "hello world", 2, id="words, older vocabulary"),
        pytest.param("cl100k", "antidisestablishmentarianism", 6, id="long word, older vocabulary"),
        pytest.param("o200k", "antidisestablishmentarianism", 6, id="long word"),
        pytest.param("o200k", "お誕生日おめでとう", 8, id="Japanese"),
        pytest.param("cl100k", "お誕生日おめでとう", 9, id="Japanese, older vocabulary"),
        pytest.param("o200k", "<|endoftext|>", 7, id="a special token is text"),
        pytest.param("o200k", "\ud83d\ude00", 1, id="surrogates that make a character"),
        pytest.param("o200k", "\ud800", 1, id="a lone surrogate"),
        pytest.param("o200k", "\0\x1b[31m", 5, id="control characters"),
    ],
)
def test_counts(name: str, text: str, tokens: int) -> None:
    """Counts are those of tiktoken's ordinary encoding (OpenAI's cookbook has the long word and the Japanese)."""
    assert Bpe(name).count(text).tokens == tokens


@pytest.mark.parametrize("name", sorted(PATTERNS))
@pytest.mark.parametrize("unit", ["\n", "a", "A", "1", "!", "中", "\u0301", "\ud800", " \t", "a b", "\r\n"])
def test_endless_runs_are_counted(name: str, unit: str) -> None:
    """A long run of the same neither breaks the matcher nor takes its time squared."""
    text = unit * (200_000 // len(unit))
    assert 0 < Bpe(name).count(text).tokens <= 2 * len(text)


def test_a_million_spaces_are_counted() -> None:
    """What makes tiktoken itself panic is counted."""
    assert 0 < Bpe("o200k").count(" " * 1_000_000).tokens < 20_000


@pytest.mark.parametrize("name", sorted(PATTERNS))
@given(words=WORDS, size=st.integers(1, 30))
def test_chunks_are_the_text(name: str, words: list[str], size: int) -> None:
    """Chunks put together are the text, and none is larger than asked."""
    text = " ".join(words)
    assert "".join(chunks(text, size)) == text
    assert all(len(chunk) <= size for chunk in chunks(text, size))


@pytest.mark.parametrize("name", sorted(PATTERNS))
@given(words=WORDS)
def test_cuts_between_words_change_no_count(name: str, words: list[str]) -> None:
    """Where a text is cut at a word after a space or a line feed, the pieces' tokens are the whole's."""
    text = "".join(f"{word} end\nLine" for word in words)
    pieces = list(chunks(text, 40))
    encode = encoding(name).encode_ordinary
    assert sum(len(encode(piece)) for piece in pieces) == len(encode(text))


@given(ANY_TEXT)
def test_any_text_is_counted(text: str) -> None:
    """No string raises, and none but the empty one has no tokens."""
    assert (Bpe("o200k").count(text).tokens == 0) == (text == "")


def test_long_text_equals_whole() -> None:
    """A text longer than a chunk has the same tokens as in one piece."""
    text = "The quick brown fox jumps over the lazy dog, 42 times.\n" * (3 * MAX_CHUNK // 50)
    assert Bpe("o200k").count(text).tokens == len(encoding("o200k").encode_ordinary(text))


def test_tiktoken_is_loaded_late() -> None:
    """Importing the counters loads none of the heavy libraries they may use."""
    heavy = "{'tiktoken', 'splintr', 'ctok', 'anthropic', 'platformdirs'}"
    code = f"import sys, cachecalc.tokens; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
