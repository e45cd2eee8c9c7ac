from __future__ import annotations

import pytest

from cachecalc.core.prompt import Section
from cachecalc.load.prompts import read_prompts
from tests.prompts.rows import blocks, changing, only, placed

BOT = "You are a support bot. Answer in one sentence.\n"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_places_are_exact(line_end: str) -> None:
    """Each part stands in the file where its span says, whatever the line ends and the characters before it."""
    text = f"Für {{{{ user_name }}}} 😀\n\n{BOT}Now: {{{{ now }}}}\n".replace("\n", line_end)
    prompt = only("prompts/bot.md", text)
    assert all(placed(text, part) == part.text for part in prompt.parts)
    assert "".join(part.text or "" for part in prompt.parts) == text
    assert changing(prompt) == [("{{ user_name }}", "per user"), ("{{ now }}", "every second, unknown")]


def test_dates_that_stand_in_a_file_never_change() -> None:
    """A literal date in a template is there tomorrow, too."""
    assert changing(only("prompts/bot.txt", f"Current time: 2026-11-21T09:14:07Z\n{BOT}")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            f"System: {BOT}User: {{question}}\n",
            [("system", "system", f"System: {BOT}"), ("messages", "user", "User: {question}\n")],
            id="lines",
        ),
        pytest.param(
            f"<system>\n{BOT}</system>\n<user>\n{{question}}\n</user>\n",
            [
                ("system", "system", f"<system>\n{BOT}</system>\n"),
                ("messages", "user", "<user>\n{question}\n</user>\n"),
            ],
            id="tags",
        ),
        pytest.param(
            f"<|im_start|>system\n{BOT}<|im_end|>\n<|im_start|>user\n{{question}}<|im_end|>",
            [
                ("system", "system", f"<|im_start|>system\n{BOT}<|im_end|>\n"),
                ("messages", "user", "<|im_start|>user\n{question}<|im_end|>"),
            ],
            id="chat template",
        ),
        pytest.param(
            f"{BOT}\nUser: hello\nAssistant: hi\n",
            [("system", "system", f"{BOT}\nUser: hello\nAssistant: hi\n")],
            id="a dialogue within a prompt",
        ),
    ],
)
def test_turns(text: str, found: list[tuple[str, str, str]]) -> None:
    """A text that opens with a speaker is told apart into turns; a dialogue within one is an example."""
    assert blocks(only("prompts/bot.txt", text)) == found


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("prompts/bot.md", Section.SYSTEM),
        ("prompts/user_message.md", Section.MESSAGES),
        ("a/system_prompt.txt", Section.SYSTEM),
    ],
)
def test_section_by_name(path: str, section: Section) -> None:
    """Where nothing in the text says who speaks, the file's name may."""
    assert {part.section for part in only(path, BOT).parts} == {section}


@pytest.mark.parametrize(
    ("path", "text", "is_prompt"),
    [
        pytest.param("prompts/bot.md", "Summarise this: {text}", True, id="in a folder of prompts"),
        pytest.param("src/system_prompt.txt", "Be brief.", True, id="called a prompt"),
        pytest.param("agents/researcher.md", "You are a researcher.", True, id="an agent, addressed"),
        pytest.param(
            "notes.md",
            f"{BOT}Never guess.\nDo not lie. Respond only in JSON.\n<rules>x</rules>",
            True,
            id="reads like one",
        ),
        pytest.param("prompts/README.md", BOT, False, id="a readme"),
        pytest.param("docs/prompts.md", f"# Writing prompts\n{BOT}", False, id="documentation"),
        pytest.param("CHANGELOG.md", "## 1.0\n- Fixed", False, id="a change log"),
        pytest.param("notes.md", "Buy milk. You should call Ann.", False, id="notes"),
        pytest.param(
            "templates/mail.j2", "<!doctype html><p>Hello {{ name }}, you are great</p>", False, id="a web page"
        ),
        pytest.param("deploy/nginx.conf.j2", "server { listen {{ port }}; }", False, id="a configuration"),
        pytest.param("main.go", BOT * 9, False, id="source code"),
        pytest.param("prompts/empty.txt", " \n", False, id="nothing"),
    ],
)
def test_what_is_a_prompt(path: str, text: str, *, is_prompt: bool) -> None:
    """Names and words decide whether a general text is a prompt."""
    assert bool(read_prompts(path, text)) is is_prompt


def test_named_file_is_a_prompt() -> None:
    """A text that the user names is one whatever it looks like, standard input included."""
    (prompt,) = read_prompts("-", "Translate {text}.", named=True)
    assert changing(prompt) == [("{text}", "per request")]


def test_agent_instructions_are_verbatim() -> None:
    """Agents read these files as they are: braces in them are samples."""
    prompt = only("CLAUDE.md", "This is a CLI. Run make {target} at {now}.")
    assert changing(prompt) == []
    assert prompt.fragment


@pytest.mark.parametrize("path", ["prompts/_header.md", "prompts/partials/tone.md"])
def test_fragment(path: str) -> None:
    """A file that says it is a piece of other prompts is a fragment."""
    assert only(path, BOT).fragment
