"""What holds for every reader, whatever it is given."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Part, Prompt
from cachecalc.load.prompts import read_prompts
from cachecalc.load.prompts.prefilter import HEAD, is_candidate

FILES = (
    *("prompts/a.txt", "prompts/a.md", "prompts/a.j2", "prompts/a.hbs", "a.prompty", "a.prompt", "a.baml"),
    *("prompts/a.yaml", "promptfooconfig.yaml", "agents.yaml", "a.json", "a.jsonl", "a.har", "-"),
)
WRITTEN_AS_IT_STANDS = (".txt", ".md", ".j2", ".hbs", ".prompty", ".prompt", ".baml")
BITS = st.sampled_from(
    [
        *(
            "{{ now() }}",
            "{{question}}",
            "{x}",
            "${y}",
            "%(z)s",
            "{{",
            "}}",
            "{%",
            "%}",
            "{# c #}",
            "{% if a %}",
            "{% endif %}",
        ),
        *(
            "{% for d in documents %}",
            "{% endfor %}",
            "{% raw %}",
            "{% endraw %}",
            "{%- set a = 1 -%}",
            "{{#if b}}",
            "{{/if}}",
        ),
        *(
            "{{#each c}}",
            "{{/each}}",
            "{{else}}",
            '{{role "user"}}',
            "{{> p}}",
            "{{!-- x --}}",
            "system:\n",
            "User: ",
            "<user>",
        ),
        *(
            "<|im_start|>user",
            "---\n",
            "You are a bot.",
            "Today is 2026-11-21.",
            "\n",
            "\r\n",
            "\r",
            " ",
            "\t",
            "é",
            "😀",
            "\u2028",
        ),
        *(
            "```\n",
            "`",
            "\\",
            '"',
            "'",
            "key: ",
            "- ",
            "|\n  ",
            "prompt: ",
            "role: system\n",
            '{"messages": [',
            "\ufeff",
        ),
        *(
            'function F(a: string) -> B {\n  prompt #"',
            '"#\n}\n',
            "[",
            "]",
            "{",
            "}",
            ":",
            ",",
            "0",
            "\x00",
            "\x1b[31m",
        ),
    ]
)
TEXTS = st.lists(BITS, max_size=25).map("".join) | st.text(max_size=60)
KEYS = st.sampled_from(
    [
        *("messages", "role", "content", "text", "type", "system", "tools", "name", "input", "instructions", "model"),
        *(
            "contents",
            "parts",
            "cache_control",
            "ttl",
            "cachePoint",
            "toolConfig",
            "toolResult",
            "tool_calls",
            "function",
        ),
        *(
            "source",
            "data",
            "prompt",
            "prompts",
            "template",
            "kwargs",
            "id",
            "lc",
            "_type",
            "providers",
            "tests",
            "vars",
        ),
        *(
            "goal",
            "backstory",
            "description",
            "expected_output",
            "request",
            "body",
            "params",
            "user",
            "config",
            "thinking",
        ),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)


def read(path: str, text: str) -> list[Prompt]:
    """The prompts in a file; none where it is refused, which is the one thing a reader may raise."""
    try:
        return read_prompts(path, text, named=True)
    except InputError:
        return []


def check(prompt: Prompt, text: str) -> None:
    """Spans lie within the file; parts of a block come one after the other."""
    last: dict[int, int] = {}
    for part in prompt.parts:
        if part.span and not part.file:
            assert 0 <= part.span.start <= part.span.end <= len(text)
            assert part.span.start >= last.get(part.block, 0) or prompt.fragment
            last[part.block] = part.span.start
    assert [part.block for part in prompt.parts] == sorted(part.block for part in prompt.parts)


def stands(part: Part, text: str) -> bool:
    return bool(part.file) or (part.span is not None and text[part.span.start : part.span.end] == part.text)


@pytest.mark.parametrize("path", FILES)
@given(text=TEXTS)
@example(text="[" * 100_000)
@example(text="{{" * 5_000)
@example(text='{"a":' * 50_000)
@example(text="{% if x %}" * 2_000)
@example(text="- " * 3_000)
@example(text="x" * 300_000)
@example(text="9" * 5_000)
def test_any_text(path: str, text: str) -> None:
    """Any text is read or refused with a problem; all places are in the file, and exact where text is not unwrapped."""
    for prompt in read(path, text):
        check(prompt, text)
        assert not path.endswith(WRITTEN_AS_IT_STANDS) or all(stands(part, text) for part in prompt.parts)


@pytest.mark.parametrize("path", ["a.json", "a.jsonl", "prompts/a.yaml", "prompts/a.json"])
@given(value=VALUES)
def test_any_document(path: str, value: object) -> None:
    """Objects of almost the right shape, with values of any kind, are read without a fault."""
    text = json.dumps(value)
    found = read(path, text) if path.endswith(".yaml") else read_prompts(path, text)  # not all JSON is YAML
    for prompt in found:
        check(prompt, text)


@pytest.mark.parametrize("path", FILES)
@given(text=TEXTS)
def test_plain_text_is_kept_whole(path: str, text: str) -> None:
    """The parts of a plain text join to it."""
    if path.endswith((".txt", ".md")) and not ("{%" in text or "{{" in text):
        for prompt in read(path, text):
            assert "".join(part.text or "" for part in prompt.parts) == text


@pytest.mark.parametrize("path", [path for path in FILES if path != "-"])
@given(text=TEXTS | VALUES.map(json.dumps))
def test_prefilter_never_skips_a_prompt(path: str, text: str) -> None:
    """A file that gives a prompt is a candidate, judged by its first bytes or by all of them."""
    try:
        found = read_prompts(path, text)
    except InputError:
        return
    if found and "\0" not in text:  # files with a NUL are refused before they are read
        raw = text.encode("utf-8", "surrogatepass")
        assert is_candidate(path, raw)
        assert is_candidate(path, raw.ljust(HEAD)[:HEAD])


@pytest.mark.parametrize(
    ("path", "head", "is_wanted"),
    [
        ("main.rs", b"You are a bot", False),
        ("logo.json", b"\x00\x01", False),
        ("package.json", b'{"name": "x", "version": "1"}', False),
        ("package.json", b'{"name": "x", "version": "1"}'.ljust(HEAD), True),
        ("request.json", b'{"messages": []}', True),
        ("k8s.yaml", b"kind: Service\n", False),
        ("prompts/k8s.yaml", b"kind: Service\n", True),
        ("notes.md", b"Buy milk", True),
        ("Promptfile", b"You are a bot", True),
    ],
)
def test_prefilter(path: str, head: bytes, *, is_wanted: bool) -> None:
    """Other languages, binary files and small documents without a telling word are skipped."""
    assert is_candidate(path, head) is is_wanted
