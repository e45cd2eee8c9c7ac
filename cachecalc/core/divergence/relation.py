"""What one request has to do with the one before it."""

from __future__ import annotations

import enum
from collections import Counter

from cachecalc.core.divergence.messages import last_turn, resembles
from cachecalc.core.divergence.rows import Block, common_prefix, of_section, tool_name
from cachecalc.core.prompt import Section

_RETOLD = 20
"""Characters from which on a text found within another was retold there."""


class Relation(enum.Enum):
    NONE = "another prompt"
    SIBLING = "a separate call of the same prompt"
    CONTINUED = "the next request of the conversation"
    SIDE_CALL = "the conversation under another head"


def relation(before: list[Block], after: list[Block], *, is_same_model: bool) -> Relation:
    said, said_now = of_section(before, Section.MESSAGES), of_section(after, Section.MESSAGES)
    if is_same_model and _has_another_head(before, after) and _is_retold(said, said_now):
        return Relation.SIDE_CALL
    if is_same_model and _has_another_head(after, before) and _is_retold(said_now, said):
        return Relation.NONE
    if _is_continued(said, said_now) and (last_turn(said) or _share_a_head(before, after)):
        return Relation.CONTINUED
    return Relation.SIBLING if _share_a_head(before, after) else Relation.NONE


def _is_continued(said: list[Block], said_now: list[Block]) -> bool:
    """Whether the messages go on, unchanged or not. One that differs only in what its last turn asks is a
    sibling: an answer asked for anew, or a branch."""
    shared = common_prefix(said, said_now)
    if said and shared == len(said):
        return True
    if not said or shared >= last_turn(said_now):
        return False
    if is_shuffled(said, said_now):
        return True
    first = next((index for index, block in enumerate(said) if block.is_reply), len(said))
    own = {block.key for block in said[first:] if len(block.text) > 1}
    if any(block.key in own for block in said_now[: last_turn(said_now)]):
        return True
    return not own and last_turn(said_now) > 0 and any(map(resembles, said, said_now))


def is_shuffled(said: list[Block], said_now: list[Block]) -> bool:
    """Whether the same earlier messages stand in another order."""
    old, new = said[: last_turn(said)], said_now[: last_turn(said_now)]
    keys, new_keys = [block.key for block in old], [block.key for block in new]
    return keys != new_keys and Counter(keys) == Counter(new_keys)


def _share_a_head(before: list[Block], after: list[Block]) -> bool:
    """Whether two separate calls are made from the same tools and the same system prompt, but for what changes in
    them."""
    tools, tools_now = of_section(before, Section.TOOLS), of_section(after, Section.TOOLS)
    system, system_now = of_section(before, Section.SYSTEM), of_section(after, Section.SYSTEM)
    names = {tool_name(block) for block in tools}
    has_same_tools = any(tool_name(block) in names for block in tools_now) or not (tools or tools_now)
    return has_same_tools and _resemble(system, system_now)


def _resemble(system: list[Block], system_now: list[Block]) -> bool:
    keys = {block.key for block in system}
    is_shared = any(block.key in keys for block in system_now) or any(map(resembles, system, system_now))
    return is_shared or not (system or system_now)


def _has_another_head(before: list[Block], after: list[Block]) -> bool:
    has_lost_tools = bool(of_section(before, Section.TOOLS)) and not of_section(after, Section.TOOLS)
    system, system_now = of_section(before, Section.SYSTEM), of_section(after, Section.SYSTEM)
    return has_lost_tools or (bool(system) and not _resemble(system, system_now))


def _is_retold(said: list[Block], said_now: list[Block]) -> bool:
    """Whether most of a conversation stands in another request, message by message or flattened into one text."""
    told = [block for block in said if len(block.text) >= _RETOLD]
    if len(told) < 3 or not last_turn(said):
        return False
    keys = {block.key for block in said_now}
    length = sum(len(block.text) for block in told)
    flat = next((block.text for block in said_now if 2 * len(block.text) > length), "")
    return 2 * sum(block.key in keys or (bool(flat) and block.text in flat) for block in told) > len(told)
