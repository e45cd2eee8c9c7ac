"""How bad and how sure: levels, confidence, groups, and what is left alone because it is not known."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from cachecalc.core import rules
from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Confidence, Content, Count, Evidence, Fact, Mark, Part, Prompt, Section, Span, Trait
from cachecalc.core.rules.rule import Target
from cachecalc.core.volatility import Clock, Freshness, Identity, Volatility
from tests.rules.requests import CLAUDE, GPT, MODELS

TODAY = dt.date(2026, 11, 21)


def static(tokens: int, section: Section = Section.SYSTEM, mark: Mark | None = None, error: float = 0.0) -> Part:
    return Part("text", section, count=Count(tokens, error), text="text", role=section.value, mark=mark)


def changing(volatility: Volatility, content: Content = Content.TEXT, section: Section = Section.SYSTEM) -> Part:
    return Part("x", section, volatility, Count(5), "x", origin="x", content=content, role=section.value)


def of(identity: Identity) -> Volatility:
    return Volatility(identities=frozenset({identity}))


def hits(name: str, *parts: Part, target: Target | None = None, **about: object) -> list[Hit]:
    check = rules.find(name).check
    assert check is not None
    return list(check(replace(Prompt(parts), **about), target or Target()))  # type: ignore[arg-type]  # fields of a prompt


@pytest.mark.parametrize(
    ("clock", "level"),
    [
        (Clock.SUBSECOND, Level.ERROR),
        (Clock.SECOND, Level.ERROR),
        (Clock.MINUTE, Level.ERROR),
        (Clock.HOUR, Level.WARNING),
        (Clock.DAY, Level.NOTE),
        (Clock.MONTH, Level.NOTE),
    ],
)
def test_a_clock_is_as_bad_as_it_is_fine(clock: Clock, level: Level) -> None:
    """A clock that ticks between two requests is an error, one that ticks once a day a note."""
    (hit,) = hits("clock-in-prefix", changing(Volatility(clock)), static(2000))
    assert (hit.level, hit.lost_tokens) == (level, 2000)


@pytest.mark.parametrize(
    ("volatility", "level"),
    [
        (Volatility(fresh=Freshness.REQUEST), Level.ERROR),
        (of(Identity.SESSION), Level.WARNING),
        (of(Identity.BUILD), Level.NOTE),
    ],
)
def test_a_nonce_is_as_bad_as_its_scope_is_narrow(volatility: Volatility, level: Level) -> None:
    """An id of a request is an error, of a session a warning, of a process a note."""
    (hit,) = hits("nonce-in-prefix", changing(volatility, Content.NONCE), static(2000))
    assert hit.level is level


@pytest.mark.parametrize(
    ("identity", "tokens", "level"),
    [
        (Identity.USER, 200, Level.WARNING),
        (Identity.TENANT, 200, Level.NOTE),
        (Identity.TENANT, 2000, Level.WARNING),
    ],
)
def test_tenants_share_less_than_users_do(identity: Identity, tokens: int, level: Level) -> None:
    """Users are many; tenants are few, so a short text in front of which they stand is a note."""
    (hit,) = hits("identity-in-prefix", changing(of(identity)), static(tokens), fragment=True)
    assert hit.level is level


@pytest.mark.parametrize(("tokens", "level"), [(100, Level.NOTE), (300, Level.WARNING), (1500, Level.ERROR)])
def test_dynamic_text_is_as_bad_as_what_it_strands(tokens: int, level: Level) -> None:
    """Text that is new on each turn is judged by the static tokens behind it."""
    (hit,) = hits("dynamic-before-static", changing(Volatility(fresh=Freshness.TURN)), static(tokens), fragment=True)
    assert hit.level is level


def test_text_of_unknown_volatility_is_only_possible() -> None:
    """What source code hands through is not reported unless asked for; of a template its reader says how sure it is."""
    handed, own = replace(changing(Volatility(unknown=True)), confidence=Confidence.LIKELY), static(1500)
    (in_source,) = hits("dynamic-before-static", handed, own, evidence=Evidence.SOURCE)
    (in_template,) = hits("dynamic-before-static", handed, own)
    assert (in_source.confidence, in_template.confidence) == (Confidence.POSSIBLE, Confidence.LIKELY)


def test_a_clock_read_at_start_is_no_clock() -> None:
    """What a program reads once when it starts is as stable as the program."""
    assert hits("clock-in-prefix", changing(Volatility(Clock.SECOND, frozenset({Identity.BUILD}))), static(2000)) == []


def test_history_belongs_to_its_session() -> None:
    """An id of the session in front of the session's own history strands nothing that others could read."""
    said = Part(
        "said", Section.MESSAGES, of(Identity.SESSION), Count(9000), "said", role="user", content=Content.HISTORY
    )
    assert hits("nonce-in-prefix", changing(of(Identity.SESSION), Content.NONCE), said) == []
    assert hits("clock-in-prefix", changing(Volatility(Clock.SECOND)), said) != []


def test_behind_the_last_mark_nothing_is_lost() -> None:
    """Where marks decide, only text up to the last one is stored."""
    clock = changing(Volatility(Clock.SECOND))
    assert hits("clock-in-prefix", static(2000, mark=Mark()), clock, static(500)) == []
    assert hits("clock-in-prefix", static(2000, mark=Mark()), clock, static(500), target=Target(GPT)) != []


def test_where_marks_decide_the_text_in_front_is_lost_as_well() -> None:
    """A clock between two marks costs the text since the mark before it, in front of it and behind."""
    clock = changing(Volatility(Clock.SECOND))
    (hit,) = hits("clock-in-prefix", static(900, mark=Mark()), static(700), clock, static(500, mark=Mark()))
    assert hit.lost_tokens == 1200


def test_findings_in_one_prefix_share_a_group() -> None:
    """Two breaks of one prompt have one group; another prompt has another."""
    row = (changing(Volatility(Clock.SECOND)), static(500), changing(of(Identity.USER)), static(2000))
    groups = {hits(name, *row, path="a")[0].group for name in ("clock-in-prefix", "identity-in-prefix")}
    assert len(groups) == 1
    assert groups != {hits("clock-in-prefix", *row, path="b")[0].group}


def test_one_source_of_change_is_one_finding() -> None:
    """The same clock in two places is reported once, with both places, and mended in both."""
    clock = changing(Volatility(Clock.SECOND))
    (hit,) = hits("clock-in-prefix", clock, static(500), clock, static(2000))
    assert "it stands here, too" in [related.message for related in hit.related]
    assert hit.mended is not None
    assert [part.name for part in hit.mended.parts] == ["text", "text", "x", "x"]


@pytest.mark.parametrize(
    ("tokens", "error", "confidence"),
    [(900, 0.05, Confidence.CERTAIN), (1000, 0.05, Confidence.POSSIBLE), (1050, 0.05, Confidence.POSSIBLE)],
)
def test_near_the_minimum_nobody_knows(tokens: int, error: float, confidence: Confidence) -> None:
    """Within the counter's error of the minimum a mark may be ignored; that is not reported unless asked for."""
    part = static(tokens, mark=Mark(), error=error)
    (hit,) = hits("below-minimum", part, target=Target(MODELS["claude-sonnet-4-6"]), evidence=Evidence.PAYLOAD)
    assert hit.confidence is confidence


def test_a_mark_well_above_the_minimum_is_left_alone() -> None:
    """Past the error band there is nothing to say."""
    part = static(1100, mark=Mark(), error=0.05)
    assert hits("below-minimum", part, target=Target(MODELS["claude-sonnet-4-6"]), evidence=Evidence.PAYLOAD) == []


def test_the_minimum_of_an_unknown_model_is_the_lowest() -> None:
    """Who does not name a model is told only what no model would store."""
    assert hits("below-minimum", static(600, mark=Mark()), evidence=Evidence.PAYLOAD) == []
    assert hits("below-minimum", static(400, mark=Mark()), evidence=Evidence.PAYLOAD) != []


def test_a_piece_of_a_prompt_is_never_too_short() -> None:
    """A fragment is part of something longer, and a placeholder may be filled with anything."""
    assert hits("below-minimum", static(100, mark=Mark()), fragment=True) == []
    assert hits("below-minimum", changing(Volatility(unknown=True)), static(100, mark=Mark())) == []


def test_a_prompt_too_small_to_be_cached_is_a_note() -> None:
    """Where all that could be shared is known and no model would store it, order hardly matters."""
    clock = changing(Volatility(Clock.SECOND))
    assert [hit.level for hit in hits("clock-in-prefix", clock, static(200))] == [Level.NOTE]
    assert [hit.level for hit in hits("clock-in-prefix", clock, static(200), fragment=True)] == [Level.ERROR]


def test_automatic_caching_takes_a_mark() -> None:
    """Four marks and automatic caching are five; OpenAI refuses no number."""
    four = [static(600, mark=Mark()) for _ in range(4)]
    assert hits("too-many-marks", *four, target=Target(CLAUDE)) == []
    assert hits("too-many-marks", *four, static(9), automatic=Mark(), target=Target(CLAUDE)) != []
    assert hits("too-many-marks", *four, *four, provider="openai") == []


def test_the_oldest_marks_in_the_messages_go_first() -> None:
    """A surplus is taken from the messages, the last of which keeps its mark."""
    system = [static(600, mark=Mark()) for _ in range(2)]
    said = [static(600, Section.MESSAGES, Mark(span=Span(index, index + 1))) for index in range(4)]
    (hit,) = hits("too-many-marks", *system, *said)
    assert hit.mended is not None
    assert [bool(part.mark) for part in hit.mended.parts] == [True, True, False, False, True, True]


def test_a_mark_without_a_ttl_lives_as_long_as_the_default() -> None:
    """A plain mark is one of five minutes, so one of an hour may not follow it; automatic caching stands last."""
    plain, hour = static(600, mark=Mark()), static(600, mark=Mark("1h"))
    assert hits("ttl-order", hour, plain) == []
    assert len(hits("ttl-order", plain, hour)) == 1
    assert len(hits("ttl-order", plain, static(9), automatic=Mark("1h"))) == 1


@pytest.mark.parametrize(
    ("clock", "ttl", "reported"), [(Clock.MINUTE, None, True), (Clock.HOUR, None, False), (Clock.MINUTE, "1h", True)]
)
def test_live_data_may_change_as_seldom_as_entries_expire(clock: Clock, ttl: str | None, *, reported: bool) -> None:
    """Data that outlives its entry costs nothing that would not have expired."""
    live = changing(Volatility(clock), Content.LIVE)
    found = hits("stale-volatile-context", live, static(2000, mark=Mark(ttl)), target=Target(CLAUDE))
    assert bool(found) is reported


def test_a_retired_model_is_an_error_from_its_day_on() -> None:
    """Before the day nothing is said; without a date nobody can tell."""
    model = MODELS["claude-3-5-sonnet"]
    assert model.retired is not None
    assert hits("legacy-cache-api", static(9), target=Target(model, model.retired)) != []
    assert hits("legacy-cache-api", static(9), target=Target(model, model.retired - dt.timedelta(1))) == []
    assert hits("legacy-cache-api", static(9), target=Target(model)) == []


def test_an_adapter_that_drops_the_mark_is_named() -> None:
    """What a reader knows of a call becomes a finding with its own confidence, and has no price."""
    fact = Fact(Trait.MARK_DROPPED, Span(3, 9), "adapter(x)", confidence=Confidence.LIKELY)
    (hit,) = hits("uncached-static-prefix", facts=(fact,))
    assert (hit.message, hit.span, hit.confidence, hit.mended) == (
        "`adapter(x)` drops the cache mark",
        Span(3, 9),
        Confidence.LIKELY,
        None,
    )


def test_explicit_mode_without_a_mark_stores_nothing() -> None:
    """OpenAI's explicit mode caches at marks only, so a prompt without one is not cached."""
    settings = {"prompt_cache_options": {"mode": "explicit"}}
    model = MODELS["gpt-6-sol"]
    sent = {"evidence": Evidence.PAYLOAD}
    assert hits("uncached-static-prefix", static(2000), target=Target(model), parameters=settings, **sent) != []
    assert hits("uncached-static-prefix", static(2000), target=Target(model), **sent) == []


def test_a_template_has_no_marks() -> None:
    """Of a template nobody knows with what marks it is sent."""
    assert hits("uncached-static-prefix", static(9000), target=Target(CLAUDE), evidence=Evidence.SOURCE) != []
    assert hits("uncached-static-prefix", static(9000), target=Target(CLAUDE)) == []


def said(role: str, tokens: int, number: int, mark: Mark | None = None) -> Part:
    """A message of a recorded conversation; the last question has number -1."""
    is_new = number < 0
    volatility = Volatility(fresh=Freshness.TURN) if is_new else of(Identity.SESSION)
    content = Content.QUESTION if is_new else Content.HISTORY
    path = f"messages[{number}].content[0]"
    return Part(
        "said", Section.MESSAGES, volatility, Count(tokens), "said", role=role, path=path, content=content, mark=mark
    )


@pytest.mark.parametrize(
    ("turns", "tokens", "level"),
    [(1, 400, None), (3, 20, None), (3, 60, Level.NOTE), (1, 1200, Level.WARNING), (8, 200, Level.WARNING)],
)
def test_a_history_is_worth_a_mark_when_it_grows(turns: int, tokens: int, level: Level | None) -> None:
    """A long history without a mark is a warning; a short one that has gone on for several turns is a note."""
    history = [said(role, tokens, 2 * turn) for turn in range(turns) for role in ("user", "assistant")]
    row = (static(2000, mark=Mark()), *history, said("user", 9, -1))
    found = hits("system-only-mark", *row, target=Target(CLAUDE), evidence=Evidence.PAYLOAD)
    assert [hit.level for hit in found] == ([level] if level else [])


@pytest.mark.parametrize(
    ("first", "history", "reported"),
    [
        pytest.param(static(2000), (), True, id="nothing else marked"),
        pytest.param(static(2000, mark=Mark()), (), False, id="the rules have their own"),
        pytest.param(static(400), (), False, id="nothing to share"),
        pytest.param(static(2000), (said("user", 9, 0), said("assistant", 9, 1)), False, id="a conversation"),
    ],
)
def test_a_mark_on_the_question_alone(first: Part, history: tuple[Part, ...], *, reported: bool) -> None:
    """Rules behind which no mark stands are stored with each question anew, unless a conversation goes on."""
    row = (first, *history, said("user", 9, -1, Mark()))
    found = hits("mark-on-volatile", *row, target=Target(CLAUDE), evidence=Evidence.PAYLOAD)
    assert bool(found) == reported


@pytest.mark.parametrize(
    ("ttls", "short"),
    [("5m 1h", 1), ("1h 5m 1h", 1), ("5m 5m 1h 1h", 2), ("1h 1h 5m", 0), ("1h", 0), ("1h 5m 1h 5m", 1)],
)
def test_no_longer_ttl_behind_a_shorter_one(ttls: str, short: int) -> None:
    """Wherever a mark outlives one in front of it the request is refused, also where the first of all lives longest."""
    row = [static(2000, mark=Mark(ttl)) for ttl in ttls.split()]
    found = hits("ttl-order", *row, target=Target(CLAUDE), evidence=Evidence.PAYLOAD)
    assert [len(hit.related) for hit in found] == ([short] if short else [])
