"""The names under which platforms log one model, brought to the names in the price table.

Only decoration comes off: the platform's path and prefix, its revision, a snapshot date. The digits of a version are
never touched, so `gpt-5` is never taken for `gpt-5.5`, and what is not known then stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cachecalc.core.pricing import Model, PriceTable

_REGION = re.compile(r"(?:us|eu|apac|global|jp|au|ca|sa|me|us-gov)\.(?=[a-z0-9]+\.)")
_MAKER = re.compile(
    r"(?:anthropic|amazon|openai|google|mistral|meta|deepseek|qwen|moonshot|moonshotai|minimax|zai|cohere)\."
)
_ROUTE = re.compile(r":(?:beta|nitro|floor|exacto|thinking|online|extended)\Z|\[1m\]\Z")
_REVISION = re.compile(r"-v\d+(?::\d+)?(?::\d+k)?\Z")
_DATE = re.compile(r"(?:[-@]\d{8}|-20\d\d-\d\d-\d\d|@default|-latest)\Z")
_SWAPPED = re.compile(r"claude-(\d+(?:[.-]\d+)?)-([a-z]+)\Z")
_DOTTED = re.compile(r"(?<=\d)\.(?=\d)")

PRICED_APART = frozenset({"gpt-4o-2024-05-13"})
"""Snapshots that cost something else than the model they are a snapshot of."""


def spellings(name: str) -> Iterator[str]:
    """`name` as it stands, then with its decoration taken off step by step, the least of it first."""
    name = name.strip().lower()
    yield name
    for strip in (_last_step, _bare, _undated, _dashed, _in_order):
        stripped = strip(name)
        if stripped != name:
            yield stripped
        name = stripped


def _last_step(name: str) -> str:
    """The model at the end of a path or an ARN: `openrouter/anthropic/claude-x`, `models/gemini-x`."""
    return _ROUTE.sub("", name.rsplit("/", 1)[-1])


def _bare(name: str) -> str:
    """Without what Bedrock puts around it: `us.anthropic.claude-x-v1:0`."""
    return _REVISION.sub("", _MAKER.sub("", _REGION.sub("", name, count=1), count=1))


def _undated(name: str) -> str:
    return name if name in PRICED_APART else _DATE.sub("", name)


def _dashed(name: str) -> str:
    """`claude-sonnet-4.6` as Anthropic writes it."""
    return _DOTTED.sub("-", name) if name.startswith("claude-") else name


def _in_order(name: str) -> str:
    """`claude-4-6-sonnet` as Anthropic has written it since Claude 4."""
    return _SWAPPED.sub(r"claude-\2-\1", name)


def index(table: PriceTable) -> Mapping[str, Model]:
    """Every name in the table, in lower case."""
    return {name.lower(): model for model in reversed(table.models) for name in (*model.aliases, model.id)}


def find(name: str, names: Mapping[str, Model]) -> Model | None:
    """The model logged as `name`, or None. `names` comes from `index`."""
    return next((names[spelling] for spelling in spellings(name) if spelling in names), None)
