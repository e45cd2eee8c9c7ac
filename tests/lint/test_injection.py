"""Prompt text is hostile: whatever it holds, it stays text in every format of a real run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.lint.project import CLOCK, RULES, Capture, put, run

ATTACKS = {
    "terminal": "\x1b[31m\x1b]8;;http://evil\x07\x9b2J",
    "direction": "\u202e\u2066",
    "workflow command": "\n::error file=x::forged\r\n::stop-commands::x %0A::set-output name=a::b",
    "HTML": "</code></pre><script>alert(1)</script><img src=x onerror=alert(1)>",
    "Markdown": "` ![i](http://evil/x) [a](javascript:b) @org/team | x |",
    "XML": "]]></failure><testcase name='forged'/>\ufffe\x0b&bogus;",
    "JSON": '"}], "findings": [{"\\',
    "spreadsheet": "=cmd|' /C calc'!A0",
    "no text": "\x00\ud800\udfff",
}


def hostile(root: Path, attack: str) -> None:
    """A template, a request and their names, all of which hold the attack."""
    text = attack.replace("\0", "").encode("utf-8", "replace").decode()
    shown = text.replace('"', "'").replace("\\", "")
    put(root, "system.j2", CLOCK.replace("now()", f'now() | default("{shown}")'))
    named = "".join(char for char in text if char not in "/\0\r\n")
    put(root, f"prompt {named}.j2", CLOCK)
    tool = {"name": f"search{attack}", "description": f"It is 2026-11-21T09:14:07.318Z {attack}", "input_schema": {}}
    request = {"model": "claude-opus-5-5", "tools": [tool], "system": attack + RULES, "messages": []}
    other = {**request, "tools": [{**tool, "name": f"find{attack}"}]}
    put(root, "sent.jsonl", f"{json.dumps(request)}\n{json.dumps(other)}\n")
    put(root, "broken.prompt", f"---\n{shown}: [\n---\n{RULES}")


def words(value: Any) -> Iterator[str]:
    """Every string that a reader might show, out of code spans."""
    if isinstance(value, str):
        yield re.sub(r"`[^`\n]*`", "", value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from words(item)


def is_json(text: str) -> None:
    assert text.isascii()
    content = json.loads(text)
    findings = content if isinstance(content, list) else content.get("findings") or content["runs"][0]["results"]
    assert len(findings) >= 3


def is_markdown(text: str) -> None:
    """Reviewdog posts messages as comments: what comes from a prompt is in code spans."""
    for diagnostic in json.loads(text)["diagnostics"]:
        assert not any(word in shown for shown in words(diagnostic["message"]) for word in ("<script", "![", "@org"))


def is_annotations(text: str) -> None:
    assert all(re.match(r"::(error|warning|notice) file=[^,:]*,line=\d+,", line) for line in text.splitlines())


def is_junit(text: str) -> None:
    cases = ET.fromstring(text).findall(".//testcase")
    assert cases
    assert not [case for case in cases if case.get("name") == "forged"]


def is_plain(text: str) -> None:
    assert text.rstrip().splitlines()[-1].count("finding") >= 1


FORMATS: dict[str, Callable[[str], None]] = {
    "text": is_plain,
    "json": is_json,
    "sarif": is_json,
    "github": is_annotations,
    "gitlab": is_json,
    "rdjson": is_markdown,
    "junit": is_junit,
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("attack", [pytest.param(text, id=name) for name, text in ATTACKS.items()])
def test_prompt_text_cannot_break_out(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str, format: str
) -> None:
    """Nothing steers a terminal, forges a line, a field or an element, or becomes markup."""
    monkeypatch.chdir(tmp_path)
    hostile(tmp_path, attack)
    code, out, _ = run(capsys, "lint", "--format", format, "--confidence", "possible")
    assert code == 1
    assert all(char.isprintable() or char in "\n\t" for char in out)
    FORMATS[format](out)
