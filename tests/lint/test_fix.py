"""Fixes: applied until nothing is left, touching nothing else, never leaving a broken file."""

from __future__ import annotations

import ast
import datetime as dt
import difflib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachecalc.core import rules
from cachecalc.core.finding import Edit, Fix
from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Span
from cachecalc.core.rules import unreadable_file
from cachecalc.lint import fix, mend, session
from cachecalc.lint.check import Settings
from cachecalc.lint.run import Request
from cachecalc.lint.session import Options
from tests.lint.project import CLEAN, CLOCK, RULES, Capture, findings, put, run

CODES = frozenset(rule.code for rule in rules.ALL)


def outcome(name: str, raw: bytes, wanted: mend.Wanted = mend.Wanted.ALL) -> session.Outcome:
    settings = Settings(CODES, dt.date(2026, 11, 21), "/", contents={name: raw})
    return session.lint(Request((), settings), Options(fixes=wanted))


def fixed(name: str, raw: bytes, wanted: mend.Wanted = mend.Wanted.ALL) -> bytes:
    (changed,) = outcome(name, raw, wanted).rewrites or [mend.Rewrite(name, "", raw.decode(), 0)]
    return changed.after.encode()


LINES = st.sampled_from(
    [
        "It is {{ now() }}.",
        "Hello {{ user_name }}, welcome back.",
        "Request {{ request_id }}",
        "{# cachecalc: ignore[CC104] idle #}",
        "Follow the policy of Example Corp, and cite it.",
        "Zeichen: äöü 今日は 🙂",
        "\ttab and trailing blanks   ",
        "{% if debug %}Say more.{% endif %}",
        "",
    ]
)


@given(
    lines=st.lists(LINES, min_size=1, max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
    mark=st.sampled_from([b"", mend.BOM]),
    wanted=st.sampled_from([mend.Wanted.SAFE, mend.Wanted.ALL]),
)
def test_fixing_twice_is_fixing_once_and_lines_stay_as_they_are(
    lines: list[str], end: str, final: bool, mark: bytes, wanted: mend.Wanted
) -> None:
    """Whatever the line ends, the byte-order mark and the last line: lines move or go, none is changed."""
    body = f"You are the support agent of Example Corp.{end}" + "".join(f"{line}{end}" for line in lines)
    raw = mark + (body + RULES.replace("\n", end)).removesuffix("" if final else end).encode()
    once = fixed("system.j2", raw, wanted)
    assert fixed("system.j2", once, wanted) == once
    assert once.startswith(mark)
    before, after = (text.decode().replace("\r\n", "\n").strip().split("\n") for text in (raw, once))
    assert not set(after) - set(before)
    assert [line for line in before if "{" not in line] == [line for line in after if "{" not in line]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_clock_moves_behind_the_static_text(end: str) -> None:
    """The unsafe fix of a template moves the sentence; the rule is silent then."""
    raw = CLOCK.replace("\n", end).encode()
    done = outcome("system.j2", raw)
    (changed,) = done.rewrites
    moved = [line for line in difflib.ndiff(changed.before.splitlines(), changed.after.splitlines()) if line[0] in "+-"]
    assert moved == ["- It is {{ now() }}.", "+ It is {{ now() }}."]
    assert done.report.findings == ()
    assert done.report.summary.fixed == 1


def test_unsafe_fixes_are_not_applied_unasked() -> None:
    """Moving text may change what the model is told."""
    assert outcome("system.j2", CLOCK.encode(), mend.Wanted.SAFE).rewrites == ()


def brackets(text: str) -> fix.Left:
    """The fixes of a made-up language in which each `(` and its `)` should be square. The first one forgets half."""
    if text.count("[") != text.count("]"):
        raise InputError("unbalanced")
    starts = [index for index, char in enumerate(text) if char == "("]
    ends = [index for index, char in enumerate(text) if char == ")"]
    pairs = list(zip(starts, reversed(ends), strict=True))
    whole = [Fix("both", (square(start, "["), square(end, "]")), safe=True) for start, end in pairs]
    fixes = [*(Fix("half", (square(start, "["),), safe=True) for start, _ in pairs[:1]), *whole]
    return fix.Left(len(fixes), fixes)


def square(offset: int, bracket: str) -> Edit:
    return Edit(Span(offset, offset + 1), bracket)


def test_a_fix_that_breaks_the_file_is_refused_and_the_others_are_applied() -> None:
    """What can no longer be read is never kept; fixes of the same text go one after the other."""
    assert fix.fixed("f((x))", brackets) == fix.Fixed("f[[x]]", 3)


def request(order: str) -> str:
    tools = [{"name": name, "description": f"{name} " * 300, "input_schema": {}} for name in order]
    sent = {
        "model": "claude-opus-5-5",
        "max_tokens": 9,
        "tools": tools,
        "messages": [{"role": "user", "content": "Go."}],
    }
    return json.dumps(sent) + "\n"


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["read", "dear", "dare"]), min_size=1, max_size=6))
def test_tools_of_all_requests_come_into_the_order_of_the_first(orders: list[str]) -> None:
    """However the orders alternate, one run mends them all."""
    done = fixed("session.jsonl", "".join(map(request, orders)).encode(), mend.Wanted.SAFE)
    assert done.decode() == request(orders[0]) * len(orders)


MARKS = st.sampled_from(
    [None, {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "5m"}, {"type": "ephemeral", "ttl": "1h"}]
)


def marked(block: dict[str, Any], mark: dict[str, str] | None) -> dict[str, Any]:
    return block | ({"cache_control": mark} if mark else {})


def without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_marks(item) for key, item in value.items() if key != "cache_control"}
    return [without_marks(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=40)
@given(
    tools=st.lists(MARKS, max_size=3),
    system=st.lists(MARKS, max_size=3),
    said=st.lists(MARKS, min_size=1, max_size=4),
    indent=st.sampled_from([None, 2, "\t"]),
)
def test_marks_that_the_api_refuses_are_mended_and_nothing_else_changes(
    tools: list[Any], system: list[Any], said: list[Any], indent: int | str | None
) -> None:
    """Wherever the marks stand and however the file is written: what is left is legal, and only marks have changed."""
    text = "Answer politely, in full sentences, and cite the policy. " * 100
    sent = {
        "model": "claude-opus-5-5",
        "max_tokens": 9,
        "tools": [
            marked({"name": f"tool_{at}", "description": text, "input_schema": {}}, mark)
            for at, mark in enumerate(tools)
        ],
        "system": [marked({"type": "text", "text": f"Rule {at}. {text}"}, mark) for at, mark in enumerate(system)],
        "messages": [
            {"role": "user", "content": [marked({"type": "text", "text": f"Page {at}. {text}"}, mark)]}
            for at, mark in enumerate(said)
        ],
    }
    raw = json.dumps(sent, indent=indent).encode()
    once = fixed("request.json", raw, mend.Wanted.SAFE)
    left = {it.rule for it in outcome("request.json", once, mend.Wanted.NONE).report.findings}
    assert not left & {"too-many-marks", "ttl-order"}
    assert without_marks(json.loads(once)) == without_marks(sent)
    assert fixed("request.json", once, mend.Wanted.SAFE) == once


SAMPLES = sorted(
    path for path in (Path(__file__).parents[2] / "sample_prompts").rglob("*.*") if "profiles" not in path.parts
)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
@pytest.mark.parametrize("wanted", [mend.Wanted.SAFE, mend.Wanted.ALL], ids=["safe", "all"])
def test_a_mended_sample_can_be_read_and_asks_for_nothing_more(path: Path, wanted: mend.Wanted) -> None:
    """Fixing twice is fixing once; no rule is broken anew; a fix that is left would not help, and the report says so."""
    before = outcome(path.name, path.read_bytes(), mend.Wanted.NONE).report.findings
    once = fixed(path.name, path.read_bytes(), wanted)
    again = outcome(path.name, once, wanted)
    left = [it for it in again.report.findings if it.fix and (it.fix.safe or wanted is mend.Wanted.ALL)]
    assert fixed(path.name, once, wanted) == once
    assert all(any(it.fix.title in text for text in again.report.warnings) for it in left if it.fix)
    assert len(left) <= (path.name == "summary.prompt")
    assert not Counter(it.rule for it in again.report.findings) - Counter(it.rule for it in before)
    assert unreadable_file.RULE.name not in {it.rule for it in again.report.findings}


def test_text_does_not_move_within_a_loop() -> None:
    """Behind the other text of a loop is not behind what stays the same."""
    loop = "{% for document in documents %}\n<document>\n{{ document.text }}\n</document>\n{% endfor %}\n"
    raw = (loop + CLEAN).encode()
    assert [it.rule for it in outcome("rag.j2", raw, mend.Wanted.NONE).report.findings] == ["dynamic-before-static"]
    assert fixed("rag.j2", raw) == raw


def test_a_fix_that_does_not_help_is_refused() -> None:
    """A fix that leaves the fault in place would be applied for ever."""
    useless = Fix("pad", (Edit(Span(0, 0), " "),), safe=True)
    assert fix.fixed("x", lambda _: fix.Left(1, [useless])) == fix.Fixed("x", 0, ("pad",))


def test_a_fault_without_a_fix_is_still_a_fault() -> None:
    """A fix that turns its fault into one which nothing mends is refused."""
    moved = Fix("move", (Edit(Span(0, 1), ""), Edit(Span(3, 3), Span(0, 1))), safe=False)
    assert fix.fixed("xab", lambda text: fix.Left(1, [moved] if text == "xab" else [])).text == "xab"


def test_a_python_file_is_python_after_the_fix(capsys: Capture, tmp_path: Path) -> None:
    """`--fix` writes what parses, keeps the mode, and says how much it mended."""
    source = f'PROMPT = """You are a careful assistant.\n{RULES}"""  # cachecalc: ignore[CC101] once needed\n'
    path = put(tmp_path, "bot.py", source)
    path.chmod(0o640)
    code, out, _ = run(capsys, "lint", path, "--fix")
    ast.parse(path.read_text("utf-8"))
    assert "cachecalc" not in path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o640
    assert (code, out.splitlines()[-1]) == (0, "1 file, 0 findings, 1 fixed")


def test_diff_writes_nothing_and_can_be_applied(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--diff` prints what `--fix` would write, byte for byte, and exits 1."""
    monkeypatch.chdir(tmp_path)
    raw = CLOCK.replace("\n", "\r\n").removesuffix("\r\n")
    path = put(tmp_path, "system.j2", raw)
    code, out, _ = run(capsys, "lint", "--diff", "--unsafe-fixes")
    assert code == 1
    assert path.read_bytes() == raw.encode()
    assert out.startswith("--- a/system.j2\n+++ b/system.j2\n@@")
    assert "-It is {{ now() }}.\r\n" in out
    assert "\\ No newline at end of file\n" in out


def test_prove_shows_what_the_fix_is_worth(capsys: Capture, tmp_path: Path) -> None:
    """The stable prefix before and after, without writing anything."""
    path = put(tmp_path, "system.j2", CLOCK)
    _, out, _ = run(capsys, "lint", path, "--prove", "--unsafe-fixes")
    assert path.read_text("utf-8") == CLOCK
    assert "stable prefix before and after the fixes:\n" in out


def test_a_fix_for_a_finding_known_before_is_not_applied(capsys: Capture, tmp_path: Path) -> None:
    """With a baseline, only what is reported is fixed."""
    path = put(tmp_path, "system.j2", CLOCK)
    run(capsys, "lint", path, "--write-baseline", "--baseline", tmp_path / "known.json")
    run(capsys, "lint", path, "--baseline", tmp_path / "known.json", "--fix", "--unsafe-fixes")
    assert path.read_text("utf-8") == CLOCK
    assert len(findings(capsys, path)) == 1
