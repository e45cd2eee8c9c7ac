"""What was found, brought together: each thing once, with a lasting name, suspicions confirmed where a request shows it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import RelatedPlace
from cachecalc.core.prompt import Confidence, Evidence, Prompt, Section, Span
from cachecalc.lint.check import Found

WITNESSES = frozenset({Evidence.PAYLOAD, Evidence.PAIR, Evidence.LOG})

TELLING_CHARACTERS = 80
"""Static text this long that stands in two prompts makes one the source of the other."""


def distinct(found: Iterable[Found]) -> list[Found]:
    """One finding where several prompts share the text in question: the surest, then the one that loses most."""
    best: dict[tuple[str, str, Span | None, str], Found] = {}
    for each in found:
        finding = each.finding
        key = (finding.code, finding.place.path, each.hit.span, "" if each.hit.span else finding.message)
        if key not in best or _weight(each) > _weight(best[key]):
            best[key] = each
    return sorted(best.values(), key=_position)


def _weight(found: Found) -> tuple[Confidence, int, Level]:
    return found.finding.confidence, found.finding.lost_tokens, found.finding.level


def _position(found: Found) -> tuple[str, int, int, str, str]:
    finding = found.finding
    return finding.place.path, finding.place.line, finding.place.column, finding.code, finding.message


def merged(found: Iterable[Found]) -> list[Found]:
    """One finding where several recorded requests of a file show one fault: at the first, with how many show it. What a
    pair of them shows, and one of them shows as well, is one finding that is seen in a pair."""
    groups: dict[tuple[object, ...], list[Found]] = {}
    for number, each in enumerate(found):
        groups.setdefault(_fault(each) or (number,), []).append(each)
    return [_merged(group) for group in groups.values()]


def _fault(found: Found) -> tuple[object, ...] | None:
    """What the same fault in another request of the file has in common with this one: the rule, the place in the
    request, and the text around it. None for what was not recorded."""
    finding, prompt = found.finding, found.prompt
    if finding.evidence not in WITNESSES or found.hit.span is None:
        return None
    start = found.hit.span.start
    where = next((part.path for part in prompt.parts if part.span and part.span.start <= start < part.span.end), "")
    fixed = (part.text or "" for part in prompt.parts if part.section is not Section.MESSAGES)
    return finding.code, finding.place.path, where, max(fixed, key=len, default="")


def _merged(group: list[Found]) -> Found:
    seen = [each for each in group if each.finding.evidence is not Evidence.PAIR] or group
    first, requests = seen[0], len({id(each.prompt) for each in group})
    if len(group) == 1:
        return first
    message = first.finding.message + (f"; {requests} requests show it" if requests > 1 else "")
    in_pair = any(each.finding.evidence is Evidence.PAIR for each in group)
    worst = max(group, key=lambda each: each.finding.lost_tokens).finding
    return first.revised(
        message=message,
        evidence=Evidence.PAIR if in_pair else first.finding.evidence,
        confidence=Confidence.CERTAIN if in_pair else max(each.finding.confidence for each in group),
        level=max(each.finding.level for each in group),
        lost_tokens=worst.lost_tokens,
        per_thousand=worst.per_thousand,
    )


def named(found: Sequence[Found], file_name: Callable[[str], str]) -> list[Found]:
    """Fingerprints completed: by the file's lasting name, and by which of several equal findings it is."""
    seen: Counter[tuple[str, str]] = Counter()
    result = []
    for each in found:
        key = (file_name(each.finding.place.path), each.finding.fingerprint)
        seen[key] += 1
        known = "\0".join((*key, str(seen[key])))
        result.append(each.revised(fingerprint=hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest()[:32]))
    return result


def confirmed(found: Sequence[Found]) -> list[Found]:
    """Suspicions in source code or a template become certain where a recorded request of the same run shows the same
    fault in the same text."""
    witnesses = [each for each in found if each.finding.evidence in WITNESSES]
    return [_confirmed(each, witnesses) for each in found]


def _confirmed(found: Found, witnesses: Sequence[Found]) -> Found:
    if found.finding.evidence in WITNESSES:
        return found
    telling = [text for text in _static_texts(found.prompt) if len(text) >= TELLING_CHARACTERS]
    for witness in witnesses if telling else ():
        text = "".join(part.text or "" for part in witness.prompt.parts)
        if witness.finding.code == found.finding.code and any(stretch in text for stretch in telling):
            seen = RelatedPlace("a recorded request shows it", witness.finding.place)
            evidence, related = witness.finding.evidence, (*found.finding.related, seen)
            return found.revised(confidence=Confidence.CERTAIN, evidence=evidence, related=related)
    return found


def _static_texts(prompt: Prompt) -> Iterator[str]:
    return (part.text.strip() for part in prompt.parts if part.text and part.volatility.is_static)
