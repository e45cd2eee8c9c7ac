"""Whether a file or a function can hold a prompt at all, told from its characters: reading it is the costly part."""

from __future__ import annotations

import re

_PROMPT = (
    r"prompt|instruct|system|messages|assistant|anthropic|openai|litellm|langchain|llama|gemini|bedrock|genai"
    r"|[\"']role[\"']|role\s*=|You are|you are|[Yy]our (?:task|job|role|goal)|cache_control|cachePoint|persona|backstory|template|Message\("
)
_SOURCE = r"now\(|today\(|time\(|ctime|uuid|random|secrets|token_hex|getpid|_date|_time|timestamp"
_MAY_HOLD = re.compile(_PROMPT.encode())
_MAY_BUILD = re.compile(_PROMPT)
_MAY_MATTER = re.compile(f"{_PROMPT}|{_SOURCE}")


def may_hold_prompt(raw: bytes) -> bool:
    """False only where reading the file would find no prompt."""
    return _MAY_HOLD.search(raw) is not None


def may_build(source: str) -> bool:
    """Whether a function may build or send a prompt."""
    return _MAY_BUILD.search(source) is not None


def may_matter(source: str) -> bool:
    """Whether a module or function may lend something to a prompt: text of one, or a value that changes."""
    return _MAY_MATTER.search(source) is not None
