"""Ids, names and counters in a text that belong to one request, session, user or tenant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import PER_REQUEST, PER_TURN, Identity, Volatility
from cachecalc.load.prompts.moments import HEAD, is_sample_json
from cachecalc.load.prompts.split import Stretch


def _per(identity: Identity) -> Volatility:
    return Volatility(identities=frozenset({identity}))


# Words that say whom an id belongs to.
_OWNERS: dict[Volatility, str] = {
    PER_REQUEST: "request req trace span correlation run execution invocation message msg call turn job task nonce cch seed salt",
    _per(Identity.SESSION): "session conversation convo thread chat",
    _per(Identity.USER): "user account customer member profile caller employee patient student",
    _per(Identity.TENANT): "tenant org organization organisation workspace company team",
    _per(Identity.BUILD): "build deploy deployment commit revision pid",
}
_OWNER_OF = {word: volatility for volatility, words in _OWNERS.items() for word in words.split()}
_VALUE = re.compile(r"(?<![\w./@+-])(?=[A-Za-z_-]*\d|[a-f]{8})[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=\w)){3,}(?![\w@])")
_KEY = re.compile(
    rf"(?<![A-Za-z])(?P<owner>{'|'.join(_OWNER_OF)})(?:[ _-]?(?:id|uuid|guid|token|key|hash|sha|number|no\.?))?"
    r"(?:[\"'`*)]{0,3}\s?(?:[:=#]|\bis\b)[\s\"'`*#(]*|(?<=pid) |(?P<bare> ))\Z",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_RANDOM = re.compile(r"(?:[0-9a-f]{8,}|[a-z]{2,8}_[0-9A-Za-z]{8,})\Z", re.IGNORECASE)
_PLAIN = re.compile(
    r"(?:v?\d+(?:\.\d+)+|20\d\d(?:-\d\d){0,2}|[a-z]+(?:-[a-z]+)*-?\d(?:[.-]\d+)*|[a-z]+[-_]?\d{1,3})\Z", re.IGNORECASE
)
_STAND_IN = re.compile(
    r"abc_?123|(?<!\d)123(?:45?6?7?8?9?)?(?!\d)|xxx|example|\.\.\.|(?:^|_)(?:abc|foo|bar)\d*\Z", re.IGNORECASE
)
"""Ids that somebody made up to show one."""

_CALL = re.compile(r"\w\([^()]*\Z|\]string\{")
_SHOWN = re.compile(r"\b(?:e\.g|examples?|format|like|such as|sample|pattern)\b", re.IGNORECASE)


def find(text: str, first: int, last: int) -> Iterator[Stretch]:
    """Ids and counters in a range of `text`, in no order."""
    yield from _counters(text, first, last)
    for match in _VALUE.finditer(text, first, last):
        value, start = match[0], match.start()
        key, is_uuid = _KEY.search(text, max(0, start - 60), start), bool(_UUID.match(value))
        if (not key and not (is_uuid and start < HEAD)) or _PLAIN.match(value) or _is_shown(text, start, value):
            continue
        is_random = is_uuid or bool(_RANDOM.match(value))
        if key and key["bare"] and not is_random:
            continue
        volatility = _OWNER_OF[key["owner"].lower()] if key else PER_REQUEST
        sure = _confidence(is_named=bool(key), is_random=is_random, opens=not text[:start].strip(_OPENING))
        yield Stretch(*match.span(), "id", volatility, value, _content(volatility), sure)


def _confidence(*, is_named: bool, is_random: bool, opens: bool) -> Confidence:
    if is_named and is_random:
        return Confidence.CERTAIN
    return Confidence.LIKELY if is_named or opens else Confidence.POSSIBLE


_OPENING = " \t\r\n[(<#*\"'"


def _content(volatility: Volatility) -> Content:
    """An id of a user or tenant is an identity."""
    is_somebody = volatility.identities & {Identity.USER, Identity.TENANT}
    return Content.TEXT if is_somebody else Content.NONCE


def _is_shown(text: str, start: int, value: str = "") -> bool:
    """A value that shows what such values look like."""
    if _STAND_IN.search(value):
        return True
    line = text[max(0, start - 120) : start].rsplit("\n", 1)[-1]
    return bool(_SHOWN.search(line[-80:]) or _CALL.search(line)) or is_sample_json(text, start)


_NAMED = re.compile(
    r"(?i:^[ \t>*#-]*(?:the )?(?:(?:current|logged[- ]in|signed[- ]in|active) user(?:'s)?(?: ?name| e?-?mail)?"
    r"|user(?:'s)? ?(?:name|e-?mail)|(?P<tenant>(?:current )?(?:tenant|organi[sz]ation|workspace)(?: name)?))"
    r" ?(?:\*\*)?[:=](?:\*\*)? ?)(?P<value>(?-i:[A-Z0-9])[^\n{<$\[(,;]{1,40}?|[\w.@+-]{3,40})(?=[(,;]|\.?[ \t]*$)"
    r"|\b(?i:you are (?:now |currently )?(?:talking|speaking|chatting) (?:to|with)|the user(?:'s name is| is named| is called)) "
    r"(?P<person>[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,3})"
    r"|\b(?i:(?:logged|signed) in as) (?P<login>[\w.+-]+@[\w.-]+\w|[A-Z][\w'-]+(?: [A-Z][\w'-]+)+)"
    r"|\A\W*(?:User|Customer|Client|Employee|Patient|Student): (?P<opening>[A-Z][\w'-]+(?: [A-Z][\w'-]+){1,3})(?=[ \t]*(?:[,(]|$))",
    re.MULTILINE,
)
_DIALOGUE = re.compile(r"^(?:Assistant|AI|Agent|Bot): ", re.MULTILINE)


def names(text: str) -> Iterator[Stretch]:
    """`The user's name is Maria Lopez`."""
    for match in _NAMED.finditer(text):
        group = next(name for name in ("value", "person", "login", "opening") if match[name])
        if group == "opening" and _DIALOGUE.search(text):
            continue
        volatility = _per(Identity.TENANT if match["tenant"] else Identity.USER)
        if not _is_shown(text, match.start(group)):
            yield Stretch(*match.span(group), "name", volatility, match[group], confidence=Confidence.LIKELY)


_COUNTER = re.compile(
    r"\b(?:tokens?|context|budget|credits?|quota)[\w ]{0,20}\b(?:used|usage|left|remaining|so far)\b[ *]{0,3}[:=] ?"
    r"(?P<count>\d+(?:[,.]\d+)*(?: ?/ ?\d+(?:[,.]\d+)*)?)|\b(?:turn|iteration|current step)(?: number)? ?[:=#]? ?(?P<turn>\d+ ?(?:/|of) ?\d+)",
    re.IGNORECASE,
)


def _counters(text: str, start: int, end: int) -> Iterator[Stretch]:
    for match in _COUNTER.finditer(text, start, end):
        group = "count" if match["count"] else "turn"
        yield Stretch(*match.span(group), "counter", PER_TURN, match[group], confidence=Confidence.LIKELY)
