"""What changes, how often, and seen through which format; and when it was read."""

from __future__ import annotations

import pytest

from cachecalc.core.prompt import Confidence, Content
from tests.python.reading import HEAD, SEND, asked, changing, told


@pytest.mark.parametrize(
    ("expression", "volatility"),
    [
        ("datetime.now()", "sub-second"),
        ("datetime.utcnow()", "sub-second"),
        ("datetime.now(timezone.utc).isoformat()", "sub-second"),
        ("datetime.now().isoformat(timespec='minutes')", "every minute"),
        ("datetime.now().strftime('%H:%M:%S')", "every second"),
        ("datetime.now().strftime('%A, %B %d, %Y at %I:%M %p')", "every minute"),
        ("datetime.now().strftime('%Y-%m-%d')", "every day"),
        ("datetime.now().strftime('%c')", "every second"),
        ("datetime.now().strftime('%B %Y')", "every month"),
        ("datetime.now().astimezone().strftime('%H')", "every hour"),
        ("datetime.now().replace(minute=0, second=0, microsecond=0)", "every hour"),
        ("datetime.now().replace(microsecond=0)", "every second"),
        ("datetime.now().date()", "every day"),
        ("datetime.now().year", "every month"),
        ("datetime.now().time()", "sub-second"),
        ("datetime.now().time().replace(microsecond=0)", "every second"),
        ("str(datetime.now())[:10]", "every day"),
        ("str(datetime.now())[:16]", "every minute"),
        ("str(datetime.now()).split('.')[0]", "every second"),
        ("datetime.now().isoformat().split('T')[0]", "every day"),
        ("format(datetime.now(), '%Y-%m-%d')", "every day"),
        ("date.today()", "every day"),
        ("date.today().isoformat()", "every day"),
        ("date.today().strftime('%d.%m.%Y')", "every day"),
        ("time.time()", "sub-second"),
        ("int(time.time())", "every second"),
        ("int(time.time()) // 3600", "every hour"),
        ("time.strftime('%Y-%m-%d')", "every day"),
        ("time.strftime('%X', time.localtime())", "every second"),
        ("time.ctime()", "every second"),
        ("uuid.uuid4()", "per request"),
        ("uuid.uuid4().hex[:8]", "per request"),
        ("random.randint(1, 9)", "per request"),
        ("secrets.token_hex(4)", "per request"),
        ("os.getpid()", "per build"),
        ("platform.platform()", "per build"),
        ("os.getcwd()", "per session"),
        ("subprocess.check_output(['git', 'status'])", "per turn"),
    ],
)
def test_a_value_is_as_volatile_as_its_format_shows(expression: str, volatility: str) -> None:
    """What a format cuts off does not change the prompt."""
    system = f"""system = f{"'" * 3}{{{expression}}} {{RULES}}{"'" * 3}"""
    found = {entry.split(":")[0] for entry in told(asked(system))}
    assert found == {volatility}


@pytest.mark.parametrize("spec", ["%Y-%m-%d", "%d %B", "%A"])
def test_a_format_behind_a_colon_counts(spec: str) -> None:
    """`{now:%Y-%m-%d}` shows the day alone."""
    assert told(asked(f"system = f'{{datetime.now():{spec}}} {{RULES}}'")) == ["every day: datetime.now()"]


@pytest.mark.parametrize(
    "expression",
    [
        "datetime(2026, 1, 1)",
        "datetime.fromisoformat('2026-01-01')",
        "time.strftime('%Y', time.gmtime(0))",
        "datetime.strptime('2026', '%Y')",
        "timezone.utc",
        "datetime.now().tzname()",
        "len(str(datetime.now()))",
        "uuid.uuid5(uuid.NAMESPACE_DNS, 'example.org')",
        "sorted({'a', 'b'})",
        "RULES.upper()",
        "os.path.join('a', 'b')",
    ],
)
def test_a_fixed_value_does_not_change(expression: str) -> None:
    """What looks like a clock, an id or a set, and is none."""
    assert told(asked(f'system = f"""{{{expression}}} {{RULES}}"""')) == []


@pytest.mark.parametrize(
    ("source", "content", "volatility"),
    [
        ("', '.join(set(self))", Content.UNORDERED, "per build"),
        ("', '.join({'b', 'a'})", Content.UNORDERED, "per build"),
        ("', '.join({name for name in self})", Content.UNORDERED, "per build"),
        ("', '.join(os.listdir('docs'))", Content.UNORDERED, "per build"),
        ("', '.join(path.name for path in make_path().iterdir())", Content.UNORDERED, "per build"),
        (
            "'\\n'.join(row[0] for row in self.execute('SELECT name FROM products').fetchall())",
            Content.UNORDERED,
            "per build",
        ),
        ("'\\n'.join(p.name for p in self.query(Product).filter(Product.live).all())", Content.UNORDERED, "per build"),
        ("' '.join(random.sample(question, 3))", Content.UNORDERED, "per request"),
        ("' '.join(random.Random().sample(question, 3))", Content.UNORDERED, "per request"),
        ("random.choice(['kind', 'brief'])", Content.UNORDERED, "per request"),
        ("json.dumps({name: 1 for name in set(question)})", Content.UNSTABLE_JSON, "per build"),
        ("uuid.uuid4()", Content.NONCE, "per request"),
        ("input('Ask: ')", Content.QUESTION, "per turn"),
    ],
)
def test_the_sort_of_a_change_is_told(source: str, content: Content, volatility: str) -> None:
    """Order, ids and what the user typed are different matters for the rules."""
    (part,) = changing(asked(f"text = {source}\nsystem = f'{{text}} {{RULES}}'"))
    assert (part.content, str(part.volatility)) == (content, volatility)


@pytest.mark.parametrize(
    "source",
    [
        "', '.join(sorted(set(question)))",
        "', '.join(sorted(os.listdir('docs')))",
        "json.dumps({name: 1 for name in set(question)}, sort_keys=True)",
        "json.dumps({'b': 1, 'a': 2})",
        "', '.join(['b', 'a'])",
        "', '.join(row[0] for row in self.execute('SELECT name FROM products ORDER BY name').fetchall())",
        "', '.join(p.name for p in self.query(Product).order_by(Product.name).all())",
        "str(self.execute('SELECT count(*) FROM products').fetchall())",
        "' '.join(random.Random(7).sample(question, 3))",
    ],
)
def test_what_was_sorted_has_an_order(source: str) -> None:
    """Sorting, or writing the order down, is the remedy."""
    assert not [
        part
        for part in changing(asked(f"text = {source}\nsystem = f'{{text}} {{RULES}}'"))
        if part.content in (Content.UNORDERED, Content.UNSTABLE_JSON)
    ]


def test_a_parameter_said_to_be_a_set_has_no_order() -> None:
    """An annotation is as good as the set itself."""
    source = f"{HEAD}\ndef ask(tags: set[str]):\n    system = RULES + ', '.join(tags)\n    return {SEND}\n"
    assert [part.content for part in changing(source)] == [Content.UNORDERED]


@pytest.mark.parametrize(
    ("name", "volatility"),
    [
        ("user_name", "per user"),
        ("tenant_id", "per tenant"),
        ("session_id", "per session"),
        ("request_id", "per request"),
        ("user_question", "per request"),
        ("retrieved_docs", "per turn"),
        ("chat_history", "per turn"),
    ],
)
def test_a_parameter_is_known_by_its_name(name: str, volatility: str) -> None:
    """Identities, questions and what was retrieved are named as such; it is likely, not certain."""
    source = f"{HEAD}\ndef ask({name}):\n    system = f'{{{name}}} {{RULES}}'\n    return {SEND}\n"
    (part,) = changing(source)
    assert (str(part.volatility), part.origin, part.confidence) == (volatility, name, Confidence.LIKELY)


@pytest.mark.parametrize("name", ["current_date", "now", "timestamp", "name", "text_of_rules", "location", "client"])
def test_a_parameter_that_the_caller_may_have_fixed_is_not_reported(name: str) -> None:
    """A date handed in may be any date, and some names say too little in a program."""
    source = f"{HEAD}\ndef ask({name}):\n    system = f'{{{name}}} {{RULES}}'\n    return {SEND}\n"
    assert told(source) == []


@pytest.mark.parametrize("helper", ["get_current_time", "today_str", "get_runtime_date", "utcnow_iso"])
def test_a_helper_from_elsewhere_that_is_named_like_a_clock_reads_one(helper: str) -> None:
    """The module is not there to look into, so it is likely."""
    source = f"from app.clocks import {helper}\n{asked(f'system = RULES + {helper}()')}"
    (part,) = changing(source)
    assert part.volatility.clock
    assert part.confidence is Confidence.LIKELY


def test_a_seed_makes_what_is_drawn_while_the_module_loads_the_same_each_time() -> None:
    """What is drawn on each call is another matter: the generator goes on."""
    seeded = f"{HEAD}\nrandom.seed(7)\nPICK = random.choice(RULES.split())\n"
    assert told(f"{seeded}def ask(question):\n    system = f'{{PICK}} {{RULES}}'\n    return {SEND}\n") == []
    assert told(f"{seeded}def ask(question):\n    system = f'{{random.random()}} {{RULES}}'\n    return {SEND}\n")


def test_a_clock_read_while_the_module_loads_changes_with_the_process() -> None:
    """A constant is made once for each process."""
    source = f"{HEAD}\nSTARTED = datetime.now()\n" + asked("system = f'{STARTED} {RULES}'").removeprefix(HEAD)
    assert told(source) == ["per build: datetime.now()"]


def test_a_clock_read_by_a_cached_function_changes_with_the_process() -> None:
    """So does what is computed once and remembered."""
    source = f"""{HEAD}
import functools

@functools.cache
def system_prompt():
    return f"{{datetime.now()}} {{RULES}}"
"""
    assert told(source) == ["per build: datetime.now()"]


def test_a_default_argument_is_read_when_the_function_is_defined() -> None:
    """`now=datetime.now()` is a constant of the process."""
    source = f"{HEAD}\ndef ask(now=datetime.now()):\n    system = f'{{now}} {{RULES}}'\n    return {SEND}\n"
    assert told(source) == ["per build: datetime.now()"]


@pytest.mark.parametrize(
    ("expression", "volatility"), [("datetime.now()", "per session"), ("date.today()", "every day")]
)
def test_a_clock_read_by_a_constructor_changes_with_the_object(expression: str, volatility: str) -> None:
    """An object stands for a session; a date is shared by the sessions of that day."""
    source = f"""{HEAD}
class Agent:
    def __init__(self):
        self.system_prompt = f"It is {{{expression}}}. {{RULES}}"

    def ask(self):
        system = self.system_prompt
        return {SEND}
"""
    assert set(told(source)) == {f"{volatility}: {expression}"}


def test_a_script_that_sends_what_it_has_just_built_reads_its_clock_anew_each_time() -> None:
    """There is no function between the clock and the call."""
    source = f"{HEAD}\nsystem = f'{{datetime.now()}} {{RULES}}'\n{SEND}\n"
    assert told(source) == ["sub-second: datetime.now()"]
