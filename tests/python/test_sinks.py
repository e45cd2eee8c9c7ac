"""Calls that take a prompt: what they send, in which order, marked where."""

from __future__ import annotations

import pytest

from cachecalc.core.prompt import Form, Prompt, Section
from tests.python.reading import read

SYSTEM = "You are a tutor. Answer briefly."


def only(source: str) -> Prompt:
    """The prompt that a call sends or keeps."""
    whole = [prompt for prompt in read(source) if any(part.text == SYSTEM for part in prompt.parts)]
    return max(whole, key=lambda prompt: len(prompt.parts))


def row(source: str) -> list[tuple[str, str]]:
    return [(part.section, part.text or part.origin) for part in only(source).parts]


CALLS = {
    "anthropic": (
        "import anthropic",
        "anthropic.Anthropic().messages.create(system={s}, messages=[{{'role': 'user', 'content': q}}])",
    ),
    "anthropic stream": (
        "import anthropic",
        "self.client.messages.stream(system={s}, messages=[{{'role': 'user', 'content': q}}])",
    ),
    "anthropic raw": (
        "import anthropic",
        "c.beta.messages.with_raw_response.create(system=[{{'type': 'text', 'text': {s}}}], messages=[{{'role': 'user', 'content': q}}])",
    ),
    "anthropic blocks": (
        "from anthropic.types import TextBlockParam",
        "c.messages.create(system=[TextBlockParam(type='text', text={s})], messages=[{{'role': 'user', 'content': q}}])",
    ),
    "openai chat": (
        "import openai",
        "openai.OpenAI().chat.completions.create(messages=[{{'role': 'system', 'content': {s}}}, {{'role': 'user', 'content': q}}])",
    ),
    "openai responses": (
        "import openai",
        "client.responses.create(instructions={s}, input=[{{'role': 'user', 'content': q}}])",
    ),
    "litellm": (
        "import litellm",
        "litellm.completion(model='m', messages=[{{'role': 'system', 'content': {s}}}, {{'role': 'user', 'content': q}}])",
    ),
    "litellm bare": (
        "from litellm import acompletion",
        "acompletion(model='m', messages=[{{'role': 'system', 'content': {s}}}, {{'role': 'user', 'content': q}}])",
    ),
    "gemini": (
        "from google.genai import types",
        "c.models.generate_content(model='m', contents=q, config=types.GenerateContentConfig(system_instruction={s}))",
    ),
    "bedrock": (
        "import boto3",
        "b.converse(system=[{{'text': {s}}}], messages=[{{'role': 'user', 'content': [{{'text': q}}]}}])",
    ),
    "langchain messages": (
        "from langchain_core.messages import SystemMessage, HumanMessage",
        "llm.invoke([SystemMessage(content={s}), HumanMessage(content=q)])",
    ),
    "langchain tuples": (
        "from langchain_core.prompts import ChatPromptTemplate",
        "ChatPromptTemplate.from_messages([('system', {s}), ('human', '{{question}}')])",
    ),
    "llama-index": (
        "from llama_index.core.llms import ChatMessage, MessageRole",
        "llm.chat([ChatMessage(role=MessageRole.SYSTEM, content={s}), ChatMessage(role='user', content=q)])",
    ),
    "plain dicts": ("", "send([{{'role': 'system', 'content': {s}}}, {{'role': 'user', 'content': q}}])"),
    "own wrapper": (
        "",
        "self.llm.chat(messages=[{{'role': 'system', 'content': {s}}}, {{'role': 'user', 'content': q}}])",
    ),
}


@pytest.mark.parametrize(("head", "call"), [pytest.param(*case, id=name) for name, case in CALLS.items()])
def test_a_call_sends_its_system_text_and_then_the_question(head: str, call: str) -> None:
    """Whatever the client is called, the row of parts is the same."""
    body = call.format(s="SYSTEM")
    source = f"{head}\nSYSTEM = {SYSTEM!r}\n\ndef ask(self, c, b, llm, client, q_question):\n    q = q_question\n    return {body}\n"
    assert [section for section, _ in row(source)] == [Section.SYSTEM, Section.MESSAGES]
    assert row(source)[0] == (Section.SYSTEM, SYSTEM)


KEPT = {
    "pydantic-ai": "Agent('openai:gpt-5.5', system_prompt=SYSTEM)",
    "pydantic-ai instructions": "Agent('openai:gpt-5.5', instructions=SYSTEM)",
    "openai-agents": "Agent(name='tutor', instructions=SYSTEM)",
    "autogen": "AssistantAgent(name='tutor', system_message=SYSTEM)",
    "gemini model": "GenerativeModel('gemini-3', system_instruction=SYSTEM)",
    "crewai": "Agent(role='tutor', goal='teach', backstory=SYSTEM)",
    "assistants": "client.beta.assistants.create(instructions=SYSTEM, model='gpt-5.5')",
    "langgraph": "create_react_agent(model, tools, prompt=SYSTEM, state_modifier=SYSTEM)",
    "smolagents": "CodeAgent(tools=[], model=model, instructions=SYSTEM)",
}


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in KEPT.items()])
def test_an_agent_keeps_its_system_prompt(call: str) -> None:
    """It is sent later, in front of a conversation: a fragment."""
    prompt = only(f"SYSTEM = {SYSTEM!r}\nagent = {call}\n")
    assert prompt.fragment
    assert (Section.SYSTEM, SYSTEM) in [(part.section, part.text) for part in prompt.parts]


def test_a_request_is_read_whole() -> None:
    """Tools, system blocks and messages in hash order, with marks, model and settings."""
    prompt = only(f"""
import anthropic
MODEL = "claude-sonnet-5-5"
SYSTEM = {SYSTEM!r}
TOOLS = [{{"name": "search", "description": "Search the web.", "input_schema": {{"type": "object"}}}}]

def ask(messages, question):
    return anthropic.Anthropic().messages.create(
        model=MODEL,
        max_tokens=100,
        thinking={{"type": "enabled", "budget_tokens": 2000}},
        tools=TOOLS,
        system=[{{"type": "text", "text": SYSTEM, "cache_control": {{"type": "ephemeral", "ttl": "1h"}}}}],
        messages=[*messages, {{"role": "user", "content": [{{"type": "text", "text": question, "cache_control": {{"type": "ephemeral"}}}}]}}],
    )
""")
    assert [(part.section, part.name, part.block) for part in prompt.parts] == [
        (Section.TOOLS, "tool search", 0),
        (Section.SYSTEM, "system text", 1),
        (Section.MESSAGES, "messages", 2),
        (Section.MESSAGES, "question", 3),
    ]
    assert [part.mark.ttl if part.mark else "" for part in prompt.parts] == ["", "1h", "", None]
    assert prompt.parts[0].form is Form.TOOL
    assert prompt.parts[0].text == '{"name":"search","description":"Search the web.","input_schema":{"type":"object"}}'
    assert (prompt.model, prompt.provider, prompt.fragment) == ("claude-sonnet-5-5", "anthropic", False)
    assert prompt.parameters["thinking"] == {"type": "enabled", "budget_tokens": 2000}


def test_a_mark_knows_what_to_delete_to_take_it_away() -> None:
    """The key, the value, and the comma that joins them to the entry before."""
    source = f"""
import anthropic
def ask():
    return anthropic.Anthropic().messages.create(
        system=[{{"type": "text", "text": {SYSTEM!r}, "cache_control": {{"type": "ephemeral"}}}}], messages=[])
"""
    (part,) = only(source).parts
    assert part.mark
    assert part.mark.span
    assert part.mark.whole
    assert source[part.mark.span.start : part.mark.span.end] == '{"type": "ephemeral"}'
    assert source[part.mark.whole.start : part.mark.whole.end] == ', "cache_control": {"type": "ephemeral"}'


@pytest.mark.parametrize(
    ("block", "ttl"),
    [
        ('{"cachePoint": {"type": "default"}}', None),
        ('{"cachePoint": {"type": "default", "ttl": "1h"}}', "1h"),
    ],
)
def test_a_mark_of_its_own_belongs_to_the_text_before_it(block: str, ttl: str | None) -> None:
    """Bedrock marks with a block."""
    source = f"""
import boto3
def ask(question):
    return boto3.client("bedrock-runtime").converse(
        system=[{{"text": {SYSTEM!r}}}, {block}], messages=[{{"role": "user", "content": [{{"text": question}}]}}])
"""
    first, _ = only(source).parts
    assert first.mark
    assert first.mark.ttl == ttl


def test_a_request_may_be_marked_as_a_whole() -> None:
    """`cache_control` beside the messages."""
    prompt = only(f"""
import anthropic
def ask(question):
    return anthropic.Anthropic().messages.create(
        cache_control={{"type": "ephemeral", "ttl": "1h"}}, system={SYSTEM!r}, messages=[{{"role": "user", "content": question}}])
""")
    assert prompt.automatic
    assert prompt.automatic.ttl == "1h"


def test_tools_from_a_set_are_one_part_without_order() -> None:
    """Which tool comes first is the process's own affair."""
    source = f"""
import anthropic
def ask(names: set[str]):
    tools = [REGISTRY[name].schema() for name in names]
    return anthropic.Anthropic().messages.create(system={SYSTEM!r}, tools=tools, messages=[])
"""
    tool, _ = only(source).parts
    assert (tool.section, str(tool.volatility), tool.origin) == (Section.TOOLS, "per build", "names")


def test_a_loop_builds_messages() -> None:
    """The history is between the system prompt and the last message."""
    source = f"""
import openai
def ask(history, question):
    messages = [{{"role": "system", "content": {SYSTEM!r}}}]
    for turn in history:
        messages.append({{"role": turn.role, "content": turn.content}})
    messages.append({{"role": "user", "content": question}})
    return openai.OpenAI().chat.completions.create(model="gpt-5.5", messages=messages)
"""
    assert [part.content for part in only(source).parts] == ["text", "history", "question"]


def test_messages_inserted_in_front_come_first() -> None:
    """`insert(0, ...)` makes a system prompt of what comes later in the code."""
    source = f"""
import openai
def ask(messages):
    messages.insert(0, {{"role": "system", "content": {SYSTEM!r}}})
    return openai.OpenAI().chat.completions.create(model="gpt-5.5", messages=messages)
"""
    assert [part.section for part in only(source).parts] == [Section.SYSTEM, Section.MESSAGES]


def test_a_system_prompt_added_to_a_list_comes_first() -> None:
    """Lists are added as lists, and what is set in one later belongs to its item."""
    source = f"""
import openai
def ask(messages):
    messages = [{{"role": "system", "content": ""}}] + messages
    messages[0]["content"] += {SYSTEM!r}
    return openai.OpenAI().chat.completions.create(model="gpt-5.5", messages=messages)
"""
    assert [part.text for part in only(source).parts] == [SYSTEM, None]
