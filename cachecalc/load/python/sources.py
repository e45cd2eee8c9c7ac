"""Tables of what changes: clocks, random numbers, identities, environments, and things with no order.

A name is known in two ways. As a callable by its import path, which is certain; or by the words it is made of, which
is only a guess (`session_id` is a session's, `now` may have been fixed by the caller).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import PER_REQUEST, PER_TURN, STATIC, UNKNOWN, Clock, Identity, Volatility
from cachecalc.load.prompts import variable_names
from cachecalc.load.prompts.placeholders import chain
from cachecalc.load.python.values import Cause

BUILD = Volatility(identities=frozenset({Identity.BUILD}))
SESSION = Volatility(identities=frozenset({Identity.SESSION}))
USER = Volatility(identities=frozenset({Identity.USER}))

CLOCKS: Mapping[str, Clock] = {
    **dict.fromkeys(
        (
            "datetime.datetime.now",
            "datetime.datetime.utcnow",
            "datetime.datetime.today",
            "time.time",
            "time.time_ns",
            "time.monotonic",
            "time.perf_counter",
            "time.process_time",
            "pendulum.now",
            "arrow.now",
            "arrow.utcnow",
            "django.utils.timezone.now",
            "django.utils.timezone.localtime",
            "pandas.Timestamp.now",
            "pandas.Timestamp.today",
            "pandas.Timestamp.utcnow",
            "homeassistant.util.dt.now",
            "homeassistant.util.dt.utcnow",
        ),
        Clock.SUBSECOND,
    ),
    **dict.fromkeys(
        ("time.localtime", "time.gmtime", "time.ctime", "time.asctime", "time.strftime", "email.utils.formatdate"),
        Clock.SECOND,
    ),
    **dict.fromkeys(
        (
            "datetime.date.today",
            "pendulum.today",
            "pendulum.yesterday",
            "pendulum.tomorrow",
            "django.utils.timezone.localdate",
        ),
        Clock.DAY,
    ),
}
"""Callables that read a clock, and the finest step of what they return."""

_NONCE = (PER_REQUEST, Content.NONCE)
_DISORDER = (PER_REQUEST, Content.UNORDERED)
_LISTING = (BUILD, Content.UNORDERED)

CALLS: Mapping[str, tuple[Volatility, Content]] = {
    **dict.fromkeys(
        (
            "uuid.uuid1",
            "uuid.uuid4",
            "uuid.uuid6",
            "uuid.uuid7",
            "secrets.token_hex",
            "secrets.token_urlsafe",
            "secrets.token_bytes",
            "secrets.randbelow",
            "secrets.randbits",
            "os.urandom",
            "random.random",
            "random.randint",
            "random.randrange",
            "random.uniform",
            "random.getrandbits",
            "numpy.random.rand",
            "numpy.random.randint",
            "shortuuid.uuid",
            "shortuuid.ShortUUID",
            "nanoid.generate",
            "ulid.new",
            "ulid.ULID",
            "tempfile.mkdtemp",
            "tempfile.mktemp",
            "tempfile.mkstemp",
            "builtins.id",
        ),
        _NONCE,
    ),
    **dict.fromkeys(("os.getpid", "os.getppid", "threading.get_ident"), (BUILD, Content.NONCE)),
    **dict.fromkeys(
        (
            "random.choice",
            "random.choices",
            "random.sample",
            "secrets.choice",
            "numpy.random.choice",
            "numpy.random.permutation",
            "asyncio.as_completed",
            "concurrent.futures.as_completed",
        ),
        _DISORDER,
    ),
    **dict.fromkeys(("os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"), _LISTING),
    **dict.fromkeys(("os.getcwd", "pathlib.Path.cwd"), (SESSION, Content.ENVIRONMENT)),
    **dict.fromkeys(
        ("getpass.getuser", "os.getlogin", "pathlib.Path.home", "os.path.expanduser"), (USER, Content.ENVIRONMENT)
    ),
    **dict.fromkeys(
        (
            "platform.platform",
            "platform.system",
            "platform.node",
            "platform.release",
            "platform.version",
            "platform.uname",
            "platform.machine",
            "platform.python_version",
            "socket.gethostname",
            "os.uname",
        ),
        (BUILD, Content.ENVIRONMENT),
    ),
    **dict.fromkeys(
        ("subprocess.run", "subprocess.check_output", "subprocess.getoutput", "os.popen"),
        (PER_TURN, Content.ENVIRONMENT),
    ),
    "builtins.input": (PER_TURN, Content.QUESTION),
    **dict.fromkeys(
        ("requests.get", "requests.post", "httpx.get", "httpx.post", "urllib.request.urlopen"),
        (PER_REQUEST, Content.RETRIEVED),
    ),
}
"""Other callables whose result changes."""

RETRIEVING = frozenset(
    [
        "search",
        "asearch",
        "similarity_search",
        "asimilarity_search",
        "similarity_search_with_score",
        "max_marginal_relevance_search",
        "retrieve",
        "aretrieve",
        "get_relevant_documents",
        "aget_relevant_documents",
        "hybrid_search",
        "vector_search",
        "semantic_search",
    ]
)
"""Methods that look something up for a question, on any object but a pattern."""

UNORDERED_METHODS = frozenset({"iterdir", "glob", "rglob", "scandir"})
"""Methods that list a directory in no fixed order, on any object."""

CLOCK_METHODS: Mapping[str, Clock] = {
    "now": Clock.SUBSECOND,
    "utcnow": Clock.SUBSECOND,
    "today": Clock.SUBSECOND,
}
"""Methods that read a clock on a receiver that could not be followed (`timezone.now()`, `self.clock.now()`)."""

STEPS: Mapping[str, Clock] = {
    "date": Clock.DAY,
    "day": Clock.DAY,
    "weekday": Clock.DAY,
    "isoweekday": Clock.DAY,
    "isocalendar": Clock.DAY,
    "toordinal": Clock.DAY,
    "month": Clock.MONTH,
    "year": Clock.MONTH,
    "hour": Clock.HOUR,
    "minute": Clock.MINUTE,
    "second": Clock.SECOND,
    "ctime": Clock.SECOND,
    "timetuple": Clock.SECOND,
    "to_date_string": Clock.DAY,
    "to_formatted_date_string": Clock.DAY,
    "to_datetime_string": Clock.SECOND,
    "to_iso8601_string": Clock.SECOND,
    "humanize": Clock.MINUTE,
    "day_name": Clock.DAY,
    "tm_year": Clock.MONTH,
    "tm_mon": Clock.MONTH,
    "tm_mday": Clock.DAY,
    "tm_hour": Clock.HOUR,
    "tm_min": Clock.MINUTE,
    "tzinfo": Clock.NONE,
    "tzname": Clock.NONE,
    "utcoffset": Clock.NONE,
}
"""What an attribute or method of a point in time shows of it at the finest."""

TIMESPECS: Mapping[str, Clock] = {
    "hours": Clock.HOUR,
    "minutes": Clock.MINUTE,
    "seconds": Clock.SECOND,
    "milliseconds": Clock.SUBSECOND,
    "microseconds": Clock.SUBSECOND,
    "auto": Clock.SUBSECOND,
}


def step_of_seconds(divisor: float) -> Clock:
    """What is left of a clock in seconds after a whole division."""
    steps = (Clock.MONTH, Clock.DAY, Clock.HOUR, Clock.MINUTE, Clock.SECOND)
    return next((step for step in steps if divisor >= step.period), Clock.SUBSECOND)


_READS_CLOCK = re.compile(
    r"(?:^|_)(?:now|today|utcnow|current_?(date|time|datetime|timestamp|day)|(date|time)_?(stamp|now|today)|runtime_date)"
)
_READS_DAY = re.compile(r"(?:^|_)(today|date|day)s?$|todays?_?date|current_?(date|day)(?!_?time)|runtime_date")
_READS_NONCE = re.compile(
    r"(?:^|_)(?:uuid4?|nonce|random_?(id|string|hex|token)|(new|make|generate|gen|create)_?(uu|gu|request_|trace_|session_|run_|unique_)?id)$"
)


def words(name: str) -> str:
    """A name in snake case: `sessionId` and `session_id` are one."""
    return "_".join(variable_names.words(name))


_AMBIGUOUS = frozenset(
    [
        "prompt",
        "instruction",
        "content",
        "template",
        "client",
        "workspace",
        "location",
        "locale",
        "timezone",
        "profile",
        "candidate",
        "company",
        "team",
        "business",
        "brand",
        "account",
        "branch",
        "version",
        "release",
        "store",
        "files",
        "results",
        "result",
        "environment",
        "env",
        "build",
        "commit",
        "price",
        "code",
        "title",
        "state",
        "sources",
        "references",
        "articles",
        "article",
        "goal",
        "objective",
        "topic",
        "request",
        "command",
        "sid",
        "text",
    ]
)
"""Names that say enough in a template, where only what changes has a name, and too little in a program."""
_CARRIERS = frozenset({"message", "messages", "msg", "part", "request", "response", "item", "prompt", "block", "chunk"})
"""Names of what carries text of any sort."""
STRUCTURAL = frozenset(
    [
        "text",
        "content",
        "contents",
        "message",
        "value",
        "data",
        "result",
        "results",
        "output",
        "body",
        "code",
        "description",
        "name",
        "title",
        "type",
        "role",
        "id",
        "url",
        "file",
        "files",
        "path",
        "input",
        "inputs",
        "task",
        "topic",
        "summary",
        "notes",
        "format",
        "version",
    ]
)
"""Names of fields, which say what holds them and not what they hold."""


@functools.cache
def cause_of_field(chain: str) -> Cause | None:
    """What an attribute or key is likely to hold: `user.name`, `hit["text"]`. A plain field is its owner's.

    Here as below, whoever asks adds the origin.
    """
    owner, _, name = chain.rpartition(".")
    if name.lower() not in STRUCTURAL:
        return cause_of_name(chain)
    last = owner.rpartition(".")[2]
    if last and (found := cause_of_name(f"{last}_{name}")) is not None and found.volatility.identities:
        return found
    return None if words(last).rpartition("_")[2] in _CARRIERS else cause_of_name(owner)


@functools.cache
def cause_of_name(name: str) -> Cause | None:
    """What a variable, attribute or key of this name is likely to hold. A clock's name is the weakest sign: whoever
    passed it may have fixed it."""
    names = chain(name)
    return None if len(names) == 1 and name.lower() in _AMBIGUOUS else cause_of_placeholder(name)


@functools.cache
def cause_of_placeholder(name: str) -> Cause | None:
    """The same of a place in a template, where only what changes has a name."""
    names = chain(name)
    if not names:
        return None
    found = variable_names.attribute(names)
    if found is variable_names.NOBODY_KNOWS or found.volatility == UNKNOWN:
        return None
    confidence = Confidence.POSSIBLE if found.volatility.clock else Confidence.LIKELY
    return Cause(found.volatility, name, found.content, confidence)


def cause_of_call(path: str) -> Cause | None:
    """What a callable known by its import path returns, where that changes."""
    if (clock := CLOCKS.get(path)) is not None:
        return Cause(Volatility(clock=clock), path)
    if known := CALLS.get(path):
        return Cause(known[0], path, known[1])
    return None


@functools.cache
def cause_of_helper(name: str) -> Cause | None:
    """What a function that could not be followed is likely to return, by its name: `get_current_time()`."""
    plain = words(name)
    if _READS_CLOCK.search(plain):
        clock = Clock.DAY if _READS_DAY.search(plain) else Clock.SECOND
        return Cause(Volatility(clock=clock), name, Content.TEXT, Confidence.LIKELY)
    if _READS_NONCE.search(plain):
        return Cause(PER_REQUEST, name, Content.NONCE, Confidence.LIKELY)
    return None


def is_static(cause: Cause | None) -> bool:
    return cause is None or cause.volatility == STATIC
