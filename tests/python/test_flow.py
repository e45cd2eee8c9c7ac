"""How far a value is followed through the code of one file."""

from __future__ import annotations

import pytest

from cachecalc.core.prompt import Confidence
from tests.python.reading import HEAD, SEND, asked, read, told

CLOCK = ["sub-second: datetime.now()"]

WAYS = {
    "f-string": "system = f'{datetime.now()} {RULES}'",
    "f-string over several lines": "system = f'''\nNow: {\n  datetime.now()\n}\n{RULES}'''",
    "implicit concatenation": "system = ('You are kind. '\n  f'Now: {datetime.now()}. '\n  'Be brief, and answer in English.')",
    "format by position": "system = 'Now: {}. {}'.format(datetime.now(), RULES)",
    "format by name": "system = 'Now: {now}. {rules}'.format(now=datetime.now(), rules=RULES)",
    "format by index": "system = 'Now: {0}. {1}'.format(datetime.now(), RULES)",
    "format from a dict": "values = {'now': datetime.now()}\nsystem = 'Now: {now}. '.format(**values) + RULES",
    "format_map": "system = 'Now: {now}'.format_map({'now': datetime.now()}) + RULES",
    "percent": "system = 'Now: %s. %s' % (datetime.now(), RULES)",
    "percent by name": "system = 'Now: %(now)s.' % {'now': datetime.now()} + RULES",
    "plus": "system = 'Now: ' + str(datetime.now()) + RULES",
    "augmented": "system = 'Now: '\nsystem += str(datetime.now())\nsystem += RULES",
    "join": "system = '\\n'.join(['Now:', str(datetime.now()), RULES])",
    "append": "lines = []\nlines.append(f'Now: {datetime.now()}')\nlines.append(RULES)\nsystem = '\\n'.join(lines)",
    "extend": "lines = [RULES]\nlines.extend(['Now:', str(datetime.now())])\nsystem = ' '.join(lines)",
    "insert": "lines = [RULES]\nlines.insert(0, f'Now: {datetime.now()}')\nsystem = ' '.join(lines)",
    "unpacked list": "lines = [str(datetime.now())]\nsystem = ' '.join([RULES, *lines])",
    "replace": "system = 'Now: <NOW>'.replace('<NOW>', str(datetime.now())) + RULES",
    "string.Template": "import string\nsystem = string.Template('Now: $now').substitute(now=datetime.now()) + RULES",
    "jinja2.Template": "import jinja2\nsystem = jinja2.Template('Now: {{ now }}').render(now=datetime.now()) + RULES",
    "from_string": "import jinja2\nsystem = jinja2.Environment().from_string('{{ now }}').render({'now': datetime.now()}) + RULES",
    "dedent": "import textwrap\nsystem = textwrap.dedent(f'''Now: {datetime.now()} {RULES}''')",
    "strip": "system = f' {datetime.now()} {RULES} '.strip()",
    "name": "now = datetime.now()\nsystem = f'{now} {RULES}'",
    "default": "now = None or datetime.now()\nsystem = f'{now} {RULES}'",
    "default of a parameter": "now = question\nif now is None:\n    now = datetime.now()\nsystem = f'{now} {RULES}'",
    "conditional": "system = f'{datetime.now()} {RULES}' if RULES else RULES",
    "branch": "system = RULES\nif RULES:\n    system = f'Now: {datetime.now()}' + system",
    "match": "match question:\n    case None:\n        system = RULES\n    case _:\n        system = f'{datetime.now()} {RULES}'",
    "try": "try:\n    system = f'{datetime.now()} {RULES}'\nexcept OSError:\n    system = RULES",
    "loop": "system = ''\nfor line in (f'Now: {datetime.now()}', RULES):\n    system += line",
    "while": "system = RULES\nwhile question:\n    system += str(datetime.now())",
    "comprehension": "system = ' '.join(str(line) for line in (datetime.now(), RULES))",
    "dict": "parts = {'now': datetime.now()}\nsystem = f'{parts[\"now\"]} {RULES}'",
    "dict item": "parts = {}\nparts['now'] = datetime.now()\nsystem = f'{parts[\"now\"]} {RULES}'",
    "dict get": "parts = dict(now=datetime.now())\nsystem = f'{parts.get(\"now\")} {RULES}'",
    "helper": "def clock():\n    return datetime.now()\nsystem = f'{clock()} {RULES}'",
    "helper of a parameter": "def line(value):\n    return f'Now: {value}'\nsystem = line(datetime.now()) + RULES",
    "keyword of a helper": "def line(a, *, value='x'):\n    return f'Now: {value}'\nsystem = line(1, value=datetime.now()) + RULES",
    "generator": "def lines():\n    yield f'Now: {datetime.now()}'\n    yield RULES\nsystem = ' '.join(lines())",
    "lambda": "clock = lambda: datetime.now()\nsystem = f'{clock()} {RULES}'",
    "walrus": "system = f'{(now := datetime.now())} {RULES}'",
    "unpacking": "now, rest = datetime.now(), RULES\nsystem = f'{now} {rest}'",
    "loop over what is partly known": "lines = []\nfor line in [str(datetime.now()), RULES, *more]:\n    lines.append(line)\nsystem = ' '.join(lines)",
    "keywords handed on": "def fill(text, **values):\n    return text.format(**values)\nsystem = fill('Now: {at}. ', at=datetime.now()) + RULES",
    "partial": "import functools\ndef line(clock, rest):\n    return f'{clock} {rest}'\nline = functools.partial(line, datetime.now())\nsystem = line(RULES)",
    "with": "with open('log.txt', 'a') as log:\n    system = f'{datetime.now()} {RULES}'",
    "aliased import": "import datetime as dt\nsystem = f'{dt.datetime.now()} {RULES}'",
}


@pytest.mark.parametrize("way", [pytest.param(way, id=name) for name, way in WAYS.items()])
def test_a_clock_is_followed_into_the_system_text(way: str) -> None:
    """However a text is put together, a clock in it is found once."""
    found = [entry.replace("dt.datetime", "datetime") for entry in told(asked(way))]
    assert found == CLOCK


def test_what_a_search_of_the_project_finds_is_new_for_each_question() -> None:
    """How it searches may be beyond following; what it is for is not."""
    store = "class Store:\n    def search(self, query):\n        return [self.rows[i] for i in self.nearest(query)]\nstore = Store()\n"
    body = "hits = store.search(question)\nsystem = '\\n'.join(hit['text'] for hit in hits) + RULES"
    assert told(store + asked(body)) == ["per request: store.search(question)"]
    assert told(store + asked(body.replace("question", "'greeting'"))) == []


def test_data_that_is_known_is_text_though_how_it_is_written_is_not() -> None:
    """A helper of the project that puts examples into tags is given nothing that changes."""
    helper = "def as_xml(rows):\n    root = element('rows')\n    for row in rows:\n        root.append(row)\n    return show(root)\n"
    shots = f"SHOTS = {[{'q': 'How many orders?', 'a': 'SELECT count(*) FROM orders'}] * 2!r}\n"
    (prompt,) = [
        prompt for prompt in read(helper + shots + asked("system = RULES + as_xml(SHOTS)")) if not prompt.fragment
    ]
    assert all(part.text for part in prompt.parts)


def test_a_clock_that_a_call_returns_is_read() -> None:
    """It need not have a name."""
    assert told(asked("from clocks import utc\nsystem = f'{utc().now()} {RULES}'")) == ["sub-second: utc().now()"]


def test_a_script_that_runs_its_main_function_is_read_as_if_it_were_imported() -> None:
    """What the guard opens of the imports is known behind it as before."""
    source = asked("system = f'{datetime.now()} {RULES}'") + "\nif __name__ == '__main__':\n    ask()\n"
    assert set(told(source)) == set(CLOCK)


def test_what_an_unknown_function_makes_of_a_clock_is_likely_to_show_it() -> None:
    """A helper from elsewhere that is given a clock writes it down."""
    assert told(asked("from clocks import show\nsystem = show(datetime.now()) + RULES")) == CLOCK


METHODS = """
class Agent:
    template = "Now: {now}. You are an agent that answers politely."

    def __init__(self, name):
        self.name = name
        self.rules = "Follow the rules of the house at all times, and answer briefly."

    @property
    def header(self):
        return f"Now: {datetime.now()}"

    @staticmethod
    def clock():
        return datetime.now()

    def built(self):
        self.text = f"{datetime.now()} " + self.rules

    def with_property(self):
        system = f"{self.header} {self.rules}"
        return SEND

    def with_template(self):
        system = self.template.format(now=datetime.now())
        return SEND

    def with_static_method(self):
        system = f"{Agent.clock()} {self.rules}"
        return SEND

    def with_setter(self):
        self.built()
        system = self.text
        return SEND
"""


@pytest.mark.parametrize("method", ["with_property", "with_template", "with_static_method", "with_setter"])
def test_a_clock_is_followed_through_an_object(method: str) -> None:
    """Attributes, properties, class texts and other methods of the object are one with the method that sends."""
    start = METHODS.index(f"    def {method}")
    end = METHODS.find("    def ", start + 8)
    first = METHODS.index("    def with_property")
    source = HEAD + (METHODS[:first] + METHODS[start : end if end > 0 else None]).replace("SEND", SEND)
    assert CLOCK[0] in told(source)


def test_a_text_is_one_prompt_across_functions() -> None:
    """A prompt built by two functions and sent by a third has its parts in order."""
    source = f"""{HEAD}
def head():
    return f"It is {{datetime.now()}}.\\n"

def build(question):
    return head() + RULES + f"\\nThe user asks: {{question}}"

def ask(question):
    system = build(question)
    return {SEND}
"""
    assert told(source) == [*CLOCK, "per request: question"]


def test_a_dataclass_keeps_what_it_is_given() -> None:
    """Fields of a class without a constructor hold the arguments of the call."""
    source = f"""{HEAD}
from dataclasses import dataclass

@dataclass
class Context:
    rules: str
    now: datetime

def ask():
    context = Context(RULES, now=datetime.now())
    system = f"{{context.rules}} {{context.now}}"
    return {SEND}
"""
    assert told(source) == CLOCK


def test_a_callable_given_as_instructions_is_called() -> None:
    """Agents take a function that writes their instructions."""
    source = f"""{HEAD}
from agents import Agent

def instructions(context, agent):
    return f"{{RULES}} It is {{datetime.now()}}."

agent = Agent(name="helper", instructions=instructions)
"""
    assert told(source) == CLOCK


@pytest.mark.parametrize("name", ["system_prompt", "instructions"])
def test_a_decorated_function_writes_the_system_prompt(name: str) -> None:
    """What `@agent.system_prompt` decorates returns prompt text, however short."""
    source = f"{HEAD}\n@agent.{name}\ndef today(ctx) -> str:\n    return f'Date: {{date.today()}}'\n"
    assert told(source) == ["every day: date.today()"]


UNSEEN = {
    "imported prompt": "from prompts import TUTOR_PROMPT\nsystem = TUTOR_PROMPT.format(now=datetime.now())",
    "prompt of a module": "import prompts\nsystem = prompts.tutor_instructions.format(now=datetime.now(), style='brief')",
    "file": "import pathlib\nsystem = pathlib.Path('tutor.md').read_text().format(now=datetime.now())",
    "template": "import jinja2\nsystem = jinja2.Environment().get_template('tutor.j2').render(now=datetime.now())",
}


@pytest.mark.parametrize("way", [pytest.param(way, id=name) for name, way in UNSEEN.items()])
def test_a_prompt_that_cannot_be_read_is_likely_to_go_on_behind_the_clock_put_into_it(way: str) -> None:
    """It is kept in another place, and its own text is fixed."""
    (prompt,) = [prompt for prompt in read(asked(way)) if not prompt.fragment]
    clock, rest = prompt.parts
    assert (clock.origin, clock.confidence) == ("datetime.now()", Confidence.LIKELY)
    assert (rest.text, rest.volatility.is_static) == (None, True)


def test_a_prompt_that_cannot_be_read_is_as_fixed_as_what_is_put_into_it() -> None:
    """Neither a name nor a style says anything."""
    assert told(asked("from prompts import TUTOR_PROMPT\nsystem = TUTOR_PROMPT.format(style='brief')")) == []
