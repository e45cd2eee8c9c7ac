"""What the shapes of a profile mean: plain values of one workload, each in its unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cachecalc.core import units, volatility
from cachecalc.core.estimate.workload import Caching, Cohort, Conversation, Memo, Named, Options, Wanted
from cachecalc.core.prompt import Count, Mark, Part, Prompt, Section
from cachecalc.core.traffic.arrivals import Arrivals, Even, Gapped, Hours, Poisson, active_hours
from cachecalc.core.traffic.gaps import Gaps, MeasuredGaps, QuantileGaps
from cachecalc.core.traffic.population import Population
from cachecalc.core.units import Range, Rate
from cachecalc.core.volatility import PER_REQUEST, Identity, Volatility

if TYPE_CHECKING:
    from cachecalc.load import profile_schema as spec


def plain_prompt(static: int, dynamic: int) -> Prompt:
    """The smallest description of a prompt: tokens that never change, then tokens that differ in each request."""
    parts = [Part("static", Section.SYSTEM, count=Count(static))] if static else []
    parts += [Part("dynamic", Section.MESSAGES, PER_REQUEST, Count(dynamic))] if dynamic else []
    return Prompt(tuple(parts))


def caching_of(text: str | None) -> Caching:
    """What a plain `cache:` value means: a TTL, or one of off, auto, none."""
    if text is None:
        return Caching()
    words = {
        "off": Wanted.OFF,
        "none": Wanted.OFF,
        "auto": Wanted.AUTO,
        "default": Wanted.DEFAULT,
        "named": Wanted.NAMED,
    }
    if text in words:
        return Caching(words[text])
    if not re.fullmatch(r"\d+[smhd]|in_memory", text):
        raise ValueError(f"{text!r} is not a cache setting: write off, auto, named or a TTL such as 5m")
    return Caching(Wanted.MARKS, text)


def caching(given: spec.WorkloadSpec) -> Caching:
    """What a workload asks of its provider's cache."""
    part_ttls = {part.name: part.cache for part in given.prompt.parts or () if part.cache}
    cache = given.cache
    if cache is None or isinstance(cache, str):
        plain = caching_of(cache)
        marked = Caching(Wanted.MARKS, part_ttls=_labels(part_ttls))
        return marked if part_ttls and plain.wanted is Wanted.DEFAULT else plain
    named = Named()
    if cache.named is not None:
        from cachecalc.load.profile_schema import alive_share

        alive = alive_share(cache.named.alive) if cache.named.alive else 1.0
        named = Named(alive, units.rate(cache.named.creations) if cache.named.creations else None)
    breakpoints = cache.breakpoints if isinstance(cache.breakpoints, list) else [cache.breakpoints or ""]
    asked = cache.ttl or cache.breakpoints or part_ttls
    wanted = Wanted.NAMED if cache.named is not None else Wanted.MARKS if asked else Wanted.DEFAULT
    chosen = tuple(filter(None, breakpoints))
    return Caching(wanted, cache.ttl, chosen, _labels(part_ttls), named, cache.hit_rate)


def _labels(part_ttls: Mapping[str, str]) -> dict[str, str]:
    return {name: "" if ttl == "on" else ttl for name, ttl in part_ttls.items()}


def part(given: spec.PartSpec) -> Part:
    """A part that a profile describes by its size; a range of tokens is a count with that error."""
    mark = Mark(None if given.cache == "on" else given.cache) if given.cache else None
    changes = volatility.parse(given.changes)
    size = amount(given.tokens)
    error = size.high / size.expected - 1 if size.expected else 0.0
    return Part(given.name, Section.SYSTEM, changes, Count(round(size.expected), error), mark=mark)


def binding(given: str | spec.Binding) -> tuple[int | None, Volatility | None]:
    """The tokens and the volatility of what fills a placeholder; None where the profile does not say."""
    if isinstance(given, str):
        return None, volatility.parse(given)
    return given.tokens, volatility.parse(given.changes) if given.changes else None


def amount(given: object) -> Range:
    """A number, or a range."""
    return units.range_of(given) if isinstance(given, str) else Range.exactly(float(str(given)))


def arrivals(given: str | spec.ArrivalsSpec | None) -> Arrivals | None:
    """The pattern in which requests come; None where nobody said."""
    if given is None:
        return None
    if isinstance(given, str):
        return Even() if given == "even" else Poisson()
    if given.gaps is not None:
        return Gapped(_gaps(given.gaps))
    if given.hours is not None:
        return Hours(tuple(given.hours))
    hours = units.rate(given.active_hours or "")
    return active_hours(hours.count.expected * 7 * units.UNITS["day"] / units.UNITS[hours.unit])


def _gaps(given: spec.GapQuantiles | list[float]) -> Gaps:
    if isinstance(given, list):
        if not given or min(given) < 0:
            raise ValueError("measured gaps must be a list of durations, none negative")
        return MeasuredGaps.of(given)
    points = [(0.5, given.p50), (0.9, given.p90), *([(0.99, given.p99)] if given.p99 else [])]
    return QuantileGaps(tuple((share, units.duration(gap)) for share, gap in points))


def conversation(given: spec.ConversationSpec | None) -> Conversation | None:
    """How conversations go on."""
    if given is None:
        return None
    cohorts = tuple(cohort for size in _sizes(given) for cohort in _whole_turns(*size))
    return Conversation(_gaps(given.gaps), cohorts, given.retention, given.rho)


def _sizes(given: spec.ConversationSpec) -> Iterator[tuple[float, float, Range]]:
    """Share, turns and growth of each kind of conversation."""
    for cohort in given.cohorts or ():
        yield cohort.share, cohort.turns, amount(cohort.grows_by)
    turns = given.turns if isinstance(given.turns, dict) else {given.turns: 1.0} if given.turns else {}
    for count, share in turns.items():
        yield share, count, amount(given.grows_by)


def _whole_turns(share: float, turns: float, grows_by: Range) -> Iterator[Cohort]:
    """A mean of 3.5 turns is half conversations of 3 and half of 4."""
    whole, part = int(turns), turns - int(turns)
    if part < 1:
        yield Cohort(share * (1 - part), whole, grows_by)
    if part > 0:
        yield Cohort(share * part, whole + 1, grows_by)


def populations(given: spec.Populations) -> Iterator[tuple[Identity, Population]]:
    """How many tenants, users and sessions there are."""
    for scope in (Identity.TENANT, Identity.USER, Identity.SESSION):
        value = getattr(given, scope)
        if isinstance(value, int):
            yield scope, Population(value)
        elif value is not None:
            counts = tuple(value.counts or ())
            exponent = float(value.skew.split()[1]) if value.skew else 0.0
            yield scope, Population(value.count or len(counts), exponent, counts)


def memo(given: spec.MemoSpec) -> Memo:
    """The response caches in front of the model."""
    return Memo(
        given.exact,
        given.semantic,
        given.embedding_usd_per_mtok,
        given.store_usd_per_month,
        given.wrong_answer_rate,
        given.wrong_answer_usd,
    )


def options(given: spec.OptionsSpec) -> Options:
    """How requests are sent."""
    return Options(
        batch=given.batch,
        service_tier=given.service_tier,
        geo=given.geo,
        ready_after=units.duration(given.ready_after),
        concurrent=given.concurrent,
        separate_caches=given.separate_caches,
        cold_starts=_rate(given.cold_starts),
    )


def _rate(text: str | None) -> Rate | None:
    return units.rate(text) if text else None
