"""Prompt files for a profile: read, placeholders bound to tokens and volatility, counted for the model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from cachecalc.core.pricing import Model
from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.core.prompt import Content, Count, Part, Prompt, Section
from cachecalc.core.volatility import Volatility

Bindings = Mapping[str, tuple[int | None, Volatility | None]]

ASSUMED = "assumed"
SHORT_VALUE = 10
"""Tokens of a date, a time or an id, where the profile does not say."""

_WORD = re.compile(r"[^\W\d]\w*")


def read(path: str, model: Model, bindings: Bindings, *, exact: bool = False, text: str | None = None) -> Prompt:
    """The one prompt in a file, counted. Raises InputError where it holds several, or a placeholder's size is not
    known. `exact` asks the provider for the counts; `text` stands in for what is on disk."""
    from cachecalc.tokens import count_prompt, counter_for

    prompts = prompts_in(path, text)
    if len(prompts) != 1:
        names = ", ".join(prompt.name for prompt in prompts[:5])
        raise InputError([Problem(f"{len(prompts)} prompts in this file ({names}); a workload needs one", path)])
    counted = count_prompt(prompts[0], model, counter_for(model.tokenizer, exact=exact, model=model.id))
    problems = [*_unknown(counted.parts, bindings, path), *_unsized(counted.parts, bindings, path)]
    if problems:
        raise InputError(problems)
    return replace(counted, parts=tuple(_renamed(_bound(part, bindings) for part in counted.parts)))


def prompts_in(path: str, text: str | None = None) -> list[Prompt]:
    """The prompts in a file that was named for one; a file in no known form is one static part. Raises InputError
    where it cannot be read or is empty."""
    from cachecalc.load import files
    from cachecalc.load.prompts import read_prompts

    text = files.read_text(path) if text is None else text
    if not text:
        raise InputError([Problem("the file is empty", path)])
    whole = Prompt((Part("text", Section.SYSTEM, text=text),), path=path)
    return [prompt for prompt in read_prompts(path, text, named=True) if prompt.parts] or [whole]


def _renamed(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts with names of their own, so that a profile can name them: `system text`, `system text 2`, ..."""
    seen: Counter[str] = Counter()
    for part in parts:
        seen[part.name] += 1
        yield replace(part, name=f"{part.name} {seen[part.name]}") if seen[part.name] > 1 else part


def _bound(part: Part, bindings: Bindings) -> Part:
    """A part as the profile knows it: what a placeholder stands for is not what it is called."""
    if not part.origin:
        return part
    tokens, volatility = _binding(part, bindings) or (None, None)
    size = Count(tokens) if tokens is not None else Count(SHORT_VALUE, 0.5, ASSUMED)
    return replace(part, volatility=volatility or part.volatility, count=size if is_open(part) else part.count)


def _binding(part: Part, bindings: Bindings) -> tuple[int | None, Volatility | None] | None:
    from cachecalc.load.profile import ANY

    named = (bindings[word] for word in _WORD.findall(part.origin) if word in bindings)
    return next(named, None if is_short(part) else bindings.get(ANY))


def is_short(part: Part) -> bool:
    """Whether what fills the part is a date, a time or an id, whose size needs no telling."""
    return bool(part.volatility.clock) or part.content is Content.NONCE


def is_open(part: Part) -> bool:
    """Whether the part is a hole to be filled, rather than a text that is already there."""
    return part.text is None or part.text.strip().startswith(("{", "$", "<"))


def _unsized(parts: Iterable[Part], bindings: Bindings, path: str) -> Iterator[Problem]:
    for part in parts:
        sized = (_binding(part, bindings) or (None, None))[0] is not None
        if part.origin and is_open(part) and not sized and not is_short(part):
            name = (_WORD.findall(part.origin) or [part.name])[0]
            example = f"bind: {{{name}: {{tokens: 400, changes: {part.volatility}}}}}"
            yield Problem(f"how many tokens does {part.origin} stand for?", path, help=example)


def _unknown(parts: Iterable[Part], bindings: Bindings, path: str) -> Iterator[Problem]:
    from cachecalc.load.profile import ANY

    known = {word for part in parts for word in _WORD.findall(part.origin)}
    for name in bindings:
        if name not in known and name != ANY:
            hint = did_you_mean(name, known) or f"the placeholders are {', '.join(sorted(known)) or 'none'}"
            yield Problem(f"no placeholder is called {name!r}", path, help=hint)
