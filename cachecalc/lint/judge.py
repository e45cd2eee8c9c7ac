"""What was found, brought together: each thing once, with a lasting name, suspicions confirmed where a request shows it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import RelatedPlace
from cachecalc.core.prompt import Confidence, Evidence, Prompt, Span
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
