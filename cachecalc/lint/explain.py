"""Where the numbers of a report come from: the counters, the prices, and what was taken for granted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cachecalc.core.pricing import Model, Period
from cachecalc.lint.check import Found, Settings, target_of
from cachecalc.lint.money import WorkloadCost


def explanations(found: Sequence[Found], workloads: Iterable[WorkloadCost], settings: Settings) -> Iterator[str]:
    """One sentence for each source of a number in the findings."""
    yield from dict.fromkeys(_counters(found))
    yield from dict.fromkeys(_prices(found, settings))
    for workload in workloads:
        yield from (f"{workload.name}: {text}" for text in workload.assumptions)


def _counters(found: Iterable[Found]) -> Iterator[str]:
    worst: dict[str, float] = {}
    for each in found:
        for count in (part.count for part in each.prompt.parts if part.count):
            worst[count.counter] = max(count.error, worst.get(count.counter, 0.0))
    for counter, error in worst.items():
        yield f"tokens: {counter}, {f'within {error:.0%} on 95 of 100 texts' if error else 'exact'}"


def _prices(found: Iterable[Found], settings: Settings) -> Iterator[str]:
    for each in found:
        model = target_of(each.prompt, settings).model
        if model and each.finding.per_thousand:
            yield _price(model, model.period_on(settings.today))


def _price(model: Model, period: Period) -> str:
    since = f"since {period.since}" if period.since else "since its release"
    return f"prices: {model.id}, {since}, checked {period.checked}: {', '.join(period.sources)}"
