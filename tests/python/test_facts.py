"""What is true of a call beside its text, and of the code around it."""

from __future__ import annotations

import pytest

from cachecalc.core.prompt import Trait
from tests.python.reading import facts

HEAD = """
import asyncio, functools, hashlib, uuid
import anthropic, openai, redis
from google import genai

client = anthropic.Anthropic()
gpt = openai.OpenAI()
gemini = genai.Client()
store = redis.Redis()
RULES = "You are a careful agent. Follow the rules of the house and answer briefly."
MARKED = [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}]
"""

BAD = {
    "random key": (
        "def ask(messages):\n    return gpt.responses.create(input=messages, prompt_cache_key=str(uuid.uuid4()))",
        Trait.CACHE_KEY_RANDOM,
        "str(uuid.uuid4())",
    ),
    "random key in the body": (
        "def ask(messages):\n    return gpt.responses.create(input=messages, extra_body={'prompt_cache_key': uuid.uuid4().hex})",
        Trait.CACHE_KEY_RANDOM,
        "uuid",
    ),
    "constant key": (
        "def ask(messages):\n    return gpt.responses.create(input=messages, prompt_cache_key='app')",
        Trait.CACHE_KEY_CONSTANT,
        "'app'",
    ),
    "model by turn": (
        "def ask(messages, hard):\n    return client.messages.create(model='claude-opus-5-5' if hard else 'claude-haiku-5-5', messages=messages)",
        Trait.MODEL_SWITCHED,
        "claude-opus-5-5",
    ),
    "thinking by turn": (
        (
            "def ask(messages, hard):\n"
            "    if hard:\n        thinking = {'type': 'enabled', 'budget_tokens': 9}\n    else:\n        thinking = {'type': 'disabled'}\n"
            "    return client.messages.create(messages=messages, thinking=thinking)"
        ),
        Trait.PARAMETER_SWITCHED,
        "thinking",
    ),
    "tools by turn": (
        "def ask(messages, last):\n    return client.messages.create(messages=messages, tools=[] if last else TOOLS)",
        Trait.TOOLS_SWITCHED,
        "[] if last else TOOLS",
    ),
    "window": (
        "def ask(messages):\n    return client.messages.create(system=RULES, messages=messages[-20:])",
        Trait.HISTORY_REWRITTEN,
        "messages[-20:]",
    ),
    "window behind a system message": (
        "def ask(history):\n    return gpt.chat.completions.create(messages=[{'role': 'system', 'content': RULES}, *history[-limit:]])",
        Trait.HISTORY_REWRITTEN,
        "history[-limit:]",
    ),
    "window by sum": (
        "def ask(history):\n    return gpt.chat.completions.create(messages=[{'role': 'system', 'content': RULES}] + history[-6:])",
        Trait.HISTORY_REWRITTEN,
        "history[-6:]",
    ),
    "pop": (
        "def ask(messages):\n    while len(messages) > 9:\n        messages.pop(0)\n    return client.messages.create(messages=messages)",
        Trait.HISTORY_REWRITTEN,
        "messages.pop(0)",
    ),
    "del": (
        "def ask(messages):\n    del messages[1:3]\n    return client.messages.create(messages=messages)",
        Trait.HISTORY_REWRITTEN,
        "messages[1:3]",
    ),
    "side call": (
        (
            "class Agent:\n"
            "    def step(self, messages):\n        return client.messages.create(system=RULES, tools=TOOLS, messages=messages)\n"
            "    def summarize(self, messages):\n        return client.messages.create(messages=messages)"
        ),
        Trait.SIDE_CALL,
        "client.messages.create",
    ),
    "cache in a handler": (
        "@app.post('/ask')\ndef ask(document):\n    return gemini.caches.create(model='m', config={'contents': [document], 'ttl': '60s'})",
        Trait.NAMED_CACHE_PER_CALL,
        "gemini.caches.create",
    ),
    "cache in a loop": (
        "def ask_all(documents):\n    for document in documents:\n        gemini.caches.create(model='m', config={'contents': [document], 'ttl': '60s'})",
        Trait.NAMED_CACHE_PER_CALL,
        "gemini.caches.create",
    ),
    "cache for one question": (
        (
            "def ask(document, q):\n    cache = gemini.caches.create(model='m', config={'contents': [document], 'ttl': '60s'})\n"
            "    return gemini.models.generate_content(model='m', contents=q, config={'cached_content': cache.name})"
        ),
        Trait.NAMED_CACHE_PER_CALL,
        "gemini.caches.create",
    ),
    "cache without an end": (
        "def start(document):\n    return gemini.caches.create(model='m', config={'contents': [document]})",
        Trait.NAMED_CACHE_UNRELEASED,
        "gemini.caches.create",
    ),
    "retired caching": (
        "from google.generativeai import caching\ndef start(text):\n    return caching.CachedContent.create(model='m', contents=[text], ttl=60)",
        Trait.LEGACY_API,
        "caching.CachedContent.create",
    ),
    "gather": (
        (
            "async def ask(q):\n    r = await client.messages.create(system=MARKED, messages=[{'role': 'user', 'content': q}])\n    return r.usage.cache_read_input_tokens\n"
            "async def ask_all(qs):\n    return await asyncio.gather(*[ask(q) for q in qs])"
        ),
        Trait.FAN_OUT,
        "asyncio.gather(",
    ),
    "gathered list": (
        (
            "async def ask(q):\n    r = await client.messages.create(system=MARKED, messages=[{'role': 'user', 'content': q}])\n    return r.usage.cache_read_input_tokens\n"
            "async def ask_all(qs):\n    tasks = []\n    for q in qs:\n        tasks.append(ask(q))\n    return await asyncio.gather(*tasks)"
        ),
        Trait.FAN_OUT,
        "asyncio.gather(",
    ),
    "threads": (
        (
            "def ask(q):\n    r = client.messages.create(system=MARKED, messages=[{'role': 'user', 'content': q}])\n    return r.usage.cache_read_input_tokens\n"
            "def ask_all(qs, pool):\n    return list(pool.map(ask, qs))"
        ),
        Trait.FAN_OUT,
        "pool.map(ask, qs)",
    ),
    "unread counters": (
        "def ask(q):\n    r = client.messages.create(system=MARKED, messages=[{'role': 'user', 'content': q}])\n    return r.content[0].text",
        Trait.USAGE_UNREAD,
        "client.messages.create",
    ),
    "cached tokens left out": (
        (
            "def ask(q):\n    r = client.messages.create(system=MARKED, messages=[{'role': 'user', 'content': q}])\n"
            "    return r.usage.input_tokens + r.usage.output_tokens"
        ),
        Trait.USAGE_MISREAD,
        "r.usage.input_tokens + r.usage.output_tokens",
    ),
    "marks in a loop": (
        (
            "def ask(messages):\n    for message in messages:\n        message['content'][0]['cache_control'] = {'type': 'ephemeral'}\n"
            "    r = client.messages.create(system=MARKED, messages=messages, max_tokens=9)\n    return r.usage.cache_read_input_tokens"
        ),
        Trait.MARKS_UNBOUNDED,
        "cache_control",
    ),
    "answer cache without the model": (
        (
            "def ask(q, model):\n    key = hashlib.md5(q.encode()).hexdigest()\n    if (hit := store.get(key)):\n        return hit\n"
            "    r = gpt.chat.completions.create(model=model, messages=[{'role': 'system', 'content': RULES}, {'role': 'user', 'content': q}])\n"
            "    store.set(key, r)\n    return r"
        ),
        Trait.MEMO_KEY_INCOMPLETE,
        "hashlib.md5(q.encode()).hexdigest()",
    ),
    "answer cache in a dict without the tenant": (
        (
            "answer_cache = {}\ndef ask(q, tenant):\n    if q in answer_cache:\n        return answer_cache[q]\n"
            "    r = gpt.chat.completions.create(model='m', messages=[{'role': 'system', 'content': RULES + tenant}, {'role': 'user', 'content': q}])\n"
            "    answer_cache[q] = r\n    return r"
        ),
        Trait.MEMO_KEY_INCOMPLETE,
        "q",
    ),
    "answers from documents kept for ever": (
        (
            "def ask(q, documents):\n    key = q + documents\n    if (hit := store.get(key)):\n        return hit\n"
            "    r = gpt.chat.completions.create(model='m', messages=[{'role': 'system', 'content': RULES + documents}, {'role': 'user', 'content': q}])\n"
            "    store.set(key, r)\n    return r"
        ),
        Trait.MEMO_STALE,
        "store.set(key, r)",
    ),
    "answers from documents remembered without end": (
        (
            "@functools.lru_cache(maxsize=None)\ndef ask(q):\n    documents = index.search(q)\n"
            "    return client.messages.create(system=RULES, messages=[{'role': 'user', 'content': f'{documents} {q}'}])"
        ),
        Trait.MEMO_STALE,
        "functools.lru_cache(maxsize=None)",
    ),
    "model by the length of the question": (
        (
            "def ask(messages, q):\n    model = 'small' if len(q) < 99 else 'large'\n"
            "    return client.messages.create(model=model, messages=messages)"
        ),
        Trait.MODEL_SWITCHED,
        "model",
    ),
}


@pytest.mark.parametrize(("source", "trait", "origin"), [pytest.param(*case, id=name) for name, case in BAD.items()])
def test_a_habit_is_seen(source: str, trait: Trait, origin: str) -> None:
    """Keys, switches, windows, named caches, fan-outs, counters and answer caches."""
    found = {fact.trait: fact.origin for fact in facts(f"{HEAD}\n{source}\n")}
    assert trait in found
    assert origin in found[trait]


GOOD = {
    "key of the conversation": "def ask(messages, chat_id):\n    return gpt.responses.create(input=messages, prompt_cache_key=chat_id)",
    "constant key of one prompt": "def ask(q):\n    return gpt.responses.create(instructions=RULES, input=[{'role': 'user', 'content': q}], prompt_cache_key='app')",
    "model by configuration": "MODEL = 'a' if DEBUG else 'b'\ndef ask(messages):\n    return client.messages.create(model=MODEL, messages=messages)",
    "model of a single question": "def ask(q, hard):\n    return client.messages.create(model='a' if hard else 'b', messages=[{'role': 'user', 'content': q}])",
    "all but the first": "def ask(messages):\n    return client.messages.create(system=RULES, messages=messages[1:])",
    "window for display": "def show(messages):\n    for message in messages[-5:]:\n        print(message)\n    return client.messages.create(system=RULES, messages=messages)",
    "whole side call": (
        "class Agent:\n    def step(self, messages):\n        return client.messages.create(system=RULES, messages=messages)\n"
        "    def summarize(self, messages):\n        return client.messages.create(system=RULES, messages=messages)"
    ),
    "cache at the start": (
        "def main():\n    cache = gemini.caches.create(model='m', config={'contents': [RULES], 'ttl': '600s'})\n"
        "    return gemini.models.generate_content(model='m', contents='x', config={'cached_content': cache.name})"
    ),
    "cache once": (
        "def ask(q):\n    global cache\n    if cache is None:\n        cache = gemini.caches.create(model='m', config={'contents': [RULES], 'ttl': '600s'})\n"
        "    return gemini.models.generate_content(model='m', contents=q, config={'cached_content': cache.name})"
    ),
    "cache that is deleted": (
        "def start():\n    return gemini.caches.create(model='m', config={'contents': [RULES]})\n"
        "def stop(cache):\n    gemini.caches.delete(name=cache.name)"
    ),
    "warm first": (
        "async def ask(q):\n    r = await client.messages.create(system=MARKED, messages=[{'role': 'user', 'content': q}])\n    return r.usage.cache_read_input_tokens\n"
        "async def ask_all(qs):\n    first = await ask(qs[0])\n    return [first, *await asyncio.gather(*[ask(q) for q in qs[1:]])]"
    ),
    "response handed on": "def ask(q):\n    return client.messages.create(system=MARKED, messages=[{'role': 'user', 'content': q}])",
    "whole key": (
        "def ask(q, model):\n    key = hashlib.md5((model + q).encode()).hexdigest()\n    if (hit := store.get(key)):\n        return hit\n"
        "    r = gpt.chat.completions.create(model=model, messages=[{'role': 'user', 'content': q}], system=RULES)\n"
        "    store.set(key, r, ex=60)\n    return r"
    ),
    "memory is no answer cache": (
        "def ask(q, user_id):\n    memory = memories.get(user_id)\n"
        "    r = gpt.chat.completions.create(model='m', messages=[{'role': 'system', 'content': RULES}, {'role': 'user', 'content': q}])\n"
        "    memories.set(user_id, r)\n    return r"
    ),
    "last marks only": (
        "def ask(messages):\n    for message in messages[-3:]:\n        message['content'][0]['cache_control'] = {'type': 'ephemeral'}\n"
        "    r = client.messages.create(system=MARKED, messages=messages)\n    return r.usage.cache_read_input_tokens"
    ),
}


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in GOOD.items()])
def test_a_look_alike_is_no_habit(source: str) -> None:
    """The same calls, done well."""
    assert facts(f"{HEAD}\n{source}\n") == []
