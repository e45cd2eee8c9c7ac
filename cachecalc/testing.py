"""Assertions for your own tests: that the requests your program makes can read each other's cache.

    from cachecalc.testing import assert_prefix

    def test_the_agent_keeps_its_prefix(agent, sent):      # `sent`: the keyword arguments of each call, captured
        agent.ask("fix it")
        agent.ask("now the tests")
        assert_prefix(sent)

The pytest plugin offers the same as the fixture `assert_cache_prefix`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from cachecalc.core.problem import InputError
from cachecalc.core.why import explain, spend
from cachecalc.core.why.request import Request, Settings


def assert_prefix(requests: Iterable[Mapping[str, Any]], *, model: str | None = None) -> None:
    """Fail unless each request continues the ones before it, so that a provider can read them from its cache.

    `requests` are bodies as sent to any provider, or the keyword arguments of its client, in the order of the calls.
    `model` stands in where they name none. What providers take for equal is equal here (a text and a list of one text
    block, marks that move), and calls that only share a prefix need not continue each other. Raises AssertionError
    with every divergence, its cause and what to do; InputError (a ValueError) for what is no request, for fewer than two
    of them, and for a `model` that is not known.
    """
    __tracebackhide__ = True
    from cachecalc.core.imported import Imported
    from cachecalc.report import why, why_text
    from cachecalc.tokens.prompts import counting

    settings = Settings(counting(), dt.datetime.now(dt.UTC).date())
    explained = list(explain.explain(_read(list(requests), model), settings))
    if explain.gate(explained):
        report = why.document(explained, spend.spend(explained, settings), Imported(), {})
        raise AssertionError(why_text.render(report, why_text.View()))


def _read(bodies: list[Mapping[str, Any]], model: str | None) -> list[Request]:
    __tracebackhide__ = True
    from cachecalc.core import model_names
    from cachecalc.load import pricing
    from cachecalc.logs.requests import of_payload

    prices = pricing.load()
    index = model_names.index(prices)
    fallback = prices.find(model).id if model else None
    found = [of_payload(body, number, index, fallback) for number, body in enumerate(bodies, 1)]
    wrong = [f"requests[{number}]" for number, request in enumerate(found) if request is None]
    if wrong:
        raise InputError(f"no request to a model: {', '.join(wrong)}", help="pass the bodies as they were sent")
    if len(found) < 2:
        raise InputError(f"{len(found)} request to compare: it takes two", help="capture more than one call")
    return [request for request in found if request]
