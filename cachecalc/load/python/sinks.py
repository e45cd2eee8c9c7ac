"""Tables of where prompts go: calls that send one, classes that keep one, and the keys that hold its pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sink:
    """A call that takes a prompt. Each row names the arguments in the order in which they are hashed; a number is a
    position. `kept` says that the call builds something that sends it later."""

    provider: str | None = None
    system: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    tools: tuple[str, ...] = ("tools", "functions", "tool_config", "toolConfig")
    position: str = ""
    kept: bool = False


_ANTHROPIC = Sink("anthropic", ("system",), ("messages",))
_CHAT = Sink("openai", (), ("messages",))
_LITELLM = Sink(None, (), ("messages",))
_RESPONSES = Sink("openai", ("instructions",), ("input",))
_GEMINI = Sink("google", ("system_instruction",), ("contents",), position="contents")
_BEDROCK = Sink("bedrock", ("system",), ("messages",))

SENDERS: Mapping[str, Sink] = {
    **dict.fromkeys(
        (
            "messages.create",
            "messages.stream",
            "messages.parse",
            "messages.count_tokens",
            "messages.tool_runner",
        ),
        _ANTHROPIC,
    ),
    "threads.messages.create": Sink("openai", (), ("content",)),
    "threads.runs.create": Sink("openai", ("instructions", "additional_instructions"), ()),
    "beta.assistants.create": Sink("openai", ("instructions",), (), kept=True),
    **dict.fromkeys(
        (
            "chat.completions.create",
            "chat.completions.parse",
            "chat.completions.stream",
            "ChatCompletion.create",
            "ChatCompletion.acreate",
            "completions.create_with_completion",
            "completions.create_partial",
        ),
        _CHAT,
    ),
    **dict.fromkeys(("responses.create", "responses.parse", "responses.stream"), _RESPONSES),
    **dict.fromkeys(("litellm.completion", "litellm.acompletion", "completion", "acompletion"), _LITELLM),
    **dict.fromkeys(("litellm.responses", "litellm.aresponses"), _RESPONSES),
    **dict.fromkeys(
        (
            "generate_content",
            "generate_content_async",
            "generate_content_stream",
            "chat.send_message",
            "chat.send_message_stream",
            "chat_session.send_message",
        ),
        _GEMINI,
    ),
    "chats.create": Sink("google", ("system_instruction",), ("history",), kept=True),
    "caches.create": Sink("google", ("system_instruction",), ("contents",), kept=True),
    "CachedContent.create": Sink("google", ("system_instruction",), ("contents",), kept=True),
    **dict.fromkeys(("converse", "converse_stream"), _BEDROCK),
    "GenerativeModel": Sink("google", ("system_instruction",), (), position="", kept=True),
}
"""Calls by the end of their dotted name."""

NEEDED: Mapping[str, frozenset[str]] = {
    "completion": frozenset({"messages"}),
    "acompletion": frozenset({"messages"}),
    "messages.create": frozenset({"messages", "model", "max_tokens"}),
}
"""Names that other libraries use as well: one of these arguments must be there."""

SYSTEM_KEYS = frozenset(
    {
        "system",
        "system_prompt",
        "system_message",
        "system_messages",
        "system_instruction",
        "system_instructions",
        "system_text",
        "system_template",
        "sys_prompt",
        "instruction",
        "instructions",
        "global_instruction",
        "developer_message",
        "prefix_messages",
        "custom_instructions",
        "base_prompt",
        "state_modifier",
        "prompt_prefix",
        "role_prompt",
        "persona",
        "system_content",
        "developer_instructions",
    }
)
"""Arguments that hold system text, whatever the call."""

USER_KEYS = frozenset(
    {
        "prompt",
        "user_prompt",
        "user_message",
        "prompts",
        "template",
        "prompt_template",
        "message",
        "human_message",
        "query_str",
    }
)
"""Arguments that hold a message, if it reads like one."""

CREW: Mapping[str, tuple[str, ...]] = {
    "Agent": ("role", "goal", "backstory"),
    "Task": ("description", "expected_output"),
}
"""Classes whose prompt is made of several arguments, in this order."""

ROLES: Mapping[str, str] = {
    "SystemMessage": "system",
    "SystemMessagePromptTemplate": "system",
    "SystemPromptPart": "system",
    "DeveloperMessage": "developer",
    "HumanMessage": "user",
    "HumanMessagePromptTemplate": "user",
    "UserMessage": "user",
    "UserPromptPart": "user",
    "AIMessage": "assistant",
    "AIMessagePromptTemplate": "assistant",
    "AssistantMessage": "assistant",
    "ChatCompletionSystemMessageParam": "system",
    "ChatCompletionUserMessageParam": "user",
    "ChatCompletionAssistantMessageParam": "assistant",
    "ChatCompletionDeveloperMessageParam": "developer",
    "ToolMessage": "tool",
    "FunctionMessage": "tool",
    "ToolResultMessage": "tool",
}
"""Message classes and the role they stand for."""

KNOWN_ROLES = frozenset({"system", "developer", "user", "human", "assistant", "ai", "model", "tool", "function"})
ANSWERS = frozenset({"assistant", "ai", "model", "tool", "function"})
"""Roles of what a conversation has brought forth, which stays as it was once it is said."""
SYSTEM_ROLES = frozenset({"system", "developer"})

TEMPLATES = frozenset(
    {
        "PromptTemplate",
        "ChatPromptTemplate",
        "FewShotPromptTemplate",
        "RichPromptTemplate",
        "ChatMessagePromptTemplate",
        "SelectorPromptTemplate",
    }
) | {name for name in ROLES if name.endswith("PromptTemplate")}
"""Classes whose text has `{placeholders}`."""

DECORATORS: Mapping[str, str] = {
    "system_prompt": "system",
    "instructions": "system",
    "dynamic_prompt": "system",
    "before_model": "",
}
"""Decorators whose function returns prompt text."""

SILENT = frozenset(
    [
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "log",
        "print",
        "echo",
        "write",
        "writelines",
        "secho",
        "execute",
        "executemany",
        "fetch",
        "fetchall",
        "fetchone",
        "open",
        "add_argument",
        "warn_explicit",
        "getLogger",
        "metric",
        "gauge",
        "increment",
        "counter",
        "capture",
        "track",
        "add_tag",
        "set_attribute",
        "add_event",
        "setdefault",
        "progress",
        "spinner",
        "notify",
        "toast",
    ]
)
"""Calls whose arguments are read by people, disks or databases, not models."""


_LAST = frozenset(name.rsplit(".", 1)[-1] for name in SENDERS)
_RAW = frozenset({"with_raw_response", "with_streaming_response", "with_options"})


def sender(path: str, given: frozenset[str]) -> Sink | None:
    """The sink that a dotted name is, given the names of its arguments."""
    if path.rsplit(".", 1)[-1] not in _LAST:
        return None
    words = [word for word in path.split(".") if word not in _RAW]
    for size in (3, 2, 1):
        name = ".".join(words[-size:])
        found = SENDERS.get(name) if len(words) >= size else None
        if found:
            needed = NEEDED.get(name)
            return None if needed and not needed & given else found
    return None
