"""Handlebars and Mustache templates, read tag by tag and never rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Confidence, Content
from cachecalc.core.volatility import PER_TURN, Volatility
from cachecalc.load.files import line_and_column
from cachecalc.load.prompts import clock_formats, siblings, slots, variable_names
from cachecalc.load.prompts.pieces import (
    FIXED,
    MAX_INCLUDES,
    NOBODY_KNOWS,
    Piece,
    Value,
    included,
    joined,
    named,
    taken,
)

_TAG = re.compile(
    r"(?<!\\)\{\{(?:~?!--.*?--~?\}\}|~?![^-].*?\}\}|\{~?(?P<triple>[^{}]*?)~?\}\}\}|~?\s*(?P<sigil>#>|[#^/>&*]?)~?\s*(?P<inside>[^{}]*?)\s*~?\}\})",
    re.DOTALL,
)
_WORDS = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s()|]+")
_PRESENCE = frozenset({"if", "unless", "with", "section", "system", "user", "assistant", "gen", "block", "geneach"})
# Helpers that put out no text of their own; dotprompt's samples close `{{section}}` although nothing opens it.
_SILENT = frozenset({"role", "section", "system", "user", "assistant"})
_HISTORY = Value(PER_TURN, Content.HISTORY)


@dataclass
class _Block:
    """A block that is open: what decides how often it is put out, and what its branches put out."""

    name: str
    value: Value = FIXED
    start: int = 0
    branches: list[list[Piece]] = field(default_factory=lambda: [[]])


def read(source: str, path: str = "", depth: int = 0) -> list[Piece]:
    """What a template puts out. Raises InputError where its blocks do not match."""
    blocks = [_Block("")]
    position = 0
    for tag in _TAG.finditer(source):
        context = joined(block.value for block in blocks)
        if tag.start() > position:
            blocks[-1].branches[-1].append(Piece(position, tag.start(), context))
        position = tag.end()
        words = _WORDS.findall(tag["triple"] or tag["inside"] or "")
        match tag["sigil"]:
            case "#" | "#>" | "^" | "*" if words:
                value = _section(words, is_block=tag["sigil"] == "#")
                blocks.append(_Block(words[0], value, tag.start()))
            case "/" if words != ["section"] or any(block.name == "section" for block in blocks):
                _close(blocks, words, source, path, tag.start())
            case ">":
                blocks[-1].branches[-1] += _partial(tag, words, context, path, depth)
            case "" | "&" | "^" if words[:1] in ([], ["else"]):
                blocks[-1].branches.append([])
            case "" | "&" if words[0] not in _SILENT:
                blocks[-1].branches[-1].append(Piece(*tag.span(), _value(words) | context, _name(words)))
    if blocks[1:]:
        raise InputError([_problem(f"the block {blocks[-1].name!r} is never closed", source, path, blocks[-1].start)])
    if position < len(source):
        blocks[0].branches[-1].append(Piece(position, len(source)))
    return [piece for branch in blocks[0].branches for piece in branch]


def _close(blocks: list[_Block], words: list[str], source: str, path: str, at: int) -> None:
    """End the innermost block: of its branches, one is put out."""
    name = words[0] if words else ""
    if not blocks[1:] or (name and blocks[-1].name != name):
        raise InputError([_problem(f"nothing opens the block {name!r} that ends here", source, path, at)])
    block = blocks.pop()
    blocks[-1].branches[-1] += taken(block.branches)


def _problem(message: str, source: str, path: str, at: int) -> Problem:
    return Problem(f"not a valid template: {message}", path, *line_and_column(source, at))


def _section(words: list[str], *, is_block: bool) -> Value:
    """What decides how often a block is put out: the list it runs over, not whether something is there."""
    if not is_block or words[0] in _PRESENCE:
        return FIXED
    found = joined(_argument(word) for word in words[1:] if word != "as") if words[1:] else _argument(words[0])
    if words[0] == "each" and words[1:]:
        found = slots.listed(words[1], found)
    elif found.volatility.unknown and not found.volatility.fresh:
        return FIXED
    return replace(found, cause="{{#" + " ".join(words) + "}}")


def _value(words: list[str]) -> Value:
    """A variable, or a helper with its arguments."""
    if words == ["history"]:
        return _HISTORY
    if len(words) == 1:
        return _argument(words[0])
    found = joined(map(_argument, words[1:]))
    helper = named([words[0]])
    if not helper.volatility.unknown or helper.volatility.clock:
        found |= Value(helper.volatility, helper.content, Confidence.CERTAIN)
    steps = [clock_formats.step(word) for word in words[1:] if word[0] in "\"'"]
    clock = found.volatility.clock
    if clock and any(steps):
        return Value(
            Volatility(min(clock, max(steps)), found.volatility.identities, found.volatility.fresh),
            found.content,
            found.confidence,
        )
    return found


def _argument(word: str) -> Value:
    """`user.name`, `../user.name`, `url=photo`, `@index`; texts and numbers are fixed."""
    path = word.rpartition("=")[2].removeprefix("@root").lstrip("./")
    if path[:1] in "\"'@|0123456789" or path in ("this", "true", "false", "null", ""):
        return FIXED
    names = [name for name in re.split(r"[./\[\]]+", path) if variable_names.words(name)]
    return named([name for name in names if name != "this"]) if names else FIXED


def _name(words: list[str]) -> str:
    plain = [word for word in words if word[0] not in "\"'"]
    return plain[-1].rpartition("=")[2] if plain else words[0]


_PARTIALS = ("_{}.prompt", "{}.hbs", "{}.handlebars", "{}.mustache")


def _partial(tag: re.Match[str], words: list[str], context: Value, path: str, depth: int) -> Iterator[Piece]:
    """An included template: `_name.prompt` or `name.hbs` beside this one."""
    name = words[0].strip("\"'") if words else ""
    files = (siblings.read(path, form.format(name)) for form in _PARTIALS) if depth < MAX_INCLUDES else ()
    found = next(filter(None, files), None)
    if found is None:
        yield Piece(*tag.span(), context | NOBODY_KNOWS, name or "partial")
    else:
        file, source = found
        yield from included(read(source, file, depth + 1), source, file, tag.start(), context)
