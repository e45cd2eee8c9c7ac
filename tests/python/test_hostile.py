"""Files that are broken, huge, odd, or meant to do harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core.problem import InputError
from cachecalc.load.python import may_hold_prompt, read_python
from tests.python.reading import HEAD, SEND, asked, read, told


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("PROMPT = 'You are\n", r"app.py:1:10: not valid Python: unterminated string literal"),
        ("def prompt(:\n    pass\n", r"app.py:1:12: not valid Python"),
        ("PROMPT = 'You are kind'\n\tx = 1\n", r"app.py:2:.*not valid Python"),
        ("PROMPT = " + "(" * 500 + ")" * 500, r"app.py.*not valid Python"),
    ],
)
def test_what_is_not_python_is_told_with_its_place(source: str, message: str) -> None:
    """One fault, at its line and column."""
    with pytest.raises(InputError, match=message):
        read(source)


def test_a_file_nested_beyond_reason_is_refused_or_read() -> None:
    """It never ends in a crash."""
    for depth in (50, 90, 2_000):
        source = f"PROMPT = {'[' * depth}'You are a tutor.'{']' * depth}\n"
        try:
            read(source)
        except InputError as error:
            assert "nested" in str(error)  # noqa: PT017  # deep enough for some Pythons, not for others


def test_a_long_chain_of_operands_is_read() -> None:
    """Long sums are common in generated code."""
    source = asked(f"system = RULES{' + RULES' * 300} + str(datetime.now())")
    assert told(source) == ["sub-second: datetime.now()"]


@pytest.mark.parametrize(
    "body",
    [
        "def a():\n    return b()\ndef b():\n    return a() + f'{datetime.now()}'\nsystem = a() + RULES",
        "def a(n):\n    return a(n - 1) + f'{datetime.now()}' if n else RULES\nsystem = a(9)",
        "while True:\n    RULES = RULES + RULES\nsystem = RULES",
        "for a in self:\n    for b in a:\n        for c in b:\n            for d in c:\n                RULES += d\nsystem = RULES",
        "system = lambda: system()\nsystem = system()",
        "x = []\nx.append(x)\nsystem = str(x) + RULES",
    ],
)
def test_recursion_and_loops_end(body: str) -> None:
    """What a program may do for ever is followed for a while."""
    assert read(asked(body)) is not None


def test_a_class_that_is_its_own_base_ends() -> None:
    """Nobody can run it, and it can be linted."""
    assert (
        read(f"{HEAD}\nclass A(A):\n    def ask(self):\n        system = self.prompt + RULES\n        return {SEND}\n")
        is not None
    )


def test_branches_do_not_multiply() -> None:
    """Twenty conditions are twenty choices, not a million."""
    body = "system = RULES\n" + "".join(
        f"if self.x{i}:\n    system += ' {i}. '\nelse:\n    system += ' -. '\n" for i in range(20)
    )
    assert len(read(asked(body + "system += str(datetime.now())"))) < 20


@pytest.mark.parametrize(
    "source",
    [
        "class Box[T]:\n    def ask[U](self, x: U) -> U:\n        prompt = f'You are a tutor. It is {datetime.now()}. Be kind.'\n        return prompt",
        "type Name = str\ndef prompt():\n    return f'You are {'kind'}. It is {datetime.now()}. Answer.'",
        'def prompt(x):\n    return f"You are {x["name"]}. It is {datetime.now()}. Answer briefly."',
        "def prompt(x):\n    return f\"You are {'\\n'.join(x)}. It is {datetime.now()}. Answer briefly.\"",
        "def prompt(x):\n    try:\n        pass\n    except ValueError, TypeError:\n        return f'You are a kind tutor. It is {datetime.now()}.'",
    ],
)
def test_newer_syntax_than_the_running_python_is_read(source: str) -> None:
    """Type parameters, quotes and backslashes in fields, exceptions without brackets."""
    assert told(f"from datetime import datetime\n{source}\n") == ["sub-second: datetime.now()"]


WORDS = st.sampled_from(
    [
        "def f(x):",
        "    return",
        "f'{",
        "}'",
        '"""',
        "You are",
        "datetime.now()",
        "prompt =",
        "{",
        "}",
        "(",
        ")",
        "\\",
        "\n",
        "'",
        " ",
        "é",
    ]
)


@given(st.lists(WORDS, max_size=40).map("".join))
def test_any_text_is_read_or_refused(source: str) -> None:
    """Nothing but InputError leaves the reader, and the look at the bytes never hides what the reader would find."""
    try:
        found = read_python("app.py", source)
    except InputError:
        return
    assert not found or may_hold_prompt(source.encode())


@pytest.mark.parametrize(
    "source",
    [
        "SYSTEM_PROMPT = x",
        "a = {'role': 'user', 'content': x}",
        "client.messages.create(**kwargs)",
        "client.chat.completions.create(messages=m)",
        "model.generate_content(x)",
        "x = 'You are a bot.'",
        "Agent(instructions=f())",
        "ChatPromptTemplate.from_messages(m)",
        "SystemMessage(x)",
        "block['cache_control'] = 1",
    ],
)
def test_files_that_may_hold_a_prompt_are_not_passed_over(source: str) -> None:
    """The look at the bytes knows every sign."""
    assert may_hold_prompt(source.encode())


@pytest.mark.parametrize(
    "source",
    [
        "import os\nprint(os.getcwd())\n",
        "def add(a, b):\n    return a + b\n",
        "usage.prompt_tokens += 1\n",
        "x.id, y = 1, 2\n",
    ],
)
def test_files_without_any_sign_are_passed_over(source: str) -> None:
    """Most files of a program are not about prompts."""
    assert not may_hold_prompt(source.encode())
