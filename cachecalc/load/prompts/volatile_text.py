"""Literal values that were made for one request: the time it was sent, an id, an age.

A recorded prompt shows `2026-11-21T09:14:07Z`, not `datetime.now()`. Most dates in a prompt are facts (a policy's first
day, an example, a model's name), so a value counts only where the words around it say that it is of the moment, and
`confidence` says how sure that makes us.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import PER_REQUEST, PER_TURN, Clock, Identity, Volatility
from cachecalc.load.prompts.split import Stretch

HEAD = 300
"""Characters at the start of a text in which a bare time stamp is hardly ever a fact."""


def find(text: str) -> list[Stretch]:
    """The stretches of `text` that are made anew for each request, session, user or tick of a clock, in order."""
    examples = _examples(text)
    found = [*_moments(text), *_epochs(text), *_ages(text), *_ids(text), *_names(text), *_counters(text)]
    kept = [stretch for stretch in found if not any(start <= stretch.start < end for start, end in examples)]
    return list(_apart(sorted(kept, key=lambda stretch: (stretch.start, -stretch.end))))


def _apart(stretches: list[Stretch]) -> Iterator[Stretch]:
    position = 0
    for stretch in stretches:
        if stretch.start >= position:
            yield stretch
            position = stretch.end


_EXAMPLE = re.compile(r"<(examples?|sample|few_shot\w*)\b[^>]*>.*?</\1>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*```[^\n]*\n.*?(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_QUOTED_KEY = re.compile(r"^\s*\"\w[^\"\n]*\"\s*:", re.MULTILINE)


def _examples(text: str) -> list[tuple[int, int]]:
    """Ranges that show what things look like: example tags, and fenced JSON."""
    fences = (fence for fence in _FENCE.finditer(text) if _QUOTED_KEY.search(fence[0]))
    return [match.span() for match in (*_EXAMPLE.finditer(text), *fences)]


# --- Moments: dates and times of day

_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
_WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:s?day|nesday|rsday|urday)?\b\.?"
_NUMBER = r"(?:3[01]|[12]\d|0?[1-9])"
_DAY = re.compile(
    rf"(?<![\w./-])(?:{_WEEKDAY},? (?:the )?)?(?:"
    rf"20\d\d([-/.])(?:1[0-2]|0?[1-9])\1{_NUMBER}"
    rf"|{_NUMBER}([-/.]){_NUMBER}\2(?:20)?\d\d"
    rf"|{_MONTH} {_NUMBER}(?:st|nd|rd|th)?(?:,? 20\d\d|(?=,? (?:at )?\d\d?:\d\d))"
    rf"|{_NUMBER}(?:st|nd|rd|th)?[ -](?:of )?{_MONTH}(?:,?[ -]20\d\d)?"
    r"|20\d\d(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])(?=[T_-]?\d{6}))(?![\w/-]*\.\w)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?<![\d.:/])(?:(?:2[0-3]|[01]?\d):[0-5]\d(?P<second>:[0-5]\d(?P<fraction>[.,]\d+)?)?(?: ?[ap]\.?m\b\.?)?"
    r"|(?<=\d{8}[T_-])(?P<packed>(?:2[0-3]|[01]\d)[0-5]\d[0-5]\d)|(?:1[0-2]|[1-9]) ?[ap]\.?m\b\.?)(?![\d:])"
    r"(?:(?: ?\(?(?:Z|UTC|GMT|[ECMP][SD]T|CES?T|IST|JST)\b\)?)?(?: ?[+-]\d\d:?\d\d\b)?)(?: 20\d\d\b)?",
    re.IGNORECASE,
)
_LONE_WEEKDAY = re.compile(
    rf"(?:\btoday is|\bit is|\bday(?: of (?:the )?week)?:) (?P<day>{_WEEKDAY})(?=[\s.,;]|\Z)", re.IGNORECASE
)
_BETWEEN = re.compile(r"(?:,? (?:at |\(|- |, )?|T|_|,|-|\n)\Z")
_BETWEEN_BACK = re.compile(r"(?:,? (?:on |\(|- )?|\n)\Z")

_CONTEXT = re.compile(
    r"(?P<now>\btoday\b|\bnow\b|\bcurrent(?:ly)?\b|\bpresent (?:date|day)\b|\bdate (?:and|&) time\b|\bdate ?/ ?time\b"
    r"|\btime ?stamp\b|\bdate ?time\b|(?:\b|_)(?:local|server|system|utc|wall)[ _]?time\b|\bclock\b|\bit(?:'s| is)\b"
    r"|\b(?:generated|rendered|requested|sent|fetched|retrieved)[ _](?:at|on|time)\b|\bsession (?:start|began)\w*"
    r"|\b(?:current|now|today)_|_(?:now|today)\b)"
    r"|(?P<label>\b(?:date|time|ts|when)\b\W{0,6}\Z|\bas of\b|\blast (?:updated|modified|refreshed|seen|sync(?:ed)?)\b"
    r"|\b(?:captured|created|started|updated|snapshot|synced|modified)[ _](?:at|on)\b)"
    r"|(?P<fact>\beffective|\bversions?\b|\bv\d|\breleas|\bchange ?log|\brevis|\bpublish|\bcopyright|©|\bcut-?off|\bknowledge"
    r"|\btrain|\be\.?g\b|\bexamples?\b|\bfor instance|\bsuch as\b|\blike\b|\bsince\b|\buntil\b|\bbefore\b|\bafter\b|\bdeadline"
    r"|\bexpir|\bdue\b|\bborn\b|\bfound(?:ed|ing)|\bestablish|\bcontract|\bdated\b|\bbetween\b|\bfrom\b|\bvalid\b|\bschema"
    r"|\bformat|\bdefault|\bpattern|\bsample|\bholiday|\bopen\b|\bhours?\b|\bwritten\b|\bstart(?:s|ing)?\b|\bends?\b|\buse\b|\bdocs?\b)",
    re.IGNORECASE,
)


def _moments(text: str) -> Iterator[Stretch]:
    for start, end, clock, dated in _joined(text):
        if confidence := _confidence(text, start, end, clock, dated=dated):
            name = "time stamp" if dated and clock > Clock.DAY else "date" if dated else "time of day"
            yield Stretch(start, end, name, Volatility(clock), text[start:end], confidence=confidence)
    for match in _LONE_WEEKDAY.finditer(text):
        yield Stretch(*match.span("day"), "weekday", Volatility(Clock.DAY), match["day"], confidence=Confidence.LIKELY)


def _joined(text: str) -> Iterator[tuple[int, int, Clock, bool]]:
    """Dates and times with their clocks; a date and the time beside it are one."""
    times = {match.start(): match for match in _TIME.finditer(text)}
    starts, used = sorted(times), set[int]()
    ends = {match.end(): start for start, match in times.items()}
    for day in _DAY.finditer(text):
        start, end, clock = day.start(), day.end(), Clock.DAY
        behind = next((at for at in _window(starts, end, end + 6) if _BETWEEN.match(text[end:at])), None)
        ahead = next(
            (ends[at] for at in range(start, start - 6, -1) if at in ends and _BETWEEN_BACK.match(text[at:start])), None
        )
        if behind is not None:
            end, clock = times[behind].end(), _clock(times[behind])
            used.add(behind)
        elif ahead is not None:
            start, clock = ahead, _clock(times[ahead])
            used.add(ahead)
        yield start, end, clock, True
    yield from ((start, times[start].end(), _clock(times[start]), False) for start in starts if start not in used)


def _window(offsets: list[int], first: int, last: int) -> list[int]:

    return offsets[bisect_left(offsets, first) : bisect_right(offsets, last)]


def _clock(time: re.Match[str]) -> Clock:
    if time["fraction"]:
        return Clock.SUBSECOND
    return Clock.SECOND if time["second"] or time["packed"] else Clock.MINUTE


def _confidence(text: str, start: int, end: int, clock: Clock, *, dated: bool) -> Confidence | None:
    """How sure it is that a moment is that of the request; None where it is a fact."""
    about = _about(text, start, end)
    if about == "fact" or (not dated and _RANGE.match(text[end : end + 12])) or _is_sample_json(text, start):
        return None
    if about == "now":
        return Confidence.CERTAIN
    if about == "label":
        return Confidence.LIKELY if clock > Clock.DAY or start < HEAD else Confidence.POSSIBLE
    opens = not text[:start].strip()
    if not dated or (clock is Clock.DAY and not opens):
        return None
    return Confidence.LIKELY if opens or (start < HEAD and clock > Clock.MINUTE) else Confidence.POSSIBLE


_RANGE = re.compile(r"\s*(?:-|\u2013|to|and|until)\s*\d")
_SAMPLE = re.compile(
    r"\b(?:examples?|sample|e\.g|output|respon[ds]|return|schema|format|follow(?:ing|s)?|looks? like)\b", re.IGNORECASE
)


def _is_sample_json(text: str, start: int) -> bool:
    """A quoted value behind a quoted key, shown as the shape of something to write."""
    before = text[max(0, start - 300) : start]
    return bool(re.search(r"\"\s*:\s*\"\Z", before)) and bool(_SAMPLE.search(before))


def _about(text: str, start: int, end: int) -> str | None:
    """What the words around a value say of it: the nearest before it in its line (or in the line above, where it has a
    line to itself), else the first behind it."""
    lines = text[max(0, start - 80) : start].rsplit("\n", 2)
    before = lines[-1] if lines[-1].strip(" \t-*#>\"'`|") else "\n".join(lines[-2:])
    about = None
    for match in _CONTEXT.finditer(before):
        about = about if about == "now" and match["label"] else match.lastgroup
    behind = _CONTEXT.search(text[end : end + 30].partition("\n")[0])
    return about or (behind.lastgroup if behind else None)


_EPOCH = re.compile(
    r"(?:time ?stamp|\bepoch|\bunix(?: time)?|\bts\b|\btime\b|\bnow\b|\bgenerated\w*)[\w )\"'*`]{0,12}[:=][\s\"'*`]*"
    r"(?P<value>1[6-9]\d{8}(?P<fraction>\.\d+|\d{3}(?:\d{3}){0,2})?)(?![\d\w])",
    re.IGNORECASE,
)


def _epochs(text: str) -> Iterator[Stretch]:
    for match in _EPOCH.finditer(text):
        clock = Clock.SUBSECOND if match["fraction"] else Clock.SECOND
        if not _is_sample_json(text, match.start("value")):
            yield Stretch(*match.span("value"), "time stamp", Volatility(clock), match["value"])


_AGE = re.compile(
    r"(?P<about>[^\n.;!?]{0,40})(?<![\d.-])(?P<age>(?:\d{1,4}|an?|a few) ?(?:(?P<second>s|secs?|seconds?)|(?P<minute>m|mins?|minutes?)"
    r"|(?P<hour>h|hrs?|hours?)|(?P<day>d|days?|w|weeks?)) (?:ago|old)\b|just now\b)",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"\b(?:more|less|older|longer|newer|least|over|under|within|if|than|up to|max\w*|when|every|about|e\.g|example|like)\b",
    re.IGNORECASE,
)
_RECORD = re.compile(
    r"\b(?:updated|modified|edited|changed|created|committed|commit|seen|active|synced|refreshed|fetched|snapshot|login|saved)\b",
    re.IGNORECASE,
)
_AGE_CLOCKS = {"second": Clock.SECOND, "minute": Clock.MINUTE, "hour": Clock.HOUR, "day": Clock.DAY}


def _ages(text: str) -> Iterator[Stretch]:
    """Ages of things, which grow on their own: `(4m ago)`, `snapshot 4m old`; not rules such as `older than 3 days`."""
    for match in _AGE.finditer(text):
        about = match["about"]
        if _RULE.search(about):
            continue
        is_record = _RECORD.search(about) or about.rstrip().endswith(("(", "[", ":", "|", "-"))
        clock = next((clock for unit, clock in _AGE_CLOCKS.items() if match[unit]), Clock.MINUTE)
        confidence = Confidence.LIKELY if is_record else Confidence.POSSIBLE
        yield Stretch(*match.span("age"), "age", Volatility(clock), match["age"], confidence=confidence)


# --- Ids and names


@dataclass(frozen=True, slots=True)
class _Scope:
    """Words that say whom an id belongs to."""

    words: str
    volatility: Volatility


def _per(identity: Identity) -> Volatility:
    return Volatility(identities=frozenset({identity}))


_SCOPES = (
    _Scope(
        r"request|req|trace|span|correlation|run|execution|invocation|message|msg|call|turn|job|task|nonce|cch|seed|salt",
        PER_REQUEST,
    ),
    _Scope(r"session|conversation|convo|thread|chat", _per(Identity.SESSION)),
    _Scope(r"user|account|customer|member|profile|caller|employee|patient|student", _per(Identity.USER)),
    _Scope(r"tenant|org|organi[sz]ation|workspace|company|team", _per(Identity.TENANT)),
    _Scope(r"build|deploy(?:ment)?|commit|revision", _per(Identity.BUILD)),
)
_ID = re.compile(
    r"(?<![A-Za-z])(?:" + "|".join(f"(?P<s{index}>{scope.words})" for index, scope in enumerate(_SCOPES)) + r")"
    r"(?:[ _-]?(?:id|uuid|guid|token|key|hash|sha|number|no\.?))?\b[\"'`*)]*\s?(?:[:=#]|\bis\b)[\s\"'`*#(]*"
    r"(?P<id>(?=[A-Za-z_-]*\d|[a-f]{8})[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=\w)){4,}|(?<=[ =:])\d{4,})",
    re.IGNORECASE,
)
_UUID = re.compile(r"(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])", re.IGNORECASE)
_RANDOM = re.compile(
    r"(?:[0-9a-f]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]{2,8}_[0-9A-Za-z]{8,})\Z", re.IGNORECASE
)
_NOT_AN_ID = re.compile(r"(?:v?\d+(?:\.\d+)+|20\d\d(?:-\d\d){0,2}|[a-z]+(?:-[a-z]+)*-?\d(?:[.-]\d+)*)\Z", re.IGNORECASE)


def _ids(text: str) -> Iterator[Stretch]:
    for match in _ID.finditer(text):
        value, start = match["id"], match.start("id")
        if not _NOT_AN_ID.match(value) and not _is_shown(text, start):
            scope = next(scope for index, scope in enumerate(_SCOPES) if match[f"s{index}"])
            confidence = Confidence.CERTAIN if _RANDOM.match(value) else Confidence.LIKELY
            yield _id(value, start, scope.volatility, confidence)
    for match in _UUID.finditer(text):
        if match.start() < HEAD and not _is_shown(text, match.start()):
            yield _id(match[0], match.start(), PER_REQUEST, Confidence.POSSIBLE)


def _id(value: str, start: int, volatility: Volatility, confidence: Confidence) -> Stretch:
    own = volatility.fresh or Identity.SESSION in volatility.identities
    content = Content.NONCE if own else Content.TEXT
    return Stretch(start, start + len(value), "id", volatility, value, content, confidence)


def _is_shown(text: str, start: int) -> bool:
    """An id that shows what ids look like."""
    line = text[max(0, start - 80) : start].rsplit("\n", 1)[-1]
    return bool(
        re.search(r"\b(?:e\.g|examples?|format|like|such as|sample|pattern|uuid\b.{0,20}:)", line, re.IGNORECASE)
    ) or _is_sample_json(text, start)


_NAMED = re.compile(
    r"(?i:^[ \t>*#-]*(?:the )?(?:(?:current|logged[- ]in|signed[- ]in|active) user(?:'s)?(?: ?name| e?-?mail)?|user(?:'s)? ?(?:name|e-?mail)"
    r"|(?P<tenant>tenant(?: name)?|(?:current )?(?:organi[sz]ation|workspace|company)(?: name))) ?(?:\*\*)?[:=](?:\*\*)? ?)"
    r"(?P<value>[^\s{<$\[(][^\n{<$\[(,;]{1,60}?)(?=[(,;]|\.?[ \t]*$)"
    r"|\b(?i:you are (?:now |currently )?(?:talking|speaking|chatting) (?:to|with)|the user(?:'s name is| is named| is called)) "
    r"(?P<person>[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,3})",
    re.MULTILINE,
)


def _names(text: str) -> Iterator[Stretch]:
    for match in _NAMED.finditer(text):
        group = "value" if match["value"] else "person"
        volatility = _per(Identity.TENANT if match["tenant"] else Identity.USER)
        if not _is_shown(text, match.start(group)):
            yield Stretch(*match.span(group), "name", volatility, match[group], confidence=Confidence.LIKELY)


_COUNTER = re.compile(
    r"\b(?:tokens?|context|budget|credits?|quota)[\w ]{0,20}\b(?:used|usage|left|remaining|so far)\b[ *]{0,3}[:=] ?(?P<count>\d[\d,.]*(?: ?/ ?\d[\d,.]*)?)"
    r"|\b(?:turn|iteration|current step)(?: number)? ?[:=#]? ?(?P<turn>\d+ ?(?:/|of) ?\d+)",
    re.IGNORECASE,
)


def _counters(text: str) -> Iterator[Stretch]:
    for match in _COUNTER.finditer(text):
        group = "count" if match["count"] else "turn"
        yield Stretch(*match.span(group), "counter", PER_TURN, match[group], confidence=Confidence.LIKELY)
