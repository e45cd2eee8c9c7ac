"""Ignore comments: where they may stand, and what they speak for."""

from __future__ import annotations

import pytest

from cachecalc.lint.suppress import Ignore, Lines, ignores


def only(path: str, text: str) -> Ignore:
    (found,) = ignores(path, text)
    return found


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        pytest.param("a.py", "x = now()  # cachecalc: ignore[CC101] fixed clock\n", (1, 1), id="python-same-line"),
        pytest.param("a.py", "# cachecalc: ignore[CC101]\nx = now()\n", (2, 2), id="python-line-above"),
        pytest.param("a.py", "# cachecalc: ignore[CC101]\nx = f(\n  now(),\n)\ny = 1\n", (2, 4), id="python-statement"),
        pytest.param(
            "a.py", "x = f(\n  now(),  # cachecalc: ignore[CC101]\n  b)\n", (2, 2), id="python-inside-a-statement"
        ),
        pytest.param("a.py", 'x = f"""\n{now()}\n"""  # cachecalc: ignore[CC101]\n', (1, 3), id="python-end-of-string"),
        pytest.param("a.py", "# cachecalc: ignore[CC101]\r\nx = now()\r\n", (2, 2), id="python-crlf"),
        pytest.param("a.py", "#cachecalc:ignore[CC101]\n\nx = now()\n", (2, 2), id="python-no-spaces"),
        pytest.param("a.yaml", "a: 1\nb: now  # cachecalc: ignore[CC101] why\n", (2, 2), id="yaml-same-line"),
        pytest.param(
            "a.yml", "# cachecalc: ignore[CC101]\nb: |\n  {{ now }}\n  text\nc: 1\n", (2, 4), id="yaml-block-scalar"
        ),
        pytest.param("a.yml", "b: |  # cachecalc: ignore[CC101]\n  {{ now }}\n  text\n", (1, 3), id="yaml-header"),
        pytest.param("a.yml", "b: |\n  {# cachecalc: ignore[CC101] #}\n  {{ now }}\n", (3, 3), id="yaml-jinja-inside"),
        pytest.param("a.toml", "# cachecalc: ignore[CC101]\nb = 1\n", (2, 2), id="toml"),
        pytest.param("a.j2", "{# cachecalc: ignore[CC101] x #}\n{{ now() }}\n", (2, 2), id="jinja-line-above"),
        pytest.param("a.j2", "{#- cachecalc: ignore[CC101] -#}{{ now() }}\n", (1, 1), id="jinja-same-line"),
        pytest.param("a.md", "<!-- cachecalc: ignore[CC101] x -->\n{{ now }}\n", (2, 2), id="markdown"),
        pytest.param("a.md", "---\n# cachecalc: ignore[CC101]\nnow: 1\n---\ntext\n", (3, 3), id="front-matter"),
        pytest.param("a.prompt", "{{!-- cachecalc: ignore[CC101] --}}\n{{now}}\n", (2, 2), id="handlebars"),
        pytest.param("a.prompt", "{{! cachecalc: ignore[CC101] }}{{now}}\n", (1, 1), id="handlebars-short"),
        pytest.param("a.ts", "// cachecalc: ignore[CC101]\nconst x = `${now}`\n", (2, 2), id="slashes"),
        pytest.param("a.ipynb", '["# cachecalc: ignore[CC101] x\\n",\n "p = now()"]\n', (1, 1), id="notebook-beside"),
        pytest.param("a.ipynb", '[\n "# cachecalc: ignore[CC101] x\\n",\n "p = now()"]\n', (3, 3), id="notebook-above"),
        pytest.param("a.j2", "{# cachecalc: ignore-file[CC101] #}\ntext", None, id="whole-file"),
        pytest.param("a.py", "# cachecalc: ignore-file[CC101]\nx = 1\n", None, id="whole-python-file"),
    ],
)
def test_a_comment_speaks_for(path: str, text: str, lines: Lines | None) -> None:
    """The next line, its own line, the construct that begins or ends there, or the file."""
    found = only(path, text)
    assert (found.rules, found.lines) == (("CC101",), lines)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a.py", 's = """\n# cachecalc: ignore[CC101]\n"""\n', id="in-a-python-string"),
        pytest.param("a.yaml", "b: |\n  # cachecalc: ignore[CC101]\n  {{ now }}\n", id="in-a-yaml-scalar"),
        pytest.param("a.json", '{"a": "# cachecalc: ignore[CC101]"}', id="json-has-no-comments"),
        pytest.param("a.md", "# cachecalc: ignore[CC101]\n", id="markdown-heading"),
        pytest.param("a.py", "# see cachecalc: ignored\n", id="prose"),
        pytest.param("a.txt", "", id="empty"),
    ],
)
def test_text_that_is_no_comment_silences_nothing(path: str, text: str) -> None:
    """Prompt text cannot switch a rule off."""
    assert ignores(path, text) == ()


def test_stacked_comments_speak_for_the_same_line() -> None:
    """Two comment lines above a line both count for it."""
    first, second = ignores("a.py", "# cachecalc: ignore[CC101]\n# cachecalc: ignore[CC102] b\nx = now()\n")
    assert first.lines == second.lines == (3, 3)


def test_several_rules_by_name_and_code() -> None:
    """One comment may name several rules; spaces do not matter."""
    assert only("a.py", "# cachecalc: ignore[ CC101,clock-in-prefix ] x\n").rules == ("CC101", "clock-in-prefix")


def test_a_comment_without_rules_names_none() -> None:
    """There is no blanket ignore: the runner reports such a comment."""
    assert only("a.py", "x = 1  # cachecalc: ignore\n").rules == ()


def test_the_span_is_the_comment() -> None:
    """The span holds the whole comment, so that it can be removed."""
    text = "x {# cachecalc: ignore[CC101] a reason #} y"
    found = only("a.j2", text)
    assert text[found.span.start : found.span.end] == "{# cachecalc: ignore[CC101] a reason #}"
