"""What reaches a prompt through the code of one file."""

from __future__ import annotations

import textwrap

import pytest

from cachecalc.core.prompt import Confidence, Prompt
from cachecalc.load.python import read_python


def read(source: str) -> list[Prompt]:
    return read_python("app.py", textwrap.dedent(source))


def changing(source: str) -> list[str]:
    """What changes in the prompts of a source, as `volatility: origin`, doubts left out."""
    return [
        f"{part.volatility}: {part.origin}"
        for prompt in read(source)
        for part in prompt.parts
        if not part.volatility.is_static and part.confidence > Confidence.POSSIBLE and part.origin
    ]


HEAD = '''
from datetime import date, datetime
import time, uuid, random
import anthropic
client = anthropic.Anthropic()
RULES = """You are a support agent. Always answer politely and follow the policy below."""
'''
SEND = 'client.messages.create(model="claude-sonnet-5-5", max_tokens=9, system=system, messages=[])'

WAYS = {
    "f-string": "system = f'{datetime.now()} {RULES}'",
    "f-string over several lines": "system = f'''\nNow: {\n  datetime.now()\n}\n{RULES}'''",
    "format by position": "system = 'Now: {}. {}'.format(datetime.now(), RULES)",
    "format by name": "system = 'Now: {now}. {rules}'.format(now=datetime.now(), rules=RULES)",
    "format_map": "system = 'Now: {now}'.format_map({'now': datetime.now()}) + RULES",
    "percent": "system = 'Now: %s. %s' % (datetime.now(), RULES)",
    "percent by name": "system = 'Now: %(now)s.' % {'now': datetime.now()} + RULES",
    "plus": "system = 'Now: ' + str(datetime.now()) + RULES",
    "augmented": "system = 'Now: '\n    system += str(datetime.now())\n    system += RULES",
    "join": "system = '\\n'.join(['Now:', str(datetime.now()), RULES])",
    "append": "lines = []\n    lines.append(f'Now: {datetime.now()}')\n    lines.append(RULES)\n    system = '\\n'.join(lines)",
    "replace": "system = 'Now: <NOW>'.replace('<NOW>', str(datetime.now())) + RULES",
    "string.Template": "import string\n    system = string.Template('Now: $now').substitute(now=datetime.now()) + RULES",
    "jinja2.Template": "import jinja2\n    system = jinja2.Template('Now: {{ now }}').render(now=datetime.now()) + RULES",
    "dedent": "import textwrap\n    system = textwrap.dedent(f'''Now: {datetime.now()} {RULES}''')",
    "name": "now = datetime.now()\n    system = f'{now} {RULES}'",
    "default": "now = None or datetime.now()\n    system = f'{now} {RULES}'",
    "conditional": "system = f'{datetime.now()} {RULES}' if RULES else RULES",
    "branch": "system = RULES\n    if RULES:\n        system = f'Now: {datetime.now()}' + system",
    "loop": "system = ''\n    for line in (f'Now: {datetime.now()}', RULES):\n        system += line",
    "comprehension": "system = ' '.join(str(line) for line in (datetime.now(), RULES))",
    "dict": "parts = {'now': datetime.now()}\n    system = f'{parts[\"now\"]} {RULES}'",
    "helper": "def clock():\n        return datetime.now()\n    system = f'{clock()} {RULES}'",
    "helper of a parameter": "def line(value):\n        return f'Now: {value}'\n    system = line(datetime.now()) + RULES",
    "lambda": "clock = lambda: datetime.now()\n    system = f'{clock()} {RULES}'",
    "walrus": "system = f'{(now := datetime.now())} {RULES}'",
    "unpacking": "now, rest = datetime.now(), RULES\n    system = f'{now} {rest}'",
    "outside function": "from clocks import show\n    system = show(datetime.now()) + RULES",
}


@pytest.mark.parametrize("way", [pytest.param(way, id=name) for name, way in WAYS.items()])
def test_a_clock_is_followed_into_the_system_text(way: str) -> None:
    """However a text is put together, a clock in it is found."""
    found = changing(f"{HEAD}\ndef ask():\n    {way}\n    return {SEND}\n")
    assert found == ["sub-second: datetime.now()"]


@pytest.mark.parametrize(
    ("expression", "volatility"),
    [
        ("datetime.now()", "sub-second"),
        ("datetime.now().isoformat()", "sub-second"),
        ("datetime.now().isoformat(timespec='minutes')", "every minute"),
        ("datetime.now().strftime('%H:%M:%S')", "every second"),
        ("datetime.now().strftime('%A, %B %d, %Y at %I:%M %p')", "every minute"),
        ("datetime.now().strftime('%Y-%m-%d')", "every day"),
        ("datetime.now().replace(minute=0, second=0, microsecond=0)", "every hour"),
        ("datetime.now().replace(microsecond=0)", "every second"),
        ("datetime.now().date()", "every day"),
        ("datetime.now().year", "every month"),
        ("str(datetime.now())[:10]", "every day"),
        ("str(datetime.now()).split('.')[0]", "every second"),
        ("datetime.now().isoformat().split('T')[0]", "every day"),
        ("date.today()", "every day"),
        ("date.today().isoformat()", "every day"),
        ("time.time()", "sub-second"),
        ("int(time.time())", "every second"),
        ("int(time.time()) // 3600", "every hour"),
        ("time.strftime('%Y-%m-%d')", "every day"),
        ("time.strftime('%X', time.localtime())", "every second"),
        ("time.ctime()", "every second"),
        ("uuid.uuid4()", "per request"),
        ("uuid.uuid4().hex[:8]", "per request"),
        ("random.randint(1, 9)", "per request"),
    ],
)
def test_a_value_is_as_volatile_as_its_format_shows(expression: str, volatility: str) -> None:
    """What a format cuts off does not change the prompt."""
    system = f"""system = f{"'" * 3}{{{expression}}} {{RULES}}{"'" * 3}"""
    found = changing(f"{HEAD}\ndef ask():\n    {system}\n    return {SEND}\n")
    assert [entry.split(":")[0] for entry in found] == [volatility]
