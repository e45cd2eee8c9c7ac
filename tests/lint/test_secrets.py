"""What is blotted out before anything of a prompt is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.prompt import Span
from cachecalc.core.secrets import redact
from cachecalc.lint.place import Source

KEY = "sk-ant-api03-abcdefghijklmnop0123"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(f"key {KEY} end", f"key {'*' * len(KEY)} end", id="provider-key"),
        pytest.param("AKIAIOSFODNN7EXAMPLE", "*" * 20, id="aws"),
        pytest.param("Authorization: Bearer abcdef1234567890xyz", f"Authorization: Bearer {'*' * 19}", id="bearer"),
        pytest.param("ghp_abcdefghijklmnopqrstuvwxyz012345", "*" * 36, id="github"),
        pytest.param("password = 'hunter2hunter2'", f"password = '{'*' * 14}'", id="assignment"),
        pytest.param("postgres://bob:secret99@db/x", f"postgres://{'*' * 12}@db/x", id="url"),
        pytest.param("-----BEGIN PRIVATE KEY-----MIIB-----END", "-----BEGIN PRIVATE KEY-----****-----END", id="pem"),
        pytest.param("the secret: something else", "the secret: something else", id="prose"),
        pytest.param("password: {{ password }}", "password: {{ password }}", id="placeholder"),
        pytest.param("task-oriented-answers-for-everyone", "task-oriented-answers-for-everyone", id="hyphens"),
    ],
)
def test_secrets_are_blotted_out_length_for_length(text: str, shown: str) -> None:
    """Columns still count, and ordinary words stay."""
    assert redact(text) == shown


@given(st.text())
def test_any_text_keeps_its_length(text: str) -> None:
    """Whatever is in it."""
    assert len(redact(text)) == len(text)


@given(st.integers(0, 400), st.integers(0, 400))
def test_no_cut_shows_part_of_a_secret(before: int, at: int) -> None:
    """A line is cut after its secrets are gone, wherever the finding stands."""
    line = "x " * before + KEY + " y" * 400
    place = Source("p.txt", line).place(Span(min(at * 2, len(line)), min(at * 2 + 1, len(line))))
    assert "abcdefghijkl" not in place.excerpt
    assert len(place.excerpt) <= 240
