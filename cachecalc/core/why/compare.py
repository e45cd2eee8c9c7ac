"""What the texts and settings of two requests show: breaks of the prefix, and faults of the later request alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from cachecalc.core.divergence import Divergence, Verdict, divergences
from cachecalc.core.divergence.holes import Hole
from cachecalc.core.finding import Hit, Level
from cachecalc.core.prompt import Confidence, Prompt, Span
from cachecalc.core.rules import (
    below_minimum,
    mark_on_volatile,
    system_only_mark,
    too_many_marks,
    ttl_order,
    uncached_static_prefix,
)
from cachecalc.core.rules.rule import Rule, Target
from cachecalc.core.secrets import redact
from cachecalc.core.why.loss import Loss
from cachecalc.core.why.request import Request, Settings

REFUSED = (too_many_marks.RULE, ttl_order.RULE)
"""Rules whose breach the API answers with an error: no caching decides whether they matter."""

STANDING = (
    *REFUSED,
    below_minimum.RULE,
    uncached_static_prefix.RULE,
    system_only_mark.RULE,
    mark_on_volatile.RULE,
)
"""Rules that one request can break by itself, so that nothing, or too little, is cached."""


def of_pair(previous: Request, current: Request, settings: Settings) -> list[Loss]:
    """The breaks of the prefix, in the order in which it is hashed. Prompts are counted only if there are any."""
    if previous.prompt is None or current.prompt is None:
        return []
    if not divergences(previous.prompt, current.prompt, current.model):
        return []
    before, after = counted(previous, settings).prompt, counted(current, settings).prompt
    assert before
    assert after
    return [_of_divergence(found, after) for found in divergences(before, after, current.model)]


def counted(request: Request, settings: Settings) -> Request:
    """The request with its tokens counted; where the provider counted them, the parts add up to its figure."""
    if request.prompt is None:
        return request
    prompt = settings.count(request.prompt, request.model)
    told = request.usage.input_tokens if request.usage else 0
    final = scaled(prompt, told) if told else prompt
    return replace(request, load=lambda: final)


def scaled(prompt: Prompt, total: int) -> Prompt:
    """The prompt with counts in proportion, so that they add up to `total`."""
    estimate = prompt.tokens
    if not estimate:
        return prompt
    parts, so_far, placed = [], 0, 0
    for part in prompt.parts:
        so_far += part.tokens
        end = so_far * total // estimate
        count = replace(part.count, tokens=end - placed) if part.count else None
        parts.append(replace(part, count=count))
        placed = end
    return replace(prompt, parts=tuple(parts))


def _of_divergence(found: Divergence, prompt: Prompt) -> Loss:
    block, hole = found.current, found.hole
    was, now = _shown(found)
    span = (block.span(hole.new_start, hole.new_end) if hole else block.span(0, len(block.text))) if block else None
    return Loss(
        kind=found.kind,
        verdict=found.verdict,
        message=found.message,
        lost_tokens=found.lost_tokens,
        path=found.path,
        block=block.number if block else None,
        was=was,
        now=now,
        span=span,
        file=(block.parts[0].file if block else "") or prompt.path,
        breaks_prefix=True,
    )


def _shown(found: Divergence) -> tuple[str, str]:
    """What differs, with secrets blotted out where they stand: what makes one out may be in front of it."""
    old, new = (redact(block.text) if block else "" for block in (found.previous, found.current))
    hole = found.hole or Hole(0, len(old), 0, len(new))
    return old[hole.start : hole.end], new[hole.new_start : hole.new_end]


def of_request(request: Request, settings: Settings, kinds: Collection[str]) -> Iterator[Loss]:
    """Faults of a request alone that keep it from being cached, whatever came before: those of the kinds asked for."""
    wanted = [rule for rule in STANDING if rule.name in kinds]
    is_counted = any(rule not in REFUSED for rule in wanted)
    prompt = counted(request, settings).prompt if is_counted else request.prompt
    if prompt is None:
        return
    for rule in wanted:
        for hit in rule.check(prompt, Target(request.model, settings.today)) if rule.check else ():
            if _is_told(rule, hit):
                yield _of_hit(rule, hit, prompt)


def _is_told(rule: Rule, hit: Hit) -> bool:
    return rule in REFUSED or (hit.level > Level.NOTE and hit.confidence > Confidence.POSSIBLE)


def _of_hit(rule: Rule, hit: Hit, prompt: Prompt) -> Loss:
    path = next((part.path for part in prompt.parts if _covers(part.span, hit.span)), "")
    return Loss(
        kind=rule.name,
        verdict=Verdict.ACTIONABLE if hit.confidence is Confidence.CERTAIN else Verdict.NEEDS_DATA,
        message=hit.message,
        lost_tokens=hit.lost_tokens,
        path=path,
        span=hit.span,
        file=hit.path or prompt.path,
    )


def _covers(span: Span | None, inner: Span | None) -> bool:
    return span is not None and inner is not None and span.start <= inner.start <= span.end
