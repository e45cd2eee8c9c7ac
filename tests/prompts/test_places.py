from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.prompt import Span
from cachecalc.load import yaml_text
from cachecalc.load.prompts.json_text import JsonPlaces
from cachecalc.load.prompts.located import copied
from cachecalc.load.prompts.places import Path, Places
from cachecalc.load.prompts.yaml_places import YamlPlaces

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
JSON = st.builds(
    lambda value, indent, ascii_: json.dumps(value, indent=indent, ensure_ascii=ascii_),
    VALUES,
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
)


def strings(value: Any, at: Path = ()) -> list[tuple[Path, str]]:
    """The strings in a document with their paths."""
    if isinstance(value, str):
        return [(at, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in strings(item, (*at, key))]


@given(JSON)
def test_json_strings_are_found(source: str) -> None:
    """Every string is found between its quotes, and every character of it where it or its escape stands."""
    places = JsonPlaces(source)
    for at, value in strings(json.loads(source)):
        located = places.text(at, value)
        whole = located.span()
        assert whole is not None
        assert json.loads(f'"{source[whole.start : whole.end]}"') == value
        for index, char in enumerate(value):
            span = located.span(index, index + 1)
            assert span is not None
            assert json.loads(f'"{source[span.start : span.end]}"') == char


@given(st.dictionaries(st.text(max_size=4), VALUES, min_size=1, max_size=5), st.sampled_from([None, 2]), st.data())
def test_member_can_be_deleted(value: dict[str, Any], indent: int | None, data: st.DataObject) -> None:
    """Deleting a member's place leaves valid JSON without it."""
    source = json.dumps(value, indent=indent)
    key = data.draw(st.sampled_from(sorted(value)))
    span = JsonPlaces(source).member((key,))
    assert span is not None
    rest = json.loads(source[: span.start] + source[span.end :])
    assert rest == {name: item for name, item in value.items() if name != key}


SCALARS = """\
literal: |-   # a note
  Hello {x} é😀
    indented {{ now }}

  last
folded: >
  folded text
  goes on

  para two
single: 'it''s {x}
  folded

  two'
double: "tab\\tx \\u00e9 {y} \\
   joined\\U0001F600 z
   fold"
plain: plain words
   over lines {z}
flow: [{g: "q{z}"}, 'b c', d e]
alias: &a shared words
again: *a
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_yaml_words_are_found(line_end: str) -> None:
    """Every word of every kind of scalar is found where it, or its escaped form, stands."""
    source = SCALARS.replace("\n", line_end)
    document = yaml_text.parse(source, "x.yaml")
    places: Places = YamlPlaces(document)
    escaped = {"it's": "it''s", "é": "\\u00e9", "joined😀": "joined\\U0001F600"}
    found = strings(document.value)
    assert len(found) == 10
    for at, value in found:
        for word in re.finditer(r"\S+", value):
            span = places.text(at, value).span(*word.span())
            assert span is not None
            assert source[span.start : span.end] in (word[0], escaped.get(word[0]))


@given(st.text(st.sampled_from("ab é😀\n\t'\"\\:#-{}"), max_size=30), st.sampled_from(["", "'", '"', "|"]))
def test_yaml_round_trip(text: str, style: str) -> None:
    """Whatever a string holds and however it is written, each of its words is found, in order."""
    import yaml

    source = yaml.dump({"key": text}, default_style=style or None, allow_unicode=True, width=20)
    document = yaml_text.parse(source, "x.yaml")
    located = YamlPlaces(document).text(("key",), text)
    position = 0
    for word in re.finditer(r"[a-z]+", text):
        span = located.span(*word.span())
        assert span is not None
        assert source[span.start : span.end].replace("\\\n", "").split() == [word[0]]
        assert span.start >= position
        position = span.end


def test_slices_of_slices() -> None:
    """A slice of a slice still counts in the file."""
    assert copied("abcdef", 10).slice(1).slice(2, 4).span() == Span(13, 15)
