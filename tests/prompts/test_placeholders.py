from __future__ import annotations

import pytest

from cachecalc.core.prompt import Confidence
from cachecalc.load.prompts.placeholders import find


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Hello {{ name }}, it is {{now}}.", ["{{ name }}", "{{now}}"], id="double braces"),
        pytest.param("Hello {name}, {question!r} {n:.2f}", ["{name}", "{question!r}", "{n:.2f}"], id="format string"),
        pytest.param("Hello ${user.name} and ${now()}", ["${user.name}", "${now()}"], id="dollar"),
        pytest.param("Use %(context)s for %(n)d", ["%(context)s", "%(n)d"], id="percent"),
        pytest.param("{{{ html }}}", ["{{{ html }}}"], id="triple braces"),
        pytest.param("{docs[0]} {user['name']}", ["{docs[0]}", "{user['name']}"], id="items"),
        pytest.param('Reply as {"name": "x", "n": {"k": 1}}', [], id="JSON"),
        pytest.param("\\frac{a}{b} x_{i} e^{n}", [], id="LaTeX"),
        pytest.param("run: ${{ secrets.TOKEN }}", [], id="workflow expression"),
        pytest.param("\\{name} $${HOME}", [], id="escaped"),
        pytest.param("body { color: red } {}", [], id="style sheet"),
        pytest.param("```python\nf'{x} {y}'\n```", [], id="inside a line of code"),
        pytest.param("```\n{code}\n```", ["{code}"], id="alone on a line of a block"),
        pytest.param("Use {{placeholders}} for {question}", ["{question}"], id="doubled braces of a format string"),
        pytest.param("{{question}} as {answer}", ["{{question}}"], id="single braces of a sample"),
    ],
)
def test_placeholders(text: str, found: list[str]) -> None:
    """Placeholders are told from JSON, LaTeX, code and escapes."""
    assert [text[stretch.start : stretch.end] for stretch in find(text)] == found


def test_what_may_be_a_sample_is_only_possible() -> None:
    """Within back-ticks or an address, or with a name that says nothing, braces may be part of a format to write."""
    *shown, known = find("Write `search({date})` as {foo}, get /items/{uuid}?q={query}. {question}")
    assert {stretch.confidence for stretch in shown} == {Confidence.POSSIBLE}
    assert known.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("text", "found", "volatility"),
    [
        ("It is ${new Date().toISOString()}.", "${new Date().toISOString()}", "sub-second"),
        ("It is ${ new Date().toLocaleString('de') }.", "${ new Date().toLocaleString('de') }", "every second"),
        ("It is ${new Date().toDateString()}.", "${new Date().toDateString()}", "every day"),
        ("Run ${crypto.randomUUID()}.", "${crypto.randomUUID()}", "per request"),
    ],
)
def test_templates_of_javascript(text: str, found: str, volatility: str) -> None:
    """A template literal that was saved as text reads the clock where it stands."""
    (stretch,) = find(text)
    assert (text[stretch.start : stretch.end], str(stretch.volatility)) == (found, volatility)
