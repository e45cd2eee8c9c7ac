"""Every rule, listed by hand: nothing to discover, nothing that registers itself.

Codes are for good. A family has a hundred: CC0xx the tool itself, CC1xx order and volatility of the prefix, CC2xx marks,
CC3xx TTL and traffic, CC4xx tools and serialisation, CC5xx history and pairs of requests, CC6xx provider and model,
CC7xx safety. A code of a rule that went away is never given to another.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.core.rules import (
    below_minimum,
    cache_usage_unread,
    changing_tools,
    clock_in_prefix,
    cold_fan_out,
    dynamic_before_static,
    identity_in_prefix,
    legacy_cache_api,
    mark_gap,
    mark_on_volatile,
    memo_key_incomplete,
    named_cache_per_call,
    named_cache_unreleased,
    no_cache_key,
    nonce_in_prefix,
    rewritten_history,
    shuffled_content,
    side_call_prefix,
    stale_memo,
    stale_volatile_context,
    switched_model,
    switched_parameter,
    system_only_mark,
    too_many_marks,
    tools_unmarked,
    ttl_order,
    uncached_static_prefix,
    unordered_tools,
    unreadable_file,
    unstable_json,
    unused_ignore,
    user_input_in_cached_block,
    whitespace_drift,
)
from cachecalc.core.rules.rule import Rule

ALL: Final[tuple[Rule, ...]] = (
    unused_ignore.RULE,
    unreadable_file.RULE,
    clock_in_prefix.RULE,
    nonce_in_prefix.RULE,
    identity_in_prefix.RULE,
    dynamic_before_static.RULE,
    shuffled_content.RULE,
    whitespace_drift.RULE,
    below_minimum.RULE,
    uncached_static_prefix.RULE,
    mark_on_volatile.RULE,
    too_many_marks.RULE,
    mark_gap.RULE,
    system_only_mark.RULE,
    tools_unmarked.RULE,
    ttl_order.RULE,
    stale_volatile_context.RULE,
    cold_fan_out.RULE,
    unordered_tools.RULE,
    unstable_json.RULE,
    changing_tools.RULE,
    rewritten_history.RULE,
    side_call_prefix.RULE,
    switched_parameter.RULE,
    switched_model.RULE,
    no_cache_key.RULE,
    legacy_cache_api.RULE,
    named_cache_per_call.RULE,
    named_cache_unreleased.RULE,
    cache_usage_unread.RULE,
    user_input_in_cached_block.RULE,
    memo_key_incomplete.RULE,
    stale_memo.RULE,
)

RESERVED: Final[Mapping[str, str]] = MappingProxyType({"CC301": "ttl-too-short", "CC302": "ttl-too-long"})
"""Codes of rules that only logs can show. They are replay's to report."""


def find(word: str) -> Rule:
    """The rule with that code or name. Raises InputError with a suggestion where there is none."""
    for rule in ALL:
        if word.lower() in (rule.code.lower(), rule.name):
            return rule
    known = [name for rule in ALL for name in (rule.code, rule.name)]
    hint = did_you_mean(word, known) or "`cachecalc rule` lists them all"
    raise InputError([Problem(f"no rule is called {word!r}", help=hint)])
