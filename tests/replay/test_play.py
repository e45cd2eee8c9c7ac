"""The replay against an oracle that goes through the requests one by one."""

from __future__ import annotations

import random
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachecalc.core.replay.scheme import PINGED, Policy, Price, Rule
from cachecalc.logs.replay.play import Played
from tests.replay import oracle
from tests.replay.build import PRICE, counts, mooncake, pings, play_file, rule, session, write_lines
from tests.replay.oracle import Request

BLOCK = 64
TTLS = (20, 60)
RULES = [
    *(
        rule(policy, ttl, min_tokens)
        for policy in Policy
        if policy not in PINGED
        for ttl in TTLS
        for min_tokens in (64, 150)
    ),
    *(rule(Policy.AUTOMATIC, ttl, 128, increment=128) for ttl in TTLS),
    *(rule(Policy.AUTOMATIC, ttl, 64, requests_to_store=2) for ttl in TTLS),
    *(rule(policy, 20, 150, pings=count) for policy in (Policy.ROLLING, Policy.SYSTEM) for count in (1, 4)),
]


class Trie:
    """Gives every prefix of block contents its id; `scatter` draws ids far apart, as hashes are."""

    def __init__(self, *, scatter: bool, seed: int) -> None:
        self.ids: dict[tuple[int, ...], int] = {}
        self.random = random.Random(seed)
        self.scatter = scatter

    def chain(self, content: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(self._id(content[: end + 1]) for end in range(len(content)))

    def _id(self, prefix: tuple[int, ...]) -> int:
        new = self.random.randrange(-(2**62), 2**62) if self.scatter else len(self.ids) + 4_194_296
        return self.ids.setdefault(prefix, new)


contents = st.lists(st.integers(0, 1), min_size=0, max_size=7).map(tuple)
requests = st.tuples(st.integers(0, 200), contents, st.integers(0, BLOCK - 1))
traces = st.tuples(st.lists(requests, min_size=1, max_size=25), st.booleans(), st.integers(0, 10**6))


def build(rows: list[tuple[int, tuple[int, ...], int]], trie: Trie, marks: tuple[int, ...]) -> list[Request]:
    return [Request(time, len(content) * BLOCK + rest, trie.chain(content), marks) for time, content, rest in rows]


def expected(sessions: list[list[Request]], rule: Rule, ready_after: float) -> tuple[int, int]:
    played = [row for trace in sessions for row in oracle.play(trace, rule, BLOCK, ready_after)]
    return sum(read for read, _ in played), sum(written for _, written in played)


def expected_pings(sessions: list[list[Request]], rule: Rule, *, goes_on: bool) -> tuple[int, int]:
    sent = [tokens for trace in sessions for tokens in oracle.pings(trace, rule, BLOCK, goes_on=goes_on)]
    return len(sent), sum(sent)


@settings(max_examples=40)
@given(trace=traces, marks=st.lists(st.integers(1, 8), max_size=2).map(tuple), ready_after=st.sampled_from([0, 0, 5]))
def test_every_policy_reads_and_writes_what_the_oracle_does(
    trace: tuple[list[tuple[int, tuple[int, ...], int]], bool, int], marks: tuple[int, ...], ready_after: int
) -> None:
    """For global ids, in order or scattered, with ties, gaps, short prompts, marks and entries that are not ready."""
    rows, scatter, seed = trace
    built = build(rows, Trie(scatter=scatter, seed=seed), marks)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_lines(folder / "trace.jsonl", mooncake(built))
        played = play_file(
            path,
            RULES,
            folder,
            block=BLOCK,
            marks=tuple(mark * BLOCK for mark in marks),
            ready_after=ready_after,
            markless=True,
        )
    assert not played.skipped or played.skipped[0].reason.startswith("equal to an earlier")
    assert {key: counts(played, key) for key in played.cells} == {
        key: expected([built], key, ready_after) for key in played.cells
    }
    assert {key: pings(played, key) for key in played.cells} == {
        key: expected_pings([built], key, goes_on=False) for key in played.cells
    }


@settings(max_examples=15)
@given(
    traces_of_sessions=st.lists(st.lists(requests, min_size=1, max_size=8), min_size=2, max_size=4),
    tools=st.integers(0, 300),
    system=st.integers(0, 300),
)
def test_sessions_share_nothing_with_each_other(
    traces_of_sessions: list[list[tuple[int, tuple[int, ...], int]]], tools: int, system: int
) -> None:
    """Their ids are their own; their marks stand behind tools and system prompt."""
    marks = tuple({tools // BLOCK, (tools + system) // BLOCK} - {0})
    sessions = [build(rows, Trie(scatter=False, seed=0), marks) for rows in traces_of_sessions]
    lines = [session(f"s{n}", trace, BLOCK, tool=tools, sys=system) for n, trace in enumerate(sessions)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        played = play_file(write_lines(folder / "trace.jsonl", lines), RULES, folder, markless=True)
    assert {key: counts(played, key) for key in played.cells} == {
        key: expected(sessions, key, 0) for key in played.cells
    }
    assert {key: pings(played, key) for key in played.cells} == {
        key: expected_pings(sessions, key, goes_on=True) for key in played.cells
    }


@pytest.mark.parametrize("policy", [Policy.PREFIX, Policy.ROLLING, Policy.MARKS, Policy.SYSTEM])
def test_no_policy_costs_less_than_the_best(policy: Policy, tmp_path: Path) -> None:
    """On the same requests and at the same TTL, `best` is a bound."""
    dice = random.Random(7)
    rows = [
        (dice.randrange(600), tuple(dice.choices((0, 1), k=dice.randrange(8))), dice.randrange(BLOCK))
        for _ in range(300)
    ]
    trace = build(rows, Trie(scatter=False, seed=0), ())
    path = write_lines(tmp_path / "trace.jsonl", mooncake(trace))
    best, other = rule(Policy.BEST, 30, 128), rule(policy, 30, 128)
    played = play_file(path, [best, other], tmp_path, block=BLOCK, marks=(128, 256))
    assert 0 < cost(played, best) <= cost(played, other)


def cost(played: Played, rule: Rule) -> Decimal:
    read, written = counts(played, rule)
    fresh = sum(cell.input for cell in played.everything) - read - written
    return fresh * PRICE.input + read * PRICE.read + written * PRICE.write


def test_an_episode_is_stored_where_its_reads_pay_for_it_tier_by_tier(tmp_path: Path) -> None:
    """`best` weighs the prices of each request's own long-prompt tier."""
    trie = Trie(scatter=False, seed=0)
    long, short = trie.chain((0, 0, 1, 1)), trie.chain((0, 0))
    trace = [Request(0, len(long) * BLOCK, long), Request(1, len(short) * BLOCK, short)]
    path = write_lines(tmp_path / "trace.jsonl", mooncake(trace))
    dear = Price(Decimal(30), Decimal(3), Decimal(60), Decimal(15))
    flat, tiered = (rule(Policy.BEST, 30, 128, prices=(PRICE, second)) for second in (PRICE, dear))
    played = play_file(path, [flat, tiered], tmp_path, block=BLOCK, thresholds=(200,))
    assert counts(played, flat) == (128, 128)
    assert counts(played, tiered) == (0, 0)
