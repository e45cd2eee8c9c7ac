"""Where the money of a log went: each cause by a case worked out by hand, and their sum always the spend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core import model_names
from cachecalc.core.ledger import Ledger
from cachecalc.core.record import Record, Usage
from cachecalc.core.why import explain, spend
from cachecalc.core.why.request import Request, Settings
from cachecalc.load import pricing
from cachecalc.tokens.prompts import counting
from tests.rules.examples import filler
from tests.why import cases
from tests.why.cases import Json
from tests.why.run import log, report

PRICES = pricing.load()
MODELS = model_names.index(PRICES)
START = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)
SONNET = "claude-sonnet-5-5"  # input 2, read 0.1, write 2.5 (5m) and 4 (1h), output 10 USD per MTok


def usage(fresh: int, read: int = 0, output: int = 0, **written: int) -> Json:
    """Anthropic's counters; `written` by lifetime, `m5` and `h1`."""
    split = {"ephemeral_5m_input_tokens": written.get("m5", 0), "ephemeral_1h_input_tokens": written.get("h1", 0)}
    return {
        "input_tokens": fresh,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": sum(split.values()),
        "cache_creation": split,
        "output_tokens": output,
    }


def entry(seconds: float, request: Json, counted: Json, session: str | None = "s1") -> Json:
    at = (START + dt.timedelta(seconds=seconds)).isoformat()
    response = {"id": f"m{seconds}{session}", "model": request["model"], "usage": counted}
    return {"timestamp": at, "session_id": session, "request": request, "response": response}


FIRST, SECOND, ANEW = cases.claude("fix it"), cases.claude(*cases.NEXT), cases.claude("mend it")
BROKEN = cases.claude(*cases.NEXT, system=f"At 09:14:07. {cases.RULES}")
UNMARKED, UNMARKED_NEXT = cases.without_marks(FIRST), cases.without_marks(SECOND)
SYSTEM_ONLY = [cases.without_marks(each) | {"system": FIRST["system"]} for each in (FIRST, SECOND)]


@dataclass(frozen=True)
class Case:
    """Two requests with their counters, and what the second one's misses come to."""

    name: str
    seconds: float
    requests: tuple[Json, Json]
    usages: tuple[Json, Json]
    cause: str
    verdict: str | None
    usd: str


STORED = usage(0, m5=4000)

CASES = [
    Case("a hit", 60, (FIRST, SECOND), (STORED, usage(0, 4000, m5=500)), "hits", None, "0.0004"),
    Case("new input", 60, (FIRST, SECOND), (STORED, usage(100, 4000, m5=500)), "new-input", None, "0.00145"),
    Case("expired", 301, (FIRST, SECOND), (STORED, usage(0, m5=4500)), "expired", "actionable", "0.01"),
    Case(
        "alive for an hour",
        301,
        (FIRST, SECOND),
        (usage(0, h1=4000), usage(0, h1=4500)),
        "provider-side",
        "provider-side",
        "0.016",
    ),
    Case("provider-side", 60, (FIRST, SECOND), (STORED, usage(0, m5=4500)), "provider-side", "provider-side", "0.01"),
    Case(
        "too soon to be readable",
        1,
        (FIRST, ANEW),
        (STORED, usage(0, m5=4500)),
        "cold-fan-out",
        "needs-data",
        "0.0099725",
    ),
    Case(
        "a second after by a coarse clock, and yet with the answer",
        1,
        (FIRST, SECOND),
        (STORED, usage(0, m5=4500)),
        "provider-side",
        "provider-side",
        "0.01",
    ),
    Case(
        "a broken prefix",
        60,
        (FIRST, BROKEN),
        (STORED, usage(0, m5=4500)),
        "dynamic-before-static",
        "actionable",
        "0.01",
    ),
    Case(
        "broken, and expired anyway", 900, (FIRST, BROKEN), (STORED, usage(0, m5=4500)), "expired", "actionable", "0.01"
    ),
    Case(
        "unmarked",
        60,
        (UNMARKED, UNMARKED_NEXT),
        (usage(4000), usage(4500)),
        "uncached-static-prefix",
        "actionable",
        "0.008",
    ),
    Case(
        "marked, and nothing stored",
        60,
        (FIRST, SECOND),
        (usage(4000), usage(4500)),
        "uncached-static-prefix",
        "needs-data",
        "0.008",
    ),
    Case("below the minimum", 60, (FIRST, SECOND), (usage(300), usage(450)), "below-minimum", "actionable", "0.0006"),
    Case(
        "behind the mark",
        60,
        (SYSTEM_ONLY[0], SYSTEM_ONLY[1]),
        (usage(2000, m5=3000), usage(2500, 3000)),
        "system-only-mark",
        "actionable",
        "0.004",
    ),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_each_cause_has_its_dollars(case: Case, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What was missed is put to its cause at the price that was paid for it; all causes add up to the spend."""
    entries = [
        entry(seconds, *pair)
        for seconds, pair in zip((0, case.seconds), zip(case.requests, case.usages, strict=True), strict=True)
    ]
    found = report(capsys, log(tmp_path, entries))
    causes = {row["cause"]: row for row in found["causes"]}
    assert causes[case.cause]["class"] == case.verdict
    assert found["spend_by_cause"][case.cause] == case.usd
    assert sum(map(Decimal, found["spend_by_cause"].values())) == Decimal(found["spend_usd"])


def test_a_first_request_is_a_cold_start(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What the first request of a session writes is nobody's fault; output has a cause of its own."""
    found = report(capsys, log(tmp_path, [entry(0, FIRST, usage(10, output=100, m5=4000))]))
    assert found["spend_by_cause"] == {"cold-start": "0.01002", "output": "0.001"}
    assert found["divergences"] == []


NONCE = cases.claude("fix it", system=f"session 9f3a1c77e2b1\n{cases.RULES}")
OTHER_NONCE = cases.claude("mend it", system=f"session 04bd6e812fa7\n{cases.RULES}")
OTHER_PROMPT = cases.claude("mend it", system=f"You also translate.\n{cases.RULES}")


@pytest.mark.parametrize(
    ("seconds", "requests", "cause"),
    [
        pytest.param(60, (FIRST, ANEW), "provider-side", id="a prefix that should have been there"),
        pytest.param(1, (FIRST, ANEW), "cold-fan-out", id="both at once"),
        pytest.param(900, (FIRST, ANEW), "expired", id="a prefix that expired between them"),
        pytest.param(60, (NONCE, OTHER_NONCE), "nonce-in-prefix", id="an id of the session"),
        pytest.param(60, (FIRST, OTHER_PROMPT), "cold-start", id="a prompt of its own"),
    ],
)
def test_the_first_request_of_another_session(
    seconds: float, requests: tuple[Json, Json], cause: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Sessions share what they have in common, so a session's first request can miss what another one stored; prompts
    that are meant to differ are no miss."""
    first, then = requests
    entries = [entry(0, first, STORED, "s1"), entry(seconds, then, usage(0, m5=4000), "s2")]
    found = report(capsys, log(tmp_path, entries))
    assert cause in found["spend_by_cause"]
    assert {row["kind"] for row in found["divergences"]} == ({cause} if cause != "cold-start" else set())
    assert sum(map(Decimal, found["spend_by_cause"].values())) == Decimal(found["spend_usd"])


def test_a_shared_prefix_below_the_minimum_is_no_miss(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Two long questions that share a short system prompt had nothing to read."""
    counted = {"prompt_tokens": 2600, "completion_tokens": 0, "prompt_tokens_details": {"cached_tokens": 0}}
    asked = [cases.gpt(f"{number} {filler(1500)}", system=filler(500), model="gpt-5") for number in range(2)]
    found = report(capsys, log(tmp_path, [entry(60 * n, each, counted) for n, each in enumerate(asked)]))
    assert found["divergences"] == []
    assert set(found["spend_by_cause"]) == {"cold-start", "new-input"}


@pytest.mark.parametrize(
    ("session", "tokens", "found"),
    [
        pytest.param("s", 4500, [("switched-model", "needs-data")], id="the same session, as long"),
        pytest.param("s", 900, [], id="a short call of a helper"),
        pytest.param(None, 4500, [], id="no session"),
    ],
)
def test_another_model_without_texts(
    session: str | None,
    tokens: int,
    found: list[tuple[str, str]],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """A long prompt on another model may be the same conversation; nobody knows without the texts."""
    entries = [
        entry(0, {"model": SONNET}, STORED, session),
        entry(60, {"model": "claude-opus-5-5"}, usage(0, m5=tokens), session),
    ]
    rows = report(capsys, log(tmp_path, [each | {"request": {}} for each in entries]))["divergences"]
    assert [(row["kind"], row["class"]) for row in rows] == found


@pytest.mark.parametrize(
    ("seconds", "first", "then", "causes"),
    [
        pytest.param(
            60,
            usage(1000, m5=4000),
            usage(1000, 4000),
            {"unexplained": "0.002"},
            id="calls of one size may be separate ones",
        ),
        pytest.param(
            60,
            usage(1000, m5=4000),
            usage(1900, 4000),
            {"system-only-mark": "0.002", "new-input": "0.0018"},
            id="growing",
        ),
        pytest.param(
            900, usage(1000, m5=4000), usage(1000, m5=4000), {"expired": "0.01", "new-input": "0.002"}, id="expired"
        ),
    ],
)
def test_what_was_not_stored_without_texts(
    seconds: float,
    first: Json,
    then: Json,
    causes: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Only what the request before stored can have expired; what it did not is missed where the conversation grew."""
    entries = [entry(0, {"model": SONNET}, first), entry(seconds, {"model": SONNET}, then)]
    found = report(capsys, log(tmp_path, [each | {"request": {}} for each in entries]))["spend_by_cause"]
    assert {cause: usd for cause, usd in found.items() if cause not in ("hits", "cold-start")} == causes


def test_without_texts_and_sessions_nothing_is_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Counts alone, of whoever's requests, explain nothing: their unread input stays one sum."""
    counts = [usage(50, read, m5=written) for read, written in ((0, 4000), (4000, 0), (0, 4000))]
    rows = [entry(40 * n, {"model": SONNET}, each, None) | {"request": {}} for n, each in enumerate(counts)]
    found = report(capsys, log(tmp_path, rows))
    assert found["divergences"] == []
    assert found["spend_by_cause"] == {"no-session": "0.0203", "hits": "0.0004"}
    assert "nothing to compare them with" in found["notes"][0]


def test_without_texts_nothing_is_guessed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A miss within the lifetime needs the texts to be explained; one after it does not."""
    bare = {"model": SONNET}
    entries = [
        entry(0, bare, STORED),
        entry(60, bare, usage(0, m5=4500)),
        entry(960, bare, usage(0, m5=5000)),
    ]
    rows = [value | {"request": {}, "response": value["response"]} for value in entries]
    found = report(capsys, log(tmp_path, rows))
    told = [(row["request"], row["kind"], row["class"]) for row in found["divergences"]]
    assert told == [(2, "unexplained", "needs-data"), (3, "expired", "actionable")]


def test_a_lifetime_that_the_provider_leaves_open_needs_data(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Between the shortest and the longest time that a provider keeps entries, nobody knows whether one was there."""
    requests = cases.gpt("fix it"), cases.gpt(*cases.NEXT)
    counted = {"prompt_tokens": 4200, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 0}}
    found = report(capsys, log(tmp_path, [entry(0, requests[0], counted), entry(7200, requests[1], counted)]))
    assert [(row["kind"], row["class"]) for row in found["divergences"]] == [("expired", "needs-data")]


def test_the_price_of_a_loss_is_miss_less_hit(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Tokens lost at the write's price that could have been read: 4,000 x (2.5 - 0.1) USD per million."""
    found = report(capsys, log(tmp_path, [entry(0, FIRST, STORED), entry(60, BROKEN, usage(0, m5=4500))]))
    (row,) = found["divergences"]
    assert row["lost_tokens"] <= 4000
    assert Decimal(row["usd"]) == row["lost_tokens"] * (Decimal("2.5") - Decimal("0.1")) / 1_000_000


def test_a_hit_in_the_counters_overrules_the_texts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Where the provider read the prefix after all, nothing was lost, whatever differs."""
    found = report(capsys, log(tmp_path, [entry(0, FIRST, STORED), entry(60, BROKEN, usage(0, 4000, m5=500))]))
    assert found["divergences"] == []


def test_a_log_that_counts_no_reads_shows_no_misses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Unknown is not zero: where the log does not say what was read, its input is put to no cause."""
    requests = cases.gpt("fix it"), cases.gpt(*cases.NEXT)
    counted = {"prompt_tokens": 4200, "completion_tokens": 1}
    found = report(capsys, log(tmp_path, [entry(0, requests[0], counted), entry(60, requests[1], counted)]))
    assert found["divergences"] == []
    assert set(found["spend_by_cause"]) == {"unsplit-input", "output"}


def test_what_has_no_price_is_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A model that is not in the table is in no cause, and said."""
    unknown = FIRST | {"model": "house-model-7"}
    found = report(capsys, log(tmp_path, [entry(0, FIRST, STORED), entry(60, unknown, usage(10), "s2")]))
    assert found["unpriced"] == {"the price table has no model 'house-model-7'": 1}
    assert found["spend_by_cause"] == {"cold-start": "0.01"}


TOKENS = st.integers(0, 200_000)
USAGES = st.builds(
    lambda fresh, read, m5, h1, output: Usage(fresh, output, read, {"5m": m5, "1h": h1}),
    TOKENS,
    TOKENS,
    TOKENS,
    TOKENS,
    TOKENS,
)
STEPS = st.tuples(
    st.sampled_from(["s1", "s2", ""]),
    st.sampled_from([SONNET, "claude-opus-5-5", "nobody"]),
    st.floats(0, 5000),
    USAGES,
)


@given(st.lists(STEPS, max_size=12))
def test_the_causes_add_up_to_the_bill(steps: list[tuple[str, str, float, Usage]]) -> None:
    """Whatever the counters: the causes sum to the spend, which is the bill that `replay` computes."""
    settings, ledger, at = Settings(counting(), TODAY), Ledger(PRICES, TODAY), START
    requests = []
    for number, (session, name, gap, counted) in enumerate(steps, 1):
        at += dt.timedelta(seconds=gap)
        requests.append(Request(number, session, model=MODELS.get(name), model_name=name, usage=counted, at=at))
        ledger.add(Record(counted, name, at, session=session))
    found = spend.spend(explain.explain(requests, settings), settings)
    assert sum((share.usd for share in found.causes.values()), Decimal(0)) == found.total
    assert found.total == ledger.bill().total.cost.expected
    assert sum(found.unpriced.values()) + found.requests == len(steps)


def test_a_real_agent_session_adds_up(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    """A recorded session of a coding agent: every dollar has a cause, and nothing is guessed without texts."""
    found = report(capsys, str(data / "samples/claude_code_session.jsonl"))
    assert found["requests"] > 0
    assert sum(map(Decimal, found["spend_by_cause"].values())) == Decimal(found["spend_usd"]) > 0
    assert {row["class"] for row in found["divergences"] if row["breaks_prefix"]} == set()
