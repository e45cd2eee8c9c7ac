"""Where the money went: every dollar of a log under one cause, so that the causes add up to the spend."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from cachecalc.core import bill
from cachecalc.core.bill import OUTPUT, READ, STORAGE, TOOLS, Cost, Terms, Unpriced
from cachecalc.core.divergence import Verdict
from cachecalc.core.why import price
from cachecalc.core.why.explain import Explained
from cachecalc.core.why.request import Request, Settings

HITS, COLD_START, NEW_INPUT, TOOL_CALLS = "hits", "cold-start", "new-input", "tool-calls"
UNATTRIBUTED, UNSPLIT = "no-session", "unsplit-input"
ZERO = Decimal(0)


@dataclass(slots=True)
class Share:
    """What one cause came to. `tokens` are of the cause's own kind: read, missed, new, or output."""

    usd: Decimal = ZERO
    tokens: int = 0
    requests: int = 0
    verdict: Verdict | None = None

    def add(self, usd: Decimal, tokens: int) -> None:
        self.usd += usd
        self.tokens += tokens
        self.requests += 1


@dataclass(slots=True)
class Spend:
    """The spend of a log by cause. `unpriced` counts the requests that have no price, by reason; they are in no cause."""

    causes: defaultdict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    unpriced: Counter[str] = field(default_factory=Counter)
    total: Decimal = ZERO
    requests: int = 0

    def add(self, explained: Explained, settings: Settings) -> None:
        request = explained.request
        if request.usage is None:
            self.unpriced["the log counts no tokens of it"] += not request.is_correction
            return
        parts = _parts(request, settings)
        if isinstance(parts, Unpriced):
            self.unpriced[parts.reason] += not request.is_correction
            return
        self.requests += not request.is_correction
        self.total += sum((part.expected for part in parts.values()), ZERO)
        self._add_plain(request, parts)
        self._add_misses(explained, _unread(request, parts))

    def _add_plain(self, request: Request, parts: dict[str, Cost]) -> None:
        assert request.usage
        counts = (HITS, READ, request.usage.cache_read), (OUTPUT, OUTPUT, request.usage.output)
        for cause, name, tokens in (*counts, (STORAGE, STORAGE, 0), (TOOL_CALLS, TOOLS, 0)):
            if name in parts:
                self.causes[cause].add(parts[name].expected, tokens or 0)

    def _add_misses(self, explained: Explained, unread: list[tuple[int, Decimal]]) -> None:
        """The input that was not read: what was missed by cause, from the front; the rest is new."""
        for loss in explained.missed:
            usd, tokens, unread = _taken(unread, loss.lost_tokens)
            if tokens:
                share = self.causes[loss.kind]
                share.add(usd, tokens)
                share.verdict = _worse(share.verdict, loss.verdict)
        rest, tokens = sum((usd for _, usd in unread), ZERO), sum(tokens for tokens, _ in unread)
        if tokens:
            self.causes[_name_of_rest(explained)].add(rest, tokens)


def spend(explained: Iterable[Explained], settings: Settings) -> Spend:
    found = Spend()
    for each in explained:
        found.add(each, settings)
    return found


def _parts(request: Request, settings: Settings) -> dict[str, Cost] | Unpriced:
    assert request.usage
    rates = price.rates(request, settings)
    if isinstance(rates, Unpriced):
        return rates
    return bill.priced(request.usage, rates, Terms.of(request.model))


def _unread(request: Request, parts: dict[str, Cost]) -> list[tuple[int, Decimal]]:
    """Tokens and dollars of the input that was not read, in the order of the prompt: what was written stands in front of
    what was not, longer lifetimes in front of shorter ones."""
    usage = request.usage
    assert usage
    written = sorted((usage.cache_write or {}).items(), key=lambda item: _SECONDS.get(item[0][-1:], 0), reverse=True)
    found = [(tokens, parts[f"cache write {ttl}"].expected) for ttl, tokens in written if tokens]
    if usage.input:
        found.append((usage.input, parts[bill.INPUT].expected))
    return found


_SECONDS = {"m": 1, "h": 2, "d": 3}


def _taken(unread: list[tuple[int, Decimal]], tokens: int) -> tuple[Decimal, int, list[tuple[int, Decimal]]]:
    """The cost of the first `tokens`, how many there were, and what is left."""
    usd, taken = ZERO, 0
    for index, (size, cost) in enumerate(unread):
        wanted = tokens - taken
        if wanted < size:
            part = cost / size * wanted  # in this order it is exact: a token's price has few digits
            return usd + part, taken + wanted, [(size - wanted, cost - part), *unread[index + 1 :]]
        usd, taken = usd + cost, taken + size
    return usd, taken, []


def _name_of_rest(explained: Explained) -> str:
    if explained.request.usage and explained.request.usage.cache_read is None:
        return UNSPLIT
    creates_a_cache = explained.request.usage is not None and explained.request.usage.storage
    if explained.previous is not None or (explained.request.is_correction and not creates_a_cache):
        return NEW_INPUT
    is_placed = explained.request.session or explained.request.load or creates_a_cache
    return COLD_START if is_placed else UNATTRIBUTED


def _worse(known: Verdict | None, new: Verdict) -> Verdict:
    """The class of a cause that comes in several: what can be mended is told first."""
    order = (Verdict.ACTIONABLE, Verdict.NEEDS_DATA, Verdict.PROVIDER_SIDE)
    return new if known is None else min(known, new, key=order.index)
