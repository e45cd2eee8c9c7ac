"""Every request of a log with the one it follows, what it lost and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from cachecalc.core.bill import Unpriced
from cachecalc.core.divergence import Verdict
from cachecalc.core.pricing import Kind, Mode, Rates
from cachecalc.core.why import compare, missing, price
from cachecalc.core.why.lineage import Lineage
from cachecalc.core.why.loss import BELOW_MINIMUM, MARKS_MOVED, UNMARKED, Loss
from cachecalc.core.why.request import Request, Settings, any_mode, is_by_prefix, mode


@dataclass(frozen=True, slots=True)
class Explained:
    """A request, the one it was compared with, what it lost (`losses`), and, where its tokens were counted by the
    provider, all missed tokens by cause (`missed`), each of them once."""

    request: Request
    previous: Request | None
    losses: tuple[Loss, ...]
    missed: tuple[Loss, ...] = ()


def explain(requests: Iterable[Request], settings: Settings) -> Iterator[Explained]:
    """Each request in its turn. They come in the order in which they were sent, sessions mixed or not."""
    lineage = Lineage()
    told: set[tuple[str, str, str]] = set()
    for request in requests:
        if request.is_correction:
            yield Explained(request, None, ())
            continue
        previous = lineage.predecessor(request)
        broken, missed = _against(previous, request, settings) if previous else ([], [])
        if previous and _is_by_intent(previous, request, broken):
            previous, broken, missed = None, [], []
        standing = _standing(previous, request, settings, {loss.kind for loss in broken})
        standing = [loss for loss in standing if _is_new(loss, request, told)]
        kinds = {loss.kind for loss in (*broken, *standing)}
        losses = [_priced(loss, request, settings) for loss in (*broken, *standing)]
        others = (_priced(loss, request, settings) for loss in missed if loss.kind not in kinds)
        losses += (loss for loss in others if loss.usd != 0)  # a miss that costs nothing is in the spend alone
        yield Explained(request, previous, tuple(losses), tuple(missed))


DRIFT = frozenset(
    {
        *("clock-in-prefix", "nonce-in-prefix", "identity-in-prefix", "unordered-tools", "unstable-json"),
        *("whitespace-drift", "shuffled-content"),
    }
)
"""What changes by itself. Two sessions may differ in anything else because they are meant to."""


def _is_by_intent(previous: Request, request: Request, broken: list[Loss]) -> bool:
    """Whether two sessions have prompts of their own, so that neither could read what the other stored."""
    is_one_session = (previous.session, previous.thread) == (request.session, request.thread)
    return not is_one_session and any(loss.kind not in DRIFT for loss in broken)


def _against(previous: Request, request: Request, settings: Settings) -> tuple[list[Loss], list[Loss]]:
    """What breaks the prefix, and what the counts say was missed."""
    broken = compare.of_pair(previous, request, settings)
    expected = missing.resent(previous, request, settings, broken)
    if request.usage is None or request.usage.cache_read is None or previous.usage is None or expected is None:
        return broken, _expired(previous, request, expected, settings)
    gone = missing.missed(request, expected)
    missed = list(missing.causes(previous, request, broken, gone, settings))
    if not missed:
        return [], []
    if request.is_rebuilt and not is_by_prefix(request):  # where entries end, nobody saw
        return [replace(loss, lost_tokens=gone) for loss in broken], missed
    return [replace(loss, lost_tokens=min(loss.lost_tokens, gone)) for loss in broken], missed


def _expired(previous: Request, request: Request, expected: int | None, settings: Settings) -> list[Loss]:
    """Without the provider's counts: what must have expired, by the times alone."""
    lifetime, gap = missing.ttl(previous, settings), missing.gap_of(previous, request)
    if not lifetime or gap is None or gap <= lifetime.high or mode(previous) is None or request.usage:
        return []
    return [missing.expired(gap, lifetime, expected)] if expected else []


def _standing(previous: Request | None, request: Request, settings: Settings, broken: Collection[str]) -> list[Loss]:
    """Faults of the request alone. Where the cache was seen to work, or there is nothing that could have been read, only
    those for which the API refuses it; and where the two requests show what breaks, no suspicions about the marks."""
    usage = request.usage
    works = bool(usage and ((usage.cache_read or 0) > 0 or usage.written > 0))
    kinds = {rule.name for rule in compare.REFUSED}
    if previous is not None and not works and not request.is_rebuilt:
        kinds |= {UNMARKED} if broken else {rule.name for rule in compare.STANDING}
        kinds -= {UNMARKED} if MARKS_MOVED in broken else set()
    return list(compare.of_request(request, settings, kinds))


def _is_new(loss: Loss, request: Request, told: set[tuple[str, str, str]]) -> bool:
    """Whether a fault is met for the first time in its session: it stands in every request."""
    key = (request.session, loss.kind, loss.path)
    is_new = key not in told
    told.add(key)
    return is_new


def _priced(loss: Loss, request: Request, settings: Settings) -> Loss:
    is_free = loss.kind in {rule.name for rule in compare.REFUSED}
    usd = None if is_free else price.lost(loss.lost_tokens, compare.counted(request, settings), settings)
    return replace(loss, usd=usd, effect=_effect(loss, request, settings))


def _effect(loss: Loss, request: Request, settings: Settings) -> str:
    """What the provider's rules make of it."""
    if loss.kind in {rule.name for rule in compare.REFUSED}:
        return "the API refuses the request"
    found = price.rates(request, settings)
    if isinstance(found, Unpriced):
        return f"not priced: {found.reason}"
    way = mode(request) or (None if request.prompt else any_mode(request.model))
    if way is None:
        other = any_mode(request.model)
        return "the model has no cache" if other is None else "the request has no mark, so nothing is cached as it is"
    if price.is_too_short(compare.counted(request, settings), way) and loss.kind != BELOW_MINIMUM:
        return f"free so far: the request is shorter than the {way.min_tokens:,} tokens from which the model caches"
    return _rule_of(loss, way, request, found, settings)


def _rule_of(loss: Loss, way: Mode, request: Request, found: Rates, settings: Settings) -> str:
    hit, miss = found.read(way), price.miss_rate(request, found, settings)
    prices = (
        f"${miss} instead of ${hit} per million tokens" if hit is not None and miss is not None else "prices not known"
    )
    if not loss.breaks_prefix:
        return f"billed at {prices}"
    if way.kind is Kind.PREFIX:
        return f"the prefix is read up to the break; what follows is billed at {prices}"
    return f"entries end at marks: all from the mark before the break on is billed at {prices}"


def gate(explained: Iterable[Explained]) -> bool:
    """Whether any request is not the continuation of the one before it, by what its sender can mend."""
    return any(loss.breaks_prefix and loss.verdict is Verdict.ACTIONABLE for each in explained for loss in each.losses)
