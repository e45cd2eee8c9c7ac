from __future__ import annotations

from pathlib import Path

import pytest

from cachecalc.core.problem import InputError
from cachecalc.load.prompts import read_prompts
from tests.prompts.rows import blocks, changing, only, placed

PROMPTY = """---
name: Support
model:
  api: chat
  configuration:
    type: azure_openai
    azure_deployment: gpt-4o
inputs:
  question: {type: string}
---
system:
You are a bot. It is {{ date }}.

{% for d in documents %}
- {{ d.text }}
{% endfor %}

user:
{{ question }}
"""


def test_prompty() -> None:
    """A prompty's role lines part its messages and belong to none; its settings name the model."""
    prompt = only("support.prompty", PROMPTY)
    assert (prompt.name, prompt.model) == ("Support", "gpt-4o")
    assert [(section, role) for section, role, _ in blocks(prompt)] == [("system", "system"), ("messages", "user")]
    assert blocks(prompt)[1] == ("messages", "user", "{{ question }}\n")
    assert changing(prompt) == [
        ("{{ date }}", "every day"),
        ("\n- ", "per turn"),
        ("{{ d.text }}", "per turn"),
        ("\n", "per turn"),
        ("{{ question }}", "per request"),
    ]
    assert all(placed(PROMPTY, part) == part.text for part in prompt.parts)


def test_prompty_in_mustache() -> None:
    """A prompty may say that it is written in Mustache."""
    text = "---\ntemplate: {format: mustache}\n---\nsystem:\nYou use {{#documents}}{{name}}{{/documents}}.\n"
    assert changing(only("a.prompty", text))[0] == ("{{name}}", "per turn, unknown")


DOTPROMPT = """---
model: googleai/gemini-2.5-flash
---
{{role "system"}}
You are {{persona}}. {{!-- {{now}} --}}{{! now }}It is {{formatDate now "YYYY-MM-DD"}}.
{{history}}
{{role "user"}}
{{#each documents as |doc|}}<doc>{{doc.text}}</doc>{{/each}}
{{#if question}}Question: {{question}}{{/if}} {{media url=photo}}
"""


def test_dotprompt() -> None:
    """A dotprompt's role helper parts its messages; history, helpers, loops and comments are understood."""
    prompt = only("ask.prompt", DOTPROMPT)
    assert prompt.model == "gemini-2.5-flash"
    assert [(section, role) for section, role, _ in blocks(prompt)] == [
        ("system", "system"),
        ("messages", "history"),
        ("messages", "user"),
    ]
    assert changing(prompt) == [
        ("{{persona}}", "unknown"),
        ('{{formatDate now "YYYY-MM-DD"}}', "every day"),
        ("{{history}}", "per turn"),
        ("<doc>", "per turn"),
        ("{{doc.text}}", "per turn"),
        ("</doc>", "per turn"),
        ("{{question}}", "per request"),
        ("{{media url=photo}}", "unknown"),
    ]
    assert all(placed(DOTPROMPT, part) == part.text for part in prompt.parts)


def test_dotprompt_without_roles_is_the_users() -> None:
    """Without a role helper the whole file is the user's message."""
    assert [(section, role) for section, role, _ in blocks(only("a.prompt", "Translate {{text}}."))] == [
        ("messages", "user")
    ]


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("a.prompt", "---\nmodel: [\n---\nHi", 3, "not valid YAML"),
        ("a.prompty", "---\nname: x\n---\nsystem:\n{% if %}", 5, "not valid Jinja"),
        ("a.prompt", "---\nname: x\n---\nHi\n{{#if x}}", 5, "the block 'if' is never closed"),
        ("a.prompt", "Hi {{/each}}", 1, "nothing opens the block 'each'"),
    ],
)
def test_broken(name: str, text: str, line: int, message: str) -> None:
    """Broken settings and templates are faults at their place."""
    with pytest.raises(InputError) as caught:
        read_prompts(name, text)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.line == line


def test_partial(tmp_path: Path) -> None:
    """A partial beside the file is read, and its pieces count in it; one that is missing is unknown."""
    (tmp_path / "_tone.prompt").write_text("Be kind to {{userName}}.")
    prompt = only(str(tmp_path / "a.prompt"), "You are a bot. {{> tone}} {{> gone}}")
    assert [(part.text, part.file) for part in prompt.parts if part.file] == [
        ("Be kind to ", str(tmp_path / "_tone.prompt")),
        ("{{userName}}", str(tmp_path / "_tone.prompt")),
        (".", str(tmp_path / "_tone.prompt")),
    ]
    assert changing(prompt) == [("{{userName}}", "per user"), ("{{> gone}}", "unknown")]


BAML = """
class Resume { name string }

function Extract(resume: string, today: string) -> Resume {
  client "anthropic/claude-sonnet-5"
  prompt #"
    {{ _.role("system") }}
    Extract what the resume says. {{ ctx.output_format }}
    {{ _.role("user") }}
    {{ resume }} on {{ today }}
  "#
}
"""


def test_baml() -> None:
    """A BAML function is a prompt; what the compiler writes into it is fixed."""
    prompt = only("extract.baml", BAML)
    assert (prompt.name, prompt.model, prompt.provider) == ("Extract", "claude-sonnet-5", "anthropic")
    assert changing(prompt) == [("{{ resume }}", "unknown"), ("{{ today }}", "every day")]
    assert {role for _, role, _ in blocks(prompt)} == {"user", "system"}
    assert all(placed(BAML, part) == part.text for part in prompt.parts)
