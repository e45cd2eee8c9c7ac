"""The document of an explanation, from which every format is rendered.

Prompt text is quoted here and nowhere else: what looks like a credential is blotted out, what could steer a terminal is
made visible, and long text is cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from cachecalc.core import rules
from cachecalc.core.imported import Imported
from cachecalc.core.problem import InputError
from cachecalc.core.secrets import redact
from cachecalc.core.why.explain import Explained, gate
from cachecalc.core.why.loss import EXPIRED, PROVIDER_SIDE, UNEXPLAINED, Loss
from cachecalc.core.why.spend import Spend
from cachecalc.report.money import exact
from cachecalc.report.terminal import visible
from cachecalc.report.why_document import CauseRow, DivergenceRow, WhyReport

VERSION, KIND = 1, "why"
LONGEST = 160
"""Characters of an excerpt."""

HELP: Mapping[str, str] = {
    EXPIRED: "Take the longer TTL where such pauses are common, or send a cheap request before the entry expires; "
    "`cachecalc plan` prices both.",
    PROVIDER_SIDE: "Nothing in the request explains it. Where hits are best effort, a routing key helps; else it is the "
    "provider's to answer.",
    UNEXPLAINED: "Log the requests with their texts and times, and ask again.",
    "marks-moved": "Put a mark where the request before had its last one, besides the one at the end.",
}
"""What to do about causes that are no rule. A rule's own page says what to do about the others."""


def document(explained: Sequence[Explained], spend: Spend, imported: Imported, texts: Mapping[str, str]) -> WhyReport:
    """The report of requests in the order in which they were sent. `texts` are those of files in which places are
    known."""
    divergences = [_row(each, loss, texts) for each in explained for loss in each.losses]
    requests = [each.request for each in explained if not each.request.is_correction]
    causes = _causes(spend)
    skipped = {visible(redact(reason)): met.count for reason, met in imported.skipped.items()}
    return WhyReport(
        version=VERSION,
        kind=KIND,
        requests=len(requests),
        sessions=len({request.session for request in requests if request.session}),
        without_session=sum(not request.session for request in requests),
        compared=sum(each.previous is not None for each in explained),
        divergences=divergences,
        lost_usd=exact(sum((Decimal(row["usd"]) for row in divergences if row["usd"]), Decimal(0))),
        spend_usd=exact(spend.total),
        spend_by_cause={row["cause"]: row["usd"] for row in causes},
        causes=causes,
        unpriced={visible(redact(reason)): count for reason, count in spend.unpriced.items() if count},
        is_gate_closed=gate(explained),
        notes=list(_notes(explained)),
        skipped=skipped,
    )


def _notes(explained: Sequence[Explained]) -> list[str]:
    requests = [each.request for each in explained if not each.request.is_correction]
    alone = sum(not request.session and request.load is not None for request in requests)
    lost = sum(not request.session and request.load is None for request in requests)
    no_text = sum(request.load is None for request in requests) - lost
    notes = []
    if alone > 2:
        notes.append(
            f"{alone:,} requests name no session: each is compared with the latest one that it continues or shares a "
            "prompt with"
        )
    if lost:
        notes.append(
            f"{lost:,} requests name no session and were logged without their text: nothing to compare them with"
        )
    if no_text:
        notes.append(f"{no_text:,} of the requests were logged without their text: a change in them cannot be seen")
    return notes


def _row(each: Explained, loss: Loss, texts: Mapping[str, str]) -> DivergenceRow:
    line, column = _line_and_column(loss, texts)
    previous = each.previous
    return {
        "session": visible(redact(each.request.session)),
        "request": each.request.number,
        "previous": previous.number if previous else None,
        "kind": loss.kind,
        "class": str(loss.verdict),
        "path": visible(loss.path),
        "excerpt": excerpt(loss.now),
        "lost_tokens": loss.lost_tokens,
        "usd": None if loss.usd is None else exact(loss.usd),
        "code": _code(loss.kind),
        "message": visible(redact(loss.message)),
        "was": excerpt(loss.was),
        "block": loss.block,
        "place": visible(each.request.place),
        "previous_place": visible(previous.place) if previous else None,
        "file": visible(loss.file),
        "line": line,
        "column": column,
        "effect": visible(loss.effect),
        "help": advice(loss.kind),
        "breaks_prefix": loss.breaks_prefix,
    }


def excerpt(text: str) -> str:
    """Prompt text on one line, cut in the middle, safe to print."""
    text = visible(redact(text[: 4 * LONGEST])) if len(text) <= 4 * LONGEST else visible(_ends(text))
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half]} … {text[-half:]}"


def _ends(text: str) -> str:
    """The first and the last of a long text; blotted out before it is cut, so that no half of a secret is left."""
    return redact(text[: 8 * LONGEST])[:LONGEST] + redact(text[-8 * LONGEST :])[-LONGEST:]


def _line_and_column(loss: Loss, texts: Mapping[str, str]) -> tuple[int | None, int | None]:
    text = texts.get(loss.file)
    if text is None or loss.span is None:
        return None, None
    before = text[: loss.span.start]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _code(kind: str) -> str | None:
    rule = next((rule for rule in rules.ALL if rule.name == kind), None)
    return rule.code if rule else None


def advice(kind: str) -> str:
    """What to do about a cause: the first paragraph of its rule's advice."""
    if kind in HELP:
        return HELP[kind]
    try:
        doc = rules.find(kind).doc
    except InputError:
        return ""
    found = re.search(r"## What to do\n+(.*?)(?:\n\n|\Z)", doc, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _causes(spend: Spend) -> list[CauseRow]:
    ranked = sorted(spend.causes.items(), key=lambda item: (-item[1].usd, item[0]))
    return [
        {
            "cause": cause,
            "class": str(share.verdict) if share.verdict else None,
            "usd": exact(share.usd),
            "tokens": share.tokens,
            "requests": share.requests,
            "share": float(share.usd / spend.total) if spend.total else 0.0,
        }
        for cause, share in ranked
    ]
