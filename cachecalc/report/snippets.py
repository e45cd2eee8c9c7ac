"""The lines to paste into code to get a caching strategy, by what the provider's API calls it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachecalc.report.estimate_document import PlacedMark, PlanReport

HISTORY = "history"

_BLOCK = {
    "anthropic": '"cache_control": {"type": "ephemeral"%s}',
    "openai": '"prompt_cache_breakpoint": {"mode": "explicit"%s}',
    "amazon": '{"cachePoint": {"type": "default"%s}}',
    "qwen": '"cache_control": {"type": "ephemeral"%s}',
    "minimax": '"cache_control": {"type": "ephemeral"%s}',
}
_DEFAULT_TTL = {"anthropic": "5m", "openai": "30m", "amazon": "5m", "qwen": "5m", "minimax": "5m"}
_TAIL = {
    "anthropic": 'messages.create(..., cache_control={"type": "ephemeral"%s})',
    "openai": 'responses.create(..., prompt_cache_options={"mode": "implicit"%s})',
}


def lines(provider: str, plan: PlanReport) -> Iterator[str]:
    """What to add to a request for the plan of an estimate; nothing where the provider acts by itself."""
    kind, marks = plan["kind"], plan["marks"]
    if kind == "marks" and provider in _BLOCK:
        for mark in marks:
            place = (
                "the last block of the newest message" if mark["after"] == HISTORY else f"the end of `{mark['after']}`"
            )
            yield f"{_BLOCK[provider] % _ttl(provider, mark['ttl'])}    # at {place}"
        if provider == "openai":
            yield 'prompt_cache_options={"mode": "explicit"}    # on the request'
    elif kind == "tail" and provider in _TAIL:
        yield _TAIL[provider] % _ttl(provider, _first_ttl(marks, provider))
    elif kind == "named":
        yield 'cache = client.caches.create(model=..., config={"system_instruction": ..., "contents": ..., "ttl": ...})'
        yield 'client.models.generate_content(..., config={"cached_content": cache.name})'


def _ttl(provider: str, ttl: str) -> str:
    return "" if ttl == _DEFAULT_TTL[provider] else f', "ttl": "{ttl}"'


def _first_ttl(marks: Sequence[PlacedMark], provider: str) -> str:
    return marks[0]["ttl"] if marks else _DEFAULT_TTL[provider]
