from __future__ import annotations

import json
from pathlib import Path

import pytest

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Content, Evidence
from cachecalc.load.prompts import read_prompts
from tests.prompts.rows import blocks, changing, only, placed


def test_prompts_nested_in_yaml() -> None:
    """Texts under telling keys are prompts at any depth; system and user side by side are one."""
    text = """
agents:
  - name: reviewer
    model: claude-sonnet-5
    system_prompt: |
      You are a reviewer. It is {{ now }}.
    user_prompt: "Review {{ diff }}"
  - name: writer
    config:
      instructions: >-
        You are a writer. You must never
        guess. Ask {user_name}.
service:
  user: postgres
  template: "{{ value | float }}"
  prompt: "Your name: "
"""
    reviewer, writer = read_prompts("app/config.yaml", text)
    assert (reviewer.name, reviewer.model) == ("agents[0]", "claude-sonnet-5")
    assert blocks(reviewer) == [
        ("system", "system", "You are a reviewer. It is {{ now }}.\n"),
        ("messages", "user", "Review {{ diff }}"),
    ]
    assert writer.name == "agents[1].config.instructions"
    assert changing(writer) == [("{user_name}", "per user")]
    assert [placed(text, part) for part in reviewer.parts if part.origin] == ["{{ now }}", "{{ diff }}"]


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(
            [{"role": "system", "content": "You at {{now}}"}, {"role": "user", "content": "{{q}}"}], id="roles"
        ),
        pytest.param([{"system": "You at {{now}}"}, {"user": "{{q}}"}], id="a key each"),
        pytest.param([["system", "You at {{now}}"], ["human", "{{q}}"]], id="pairs"),
        pytest.param(
            [
                {"role": "system", "content": [{"type": "text", "text": "You at {{now}}"}]},
                {"role": "user", "content": "{{q}}"},
            ],
            id="content blocks",
        ),
    ],
)
@pytest.mark.parametrize("file", ["chat.yaml", "chat.json"])
def test_lists_of_messages(messages: object, file: str) -> None:
    """Messages are understood in the ways people write them, in YAML and in JSON."""
    text = json.dumps({"chat": messages}, indent=1)
    prompt = only(file, text)
    assert blocks(prompt) == [("system", "system", "You at {{now}}"), ("messages", "user", "{{q}}")]
    assert prompt.evidence is Evidence.TEMPLATE
    assert all(placed(text, part) == part.text for part in prompt.parts)


def test_file_named_after_prompts_needs_no_telling_keys() -> None:
    """In a file of prompts every text that addresses a model is one."""
    text = 'summarise: "You are a summariser. Summarise {text} in one line."\nversion: "2"\ntone: kind\n'
    assert [prompt.name for prompt in read_prompts("config/prompts.yml", text)] == ["summarise"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("k8s.yaml", "kind: Deployment\nspec:\n  template:\n    spec: {containers: []}\n"),
        ("flow.yaml", "inputs:\n  prompt: ${step.output}\n"),
        ("package.json", '{"name": "x", "scripts": {"prompt": "run"}}'),
        ("slack.json", '{"messages": [{"type": "message", "user": "U1", "text": "hi"}]}'),
        ("broken.yaml", "a: [1,"),
        ("broken.json", '{"a": '),
        ("helm.yaml", "a: {{ .Values.x }}\n---\nb: 1\n"),
        ("empty.yaml", "# nothing\n"),
        ("prompts/empty.yaml", "# nothing yet\n"),
    ],
)
def test_other_files(path: str, text: str) -> None:
    """Files that hold no prompt give none, broken ones included."""
    assert read_prompts(path, text) == []


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("prompts/a.yaml", "a: b\nc: [1,", (3, 1)),
        ("a.json", '{"messages": [\n  {"role": "user" "content": "hi"}]}', (2, 19)),
        ("promptfooconfig.yaml", "prompts: [}", (1, 11)),
    ],
)
def test_broken(path: str, text: str, place: tuple[int, int]) -> None:
    """A broken file that says it holds prompts is a fault at its place."""
    with pytest.raises(InputError) as caught:
        read_prompts(path, text)
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [place]


def test_promptfoo(tmp_path: Path) -> None:
    """promptfoo's prompts stand inline, as JSON, or in files; its tests show which variables differ."""
    (tmp_path / "rag.txt").write_text("Use {{ context }} for {{ style }}.")
    (tmp_path / "chat.json").write_text('[{"role": "system", "content": "You are {{ style }}"}]')
    text = """
description: tries
prompts:
  - "You are {{ persona }}. {{ style }} {{ other }}"
  - '[{"role": "user", "content": "Ask {{ persona }}"}]'
  - file://rag.txt
  - id: file://chat.json
  - file://gone.txt
  - file://make.py:prompt
providers: [anthropic:messages:claude-sonnet-5]
tests:
  - vars: {persona: a pirate, style: short}
  - vars: {persona: a poet, style: short}
"""
    found = read_prompts(str(tmp_path / "promptfooconfig.yaml"), text)
    tried = ("claude-sonnet-5", "anthropic")
    assert [(prompt.model, prompt.provider) for prompt in found] == [tried, tried, (None, None), (None, None)]
    assert [changing(prompt) for prompt in found] == [
        [("{{ persona }}", "per request"), ("{{ other }}", "unknown")],
        [("{{ persona }}", "per request")],
        [("{{ context }}", "per turn")],
        [],
    ]
    assert found[2].path == str(tmp_path / "rag.txt")
    assert [placed(text, part) for part in found[1].parts] == ["Ask ", "{{ persona }}"]


def test_crewai() -> None:
    """CrewAI's agents and tasks are fragments, in the order in which CrewAI writes their texts."""
    text = """
researcher:
  role: "{topic} researcher"
  goal: Find what is new in {current_year}
  backstory: >
    You are seasoned.
  llm: claude-sonnet-5
"""
    agent = only("config/agents.yaml", text)
    assert (agent.name, agent.model, agent.fragment) == ("researcher", "claude-sonnet-5", True)
    assert (
        "".join(part.text or "" for part in agent.parts)
        == "{topic} researcherYou are seasoned.\nFind what is new in {current_year}"
    )
    assert changing(agent) == [("{topic}", "per request"), ("{current_year}", "every month")]
    task = only("tasks.yaml", "write:\n  description: Write about {topic}\n  expected_output: A page\n  agent: x\n")
    assert {part.section.value for part in task.parts} == {"messages"}


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        pytest.param(
            {"_type": "prompt", "template": "Use {context} for {question}.", "template_format": "f-string"},
            [("{context}", "per turn"), ("{question}", "per request")],
            id="saved template",
        ),
        pytest.param(
            {"_type": "prompt", "template": "{% if x %}{{ now() }}{% endif %}", "template_format": "jinja2"},
            [("{{ now() }}", "sub-second")],
            id="saved Jinja template",
        ),
        pytest.param(
            {"_type": "few_shot", "prefix": "It is {date}.", "suffix": "Q: {question}"},
            [("{date}", "every day"), ("{question}", "per request")],
            id="few shots",
        ),
    ],
)
def test_langchain_templates(value: object, rows: list[tuple[str, str]]) -> None:
    """A saved template is read in the language that it names."""
    assert changing(only("chain.json", json.dumps(value))) == rows


def test_langchain_constructors() -> None:
    """A serialised chat template gives its messages, and its placeholder for the history."""

    def made(name: str, **arguments: object) -> dict[str, object]:
        return {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", name], "kwargs": arguments}

    value = made(
        "ChatPromptTemplate",
        messages=[
            made("SystemMessagePromptTemplate", prompt=made("PromptTemplate", template="It is {date}.")),
            made("MessagesPlaceholder", variable_name="chat_history"),
            made("HumanMessagePromptTemplate", prompt=made("PromptTemplate", template="{question}")),
        ],
    )
    prompt = only("chat.json", json.dumps(value))
    assert blocks(prompt) == [
        ("system", "system", "It is {date}."),
        ("messages", "", "<chat_history>"),
        ("messages", "user", "{question}"),
    ]
    assert [part.name for part in prompt.parts if part.content is Content.HISTORY] == ["chat_history"]
