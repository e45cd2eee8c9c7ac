"""The policies once more, as plainly as they can be said: requests one by one, no windows, no segments, no SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cachecalc.core.replay.scheme import Policy, Price, Rule


@dataclass(frozen=True)
class Request:
    """`ids` are those of the full blocks, `marks` positions in blocks."""

    time: int
    tokens: int
    ids: tuple[int, ...]
    marks: tuple[int, ...] = ()

    @property
    def system(self) -> int:
        return max((mark for mark in self.marks if mark <= len(self.ids)), default=0)

    def stores(self, depth: int, policy: Policy) -> bool:
        """Whether this request stores an entry behind its first `depth` blocks."""
        match policy:
            case Policy.ROLLING:
                return depth == len(self.ids)
            case Policy.MARKS:
                return depth == len(self.ids) or depth in self.marks
            case Policy.SYSTEM:
                return depth in self.marks
            case _:
                return True


def play(requests: Sequence[Request], rule: Rule, block: int, ready_after: float = 0) -> list[tuple[int, int]]:
    """Tokens read and written by each request, in the order of their times."""
    requests = sorted(requests, key=lambda request: request.time)
    if rule.policy is Policy.BEST:
        return _best(requests, rule, block, ready_after)
    return [_one(requests, index, rule, block, ready_after) for index in range(len(requests))]


def _one(requests: Sequence[Request], index: int, rule: Rule, block: int, ready_after: float) -> tuple[int, int]:
    request = requests[index]
    if request.tokens < rule.min_tokens:
        return 0, 0
    deepest = request.system if rule.policy is Policy.SYSTEM else len(request.ids)
    read = 0
    for depth in range(1, deepest + 1):
        tokens = depth * block
        if tokens >= rule.min_tokens and _is_readable(requests, index, depth, rule, ready_after):
            read = tokens - tokens % rule.increment
    read = read if read >= rule.min_tokens else 0
    return read, _storable(request, rule, block) - read


def _storable(request: Request, rule: Rule, block: int) -> int:
    full = len(request.ids) * block
    match rule.policy:
        case Policy.ROLLING | Policy.MARKS:
            return request.tokens
        case Policy.SYSTEM:
            return request.system * block if request.system * block >= rule.min_tokens else 0
        case _:
            return full - full % rule.increment


def pings(requests: Sequence[Request], rule: Rule, block: int, *, goes_on: bool) -> list[int]:
    """The tokens of every ping: each TTL that passes behind a request before another one uses the deepest entry that it
    stored, or the log ends (or, if it `goes_on`, never mind that), as far as there are pings left."""
    requests = sorted(requests, key=lambda request: request.time)
    sent = []
    for index, request in enumerate(requests):
        depth = request.system if rule.policy is Policy.SYSTEM else len(request.ids)
        if request.tokens < rule.min_tokens or depth * block < rule.min_tokens:
            continue
        later = [row for row in requests[index + 1 :] if row.ids[:depth] == request.ids[:depth]]
        end = later[0].time if later else requests[-1].time + 10**9 * goes_on
        times = (request.time + rule.ttl * number for number in range(1, rule.pings + 1))
        sent += [depth * block for time in times if time < end]
    return sent


def _is_readable(requests: Sequence[Request], index: int, depth: int, rule: Rule, ready_after: float) -> bool:
    """Go back from use to use while none is further than the TTL: did enough of them store the entry, in time?"""
    request, later, stored = requests[index], requests[index].time, 0
    for earlier in reversed(requests[:index]):
        if earlier.tokens < rule.min_tokens or earlier.ids[:depth] != request.ids[:depth]:
            continue
        if later - earlier.time > rule.life:
            break
        later = earlier.time
        stored += earlier.stores(depth, rule.policy) and request.time - earlier.time >= ready_after
    return stored >= rule.requests_to_store


def _best(requests: Sequence[Request], rule: Rule, block: int, ready_after: float) -> list[tuple[int, int]]:
    """Unit by unit: the smallest leading group of blocks that reaches the minimum, then single blocks."""
    (price,) = rule.prices
    group = -(-rule.min_tokens // block)
    totals = [(0, 0) for _ in requests]
    takers = [index for index, request in enumerate(requests) if request.tokens >= rule.min_tokens]
    units = {requests[index].ids[:depth] for index in takers for depth in range(group, len(requests[index].ids) + 1)}
    for unit in units:
        tokens = (group if len(unit) == group else 1) * block
        users = [index for index in takers if requests[index].ids[: len(unit)] == unit]
        for life in _lives(requests, users, rule.ttl):
            reads = [i for i in life[1:] if _is_readable(requests, i, len(unit), rule, ready_after)]
            if _pays(price, len(life), len(reads)):
                for index in life:
                    read, written = totals[index]
                    totals[index] = read + tokens * (index in reads), written + tokens * (index == life[0])
    return totals


def _lives(requests: Sequence[Request], users: Sequence[int], ttl: float) -> list[list[int]]:
    lives: list[list[int]] = []
    for index in users:
        if lives and requests[index].time - requests[lives[-1][-1]].time <= ttl:
            lives[-1].append(index)
        else:
            lives.append([index])
    return lives


def _pays(price: Price, uses: int, reads: int) -> bool:
    stored = price.write + reads * price.read + (uses - 1 - reads) * price.input
    return stored < uses * price.input
