"""Prompt files for a profile: read, placeholders bound to tokens and volatility, counted for the model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from cachecalc.core.pricing import Model
from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.core.prompt import Content, Count, Part, Prompt
from cachecalc.core.volatility import Volatility
from cachecalc.load.profile import ANY

Bindings = Mapping[str, tuple[int | None, Volatility | None]]

ASSUMED = "assumed"
SHORT_VALUE = 10
"""Tokens of a date, a time or an id, where the profile does not say."""

_WORD = re.compile(r"[^\W\d]\w*")


def read(path: str, model: Model, bindings: Bindings) -> Prompt:
    """The one prompt in a file, counted. Raises InputError where it holds none or several, or a placeholder's size
    is not known."""
    from cachecalc.load import files
    from cachecalc.load.prompts import read_prompts
    from cachecalc.tokens import count_prompt

    prompts = read_prompts(path, files.read_text(path))
    if len(prompts) != 1:
        names = ", ".join(prompt.name for prompt in prompts[:5])
        message = (
            f"{len(prompts)} prompts in this file ({names}); a workload needs one" if prompts else "no prompt found"
        )
        raise InputError([Problem(message, path)])
    counted = count_prompt(prompts[0], model)
    problems = [*_unknown(counted.parts, bindings, path), *_unsized(counted.parts, bindings, path)]
    if problems:
        raise InputError(problems)
    return replace(counted, parts=tuple(_bound(part, bindings) for part in counted.parts))


def _bound(part: Part, bindings: Bindings) -> Part:
    """A part as the profile knows it: what a placeholder stands for is not what it is called."""
    if not part.origin:
        return part
    tokens, volatility = _binding(part, bindings) or (None, None)
    size = Count(tokens) if tokens is not None else Count(SHORT_VALUE, 0.5, ASSUMED)
    return replace(part, volatility=volatility or part.volatility, count=size if _is_open(part) else part.count)


def _binding(part: Part, bindings: Bindings) -> tuple[int | None, Volatility | None] | None:
    named = (bindings[word] for word in _WORD.findall(part.origin) if word in bindings)
    return next(named, None if _is_short(part) else bindings.get(ANY))


def _is_short(part: Part) -> bool:
    return bool(part.volatility.clock) or part.content is Content.NONCE


def _is_open(part: Part) -> bool:
    """Whether the part is a hole to be filled, rather than a text that is already there."""
    return part.text is None or part.text.strip().startswith(("{", "$", "<"))


def _unsized(parts: Iterable[Part], bindings: Bindings, path: str) -> Iterator[Problem]:
    for part in parts:
        sized = (_binding(part, bindings) or (None, None))[0] is not None
        if part.origin and _is_open(part) and not sized and not _is_short(part):
            name = (_WORD.findall(part.origin) or [part.name])[0]
            example = f"bind: {{{name}: {{tokens: 400, changes: {part.volatility}}}}}"
            yield Problem(f"how many tokens does {part.origin} stand for?", path, help=example)


def _unknown(parts: Iterable[Part], bindings: Bindings, path: str) -> Iterator[Problem]:
    known = {word for part in parts for word in _WORD.findall(part.origin)}
    for name in bindings:
        if name not in known and name != ANY:
            hint = did_you_mean(name, known) or f"the placeholders are {', '.join(sorted(known)) or 'none'}"
            yield Problem(f"no placeholder is called {name!r}", path, help=hint)
