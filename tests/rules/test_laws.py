"""What holds of every rule on every prompt."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cachecalc.core import rules
from cachecalc.core.divergence import divergences
from cachecalc.core.finding import Hit, apply
from cachecalc.core.prompt import (
    Confidence,
    Content,
    Count,
    Evidence,
    Fact,
    Form,
    Mark,
    Part,
    Prompt,
    Section,
    Span,
    Trait,
)
from cachecalc.core.rules import mend
from cachecalc.core.rules.pair import check_pair
from cachecalc.core.rules.rule import Rule, Target
from cachecalc.core.volatility import Clock, Freshness, Identity, Volatility
from tests.rules.requests import MODELS, claude, marked, tool

MAX_MESSAGE = 100
SECTIONS = (Section.TOOLS, Section.SYSTEM, Section.MESSAGES)

volatilities = st.one_of(
    st.just(Volatility()),
    st.builds(
        Volatility,
        st.sampled_from(Clock),
        st.frozensets(st.sampled_from(Identity), max_size=2),
        st.sampled_from(Freshness),
        st.booleans(),
    ),
)
texts = st.one_of(st.none(), st.text(st.sampled_from("ab .\n:{}<>`\u2019"), max_size=40))
counts = st.one_of(st.none(), st.builds(Count, st.integers(0, 6000), st.sampled_from([0.0, 0.1])))


@st.composite
def rows(draw: st.DrawFn) -> tuple[Part, ...]:
    """Parts in the order of their sections, side by side in a file, with marks of their own places. What has no place has
    a name of its own, and its mark a place, so that hits are told apart."""
    found, position, block = [], 0, 0
    for number, section in enumerate(sorted(draw(st.lists(st.sampled_from(SECTIONS), max_size=9)), key=SECTIONS.index)):
        text = draw(texts)
        length = len(text or "") + draw(st.sampled_from([0, 0, 3]))
        block += draw(st.integers(0, 12))
        span = Span(position, position + length)
        mark = Span(span.end, span.end + 4)
        position = mark.end
        place = draw(st.sampled_from([None, span, span]))
        origin = draw(st.sampled_from(["", "x" * 80, "json.dumps(x)", text or ""])) if place else f"value {number}"
        marks = [None, None, Mark() if place else None, Mark("5m", mark, mark), Mark("1h", mark, mark)]
        found.append(
            Part(
                f"part {number}",
                section,
                draw(volatilities),
                draw(counts),
                text,
                place,
                draw(st.sampled_from(["", "system", "user", "assistant", "tool"])),
                draw(st.sampled_from(Form)),
                block,
                f"{section}[{number}]",
                draw(st.sampled_from(marks)),
                origin=origin,
                origin_span=draw(st.sampled_from([None, mark])),
                content=draw(st.sampled_from(Content)),
                confidence=draw(st.sampled_from(Confidence)),
            )
        )
    return tuple(found)


facts = st.builds(
    Fact,
    st.sampled_from(Trait),
    st.just(Span(0, 1)),
    st.sampled_from(["", "client.messages.create(" + "x" * 90]),
    st.sampled_from([(), ("tools",), ("model", "system prompt")]),
)
prompts = st.builds(
    Prompt,
    rows(),
    path=st.sampled_from(["a.py", "a.j2", "a.json"]),
    provider=st.sampled_from([None, "anthropic", "openai", "google"]),
    automatic=st.sampled_from([None, None, Mark("1h")]),
    parameters=st.sampled_from([{}, {"prompt_cache_options": {"mode": "explicit"}}, {"prompt_cache_retention": "24h"}]),
    fragment=st.booleans(),
    evidence=st.sampled_from(Evidence),
    facts=st.lists(facts, max_size=2).map(tuple),
)
targets = st.builds(
    Target,
    st.sampled_from(
        [
            None,
            *(
                MODELS[name]
                for name in ("claude-opus-5-5", "gpt-5.5", "gpt-6-sol", "gemini-2.5-flash", "deepseek-flash")
            ),
        ]
    ),
    st.just(dt.date(2026, 11, 21)),
)


def hits(prompt: Prompt, target: Target) -> list[tuple[Rule, Hit]]:
    return [(rule, hit) for rule in rules.ALL if rule.check for hit in rule.check(prompt, target)]


@given(prompts, targets)
def test_a_rule_answers_for_every_prompt(prompt: Prompt, target: Target) -> None:
    """No prompt makes a rule fail, and what it says is one short line that begins in lower case."""
    for _, hit in hits(prompt, target):
        assert len(hit.message) <= MAX_MESSAGE
        assert hit.message.isprintable()
        assert not hit.message[0].isupper()
        assert not hit.message.endswith(".")
        assert hit.lost_tokens >= 0


@given(prompts, targets)
def test_a_mended_prompt_is_not_reported_again(prompt: Prompt, target: Target) -> None:
    """What a hit says would put the prompt right does: the same rule says it once less."""
    for rule, hit in hits(prompt, target):
        if hit.mended is not None and rule.check is not None:
            before, after = (said(rule.check(each, target)) for each in (prompt, hit.mended))
            assert after[hit.span, hit.message] < before[hit.span, hit.message], rule.name


def said(found: Iterable[Hit]) -> Counter[tuple[Span | None, str]]:
    return Counter((hit.span, hit.message) for hit in found)


@given(prompts, targets)
def test_mending_keeps_the_text(prompt: Prompt, target: Target) -> None:
    """A mended prompt has the same parts, moved or made static: nothing is lost and nothing is added."""
    for _, hit in hits(prompt, target):
        if hit.mended is not None:
            assert Counter(part.text for part in hit.mended.parts) == Counter(part.text for part in prompt.parts)


@given(prompts, targets)
def test_edits_apply_and_keep_what_they_do_not_name(prompt: Prompt, target: Target) -> None:
    """A fix's edits never overlap; text that moves is the same text, and a file never grows but by what is written."""
    end = max((part.span.end for part in prompt.parts if part.span), default=0) + 4
    source = "".join(chr(33 + index % 90) for index in range(end))
    for _, hit in hits(prompt, target):
        if hit.fix:
            written = sum(len(edit.text) for edit in hit.fix.edits if isinstance(edit.text, str))
            assert len(apply(hit.fix.edits, source)) <= len(source) + written + sum(
                edit.text.end - edit.text.start for edit in hit.fix.edits if isinstance(edit.text, Span)
            )


@given(prompts)
def test_moving_parts_moves_no_mark(prompt: Prompt) -> None:
    """Parts that are moved to the end leave their marks to the text in front; what was there stays in order."""
    chosen = [index for index, part in enumerate(prompt.parts) if not part.volatility.is_static]
    moved = mend.moved_to_the_end(prompt, chosen)
    kept = [part.name for index, part in enumerate(prompt.parts) if index not in set(chosen)]
    assert [part.name for part in moved.parts][: len(kept)] == kept
    assert sum(bool(part.mark) for part in moved.parts) <= sum(bool(part.mark) for part in prompt.parts)
    assert not any(part.mark for part in moved.parts[len(kept) :])


@given(prompts, targets)
def test_a_prompt_does_not_differ_from_itself(prompt: Prompt, target: Target) -> None:
    """Sending the same request again is no divergence."""
    assert divergences(prompt, prompt, target.model) == ()


@given(prompts, prompts, targets)
def test_any_two_prompts_can_be_compared(previous: Prompt, current: Prompt, target: Target) -> None:
    """No pair makes the comparison fail, and each divergence is one that a rule or `why` speaks of."""
    known = {rule.name for rule in rules.ALL}
    for name, hit in check_pair(previous, current, target):
        assert name in known
        assert len(hit.message) <= MAX_MESSAGE
        assert hit.lost_tokens >= 0


words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=60)


@given(st.lists(words, min_size=3, max_size=8), st.integers(1, 3))
def test_a_conversation_that_grows_is_a_prefix_of_itself(said: list[str], turns: int) -> None:
    """However a conversation goes on, and wherever its mark moves with it, nothing diverges."""
    size = min(2 * turns - 1, len(said) - 1 + len(said) % 2)
    before, after = said[:size], said[: len(said) - 1 + len(said) % 2]
    found = divergences(
        claude(*before[:-1], marked(before[-1])), claude(*after[:-1], marked(after[-1])), MODELS["claude-opus-5-5"]
    )
    assert found == ()


@given(st.permutations(["read", "write", "find", "run"]))
def test_tools_in_another_order_are_one_divergence(names: list[str]) -> None:
    """A permutation of the tools is reported as such and as nothing else; the fix puts them back."""
    before = claude("fix it", tools=[tool(name) for name in sorted(names)])
    after = claude("fix it", "done", "test it", tools=[tool(name) for name in names])
    found = [divergence.kind for divergence in divergences(before, after)]
    assert found == (["unordered-tools"] if names != sorted(names) else [])


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers() | st.text(max_size=5), min_size=2),
    st.randoms(use_true_random=False),
)
def test_keys_in_another_order_are_unstable_json(schema: dict[str, Any], random: Any) -> None:
    """The same schema with its keys shuffled is the same JSON, spelt differently."""
    shuffled = dict(random.sample(sorted(schema.items()), len(schema)))
    before, after = (claude("a", tools=[tool("read", **value)]) for value in (schema, shuffled))
    after = replace(after, parts=(*after.parts, *claude("a", "b", "c", tools=[tool("read", **shuffled)]).parts[-2:]))
    kinds = {divergence.kind for divergence in divergences(before, after)}
    assert kinds == ({"unstable-json"} if list(schema) != list(shuffled) else set())
