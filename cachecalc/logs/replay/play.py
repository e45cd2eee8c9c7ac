"""Play the rules on the requests of a log: one pass over the tables of `query` for every minimum length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cachecalc.core.problem import InputError
from cachecalc.core.replay.measured import Measured, Repeats
from cachecalc.core.replay.outcome import Cell, Skipped
from cachecalc.core.replay.scheme import MARKED, Policy, Rule
from cachecalc.logs.replay import ingest, measure, query
from cachecalc.logs.replay.engine import Engine, Source

MAX_CONTRADICTING = 0.05
"""Beyond this share of requests, ids are not taken to name prefixes at all."""

Step = Callable[[str], None]
"""Is told what is being done."""


@dataclass(frozen=True, slots=True)
class Played:
    """The tokens of the log as they are, and as every rule would have them."""

    everything: tuple[Cell, ...]
    cells: Mapping[Rule, tuple[Cell, ...]]
    skipped: tuple[Skipped, ...]
    seconds: float | None
    measured: Measured | None = None


def play(
    engine: Engine,
    sources: Sequence[Source],
    rules: Sequence[Rule],
    *,
    thresholds: Sequence[int] = (),
    marks: Sequence[int] = (),
    ready_after: float = 0,
    markless: bool = False,
    measured: Collection[Rule] = (),
    step: Step = lambda _: None,
) -> Played:
    """Play `rules`; with `markless`, those that need marks are left out of a log that has none. The traffic is measured
    under the rules in `measured`.

    Raises InputError where a source cannot be read, no request can be used, or marks are missing.
    """
    step("reading requests")
    engine.read(sources, marks)
    engine.view("requests", ingest.REQUESTS)
    skipped = list(_skipped(engine, sources))
    extent = _extent(engine, skipped)
    engine.view("facts", query.facts(thresholds, extent))
    if not _has_marks(engine):
        rules = _without_marks(rules, allowed=markless)
    with_marks = query.needs_marks(rules)
    step("finding shared prefixes")
    engine.define("runs", query.runs(min(rule.min_tokens for rule in rules)))
    engine.define("cuts", query.cuts(marks=with_marks))
    engine.define("uses", query.uses(marks=with_marks))
    engine.forget("runs", "cuts")
    skipped += _set_right(engine)
    first, last, first_scope, last_scope = extent
    clock = (first, last) if first_scope == last_scope else None
    everything, cells, repeats = _play(engine, rules, ready_after, last if clock else None, measured, step)
    seconds = (last - first) / query.MICROSECONDS if clock else None
    traffic = _traffic(engine, rules, repeats, clock) if measured else None
    return Played(everything, cells, tuple(skipped), seconds, traffic)


def _traffic(
    engine: Engine, rules: Sequence[Rule], repeats: Mapping[Rule, Repeats], clock: tuple[int, int] | None
) -> Measured:
    """`clock` is the first and the last microsecond, where all requests share one clock."""
    sessions = measure.sessions(engine)
    if clock is None:
        return Measured(repeats, sessions)
    marked = [rule.min_tokens for rule in rules if rule.policy in MARKED]
    heads = measure.heads(engine, min(marked)) if marked else None
    return Measured(repeats, sessions, heads, measure.hours(engine, *(at / query.MICROSECONDS for at in clock)))


def _skipped(engine: Engine, sources: Sequence[Source]) -> Iterator[Skipped]:
    for file, fault, count in engine.rows(ingest.FAULTY):
        yield Skipped(sources[file].name, ingest.FAULTS[fault], count)
    for reason, sql in ingest.RESERVES.items():
        ((count,),) = engine.rows(sql)
        if count:
            yield Skipped("", reason, int(count))


def _extent(engine: Engine, skipped: Sequence[Skipped]) -> tuple[int, int, int, int]:
    ((first, last, first_scope, last_scope),) = engine.rows(query.EXTENT)
    if first is None:
        reasons = "; ".join(f"{row.count:,} x {row.reason}" for row in skipped)
        raise InputError("no request of this log can be used", help=reasons)
    return first, last, first_scope, last_scope


def _has_marks(engine: Engine) -> bool:
    ((known,),) = engine.rows("SELECT count(*) FROM requests WHERE system > 0")
    return bool(known)


def _without_marks(rules: Sequence[Rule], *, allowed: bool) -> tuple[Rule, ...]:
    left = tuple(rule for rule in rules if rule.policy not in MARKED)
    if not left or (len(left) < len(rules) and not allowed):
        raise InputError(
            "the log does not say where marks stand, which `marks` and `system` need",
            help="give their positions in tokens, such as --mark 1500, or choose other policies",
        )
    return left


def _set_right(engine: Engine) -> Iterator[Skipped]:
    """Requests whose ids contradict earlier ones share nothing, so that no read of them is made up."""
    ((segments,),) = engine.rows(query.CONTRADICTIONS)
    if not segments:
        return
    engine.define("contradicting", query.CONTRADICTING)
    ((count,),) = engine.rows("SELECT count(*) FROM contradicting")
    ((total,),) = engine.rows("SELECT count(*) FROM requests")
    if count > MAX_CONTRADICTING * total:
        raise InputError(
            f"block ids do not name prefixes: in {count:,} of {total:,} requests they stand where earlier ones do not",
            help="replay logs with ids of their own apart; an id must name its block and all blocks before it",
        )
    engine.define("uses", query.CONSISTENT_USES)
    yield Skipped("", "block ids that contradict earlier requests: kept, as sharing nothing", count)


def _play(
    engine: Engine,
    rules: Sequence[Rule],
    ready_after: float,
    until: int | None,
    measured: Collection[Rule],
    step: Step,
) -> tuple[tuple[Cell, ...], dict[Rule, tuple[Cell, ...]], dict[Rule, Repeats]]:
    rows = engine.rows(query.totals(rules))
    everything = tuple(Cell(*row[:5]) for row in rows)
    storable = {rule: [row[5 + index] or 0 for row in rows] for index, rule in enumerate(rules)}
    inputs = {tier: sum(cell.input for cell in everything if cell.tier == tier) for tier in _tiers(everything)}
    cells: dict[Rule, tuple[Cell, ...]] = {}
    repeats: dict[Rule, Repeats] = {}
    for min_tokens, group in _by_minimum(rules).items():
        step(f"playing policies from {min_tokens:,} tokens on")
        engine.define("plays", query.plays(group, ready_after))
        for rule, counts in _counts(engine, group):
            pings = _pings(engine, rule, until)
            cells[rule] = tuple(
                _cell(cell, limit, counts.get((cell.tier, cell.slice), (0, None)), pings.get((cell.tier, cell.slice)))
                for cell, limit in zip(everything, storable[rule], strict=True)
            )
        repeats |= _repeats(engine, [rule for rule in group if rule in measured], inputs)
    return everything, cells, repeats


def _tiers(cells: Iterable[Cell]) -> list[int]:
    """The long-prompt tiers that there are requests of."""
    return sorted({cell.tier for cell in cells})


def _repeats(engine: Engine, rules: Sequence[Rule], inputs: Mapping[int, int]) -> dict[Rule, Repeats]:
    """Rules that differ by their TTL alone have one answer."""
    found = {key: measure.repeats(engine, key, inputs) for key in {replace(rule, ttl=0.0) for rule in rules}}
    return {rule: found[replace(rule, ttl=0.0)] for rule in rules}


def _pings(engine: Engine, rule: Rule, until: int | None) -> dict[tuple[int, int], tuple[int, int]]:
    """Pings and the tokens they read, by tier and slice."""
    rows = engine.rows(query.pings(rule, until)) if rule.pings else []
    return {(tier, part): (int(pings), int(tokens)) for tier, part, pings, tokens in rows}


def _cell(cell: Cell, storable: int, counts: tuple[int, int | None], pings: tuple[int, int] | None) -> Cell:
    read, written = counts
    sent, pinged = pings or (0, 0)
    return cell._replace(read=read, written=storable - read if written is None else written, pings=sent, pinged=pinged)


def _by_minimum(rules: Sequence[Rule]) -> dict[int, list[Rule]]:
    groups: dict[int, list[Rule]] = defaultdict(list)
    for rule in rules:
        groups[rule.min_tokens].append(rule)
    return groups


Counts = dict[tuple[int, int], tuple[int, int | None]]
"""Read and written tokens by tier and slice; written None: all that can be stored and was not read."""


def _counts(engine: Engine, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Counts]]:
    plain = [rule for rule in rules if rule.policy is not Policy.BEST]
    rows = engine.rows(query.reads(plain)) if plain else []
    for index, rule in enumerate(plain):
        yield rule, {(row[0], row[1]): (int(row[2 + index] or 0), None) for row in rows}
    for rule in rules:
        if rule.policy is Policy.BEST:
            placed = engine.rows(query.placements(rule))
            yield rule, {(row[0], row[1]): (int(row[2] or 0), int(row[3] or 0)) for row in placed}
