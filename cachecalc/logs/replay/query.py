"""The replay as SQL, in words that DuckDB and Spark both know.

The tables, each made from those before it:

requests  one row a request: its time in microseconds, its lengths, and its blocks as runs of consecutive ids
runs      those runs, from the block that reaches the minimum on, as far as they overlap with others. They are cut where
          a page of ids ends, which is only there to give windows something to be parted by
cuts      the ids at which some run begins or has ended. Between two cuts all ids are used by the same requests: a
          segment. `users` are the requests that use it
uses      who uses which segment, of those that more than one request uses; no other can ever be read
plays     per use: its number, the time since the last use, and for each lifetime and policy what decides on a hit

A segment is alive at a use if the use before it lies within its lifetime: the TTL, or as often that as it is pinged. `start_i` is the number of the use that began the
present life, `stored_k` that of the last use that stored an entry here: there is a hit where `stored` >= `start`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from cachecalc.core.replay.scheme import MARKED, Policy, Rule

MICROSECONDS = 1_000_000
SLICES = 32
"""Parts of a log that stand for independent samples when the error of a read share is taken."""

PAGE_BITS = 22
PAGE = 1 << PAGE_BITS

CUTS = """
SELECT scope, page, id,
       row_number() OVER by_id AS n,
       sum(opened - closed) OVER up_to_id AS users,
       (lead(id) OVER by_id) - id AS blocks
FROM (SELECT scope, page, id, sum(opened) AS opened, sum(closed) AS closed
      FROM (SELECT scope, page, lo AS id, 1 AS opened, 0 AS closed FROM runs
            UNION ALL SELECT scope, page, last + 1, 0, 1 FROM runs{marks})
      GROUP BY scope, page, id)
WINDOW by_id AS (PARTITION BY scope, page ORDER BY id),
       up_to_id AS (PARTITION BY scope, page ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
"""
_CUTS_AT_MARKS = """
            UNION ALL SELECT scope, page, lo + depth - pos, 0, 0
            FROM (SELECT runs.*, explode(requests.marks) AS depth
                  FROM runs JOIN requests ON requests.row = runs.row)
            WHERE pos < depth AND depth <= pos + last - lo"""

USES = """
SELECT r.row, r.t, r.tier, r.slice, r.input, r.block, s.scope, s.id AS segment, s.blocks,
       s.id - u.lo + u.pos + s.blocks AS depth,
       CASE WHEN s.id = u.lo THEN u.before ELSE s.id - 1 END AS before,
       s.id - u.lo + u.pos + s.blocks = r.blocks AS ends{marked}
FROM (SELECT runs.*, explode(sequence(a.n, b.n - 1)) AS n
      FROM runs
      JOIN cuts AS a ON a.scope = runs.scope AND a.page = runs.page AND a.id = runs.lo
      JOIN cuts AS b ON b.scope = runs.scope AND b.page = runs.page AND b.id = runs.last + 1) AS u
JOIN (SELECT * FROM cuts WHERE users > 1) AS s ON s.scope = u.scope AND s.page = u.page AND s.n = u.n
JOIN facts AS r ON r.row = u.row
"""
_MARKED = """,
       array_contains(r.marks, s.id - u.lo + u.pos + s.blocks) AS marked,
       s.id - u.lo + u.pos + s.blocks <= r.system AS within,
       s.id - u.lo + u.pos + s.blocks = r.system AS closes"""

CONTRADICTIONS = """
SELECT count(*) FROM (SELECT segment FROM uses GROUP BY scope, segment
                      HAVING min(depth) <> max(depth) OR min(before) <> max(before))
"""
"""Segments that stand at several depths or behind different blocks: their ids do not name a prefix."""

CONTRADICTING = """
SELECT DISTINCT row
FROM (SELECT row, depth, before,
             first_value(depth) OVER w AS first_depth,
             first_value(before) OVER w AS first_before
      FROM uses WINDOW w AS (PARTITION BY scope, segment ORDER BY t, row))
WHERE depth <> first_depth OR before <> first_before
"""
"""The requests that disagree with the first use of a segment."""

CONSISTENT_USES = "SELECT * FROM uses WHERE row NOT IN (SELECT row FROM contradicting)"

EXTENT = "SELECT min(t), max(t), min(scope), max(scope) FROM requests"


def facts(thresholds: Sequence[int], extent: tuple[int, int, int, int]) -> str:
    """Requests with their long-prompt tier and their slice: by time, or by scope where every scope has its own clock."""
    first, last, first_scope, last_scope = extent
    tier = " + ".join(f"CASE WHEN input > {length} THEN 1 ELSE 0 END" for length in thresholds) or "0"
    by_time = f"floor((t - {first}) * {SLICES} / {last - first + 1})"
    part = by_time if first_scope == last_scope else f"scope % {SLICES}"
    return f"SELECT *, {tier} AS tier, CAST({part} AS BIGINT) AS slice FROM requests"


def runs(min_tokens: int) -> str:
    """A read shorter than the minimum is none, so nothing hangs on the blocks below it, which most requests share. A
    run that overlaps with no other is used once and cannot be read: in the order of their first ids, it begins behind
    all that went before and ends before the next."""
    return f"""
SELECT row, scope, page, lo, last, pos, before
FROM (SELECT *, max(last) OVER earlier AS reached, lead(lo) OVER in_order AS next
      FROM ({_paged(min_tokens)})
      WINDOW in_order AS (PARTITION BY scope, page ORDER BY lo),
             earlier AS (PARTITION BY scope, page ORDER BY lo ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
WHERE reached >= lo OR next <= last
"""


def _paged(min_tokens: int) -> str:
    """Runs from the block that reaches the minimum on, cut at the ends of pages."""
    return f"""
SELECT row, scope, page,
       greatest(lo, page * {PAGE}) AS lo,
       least(last, page * {PAGE} + {PAGE - 1}) AS last,
       pos + greatest(page * {PAGE} - lo, 0) AS pos,
       CASE WHEN page * {PAGE} > lo THEN page * {PAGE} - 1 ELSE before END AS before
FROM (SELECT *, explode(sequence(lo >> {PAGE_BITS}, last >> {PAGE_BITS})) AS page
      FROM (SELECT row, scope, run.last,
                   run.lo + greatest(below - run.pos, 0) AS lo,
                   greatest(run.pos, below) AS pos,
                   CASE WHEN run.pos > below THEN run.before END AS before
            FROM (SELECT row, scope, below, explode(runs) AS run
                  FROM (SELECT row, scope, runs, CAST(floor(({min_tokens} - 1) / block) AS BIGINT) AS below
                        FROM requests WHERE input >= {min_tokens}))
            WHERE run.pos + run.last - run.lo >= below))
"""


def cuts(*, marks: bool) -> str:
    return CUTS.format(marks=_CUTS_AT_MARKS if marks else "")


def uses(*, marks: bool) -> str:
    return USES.format(marked=_MARKED if marks else "")


def plays(rules: Sequence[Rule], ready_after: float) -> str:
    """`rules` share one minimum. An entry can be read `ready_after` seconds after its first storing began."""
    (min_tokens,) = {rule.min_tokens for rule in rules}
    life = "PARTITION BY scope, segment ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    starts = [
        f"max(CASE WHEN gap <= {_micros(life)} THEN NULL ELSE n END) OVER life AS {_start(life)}"
        for life in sorted({rule.life for rule in rules})
    ]
    storings = {_stored(rule): _storing(rule) for rule in rules}
    stores = [f"max(CASE WHEN {condition} THEN n END) OVER earlier AS {name}" for name, condition in storings.items()]
    kept = [
        "row",
        "tier",
        "slice",
        "scope",
        "segment",
        "tokens",
        "weight",
        "n",
        "gap",
        "idle",
        "ends",
        *["within", "closes"] * needs_marks(rules),
    ]
    return f"""
SELECT {", ".join([*kept, *starts, *stores])}
FROM (SELECT *, depth * block AS tokens,
             CASE WHEN (depth - blocks) * block < {min_tokens} THEN depth ELSE blocks END * block AS weight,
             row_number() OVER w AS n,
             t - lag(t) OVER w AS gap,
             (lead(t) OVER w) - t AS idle
      FROM uses
      WHERE input >= {min_tokens} AND depth * block >= {min_tokens}
      WINDOW w AS (PARTITION BY scope, segment ORDER BY t, row))
WINDOW life AS ({life}), earlier AS ({_earlier(ready_after)})
"""


def _earlier(ready_after: float) -> str:
    if not ready_after:
        return "PARTITION BY scope, segment ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    passed = f"RANGE BETWEEN UNBOUNDED PRECEDING AND {_micros(ready_after)} PRECEDING"
    return f"PARTITION BY scope, segment ORDER BY t {passed}"


def reads(rules: Sequence[Rule]) -> str:
    """Tier, slice, and what every rule reads there; a row of `plays` is one segment, and the longest hit counts."""
    hits = [f"max(CASE WHEN {_is_hit(rule)} THEN tokens END) AS hit_{index}" for index, rule in enumerate(rules)]
    sums = [f"sum({_read(rule, f'hit_{index}')}) AS read_{index}" for index, rule in enumerate(rules)]
    return f"""
SELECT tier, slice, {", ".join(sums)}
FROM (SELECT row, max(tier) AS tier, max(slice) AS slice, {", ".join(hits)} FROM plays GROUP BY row)
GROUP BY tier, slice
"""


def placements(rule: Rule) -> str:
    """Tier, slice, and what `best` reads and writes there: the lives of segments whose reads pay for their storing."""
    start, scale = _start(rule.life), _scale(rule)
    stored = _by_tier([int((price.input - price.write) * scale) for price in rule.prices])
    read = _by_tier([int((price.input - price.read) * scale) for price in rule.prices])
    return f"""
SELECT tier, slice,
       sum(CASE WHEN {_is_hit(rule)} THEN weight END) AS read,
       sum(CASE WHEN n = {start} THEN weight END) AS written
FROM (SELECT *, sum(CASE WHEN n = {start} THEN {stored} WHEN {_is_hit(rule)} THEN {read} ELSE 0 END)
                OVER (PARTITION BY scope, segment, {start}) AS saved
      FROM plays)
WHERE saved > 0
GROUP BY tier, slice
"""


def pings(rule: Rule, until: int | None) -> str:
    """Tier, slice, the pings there, and the tokens that they read. Each request leaves one entry to be kept: the deepest
    that it stored. It is pinged whenever the TTL runs out, until it is used again, or the log ends at `until`, or there
    were enough; without `until` a log does not tell its end."""
    last, stored = ("closes", "system * block") if rule.policy is Policy.SYSTEM else ("ends", "blocks * block")
    end = "NULL" if until is None else f"{until} - t"
    return f"""
SELECT tier, slice, sum(pings), sum(pings * tokens)
FROM (SELECT tier, slice, tokens,
             CAST(CASE WHEN idle <= {_micros(rule.life)} THEN greatest(floor((idle - 1) / {_micros(rule.ttl)}), 0)
                  ELSE {rule.pings} END AS BIGINT) AS pings
      FROM (SELECT facts.tier, facts.slice, {stored} AS tokens, coalesce(idle, {end}) AS idle
            FROM facts LEFT JOIN (SELECT row, idle FROM plays WHERE {last}) AS used ON used.row = facts.row
            WHERE input >= {rule.min_tokens} AND {stored} >= {rule.min_tokens}))
GROUP BY tier, slice
"""


def totals(rules: Sequence[Rule]) -> str:
    """Tier, slice, requests, input and output tokens, and for every rule all that could be stored under it."""
    stored = [f"sum(CASE WHEN input >= {rule.min_tokens} THEN {_storable(rule)} END)" for rule in rules]
    return f"""
SELECT tier, slice, count(*), sum(input), sum(coalesce(output, 0)), {", ".join(stored)}
FROM facts
GROUP BY tier, slice
ORDER BY tier, slice
"""


def _storable(rule: Rule) -> str:
    match rule.policy:
        case Policy.ROLLING | Policy.MARKS:
            return "input"
        case Policy.SYSTEM:
            return f"CASE WHEN system * block >= {rule.min_tokens} THEN system * block ELSE 0 END"
        case Policy.PREFIX | Policy.AUTOMATIC:
            return f"blocks * block - (blocks * block) % {rule.increment}"
        case _:  # `best` counts what it stores itself
            return "0"


def _is_hit(rule: Rule) -> str:
    hit = f"{_stored(rule)} - {rule.requests_to_store - 1} >= {_start(rule.life)}"
    return f"{hit} AND within" if rule.policy is Policy.SYSTEM else hit


def _read(rule: Rule, hit: str) -> str:
    rounded = f"{hit} - {hit} % {rule.increment}"
    return f"CASE WHEN {rounded} >= {rule.min_tokens} THEN {rounded} ELSE 0 END"


_STORING = {
    Policy.ROLLING: ("end", "ends"),
    Policy.MARKS: ("mark", "ends OR marked"),
    Policy.SYSTEM: ("system", "marked"),
}
"""Which uses store an entry at the end of the segment, where not all do."""


def _storing(rule: Rule) -> str:
    return _STORING.get(rule.policy, ("", "TRUE"))[1]


def _stored(rule: Rule) -> str:
    return f"stored_{_STORING.get(rule.policy, ('block', ''))[0]}"


def _start(life: float) -> str:
    return f"start_{_micros(life)}"


def _micros(seconds: float) -> int:
    return round(seconds * MICROSECONDS)


def _by_tier(values: Sequence[int]) -> str:
    if len(set(values)) == 1:
        return str(values[0])
    return f"CASE tier {' '.join(f'WHEN {tier} THEN {value}' for tier, value in enumerate(values))} END"


def _scale(rule: Rule) -> Decimal:
    """A power of ten that makes whole numbers of all prices, so that sums of them are exact."""
    amounts = [amount for price in rule.prices for amount in (price.input, price.read, price.write)]
    return Decimal(10) ** max(-min(int(amount.as_tuple().exponent) for amount in amounts), 0)


def needs_marks(rules: Iterable[Rule]) -> bool:
    return any(rule.policy in MARKED for rule in rules)


def lifetimes(rule: Rule) -> str:
    """For every tier and lifetime that matters, the tokens that can be read from it on, all requests together.

    An entry needs to live as long as the longest pause since it was last stored. The longest of a request's entries
    that live counts, so with a growing lifetime its reads grow in steps.
    """
    stored = _stored(rule)
    since = f"PARTITION BY scope, segment, {stored} ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    if (wanted := rule.requests_to_store) > 1:
        since = f"PARTITION BY scope, segment ORDER BY n ROWS BETWEEN {wanted - 1} PRECEDING AND CURRENT ROW"
    return f"""
SELECT tier, lifetime, sum(gained) AS tokens
FROM (SELECT tier, lifetime, reach - coalesce(lag(reach) OVER steps, 0) AS gained
      FROM (SELECT row, tier, lifetime, tokens, {_read(rule, "deepest")} AS reach
            FROM (SELECT *, max(tokens) OVER (PARTITION BY row ORDER BY lifetime, tokens
                                              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS deepest
                  FROM (SELECT row, tier, tokens, {stored} AS stored, max(gap) OVER ({since}) AS lifetime FROM plays)
                  WHERE stored >= {wanted}))
      WINDOW steps AS (PARTITION BY row ORDER BY lifetime, tokens))
GROUP BY tier, lifetime
"""


def quantiles(tiers: Iterable[int], total: int, count: int) -> str:
    """So many lifetimes, in order, each of which stands for an equal part of `total` tokens: the middle of the part."""
    middles = ((2 * index + 1) * total // (2 * count) for index in range(count))
    found = [f"min(CASE WHEN below > {tokens} THEN lifetime END)" for tokens in middles]
    return f"""
SELECT {", ".join(found)}
FROM (SELECT lifetime, sum(tokens) OVER (ORDER BY lifetime) AS below FROM lifetimes
      WHERE tokens > 0 AND tier IN ({", ".join(map(str, tiers))}))
"""


SESSIONS = """
SELECT count(DISTINCT session), count(before), sum(input - before), sum(before)
FROM (SELECT session, input, lag(input) OVER (PARTITION BY session ORDER BY t, row) AS before
      FROM requests WHERE session IS NOT NULL)
"""


def heads(min_tokens: int) -> str:
    """The requests with a prompt up to their last mark that can be cached; the different ones of those that several of
    them share; the requests of these, and of the commonest."""
    shared = (
        f"SELECT count(*) AS users FROM uses WHERE closes AND depth * block >= {min_tokens} GROUP BY scope, segment"
    )
    marked = f"SELECT count(*) FROM facts WHERE system * block >= {min_tokens}"
    return f"SELECT ({marked}), count(*), coalesce(sum(users), 0), coalesce(max(users), 0) FROM ({shared})"


HOURS = """
SELECT hour, count(*) FROM (SELECT CAST(floor(t / 3600000000) AS BIGINT) % 168 AS hour FROM requests) GROUP BY hour
"""
"""Hours of the week, from the hour that 1970 began with: a Thursday's first."""
