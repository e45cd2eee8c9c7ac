from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cachecalc.core.prompt import Count
from cachecalc.tokens.stored import Stored


@dataclass(frozen=True)
class Words:
    """Counts words, and remembers what it was asked."""

    name: str = "words"
    asked: list[str] = field(default_factory=list)

    def count(self, text: str) -> Count:
        self.asked.append(text)
        return Count(len(text.split()), 0.0, self.name)


def test_a_text_is_counted_once(tmp_path: Path) -> None:
    """The second time a count comes from the disk, also in another process's counter."""
    counter = Words()
    counts = [Stored(counter, tmp_path).count("to be or not") for _ in range(3)]
    assert counts == [Count(4, 0.0, "words")] * 3
    assert counter.asked == ["to be or not"]


def test_counters_do_not_share_counts(tmp_path: Path) -> None:
    """The same text under another counter is another count."""
    Stored(Words("one"), tmp_path).count("a text")
    other = Words("other")
    Stored(other, tmp_path).count("a text")
    assert other.asked == ["a text"]


def test_short_texts_are_not_kept(tmp_path: Path) -> None:
    """A text that is quick to count leaves no file."""
    Stored(Words(), tmp_path, shortest=10).count("short")
    assert not list(tmp_path.iterdir())


def test_only_numbers_are_kept(tmp_path: Path) -> None:
    """No text is written, and no temporary file is left."""
    Stored(Words(), tmp_path).count("the secret is 1234")
    assert [path.read_text() for path in tmp_path.rglob("*") if path.is_file()] == ["4"]


@pytest.mark.parametrize("damage", [b"", b"12x", b"-3", b"\xff\xfe"], ids=["empty", "garbled", "negative", "binary"])
def test_a_damaged_file_is_counted_again(tmp_path: Path, damage: bytes) -> None:
    """What is not a number is not believed, and is mended."""
    stored = Stored(Words(), tmp_path)
    stored.count("one two")
    file = next(path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(damage)
    assert stored.count("one two").tokens == 2
    assert file.read_text() == "2"


def test_an_unusable_directory_only_costs_time(tmp_path: Path) -> None:
    """Where nothing can be written, counts still come."""
    (tmp_path / "file").touch()
    counter = Words()
    stored = Stored(counter, tmp_path / "file" / "below")
    assert [stored.count("a b c").tokens for _ in range(2)] == [3, 3]
    assert len(counter.asked) == 2


def test_lone_surrogates_have_a_name(tmp_path: Path) -> None:
    """A text that is not valid Unicode can be kept as well."""
    assert Stored(Words(), tmp_path).count("\ud800 x").tokens == 2
