"""What a request should have read and did not, by the provider's own counts, and why as far as anyone can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cachecalc.core.divergence import Verdict
from cachecalc.core.divergence.relation import Relation, relation
from cachecalc.core.divergence.rows import blocks, common_prefix
from cachecalc.core.pricing import Kind, Mode, Ttl
from cachecalc.core.prompt import Prompt
from cachecalc.core.why.compare import counted
from cachecalc.core.why.loss import (
    BELOW_MINIMUM,
    EXPIRED,
    FAN_OUT,
    NOT_STORED,
    PROVIDER_SIDE,
    UNEXPLAINED,
    UNMARKED,
    Loss,
)
from cachecalc.core.why.request import Request, Settings, any_mode, mode, ttl_label

SLIVER = 64
"""Tokens. Providers frame a request a little differently each time; less than this is no miss."""


def resent(previous: Request, current: Request, settings: Settings, broken: list[Loss]) -> int | None:
    """How many tokens of the previous request stand in the current one: what could have been read at best. None where
    nobody counted."""
    totals = [request.usage.input_tokens for request in (previous, current) if request.usage]
    before, after = previous.prompt, current.prompt
    if before and after and broken and current.usage and _are_siblings(before, after):
        return (current.usage.cache_read or 0) + max(loss.lost_tokens for loss in broken)
    if before and after and not broken:
        row = blocks(before)
        shared = common_prefix(row, blocks(after))
        if shared < len(row) or not totals:
            row = blocks(counted(previous, settings).prompt or before)[:shared]
            return _storable(sum(block.tokens for block in row), previous)
    return min(totals) if len(totals) == 2 else None


def _storable(tokens: int, request: Request) -> int:
    """The tokens of a shared prefix, or none where it is shorter than anything the model caches."""
    way = mode(request)
    return 0 if way and way.min_tokens is not None and tokens < way.min_tokens else tokens


def _are_siblings(before: Prompt, after: Prompt) -> bool:
    """Whether two calls share a prompt alone, and not a history."""
    return relation(blocks(before), blocks(after), is_same_model=before.model == after.model) is Relation.SIBLING


def missed(current: Request, expected: int) -> int:
    """How many of the expected tokens were billed as input or written."""
    if current.usage is None:
        return 0
    unread = current.usage.input_tokens - (current.usage.cache_read or 0)
    return max(min(expected - (current.usage.cache_read or 0), unread), 0)


def causes(previous: Request, current: Request, broken: list[Loss], missing: int, settings: Settings) -> Iterator[Loss]:
    """The missed tokens, each put to one cause: what made the read impossible first."""
    if missing <= _tolerance(current, missing):
        return
    lifetime, gap = ttl(previous, settings), gap_of(previous, current)
    stored = stored_by(previous)
    if stored == 0:
        yield _nothing_stored(previous, missing)
    elif lifetime and gap is not None and gap > lifetime.high:
        yield expired(gap, lifetime, missing if stored is None else min(missing, stored))
    elif broken:
        yield replace(broken[0], lost_tokens=missing)
    elif told := _told_by_the_log(previous, current):
        yield replace(told, lost_tokens=missing)
    else:
        read = (current.usage.cache_read or 0) if current.usage else 0
        unstored = 0 if stored is None else min(max(missing + read - stored, 0), missing)
        if unstored > SLIVER and (previous.prompt or _has_grown(previous, current)):
            yield _behind_the_mark(previous, unstored)
        else:
            unstored = 0
        if missing - unstored > SLIVER:
            yield _unseen(previous, current, gap, lifetime, missing - unstored, settings)


def _tolerance(current: Request, missing: int) -> int:
    way = mode(current)
    step = way.increment if way and way.kind is Kind.PREFIX else 0
    return max(SLIVER, min(step, missing))


def stored_by(request: Request) -> int | None:
    """Tokens that a request left in the cache, itself or by reading them; None where the provider does not tell."""
    way = mode(request) or any_mode(request.model)
    usage = request.usage
    if usage is None or way is None or way.kind is Kind.NAMED:
        return None
    kept = (usage.cache_read or 0) + usage.written
    if not kept and way.min_tokens is not None and usage.input_tokens < way.min_tokens:
        return 0
    if way.bills_writes and usage.cache_write is not None:
        return kept
    return None


def ttl(previous: Request, settings: Settings) -> Ttl | None:
    """The lifetime of what the previous request stored."""
    way: Mode | None = mode(previous) or any_mode(previous.model)
    return way.ttl(ttl_label(previous, settings)) or way.ttl(None) if way else None


def gap_of(previous: Request, current: Request) -> float | None:
    """Seconds from the start of one request to the start of the next: what the lifetime runs against."""
    return (current.at - previous.at).total_seconds() if previous.at and current.at else None


def expired(gap: float, lifetime: Ttl, tokens: int) -> Loss:
    message = f"{_span(gap)} after the request before, and an entry lives {_span(lifetime.high)} ({lifetime.label})"
    return Loss(EXPIRED, Verdict.ACTIONABLE, message, tokens)


def _nothing_stored(previous: Request, tokens: int) -> Loss:
    way = mode(previous) or any_mode(previous.model)
    size = previous.usage.input_tokens if previous.usage else 0
    if way and way.min_tokens is not None and size < way.min_tokens:
        message = f"the request before had {size:,} tokens, and the model caches no prefix below {way.min_tokens:,}"
        return Loss(BELOW_MINIMUM, Verdict.ACTIONABLE, message, tokens)
    is_marked = previous.prompt is not None and mode(previous) is not None
    if is_marked:
        message = (
            "the request before has a mark, and nothing was stored: its prefix is too short, or the mark was dropped"
        )
        return Loss(UNMARKED, Verdict.NEEDS_DATA, message, tokens)
    return Loss(UNMARKED, Verdict.ACTIONABLE, "nothing of the request before was stored: no mark took effect", tokens)


def _has_grown(previous: Request, current: Request) -> bool:
    """Whether the later prompt is the longer one, as it is where a conversation is sent again."""
    totals = [request.usage.input_tokens for request in (previous, current) if request.usage]
    return len(totals) == 2 and totals[0] < totals[1]


def _behind_the_mark(previous: Request, tokens: int) -> Loss:
    verdict = Verdict.ACTIONABLE if previous.prompt else Verdict.NEEDS_DATA
    return Loss(NOT_STORED, verdict, "it stood behind the last mark of the request before: nothing stored it", tokens)


def _told_by_the_log(previous: Request, current: Request) -> Loss | None:
    """What a log without texts says about a change of them."""
    if current.is_compacted:
        message = "the log says that the conversation was summed up in between"
        return Loss("rewritten-history", Verdict.ACTIONABLE, message)
    if current.prompt is None and previous.model_name != current.model_name:
        message = (
            f"the model changes from `{previous.model_name}` to `{current.model_name}`, and models share no entries"
        )
        return Loss("switched-model", Verdict.NEEDS_DATA, message)
    return None


def _has_read_the_answer(previous: Request, current: Request) -> bool:
    """Whether a request quotes the answer to the one before, so that it was sent later, whatever the log's clock says."""
    rows = [blocks(request.prompt) if request.prompt else [] for request in (previous, current)]
    said, said_now = (sum(block.is_reply for block in row) for row in rows)
    return said_now > said


def _unseen(
    previous: Request, current: Request, gap: float | None, lifetime: Ttl | None, tokens: int, settings: Settings
) -> Loss:
    """A miss that no text explains."""
    if gap is None:
        message = "without times nobody can tell an expired entry from a miss on the provider's side"
        return Loss(UNEXPLAINED, Verdict.NEEDS_DATA, message, tokens)
    if gap < settings.ready_after and not _has_read_the_answer(previous, current):
        message = f"{_span(gap)} after the request before: what that stored may not have been readable yet"
        return Loss(FAN_OUT, Verdict.NEEDS_DATA, message, tokens)
    if lifetime and gap > lifetime.low:
        low, high = _span(lifetime.low), _span(lifetime.high)
        message = f"{_span(gap)} after the request before, and the provider keeps entries for {low} to {high}"
        return Loss(EXPIRED, Verdict.NEEDS_DATA, message, tokens)
    if previous.prompt is None or current.prompt is None:
        message = "within the lifetime, and the log holds no texts to compare"
        return Loss(UNEXPLAINED, Verdict.NEEDS_DATA, message, tokens)
    if previous.is_rebuilt or current.is_rebuilt:
        message = "nothing that the log keeps changed, and it may not keep all: tools, settings, marks"
        return Loss(UNEXPLAINED, Verdict.NEEDS_DATA, message, tokens)
    return Loss(
        PROVIDER_SIDE,
        Verdict.PROVIDER_SIDE,
        f"nothing changed, {_span(gap)} after the request before, and still a miss",
        tokens,
    )


def _span(seconds: float) -> str:
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
