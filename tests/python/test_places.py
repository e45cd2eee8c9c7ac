"""Every part stands where its span says."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.prompt import Part
from cachecalc.load.python import read_python
from tests.python.reading import SEND

FRAME = """# {comment}
import anthropic, datetime
client = anthropic.Anthropic()
def ask():
    system = {literal}
    return {send}
"""
TEXTS = st.text(string.ascii_letters + " .,äé中😀\t\n'\"{}\\", max_size=30)
PREFIXES = ("", "f", "rf", "F")


def parts_of(literal: str, comment: str = "") -> tuple[str, list[Part]]:
    source = FRAME.format(comment=comment, literal=literal, send=SEND)
    sent = [prompt for prompt in read_python("app.py", source) if not prompt.fragment]
    return source, [part for prompt in sent for part in prompt.parts]


def spelt(text: str) -> str:
    """A text inside triple quotes of an f-string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return escaped.replace("{", "{{").replace("}", "}}")


@given(texts=st.lists(TEXTS, min_size=1, max_size=4), comment=st.text("aé中", max_size=5))
def test_the_parts_of_an_f_string_are_its_text_at_their_places(texts: list[str], comment: str) -> None:
    """Literal text is read as Python reads it, and each clock is found at its field."""
    literal = "f" + '"""' + "{datetime.datetime.now()}".join(map(spelt, texts)) + '"""'
    source, parts = parts_of(literal, comment)
    said = "".join("\0" if part.text is None else part.text for part in parts)
    assert said == "\0".join(texts)
    for part in parts:
        assert part.span
        written = source[part.span.start : part.span.end]
        assert written == "{datetime.datetime.now()}" if part.text is None else written


@pytest.mark.parametrize(
    ("literal", "written"),
    [
        ("f'Now: {datetime.date.today()}. Be kind.'", ["Now: ", "{datetime.date.today()}", ". Be kind."]),
        ("('Be kind. '\n      f'Now: {datetime.date.today()}')", ["Be kind. ", "Now: ", "{datetime.date.today()}"]),
        ("'Now: {now}. Be kind.'.format(now=datetime.date.today())", ["Now: ", "{now}", ". Be kind."]),
        ("'Be {{kind}}.\\n Now: {now}'.format(now=datetime.date.today())", ["Be {{kind}}.\\n Now: ", "{now}"]),
        ("'Now: %s. Be kind.' % datetime.date.today()", ["Now: ", "%s", ". Be kind."]),
        ("'Now: ' + str(datetime.date.today())", ["Now: ", "str(datetime.date.today())"]),
        ("'é中: {}'.format(datetime.date.today())", ["é中: ", "{}"]),
        ("'Be kind. NOW'.replace('NOW', str(datetime.date.today()))", ["Be kind. ", "NOW"]),
        ('f"""\\\nNow: {datetime.date.today()}"""', ["\\\nNow: ", "{datetime.date.today()}"]),
        ("f'{datetime.date.today():%d.%m.}'", ["{datetime.date.today():%d.%m.}"]),
        ("f'{str(datetime.date.today())[:4]!r:>10}'", ["{str(datetime.date.today())[:4]!r:>10}"]),
    ],
)
def test_a_part_is_spelt_where_its_span_says(literal: str, written: list[str]) -> None:
    """Placeholders, fields, operands: the place in the prompt, not that of the clock."""
    source, parts = parts_of(literal)
    assert [source[part.span.start : part.span.end] for part in parts if part.span] == written


def test_the_place_where_a_value_is_made_is_told_beside_its_place_in_the_prompt() -> None:
    """A rule can point at both."""
    source, parts = parts_of("f'{(now := datetime.datetime.now())} {now}'")
    assert [source[part.origin_span.start : part.origin_span.end] for part in parts if part.origin_span] == [
        "datetime.datetime.now()",
        "datetime.datetime.now()",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_move_places(end: str) -> None:
    """Whatever ends a line counts as it stands in the file."""
    source = FRAME.format(comment="é", literal="f'Now: {datetime.date.today()}'", send=SEND).replace("\n", end)
    sent = [prompt for prompt in read_python("app.py", source) if not prompt.fragment]
    spans = [part.span for part in sent[0].parts if part.span]
    assert [source[span.start : span.end] for span in spans] == ["Now: ", "{datetime.date.today()}"]


def test_the_model_is_placed_where_it_is_written_down() -> None:
    """A constant may name it, far from the call."""
    source = f'MODEL = "gpt-5.5"\nimport openai\ndef ask(q):\n    return openai.OpenAI().responses.create(model=MODEL, instructions={"Be brief and kind."!r}, input=q)\n'
    (prompt,) = [prompt for prompt in read_python("app.py", source) if prompt.model]
    assert prompt.model_span
    assert source[prompt.model_span.start : prompt.model_span.end] == "gpt-5.5"
