"""Sources to prompts, and what tests ask of them."""

from __future__ import annotations

import textwrap

from cachecalc.core.prompt import Confidence, Fact, Part, Prompt
from cachecalc.load.python import read_python

HEAD = '''
import json, os, platform, random, secrets, subprocess, time, uuid
from datetime import date, datetime, timezone
import anthropic
import openai

client = anthropic.Anthropic()
RULES = """You are a support agent. Always answer politely and follow the policy below."""
'''
SEND = 'client.messages.create(model="claude-sonnet-5-5", max_tokens=9, system=system, messages=[])'


def read(source: str, path: str = "app.py") -> list[Prompt]:
    return read_python(path, textwrap.dedent(source))


def asked(body: str) -> str:
    """A function that puts `system` together and sends it."""
    return f"{HEAD}\ndef ask(self=None, question=None, request=None):\n{textwrap.indent(body, '    ')}\n    return {SEND}\n"


def changing(source: str, least: Confidence = Confidence.LIKELY) -> list[Part]:
    """The parts that change, as far as the reader is sure enough, and not only unknown ones."""
    parts = (part for prompt in read(source) for part in prompt.parts)
    return [part for part in parts if not part.volatility.is_static and part.confidence >= least and part.origin]


def told(source: str) -> list[str]:
    """What changes in the prompts of a source, as `volatility: origin`."""
    return [f"{part.volatility}: {part.origin}" for part in changing(source)]


def facts(source: str) -> list[Fact]:
    return [fact for prompt in read(source) for fact in prompt.facts if fact.confidence > Confidence.POSSIBLE]
