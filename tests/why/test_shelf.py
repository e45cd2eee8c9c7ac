"""Texts that are put away on disk come back as they were."""

from __future__ import annotations

import pytest

from cachecalc.logs import shelf
from cachecalc.logs.shelf import Sender, Shelf


@pytest.mark.parametrize("room", [0, 1 << 20], ids=["on disk", "in memory"])
def test_what_is_put_away_comes_back(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In any order, more often than prompts are kept at hand, with what the log said beside; whatever the text."""
    monkeypatch.setattr(shelf, "IN_MEMORY", room)
    kept = Shelf()
    texts = [f"question {number} \ud800\x00é" * 9 for number in range(2 * shelf.AT_HAND)]
    loads = [
        kept.put({"messages": [{"role": "user", "content": text}]}, Sender(f"log:{number}", "gpt-5.5", "azure"))
        for number, text in enumerate(texts)
    ]
    for number in (*reversed(range(len(texts))), 0, len(texts) - 1):
        prompt = loads[number]()
        assert prompt is not None
        assert (prompt.path, prompt.model, prompt.provider) == (f"log:{number}", "gpt-5.5", "azure")
        assert "".join(part.text or "" for part in prompt.parts) == texts[number]


def test_what_is_no_request_has_no_prompt() -> None:
    """A body that turns out to be none is no error."""
    assert Shelf().put({"messages": 5}, Sender("log:1"))() is None
