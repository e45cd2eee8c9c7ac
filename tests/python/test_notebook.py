"""Notebooks: code in cells, places in the JSON around it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Prompt
from cachecalc.load.python import may_hold_prompt, read_notebook

PROMPT = 'from datetime import datetime\n\ndef build_prompt():\n    return f"""You are a tutor.\nIt is {datetime.now()}.\nBe kind."""\n'


def notebook(*cells: str, whole: bool = False, **metadata: Any) -> str:
    def source(text: str) -> str | list[str]:
        return text if whole else text.splitlines(keepends=True)

    rows: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": source(text)} for text in cells
    ]
    return json.dumps({"cells": rows, "metadata": metadata, "nbformat": 4}, indent=1)


def spelt(text: str, prompts: list[Prompt]) -> list[str]:
    """What stands in the file at the place of each part that changes."""
    spans = [part.span for prompt in prompts for part in prompt.parts if part.origin and part.span]
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize("whole", [True, False], ids=["one string", "lines"])
def test_a_finding_points_into_the_notebook_file(whole: bool) -> None:
    """Not into the code as if it were a file of its own."""
    text = notebook("import os\n", PROMPT, whole=whole)
    assert may_hold_prompt(text.encode())
    assert spelt(text, read_notebook("a.ipynb", text)) == ["{datetime.now()}"]
    (made,) = [part.origin_span for part in read_notebook("a.ipynb", text)[0].parts if part.origin_span]
    assert text[made.start : made.end] == "datetime.now()"


def test_cells_share_their_names() -> None:
    """What one cell defines, the next one uses."""
    text = notebook(
        "import datetime\nnow = datetime.datetime.now()\n", "PROMPT = f'You are a tutor. It is {now}. Be kind.'\n"
    )
    (prompt,) = read_notebook("a.ipynb", text)
    assert [str(part.volatility) for part in prompt.parts] == ["static", "per build", "static"]


@pytest.mark.parametrize(
    "cell",
    [
        "%pip install openai\n",
        "!pip install openai\n",
        "%%bash\nls -la\n",
        "%%time\nx = 1\n",
        "files = !ls\n",
        "pip install openai\n",
        "print?\n",
        "for x in y:\n    !echo {x}\n",
        "some notes, not code\n",
    ],
)
def test_what_is_not_python_is_passed_over(cell: str) -> None:
    """Magics, shell lines and cells that do not parse; the others are read."""
    text = notebook(cell, PROMPT)
    assert spelt(text, read_notebook("a.ipynb", text)) == ["{datetime.now()}"]


def test_markdown_and_other_languages_hold_no_code() -> None:
    """Only code cells of a Python kernel are read."""
    assert read_notebook("a.ipynb", notebook(PROMPT, kernelspec={"language": "julia"})) == []
    assert read_notebook("a.ipynb", notebook(PROMPT).replace('"code"', '"markdown"')) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "a.ipynb:1:2: not valid JSON"),
        ("[]", "not a notebook"),
        ('{"cells": 3}', "not a notebook"),
        (notebook("def prompt(:\n"), "not valid Python"),
    ],
)
def test_a_broken_notebook_is_told(text: str, message: str) -> None:
    """With its place, where it has one."""
    with pytest.raises(InputError, match=message):
        read_notebook("a.ipynb", text)


def test_a_function_that_a_later_cell_defines_anew_was_run_before() -> None:
    """Tutorials improve a function cell by cell."""
    text = notebook(PROMPT, PROMPT.replace("Be kind.", "Be brief."))
    assert spelt(text, read_notebook("a.ipynb", text)) == ["{datetime.now()}"] * 2
