"""Dates, times of day, time stamps and ages in a text that are those of the request, not facts.

Most dates in a prompt are facts: a policy's first day, an example, a model's name. The words around a date tell.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace

from cachecalc.core.prompt import Confidence
from cachecalc.core.volatility import Clock, Identity, Volatility
from cachecalc.load.prompts.split import Stretch

HEAD = 300
"""Characters at the start of a text in which a bare time stamp is hardly ever a fact."""

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:s?day|nesday|rsday|urday)?\b"
_YEAR = r"(?:19|20)\d\d"
_NUMBER = r"(?:3[01]|[12]\d|0?[1-9])"
_DAY = re.compile(
    rf"(?<![\w./-])(?:{_WEEKDAY}\.?,? (?:the )?)?(?:"
    rf"{_YEAR}([-/.])(?:1[0-2]|0?[1-9])\1{_NUMBER}"
    rf"|{_NUMBER}([-/.]){_NUMBER}\2{_YEAR}"
    rf"|{_MONTH} {_NUMBER}(?:st|nd|rd|th)?(?:,? {_YEAR}|(?=,? (?:at )?\d\d?:\d\d))"
    rf"|{_NUMBER}(?:st|nd|rd|th)?[ -](?:of )?{_MONTH}(?:,?[ -]{_YEAR})?"
    r"|20\d\d(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])(?=[T_-]?\d{6}))(?!\d)(?![\w/-]*\.\w)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?<![\d.:/+])(?:(?:2[0-3]|[01]?\d):[0-5]\d(?P<second>:[0-5]\d(?P<fraction>[.,]\d+)?)?(?: ?[ap]\.?m\b\.?)?"
    r"|(?<=\d{8}[T_-])(?P<packed>(?:2[0-3]|[01]\d)[0-5]\d[0-5]\d)|(?:1[0-2]|[1-9]) ?[ap]\.?m\b\.?)(?![\d:])"
    r"(?: ?\(?(?:Z|UTC|GMT|[ECMP][SD]T|CES?T|IST|JST)\b\)?)?(?: ?[+-]\d\d:?\d\d\b)?(?: 20\d\d\b)?",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"(?:,? (?:at |\(|- |, )?|T|_|,|-|\n)\Z")
_AHEAD = re.compile(r"(?:,? (?:on |\(|- )?|\n)\Z")
_LONE_WEEKDAY = re.compile(rf"\b(?:today is|it is|day(?: of (?:the )?week)?:) (?P<day>{_WEEKDAY})", re.IGNORECASE)

_WORDS = re.compile(
    # The value is that of the moment.
    r"(?P<now>\btoday(?:'s)?\b|\bnow\b|\bcurrent(?:ly)?[ _-]?(?:(?:utc|local|system|server|iso|actual|exact|real) )?(?:date|time|day|moment|year)"
    r"|\bcurrently\b|\bpresent (?:date|day)\b|\bdate (?:and|&) time\b|\bdate ?/ ?time\b|\btime ?stamp\b|\bdate ?time\b"
    r"|(?:\b|_)(?:local|server|system|utc|wall)[ _]?time\b|\bclock\b|\bit(?:'s| is)\b|_(?:now|today)\b"
    r"|\b(?:generated|rendered|requested|sent|fetched|retrieved)[ _](?:at|on|time)\b)"
    # It is when the conversation began.
    r"|(?P<session>\b(?:session|conversation|chat)(?: was)?(?: start(?:ed)?| began)?(?: (?:time|date|at|on))?\b\W{0,6}\Z)"
    # It is the date of something, and often of what was read a moment ago.
    r"|(?P<label>\b(?:date|time|ts|when)\b\W{0,6}\Z|\bas of\b|\blast (?:updated|modified|refreshed|seen|sync(?:ed)?)\b"
    r"|\b(?:captured|created|started|updated|snapshot|synced|modified)[ _](?:at|on)\b"
    r"|\b(?:refreshed|synced|indexed|scanned|crawled)\W{1,3}\Z)"
    # It is a fact, a rule or an example.
    r"|(?P<fact>\beffective|\bversions?\b|\bv\d|\breleas|\bchange ?log|\brevis|\bpublish|\bbegan\b|\bcopyright|©|\bcut-?off"
    r"|\bknowledge|\btrain|\blike\b|\bsince\b|\buntil\b|\bbefore\b|\bafter\b|\bdeadline|\bexpir|\bdue\b|\bborn\b"
    r"|\bfound(?:ed|ing)|\bestablish|\bcontract|\bdated\b|\bbetween\b|\bfrom\b|\bvalid\b|\bschema|\bformat|\bdefault"
    r"|\bpattern|\bholiday|\bopen\b|\bhours?\b|\bwritten\b|\bstarts?\b|\bends?\b|\buse\b|\bdocs?\b|ed on\b)"
    # Whatever else it says: it shows what something looks like.
    r"|(?P<sample>\be\.?g\b|\bexamples?\b|\bfor instance|\bsuch as\b|\bsample)",
    re.IGNORECASE,
)
# A bare time of day is that of the moment only right behind one of these: "call me at 3pm today" is not.
_CLOCK_FACE = re.compile(
    r"(?:\b(?:current|local|server|system|utc) time(?: now)?|^\W*(?:the )?time|\bit(?:'s| is)(?: now| currently)?|\bnow|\bclock"
    r"|\btime (?:in|at) (?-i:[A-Z])[\w/]+(?: (?-i:[A-Z])\w+)?)"
    r"(?: \([^)\n]*\))?(?: is| reads)?[\s*_`\"':=(]*\Z",
    re.IGNORECASE | re.MULTILINE,
)
_DECORATION = " \t-*#>\"'`|"
_SESSION = Volatility(identities=frozenset({Identity.SESSION}))
_MANY = 3
"""So many time stamps without a word on the moment are a list of records."""


def find(text: str, start: int, end: int) -> Iterator[Stretch]:
    """Dates, times, time stamps and ages in a range of `text`, in no order."""
    yield from _days_and_times(text, start, end)
    yield from _epochs(text, start, end)
    yield from _ages(text, start, end)


def weekdays(text: str) -> Iterator[Stretch]:
    """`Today is Friday`."""
    for match in _LONE_WEEKDAY.finditer(text):
        yield Stretch(*match.span("day"), "weekday", Volatility(Clock.DAY), match["day"], confidence=Confidence.LIKELY)


def _days_and_times(text: str, first: int, last: int) -> Iterator[Stretch]:
    for start, end, clock, dated in _joined(text, first, last):
        about = _about(text, start, end) if dated else _of_clock_face(text, start)
        if confidence := _confidence(text, start, clock, about):
            name = "time stamp" if dated and clock > Clock.DAY else "date" if dated else "time of day"
            volatility = _SESSION if about == "session" else Volatility(clock)
            yield Stretch(start, end, name, volatility, text[start:end], confidence=confidence)


def _joined(text: str, first: int, last: int) -> Iterator[tuple[int, int, Clock, bool]]:
    """Dates and times with their clocks; a date and the time beside it are one, and `dated`."""
    times = {match.start(): match for match in _TIME.finditer(text, first, last)}
    starts, used = list(times), set[int]()
    ends = {match.end(): start for start, match in times.items()}
    for day in _DAY.finditer(text, first, last):
        start, end, clock = day.start(), day.end(), Clock.DAY
        near = starts[bisect_left(starts, end) : bisect_right(starts, end + 6)]
        behind = next((at for at in near if _BEHIND.match(text[end:at])), None)
        before = (ends[at] for at in range(start, start - 6, -1) if at in ends and _AHEAD.match(text[at:start]))
        if behind is not None:
            end, clock = times[behind].end(), _clock(times[behind])
            used.add(behind)
        elif (ahead := next(before, None)) is not None:
            start, clock = ahead, _clock(times[ahead])
            used.add(ahead)
        yield start, end, clock, True
    yield from ((start, times[start].end(), _clock(times[start]), False) for start in starts if start not in used)


def _clock(time: re.Match[str]) -> Clock:
    if time["fraction"]:
        return Clock.SUBSECOND
    return Clock.SECOND if time["second"] or time["packed"] else Clock.MINUTE


def _confidence(text: str, start: int, clock: Clock, about: str | None) -> Confidence | None:
    """How sure it is that a moment is that of the request; None where it is a fact."""
    if about in ("fact", "sample") or is_sample_json(text, start):
        return None
    if about == "now":
        return Confidence.CERTAIN
    if about is not None:
        return Confidence.LIKELY if clock > Clock.DAY or start < HEAD else Confidence.POSSIBLE
    opens = not text[:start].strip()
    if clock is Clock.DAY and not opens:
        return None
    return Confidence.LIKELY if opens or (start < HEAD and clock > Clock.MINUTE) else Confidence.POSSIBLE


def _of_clock_face(text: str, start: int) -> str:
    return "now" if _CLOCK_FACE.search(text[max(0, start - 50) : start]) else "fact"


def _about(text: str, start: int, end: int) -> str | None:
    """What the words around a value say of it: those before it, the nearest first; else the first behind it."""
    about = None
    for match in _WORDS.finditer(_before(text, start)):
        about = _stronger(about, match.lastgroup)
    behind = _WORDS.search(text[end : end + 30].partition("\n")[0])
    return about or (behind.lastgroup if behind else None)


def _before(text: str, start: int) -> str:
    """The words before a value in its line; where it has a line to itself, the heading or label above it."""
    *above, line = text[max(0, start - 120) : start].split("\n")
    if line.strip(_DECORATION) or not above:
        return line[-80:]
    heading = next((words for words in reversed(above) if words.strip(_DECORATION)), "").rstrip()
    is_label = heading.endswith(":") or heading.startswith("#") or len(heading.split()) <= 4
    return heading[-80:] if is_label else ""


def _stronger(known: str | None, found: str | None) -> str | None:
    """The later word counts, except that a label adds nothing to what is known, and a sample stays one."""
    return known if known == "sample" or (known and found == "label") else found


_SAMPLE = re.compile(
    r"\b(?:examples?|sample|e\.g|output|respon[ds]|return|schema|format|follow(?:ing|s)?|looks? like)\b", re.IGNORECASE
)


def is_sample_json(text: str, start: int) -> bool:
    """A quoted value behind a quoted key, shown as the shape of something to write."""
    before = text[max(0, start - 300) : start]
    return bool(re.search(r"\"\s*:\s*\"?\Z", before)) and bool(_SAMPLE.search(before))


_EPOCH = re.compile(r"(?<![\w.-])1[6-9]\d{8}(?P<fraction>\.\d+|\d{3}(?:\d{3}){0,2})?(?![\d\w])")
_EPOCH_KEY = re.compile(
    r"(?:(?P<sure>time ?stamp|\bepoch|\bunix|\bnow|\bgenerated\w*)|\bts|\btime)[\w )\"'*`]{0,12}[:=][\s\"'*`]*\Z",
    re.IGNORECASE,
)


def _epochs(text: str, start: int, end: int) -> Iterator[Stretch]:
    """Seconds or milliseconds since 1970, behind a word that says so."""
    for match in _EPOCH.finditer(text, start, end):
        key = _EPOCH_KEY.search(text[max(0, match.start() - 40) : match.start()])
        if key and not is_sample_json(text, match.start()):
            clock = Clock.SUBSECOND if match["fraction"] else Clock.SECOND
            sure = Confidence.CERTAIN if key["sure"] else Confidence.LIKELY
            yield Stretch(*match.span(), "time stamp", Volatility(clock), match[0], confidence=sure)


def listed(stretches: list[Stretch]) -> list[Stretch]:
    """Several time stamps of which no word says that they are of the moment are records, and may be constant."""
    unsure = [
        stretch for stretch in stretches if stretch.name == "time stamp" and stretch.confidence is Confidence.LIKELY
    ]
    if len(unsure) < _MANY:
        return stretches
    return [replace(stretch, confidence=Confidence.POSSIBLE) if stretch in unsure else stretch for stretch in stretches]


_AGE = re.compile(
    r"(?<![\w.-])(?:\d{1,4} ?(?:(?P<second>s|secs?|seconds?)|(?P<minute>m|mins?|minutes?)"
    r"|(?P<hour>h|hrs?|hours?)|d|days?|w|weeks?) (?:ago|old))\b",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"\b(?:more|less|older|longer|newer|least|over|under|within|if|than|up to|max\w*|when|every|about|e\.g|examples?|like|such as)\b",
    re.IGNORECASE,
)
_RECORD = re.compile(
    r"\b(?:updated|modified|edited|changed|created|committed|commit|seen|active|synced|refreshed|fetched|snapshot|login"
    r"|saved|indexed|scanned|crawled|checked|built|failed)\b|[(\[:|-]\s*\Z",
    re.IGNORECASE,
)
_UNITS = {"second": Clock.SECOND, "minute": Clock.MINUTE, "hour": Clock.HOUR}


def _ages(text: str, start: int, end: int) -> Iterator[Stretch]:
    """Ages of things, which grow on their own: `(4m ago)`, `snapshot 4m old`; not rules such as `older than 3 days`."""
    for match in _AGE.finditer(text, start, end):
        about = text[max(0, match.start() - 60) : match.start()].rpartition("\n")[2]
        if _RULE.search(about) or about.endswith(("'", '"', "`")):
            continue
        clock = next((clock for unit, clock in _UNITS.items() if match[unit]), Clock.DAY)
        confidence = Confidence.LIKELY if _RECORD.search(about) else Confidence.POSSIBLE
        yield Stretch(*match.span(), "age", Volatility(clock), match[0], confidence=confidence)
